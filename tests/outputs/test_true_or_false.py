"""A statement on a page of prose is asked as a cell's output is: true or false."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from axe import violations
from built_pages import LANGUAGES, parsed
from project import ROOT, Project
from visitors import visitor

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

SOURCE = (ROOT / "docs/myths.md").read_text("utf-8")
RIGHT = re.findall(r"\{true-or-false\} (true|false)", SOURCE)
WORDS = {"en": ["True", "False"], "zh-cn": ["对", "错"]}
ONE = "```{true-or-false} %s\nA buffer moves.\n\n%s\n```\n"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_shows_what_is_true_and_where_without_javascript(
    chromium: Browser, address: str, language: str, width: int, scheme: str
) -> None:
    size = {"width": width, "height": 800}
    options = {"viewport": size, "color_scheme": scheme, "reduced_motion": "reduce"}
    with visitor(chromium, java_script_enabled=False, **options) as tab:
        tab.goto(f"{address}/{language}/myths.html")
        cards = tab.locator(".check").all()
        assert len(cards) == len(RIGHT) > 10
        for card, right in zip(cards, RIGHT, strict=True):
            labels = card.locator("label")
            assert labels.all_inner_texts() == WORDS[language]
            assert not card.locator(".check-said p").is_visible()
            labels.nth(0).click()
            assert card.locator(".check-said a").first.is_visible()
            shown = card.locator("label .m:visible").evaluate_all(
                "all => all.map(sign => sign.firstElementChild.textContent).length"
            )
            assert shown == (1 if right == "true" else 2)  # and the right one
    with visitor(chromium, **options) as tab:
        tab.goto(f"{address}/{language}/myths.html")
        tab.locator(".check label").nth(0).click()
        tab.locator(".check label").nth(3).click()
        assert not violations(tab)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_it_works_by_keyboard_and_is_read_aloud(
    chromium: Browser, address: str
) -> None:
    with visitor(chromium) as tab:
        tab.goto(f"{address}/en/myths.html")
        group = tab.get_by_role("radiogroup", name="1. A buffer gets no gradient.")
        group.get_by_role("radio", name="True").focus()
        tab.keyboard.press("Space")
        assert group.get_by_role("radio", name="True wrong").is_checked()
        tab.keyboard.press("ArrowDown")
        assert group.get_by_role("radio", name="False right").is_checked()
        assert "zero_grad" in tab.get_by_role("status").first.inner_text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_markdown_has_statements_answers_and_which_is_right(
    site: Path, language: str
) -> None:
    text = (site / language / "myths.md").read_text("utf-8")
    asked, _, sheet = text.partition({"en": "## Answers", "zh-cn": "## 答案"}[language])
    true, false = WORDS[language]
    assert asked.count(f"- {true}\n- {false}\n") == len(RIGHT)
    found = re.findall(rf"^\d+\. ({true}|{false})$", sheet, re.MULTILINE)
    assert [found == true for found in found] == [right == "true" for right in RIGHT]
    assert sheet.count("](gallery/") >= len(RIGHT)


def test_one_component_asks_both(site: Path) -> None:
    page = parsed(site / "en/gallery/moving/what_to_does.html")
    myths = parsed(site / "en/myths.html")
    assert len(page.select(".check.check-output")) == len(page.select(".check")) > 0
    for part in (".check-options [role=radiogroup] label [data-right]", ".check-said"):
        assert len(myths.select(part)) == len(RIGHT)


def test_a_statement_without_an_answer_or_a_reason_is_refused(tiny: Project) -> None:
    for wrong in (ONE % ("perhaps", "It does."), ONE % ("true", "")):
        with tiny.changed("docs/index.md", "# Site\n", f"# Site\n\n{wrong}"):
            result = tiny.make("html")
            assert not result.ok
            assert "docs/index.md:" in result.text
            assert "not true or false, with a statement and one" in result.text
            assert "Traceback" not in result.text
