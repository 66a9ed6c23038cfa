"""A page asks what a cell prints; the right choice is what the page should print."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest
from bs4 import BeautifulSoup

from asking import CHINESE, EXPECTED, SCRIPT
from axe import violations
from notebooks import asks, code_cells, text_cells
from tested_gallery.site import search_text
from visitors import visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from project import Project

LANGUAGES = ("en", "zh-cn")
CHOICES = ["(False, torch.float32)", "(True, torch.float32)", "(True, torch.float64)"]
WHY = {"en": "Nothing computed it.", "zh-cn": CHINESE["Nothing computed it."]}
SHOWN = "e => getComputedStyle(e).display !== 'none'"


def made(project: Project, language: str, suffix: str) -> Path:
    """Return a form of the page."""
    return project.root / f"build/html/{language}/gallery/group/asking{suffix}"


def html(project: Project, language: str) -> BeautifulSoup:
    """Return the page."""
    text = made(project, language, ".html").read_text("utf-8")
    return BeautifulSoup(text, "html.parser").article


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_right_choice_is_marked_and_the_output_is_not_shown(
    asked: Project, language: str
) -> None:
    page = html(asked, language)
    first, second = page.select(".check")
    assert [label.code.text for label in first.select("label")] == CHOICES
    for check, right in ((first, CHOICES[1]), (second, "True")):
        (button,) = check.select("input[data-right]")
        assert button.find_parent("label").code.text == right
        assert check.find_previous_sibling()["class"][0] == "highlight-Python"
    label = page.find(id=first.select_one("[role=radiogroup]")["aria-labelledby"])
    assert label.text.startswith({"en": "Question 1: ", "zh-cn": "第 1 题："}[language])
    assert second.select_one(".check-said").text.strip() == WHY[language]
    names = [button["name"] for button in page.select("input")]
    assert len(set(names)) == 2
    # the cells that do not ask show theirs; the panel that comes next is of all changes
    assert len(page.select(".sphx-glr-script-out")) == 3
    assert len(page.select(".state-panels")) == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_click_shows_which_is_right_and_why_without_javascript(
    chromium: Browser, asked: Project, language: str, width: int, scheme: str
) -> None:
    size = {"width": width, "height": 800}
    options = {"viewport": size, "color_scheme": scheme, "reduced_motion": "reduce"}
    address = made(asked, language, ".html").as_uri()
    with visitor(chromium, java_script_enabled=False, **options) as tab:
        tab.goto(address)
        first, second = tab.locator(".check").all()
        for label in tab.locator(".check label").all():
            box = label.bounding_box()
            assert box["height"] >= 36
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
        signs = first.locator("label .m")
        assert not any(sign.is_visible() for sign in signs.all())
        assert not first.locator(".check-said p").is_visible()
        first.locator("label").nth(2).click()
        assert [sign.is_visible() for sign in signs.all()] == [False, True, True]
        assert first.locator(".check-said p").is_visible()
        assert not second.locator(".check-said p").is_visible()
        borders = [
            label.evaluate("e => getComputedStyle(e).borderTopColor")
            for label in first.locator("label").all()
        ]
        assert len(set(borders)) == 3
        assert not tab.locator(".check-answers").is_visible()
    with visitor(chromium, **options) as tab:
        tab.goto(address)
        assert not violations(tab)
        for check in tab.locator(".check").all():
            check.locator("label").nth(1).click()
        # Furo's button to the top, which a click far down brings, has no landmark
        found = violations(tab)
        assert not [fault for fault in found if not fault.startswith("region: ")]


def test_it_works_by_keyboard_and_is_read_aloud(
    chromium: Browser, asked: Project
) -> None:
    with visitor(chromium) as tab:
        tab.goto(made(asked, "en", ".html").as_uri())
        group = tab.get_by_role("radiogroup", name="Question 1: what is the output?")
        tab.locator("#check-yourself .headerlink").first.focus()
        while not group.locator(":focus").count():
            tab.keyboard.press("Tab")
        tab.keyboard.press("Space")
        assert group.get_by_role("radio", name=f"{CHOICES[0]} wrong").is_checked()
        tab.keyboard.press("ArrowDown")
        assert group.get_by_role("radio", name=f"{CHOICES[1]} right").is_checked()
        assert tab.get_by_role("status").first.inner_text().startswith("The parameter")
        assert group.get_by_role("radio", name=CHOICES[2], exact=True).count() == 1


def test_on_paper_it_stands_unanswered_and_the_answers_on_a_sheet_of_their_own(
    chromium: Browser, asked: Project
) -> None:
    with visitor(chromium) as tab:
        tab.goto(made(asked, "en", ".html").as_uri())
        tab.locator(".check label").nth(1).click()
        tab.emulate_media(media="print")
        assert tab.locator(".check label").count() == 5
        assert not any(part.is_visible() for part in tab.locator(".check .m").all())
        assert not tab.locator(".check-said").first.is_visible()
        colours = tab.locator(".check label, .check input").evaluate_all(
            "all => all.map(e => getComputedStyle(e)).map(s => s.color + s.background)"
        )
        assert len(set(colours[:6])) <= 2  # labels alike, buttons alike
        answers = tab.locator(".check-answers")
        assert answers.evaluate("e => getComputedStyle(e).breakBefore") == "page"
        assert answers.locator("li").all_inner_texts()[1].split("\n")[0] == "True"
        assert WHY["en"] in answers.inner_text()
        assert tab.locator("article section section").last.evaluate(
            "e => !!(e.compareDocumentPosition(document.querySelector"
            "('.check-answers')) & Node.DOCUMENT_POSITION_FOLLOWING)"
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_markdown_asks_and_answers_at_its_end(asked: Project, language: str) -> None:
    text = made(asked, language, ".md").read_text("utf-8")
    title = {"en": "\n## Answers\n", "zh-cn": "\n## 答案\n"}[language]
    asks, answers = text.split(title)
    assert "".join(f"- `{choice}`\n" for choice in CHOICES) in asks
    assert WHY[language] not in asks
    assert "```text\n(True" not in asks
    assert f"2. `True`\n\n   {WHY[language]}\n" in answers
    assert f"1. `{CHOICES[1]}`\n" in answers


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notebook_has_cells_to_run_and_runs(
    asked: Project, language: str, tmp_path: Path
) -> None:
    path = tmp_path / "asking.ipynb"
    path.write_bytes(made(asked, language, ".ipynb").read_bytes())
    raw = json.loads(path.read_text("utf-8"))
    nbformat.validate(raw)
    found = nbformat.read(path, as_version=4)
    cells = code_cells(found)
    assert [cell.execution_count for cell in cells] == [1, 2, 3, None, None]
    assert [bool(cell.outputs) for cell in cells] == [True, True, True, False, False]
    texts = [cell.source for cell in text_cells(found)]
    assert all(texts)
    assert [WHY[language] in text for text in texts].index(True) == len(texts) - 1
    assert sum(CHOICES[0] in text for text in texts) == 1
    program = Path(sys.prefix, "bin/jupyter-execute")
    subprocess.run([program, "--inplace", path], check=True, capture_output=True)
    ran = code_cells(nbformat.read(path, as_version=4))
    assert ran[3].outputs[0].data["text/plain"] == CHOICES[1]
    assert ran[4].outputs[0].text == "True\n"
    assert not any(map(asks, ran))


def test_the_script_runs_its_cells(asked: Project) -> None:
    taken = made(asked, "zh-cn", ".py")
    command = [sys.executable, taken]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.endswith("\nTrue\n")
    assert taken.read_text("utf-8").count("# %%\n") == 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_search_finds_the_code_and_neither_choices_nor_why(
    asked: Project, language: str
) -> None:
    page = made(asked, language, ".html").read_text("utf-8")
    words = search_text.record(page).replace("ǀ", "").replace("~", "")
    assert "bias. is^ leaf" in words
    for text in (*CHOICES, WHY[language], "Question 1", "第 1 题", "Answers"):
        pieces = " ".join(search_text.pieces(text)).replace("ǀ", "").replace("~", "")
        assert pieces not in words, text


def test_the_answer_follows_the_expectation(asked: Project) -> None:
    before = asked.read(EXPECTED)
    site = asked.site()
    with asked.changed(EXPECTED, f"{CHOICES[1]}\n", "(None, None)\n"):
        result = asked.make("html")
    assert not result.ok
    at = asked.read(SCRIPT).splitlines().index("# .. check::") + 1
    fault = "has 0 choices that are right; one must be '(None, None)'"
    assert f"\n{asked.root / SCRIPT}:{at}: WARNING: {fault}\n" in result.text
    assert asked.site() == site
    # what is being accepted, and what never was, is the page's own
    with asked.changed(EXPECTED, f"{CHOICES[1]}\n", "(None, None)\n"):
        accepted = asked.make("expected")
        assert accepted.ok, accepted.text
        assert asked.read(EXPECTED) == before
    with asked.without(EXPECTED):
        text = asked.make("html").text
    assert "has no expectation" in text
    assert "choices" not in text
    built = asked.make("html")
    assert built.ok, built.text


def test_a_page_that_others_changed_asks_to_be_run(asked: Project) -> None:
    assert asked.make("draft").ok
    new = "# It says why.\n\n1\n\n# %%\n# It says why.\n"
    with (
        asked.changed(SCRIPT, "# It says why.\n", new),
        asked.changed(EXPECTED, "%%\n", "%%\n"),  # a pull writes both
    ):
        draft = asked.make("draft", PAGE="group/page")
        assert not draft.ok
        fault = "has other cells than when it ran; 'make draft' runs it"
        assert f"{asked.root / SCRIPT}:1: {fault}" in draft.text
        assert "Traceback" not in draft.text
