"""An output that is an error says so before one reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup

from tested_gallery.outputs.caught_error import MESSAGE

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from project import Project


def test_an_error_is_a_line_of_its_type_and_its_message() -> None:
    assert MESSAGE.search("2\ntorch.OutOfMemoryError: no memory\n")
    assert MESSAGE.search("1\nValueError\n")  # it may have none
    assert not MESSAGE.search("UserWarning: said\nErrors: none\n")
    assert not MESSAGE.search("an Error: no\n")


@pytest.mark.parametrize("language", ["en", "zh-cn"])
def test_the_output_of_a_caught_error_has_its_class_and_no_other(
    asked: Project, language: str
) -> None:
    path = asked.root / f"build/html/{language}/gallery/group/asking.html"
    page = BeautifulSoup(path.read_text("utf-8"), "html.parser").article
    (output,) = page.select(".error")
    assert "sphx-glr-script-out" in output["class"]
    assert output.text.startswith("RuntimeError: ")


def test_it_is_red_and_its_long_line_wraps_on_a_phone(
    chromium: Browser, asked: Project
) -> None:
    path = asked.root / "build/html/en/gallery/group/asking.html"
    context = chromium.new_context(viewport={"width": 360, "height": 800})
    tab = context.new_page()
    tab.goto(path.as_uri())
    error = tab.locator(".error")
    assert error.evaluate("e => getComputedStyle(e).borderLeftWidth") == "3px"
    other = tab.locator(".sphx-glr-script-out:not(.error)").first
    back = "e => getComputedStyle(e).backgroundColor"
    assert error.evaluate(back) != other.evaluate(back)
    wide = "e => e.scrollWidth > e.clientWidth"
    assert not error.locator("pre").evaluate(wide)
    context.close()
