"""A cell that sets up is folded on the page, and found; nowhere else is it hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from project import Project

SUMMARY = {"en": "The model of this page: `weight`", "zh-cn": "这一页的模型：`weight`"}


@pytest.mark.parametrize("language", SUMMARY)
def test_code_output_and_panel_are_folded_once(asked: Project, language: str) -> None:
    folder = asked.root / f"build/html/{language}/gallery/group"
    text = (folder / "asking.html").read_text("utf-8")
    page = BeautifulSoup(text, "html.parser").article
    (fold,) = page.select("details.fold")
    assert fold.summary.text == SUMMARY[language].replace("`", "")
    inside = [part["class"][0] for part in fold.find_all("div", recursive=False)]
    assert inside == ["highlight-Python", "sphx-glr-script-out", "state-panels"]
    assert not fold.select("details")  # though its panel is long


@pytest.mark.parametrize("language", SUMMARY)
def test_the_other_forms_have_a_paragraph_and_the_cell(
    asked: Project, language: str
) -> None:
    folder = asked.root / f"build/html/{language}/gallery/group"
    markdown = (folder / "asking.md").read_text("utf-8")
    assert f"\n\n{SUMMARY[language]}\n\n```python\nimport torch\n" in markdown
    script = (folder / "asking.py").read_text("utf-8")
    assert f"# {SUMMARY[language]}\n\n# %%\nimport torch\n" in script


def test_it_unfolds_by_keyboard_and_on_paper(chromium: Browser, asked: Project) -> None:
    path = asked.root / "build/html/en/gallery/group/asking.html"
    context = chromium.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(path.as_uri())
    code = tab.locator(".fold .highlight-Python")
    shown = "e => e.checkVisibility({contentVisibilityAuto: true})"
    assert not code.evaluate(shown)
    tab.emulate_media(media="print")
    assert code.evaluate(shown)
    assert code.bounding_box()["height"] > 50
    tab.emulate_media(media="screen")
    tab.locator(".fold summary").focus()
    tab.keyboard.press("Enter")
    assert code.evaluate(shown)
    context.close()


def test_the_browser_finds_what_is_folded(chromium: Browser, asked: Project) -> None:
    path = asked.root / "build/html/en/gallery/group/asking.html"
    context = chromium.new_context()
    tab = context.new_page()
    tab.goto(f"{path.as_uri()}#:~:text=len(model)")
    tab.locator(".fold[open]").wait_for()
    context.close()
