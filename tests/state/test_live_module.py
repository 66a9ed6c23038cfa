"""The module on the home page: recorded, compared, walked in a browser."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from axe import violations
from built_pages import LANGUAGES, parsed
from project import ROOT, Project
from visitors import visitor

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

SCRIPT, EXPECTED = "docs/_live_module.py", "tests/expected/live_module.json"
SMALL = 'print(\'{"code": {"again": "f()"}}\')\n'
STEPS = ["train", "cast", "save", "move", "train", "load", "train", "save", "load"]
WRONG = """
```{live-module}
- Only a button
```
"""


def recorded() -> dict:
    return json.loads((ROOT / EXPECTED).read_text("utf-8"))


def walk(tab: Page, *steps: str) -> None:
    for step in steps:
        tab.locator(f".live button[value={step}]").click()


def cells(tab: Page, mark: str = "") -> list[list[str]]:
    """Return what the cells of each row say, or only of those with a mark."""
    texts = f"row => [...row.querySelectorAll('td{mark}')].map(td => td.innerText)"
    return tab.locator(".live tbody").evaluate(
        f"body => [...body.rows].map({texts})",
    )


def test_each_button_leads_to_what_was_recorded(
    chromium: Browser, address: str
) -> None:
    states = recorded()["states"]
    assert 60 <= len(states) <= 110
    with visitor(chromium) as tab:
        tab.goto(f"{address}/en/")
        at = 0
        for step in STEPS:
            walk(tab, step)
            at = states[at][1][step][0]
            wanted = [
                [text.replace("?", "no values") for text in row]
                for row in states[at][0]
            ]
            assert cells(tab) == wanted, step
        offered = tab.locator(".live button[aria-disabled=false]")
        values = offered.evaluate_all("all => all.map(button => button.value)")
        assert {*values} == {*states[at][1], "again"}
        walk(tab, "again")
        assert cells(tab) == states[0][0]
        assert tab.locator(".live .changed, .live .now").count() == 0


def test_what_a_module_keeps_is_as_the_table_of_kinds_has_it() -> None:
    states = recorded()["states"]
    first, steps = states[0]
    after = {step: states[then[0]][0] for step, then in steps.items()}
    devices = [row[2] for row in after["move"]]
    assert devices == ["meta", "meta", "meta", "cpu", ""]
    assert [row[1] for row in after["cast"]] == [*["float16"] * 3, "float32", ""]
    kept = [row[3] not in ("", "–") for row in after["save"]]
    assert kept == [True, True, False, False, True]
    moved = after["train"]
    assert [a != b for a, b in zip(first, moved, strict=True)][:3] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_change_is_yellow_and_bold_and_told(
    chromium: Browser, address: str, language: str
) -> None:
    looks = """(body, part) => {
      const style = getComputedStyle(body.querySelector(part));
      return [style.backgroundColor, style.fontWeight];
    }"""
    with visitor(chromium) as tab:
        tab.goto(f"{address}/{language}/")
        body, told = tab.locator(".live tbody"), tab.get_by_role("status")
        before = told.inner_text()
        plain = body.evaluate(looks, "tr")[0]
        walk(tab, "move")
        assert [bool(row) for row in cells(tab, ".now")] == [True] * 3 + [False] * 2
        assert body.evaluate(looks, "tr.changed")[0] != plain
        assert body.evaluate(looks, "tr:not(.changed)")[0] == plain
        assert body.evaluate(looks, ".now code")[1] == "700"
        assert told.inner_text() != before
        assert "meta" in told.inner_text()
        assert tab.locator(".live pre").inner_text() == 'model.to("meta")'
        walk(tab, "move")  # again: nothing is different
        assert not any(cells(tab, ".now"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_error_is_told_in_its_words_and_in_ours(
    chromium: Browser, address: str, language: str
) -> None:
    errors = recorded()["errors"]
    with visitor(chromium) as tab:
        tab.goto(f"{address}/{language}/")
        told = tab.get_by_role("status")
        walk(tab, "train", "move", "train")
        assert errors[0] in told.inner_text()
        assert "peak" in told.inner_text()
        walk(tab, "save", "load")
        assert errors[1].split("\n")[0] in told.inner_text()
        assert "error" in told.get_attribute("class")
        assert cells(tab)[4][0] == "1"  # loaded all the same, as is said
        walk(tab, "again")
        assert "error" not in told.get_attribute("class")


def test_a_step_that_cannot_be_taken_keeps_the_focus(
    chromium: Browser, address: str
) -> None:
    with visitor(chromium) as tab:
        tab.goto(f"{address}/en/")
        train = tab.locator(".live button[value=train]")
        train.focus()
        for _ in range(3):
            tab.keyboard.press("Enter")
        assert train.get_attribute("aria-disabled") == "true"
        assert train.evaluate("button => button === document.activeElement")
        assert cells(tab)[4][0] == "2"


def test_nothing_moves_for_who_wants_no_motion(chromium: Browser, address: str) -> None:
    name = "code => getComputedStyle(code).animationName"
    for motion, wanted in (("no-preference", "lit"), ("reduce", "none")):
        with visitor(chromium, reduced_motion=motion) as tab:
            tab.goto(f"{address}/en/")
            walk(tab, "train")
            assert tab.locator(".live .now code").first.evaluate(name) == wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_javascript_the_table_of_kinds_stands_there(
    chromium: Browser, address: str, language: str
) -> None:
    with visitor(chromium, java_script_enabled=False) as tab:
        tab.goto(f"{address}/{language}/")
        assert not tab.locator(".live").is_visible()
        assert tab.locator(".kinds table").is_visible()
        assert tab.locator(".kinds tbody tr").count() == 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_what_meta_is_and_carries_little(
    site: Path, language: str
) -> None:
    page = parsed(site / language / "index.html")
    assert page.select_one(".live > p a[href$='#move6']")
    assert page.select_one(".live button[value=move] code").text == "meta"
    data = page.select_one(".live > script").text
    assert json.loads(data)["states"] == recorded()["states"]
    assert len(gzip.compress(data.encode())) < 2500
    assert len(page.select("script[src*=live_module]")) == 1
    other = parsed(site / language / "about.html")
    assert not other.select("script[src*=live_module]")
    for form in ("index.md", "index.html"):
        text = (site / language / form).read_text("utf-8")
        assert "stand-in" not in text


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 820, 1280, 1920])
def test_all_can_read_an_error_at_any_width(
    chromium: Browser, address: str, width: int, scheme: str
) -> None:
    size = {"width": width, "height": 900}
    options = {"viewport": size, "color_scheme": scheme, "reduced_motion": "reduce"}
    for language in LANGUAGES:
        with visitor(chromium, **options) as tab:
            tab.goto(f"{address}/{language}/")
            for steps in (["train", "save"], ["move", "train"]):
                walk(tab, *steps)
                # Furo's button to the top, which a click brings, has no landmark
                found = violations(tab)
                assert all(fault.startswith("region: ") for fault in found), found
                assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_other_states_are_refused_until_they_are_accepted(tiny: Project) -> None:
    script = tiny.root / SCRIPT
    script.write_text(SMALL)
    assert "records other states" in tiny.make("html").text
    accepted = tiny.make("expected")
    assert accepted.ok, accepted.text
    assert f"accepted: {tiny.root / EXPECTED}" in accepted.text
    assert tiny.make("html", "doctest").ok
    script.write_text(SMALL.replace("f()", "g()"))
    for goal in ("html", "doctest"):
        result = tiny.make(goal)
        assert not result.ok
        assert '+{"code": {"again": "g()"}}' in result.text
    script.write_text("raise RuntimeError(1 + 1)\n")
    assert "RuntimeError: 2" in tiny.make("html").text
    # the file is changed by hand: the script is run again
    script.write_text(SMALL)
    assert tiny.make("html").ok
    with tiny.changed(EXPECTED, "f()", "h()"):
        assert "records other states" in tiny.make("html").text
    with tiny.changed("docs/index.md", "# Site\n", f"# Site\n{WRONG}"):
        text = tiny.make("html").text
        assert "not a list with an item for each of again" in text


def test_what_did_not_change_is_not_recorded_again(tiny: Project) -> None:
    script = tiny.root / SCRIPT
    script.write_text(f"open('ran', 'a').write('x')\n{SMALL}")
    assert tiny.make("expected", "html").ok
    assert tiny.make("html").ok
    assert tiny.read("ran") == "xx"  # for the expectation and for the site
    assert tiny.make("doctest").ok
    assert tiny.read("ran") == "xxx"
