"""The table of results: first on its page, whole on a phone and on paper, linked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from built_pages import parsed
from visitors import visitor

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

LANGUAGES = pytest.mark.parametrize("language", ["en", "zh-cn"])
PAGE = "gallery/start/matrix"
ROWS = ".output-table tbody tr:not(.group)"
# Whether no row of a table is seen over its head, wherever one looks.
ON_TOP = """
head => {
  const box = head.getBoundingClientRect();
  const right = Math.min(box.right, innerWidth);
  for (let y = box.top + 2; y < box.bottom - 2; y += 2)
    for (let x = box.left + 2; x < right; x += 4)
      if (!document.elementFromPoint(x, y)?.closest("thead")) return false;
  return true;
}"""
# What is cut off: texts in a cell that end outside it, and signs that lie on words.
CUT = """
cells => cells.flatMap(cell => {
  const edge = cell.getBoundingClientRect();
  const walk = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
  const words = [];
  while (walk.nextNode()) {
    if (walk.currentNode.parentElement.closest(".spoken, .unseen, details p")) continue;
    const range = document.createRange();
    range.selectNodeContents(walk.currentNode);
    words.push(...range.getClientRects());
  }
  return words.filter(w => w.left < edge.left - 0.5 || w.right > edge.right + 0.5)
    .map(() => cell.textContent);
})"""


def opened(tab: Page, address: str, language: str) -> None:
    """Open the page of the table, where nothing moves by itself."""
    tab.emulate_media(reduced_motion="reduce")
    tab.goto(f"{address}/{language}/{PAGE}.html")


@LANGUAGES
def test_each_row_has_a_result_a_place_and_leads_to_its_proof(
    site: Path, language: str
) -> None:
    page = parsed(site / language / f"{PAGE}.html")
    (table,) = page.select(".output-table table")
    assert [part.text for part in table.select("thead .state-kind")] == [*"PBNAFA∅"]
    rows = table.select("tbody tr:not(.group)")
    names = [row.code.text.replace("\u200b", "") for row in rows]
    assert {"moves", "identity", "to_empty"} < {*names}
    assert len(names) == len({*names}) == 19
    for row in rows:
        (link,) = row.select("details a[href]")
        results = row.select("td a")
        assert len(results) == len(row.select("td")) == 7
        assert all(result.text.strip() for result in results)
        assert {(a["href"], a["tabindex"]) for a in results} == {(link["href"], "-1")}


@LANGUAGES
def test_the_rows_stand_in_groups(site: Path, language: str) -> None:
    page = parsed(site / language / f"{PAGE}.html")
    rows = page.select(".output-table tbody tr")
    at = [number for number, row in enumerate(rows) if "group" in row["class"]]
    assert len(at) == 5
    assert at[0] == 0
    assert all(len(rows[number].select("th, td")) == 1 for number in at)


def test_where_people_are_caught_is_said_as_well_as_coloured(site: Path) -> None:
    for language, word in (("en", "(careful)"), ("zh-cn", "（注意）")):
        page = parsed(site / language / f"{PAGE}.html")
        cells = page.select(".output-table td")
        caught = [cell for cell in cells if "caught" in cell.get("class", [])]
        assert 10 < len(caught) < len(cells) / 4
        assert [cell for cell in cells if word in cell.text] == caught
        signs = [cell for cell in cells if cell.select("use[href='#m-error']")]
        assert signs == caught


@LANGUAGES
@pytest.mark.parametrize("width", [360, 1280])
def test_the_table_comes_before_any_code(
    chromium: Browser, address: str, language: str, width: int
) -> None:
    with visitor(chromium, viewport={"width": width, "height": 900}) as tab:
        opened(tab, address, language)
        top = tab.locator(ROWS).first.bounding_box()["y"]
        assert top < 900
        seen = tab.locator("article pre:visible").first.bounding_box()["y"]
        last = tab.locator(ROWS).last.bounding_box()["y"]
        assert last < seen
        folds = tab.locator("article details.fold")
        assert folds.count()
        assert folds.first.bounding_box()["y"] > last


@LANGUAGES
def test_a_phone_has_the_whole_table_and_explains_a_row_that_is_tapped(
    chromium: Browser, address: str, language: str
) -> None:
    with visitor(chromium, viewport={"width": 360, "height": 800}) as tab:
        opened(tab, address, language)
        assert tab.evaluate("document.documentElement.scrollWidth") == 360
        cells = tab.locator(".output-table :is(th, td)")
        ends = cells.evaluate_all("cs => cs.map(c => c.getBoundingClientRect().right)")
        assert max(ends) <= 344.5
        assert cells.evaluate_all(CUT) == []
        row = tab.locator(ROWS).nth(3)
        said = row.locator("details p")
        assert not said.is_visible()
        row.locator("summary").click()
        assert said.is_visible()
        box = said.bounding_box()
        assert box["width"] > 300
        assert box["x"] + box["width"] <= 345
        row.locator("details a").click(trial=True)  # nothing lies over it


@pytest.mark.parametrize("width", [820, 1280])
def test_what_is_said_of_a_row_is_seen_where_there_is_room(
    chromium: Browser, address: str, width: int
) -> None:
    with visitor(chromium, viewport={"width": width, "height": 900}) as tab:
        opened(tab, address, "en")
        said = tab.locator(f"{ROWS} details p")
        assert said.count() == 19
        assert all(one.is_visible() for one in said.all())
        assert tab.locator(".output-table :is(th, td)").evaluate_all(CUT) == []


def test_a_row_has_two_stops_of_the_keyboard(chromium: Browser, address: str) -> None:
    with visitor(chromium, viewport={"width": 1280, "height": 900}) as tab:
        opened(tab, address, "en")
        tab.locator(".output-table summary").first.focus()
        stops = 1
        while tab.evaluate("!!document.activeElement.closest('.output-table')"):
            tab.keyboard.press("Tab")
            stops += 1
        assert 19 < stops - 1 <= 2 * 19


@pytest.mark.parametrize("width", [1280, 820, 360])
def test_the_head_of_the_table_stays_in_view(
    chromium: Browser, address: str, width: int
) -> None:
    with visitor(chromium, viewport={"width": width, "height": 600}) as tab:
        opened(tab, address, "en")
        row = tab.locator(ROWS).nth(14)
        row.evaluate("row => row.scrollIntoView({block: 'center'})")
        head = tab.locator(".output-table thead th").nth(4)
        box = head.bounding_box()
        assert 0 <= box["y"] < 200
        assert head.evaluate(ON_TOP)  # no tick over it


def test_on_paper_the_table_is_whole(chromium: Browser, address: str) -> None:
    with visitor(chromium, viewport={"width": 680, "height": 960}) as tab:  # A4
        opened(tab, address, "en")
        tab.emulate_media(media="print")
        table = tab.locator(".output-table")
        rows = tab.locator(ROWS)
        assert rows.count() == 19
        frame, last = table.bounding_box(), rows.last.bounding_box()
        assert last["y"] + last["height"] <= frame["y"] + frame["height"] + 1
        assert last["x"] + last["width"] <= 680
        assert all(said.is_visible() for said in rows.locator("details p").all())
        inside = "table => getComputedStyle(table).breakInside"
        assert table.locator("table").evaluate(inside) == "auto"
        caught = tab.locator(".caught").first
        adjust = "cell => getComputedStyle(cell).printColorAdjust"
        assert caught.evaluate(adjust) == "exact"


@LANGUAGES
def test_in_markdown_it_is_a_table(site: Path, language: str) -> None:
    text = (site / language / f"{PAGE}.md").read_text("utf-8")
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == 2 + 5 + 19
    assert {line.count(" |") for line in lines} == {8}
    assert "<details" not in text
    careful = "(careful)" if language == "en" else "（注意）"
    assert careful in next(line for line in lines if line.startswith("| `moves`"))
