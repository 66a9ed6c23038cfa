"""The table of kinds has letters and signs, and a phone shows it whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from built_pages import LANGUAGES, parsed
from visitors import visitor

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

SIGNS = ["yes yes yes", "no yes yes", "no no yes", "no no no", "no yes no"]
WORDS = {"en": {"yes": "yes", "no": "no"}, "zh-cn": {"yes": "是", "no": "否"}}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_row_has_its_letter_and_its_signs(site: Path, language: str) -> None:
    rows = parsed(site / language / "index.html").select(".kinds tbody tr")
    assert [row.select_one(".state-kind").text for row in rows] == [*"PBNAX"]
    for row, signs in zip(rows, SIGNS, strict=True):
        uses = [use["href"] for use in row.select("td use")]
        assert uses == [f"#m-{sign}" for sign in signs.split()]
        said = [word.text.strip() for word in row.select(".spoken")]
        assert said == [WORDS[language][sign] for sign in signs.split()]
    text = (site / language / "index.md").read_text("utf-8")
    yes, no = WORDS[language].values()
    assert f"| {no} | {no} | {yes} |" in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [360, 820, 1280, 1920])
def test_it_is_seen_whole(
    chromium: Browser, address: str, language: str, width: int
) -> None:
    with visitor(chromium, viewport={"width": width, "height": 800}) as tab:
        tab.goto(f"{address}/{language}/")
        cut = tab.locator(".kinds :is(.table-wrapper, table, td, th)").evaluate_all(
            "parts => parts.filter(p => p.scrollWidth > p.clientWidth + 1).length"
        )
        assert cut == 0
        for cell in tab.locator(".kinds td").all():
            box = cell.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
        signs = tab.locator(".kinds tbody tr:first-child .m").all()
        heads = tab.locator(".kinds thead th").all()[1:4]
        for sign, head in zip(signs, heads, strict=True):  # each below its head
            over, under = head.bounding_box(), sign.bounding_box()
            assert over["x"] < under["x"] < over["x"] + over["width"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_two_ways_in_are_boxes_that_lead_there(
    chromium: Browser, address: str, language: str
) -> None:
    with visitor(chromium, viewport={"width": 1280, "height": 800}) as tab:
        for number, page in enumerate(("gallery/start/saving_a_model", "messages")):
            tab.goto(f"{address}/{language}/")
            box = tab.locator(".hero > ul > li").nth(number)
            size = box.bounding_box()
            assert size["y"] + size["height"] < 800  # before one scrolls
            box.click(position={"x": size["width"] - 8, "y": size["height"] - 8})
            tab.wait_for_url(f"{address}/{language}/{page}.html")
