"""Finding one's way: where a page stands, what was read, what place goes along."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup

from visitors import visitor

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from project import Project

PAGE = "gallery/moving/casting"
WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
INSIDE = "document.querySelector('article').contains(document.activeElement)"
FOCUS = "document.activeElement.outerHTML"


def parsed(site: Path, language: str, page: str) -> BeautifulSoup:
    """Return a page."""
    text = (site / language / f"{page}.html").read_text("utf-8")
    return BeautifulSoup(text, "html.parser")


@pytest.mark.parametrize(
    ("language", "parts"),
    [
        ("en", ["Gallery", "Device and dtype: .to(), .half()", "2 of 6"]),
        ("zh-cn", ["示例", "设备与数据类型：.to()、.half()", "第 2 页，共 6 页"]),
    ],
)
def test_above_the_title_stands_the_way_to_the_page(
    site: Path, language: str, parts: list[str]
) -> None:
    way = parsed(site, language, PAGE).select_one("article > nav")
    assert [part.text for part in way.find_all(recursive=False)] == parts
    assert [link["href"] for link in way.select("a")] == ["../index.html", "index.html"]
    assert parsed(site, language, "gallery/index").select("article > nav") == []


def test_the_links_to_the_pages_beside_name_their_groups(site: Path) -> None:
    for page, before, after in (
        (
            "casting",
            "Device and dtype: .to(), .half()",
            "Device and dtype: .to(), .half()",
        ),
        (
            "identity_and_ties",
            "Device and dtype: .to(), .half()",
            None,
        ),  # a group itself
    ):
        links = parsed(site, "en", f"gallery/moving/{page}")
        for side, group in (("prev", before), ("next", after)):
            found = links.select_one(f".{side}-page .of-group")
            assert (found and found.text) == group, (page, side)


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("name", ["index", "messages", "gallery/index", PAGE])
def test_few_stops_come_before_the_content_and_one_leads_past_them(
    chromium: Browser, address: str, name: str, size: dict[str, int]
) -> None:
    with visitor(chromium, viewport=size) as tab:
        tab.goto(f"{address}/en/{name}.html")
        stops = stops_until(tab, INSIDE)
        assert 2 <= stops <= 12
        tab.goto(f"{address}/en/{name}.html")
        tab.keyboard.press("Tab")
        assert "skip-to-content" in tab.evaluate(FOCUS)
        tab.keyboard.press("Enter")
        assert stops_until(tab, INSIDE) == 0
        stops_until(tab, "document.activeElement.matches('.sidebar-drawer *')")


def stops_until(tab: Page, condition: str) -> int:
    """Go on by keyboard until a condition holds; return how many stops come before."""
    for stops in range(300):
        tab.keyboard.press("Tab")
        if tab.evaluate(condition):
            return stops
        if tab.viewport_size == PHONE and "sidebar" in condition:
            return stops  # a drawer that is closed is no stop
    raise AssertionError(tab.evaluate(FOCUS))


def test_a_drawer_that_opens_by_keyboard_has_the_focus(
    chromium: Browser, address: str
) -> None:
    with visitor(chromium, viewport=PHONE) as tab:
        for drawer, name in (("sidebar", "site navigation"), ("toc", "table of")):
            tab.goto(f"{address}/en/{PAGE}.html")
            tab.get_by_role("button", name=name).first.focus()
            tab.keyboard.press("Enter")
            assert tab.evaluate(f"document.activeElement.matches('.{drawer}-drawer a')")


def test_the_head_of_a_phone_leads_to_the_search(
    chromium: Browser, address: str
) -> None:
    with visitor(chromium, viewport=PHONE) as tab:
        tab.goto(f"{address}/zh-cn/{PAGE}.html")
        tab.locator("header").get_by_role("link", name="搜索").click()
        tab.wait_for_url(f"{address}/zh-cn/search.html")


def test_the_place_goes_along_to_the_other_language(
    chromium: Browser, address: str
) -> None:
    with visitor(chromium, viewport=WIDE) as tab:
        tab.goto(f"{address}/en/{PAGE}.html")
        tab.get_by_role("link", name="简体中文").click()
        tab.wait_for_url(f"{address}/zh-cn/{PAGE}.html")
        heading = tab.locator("h2").nth(4)
        heading.evaluate("e => scrollBy(0, e.getBoundingClientRect().top - 50)")
        tab.get_by_role("link", name="English").evaluate("link => link.click()")
        tab.wait_for_url(f"{address}/en/{PAGE}.html#*")
        tab.wait_for_function("scrollY > 0")
        assert 0 <= tab.locator("h2").nth(4).bounding_box()["y"] < 400


def test_a_report_names_page_and_cell_where_the_repository_is_known(
    chromium: Browser, tiny: Project
) -> None:
    name = "build/html/zh-cn/gallery/group/page.html"
    assert tiny.make("html").ok
    assert "issues/new" not in tiny.read(name)
    result = tiny.make("html", "SPHINXOPTS=--define repository=owner/name")
    assert result.ok, result.text
    with visitor(chromium, viewport=WIDE) as tab:
        tab.goto((tiny.root / name).as_uri())
        link = tab.get_by_role("link", name="报告本页的错误")
        assert asked_for(link.get_attribute("href")) == "zh_CN/gallery/group/page"
        tab.set_viewport_size({"width": 1280, "height": 300})
        tab.evaluate("scrollTo({top: 1e6, behavior: 'instant'})")
        link.evaluate("e => { e.onclick = () => false; e.click(); }")
        there = asked_for(link.get_attribute("href"))
    assert there.startswith((tiny.root / name).as_uri())
    cells = len(
        BeautifulSoup(tiny.read(name), "html.parser").select(".highlight-Python")
    )
    assert there.endswith(f"(cell {cells})")


def asked_for(address: str) -> str:
    """Return the page in the address of a report."""
    parts = urlsplit(address)
    assert (parts.netloc, parts.path) == ("github.com", "/owner/name/issues/new")
    return parse_qs(parts.query)["page"][0]


def test_what_was_read_and_answered_is_kept_until_it_is_forgotten(
    chromium: Browser, address: str
) -> None:
    visited = ".sidebar-tree a:has(.visited)"
    with visitor(chromium, viewport=WIDE) as tab:
        tab.goto(f"{address}/en/{PAGE}.html")
        assert tab.locator(".visited").count() == 0
        tab.locator(".check input").nth(1).check()
        tab.goto(f"{address}/zh-cn/myths.html")
        assert tab.locator(visited).count() == 1
        assert tab.locator(f"{visited} [aria-label='已读']").count() == 1
        tab.goto(f"{address}/zh-cn/{PAGE}.html")
        assert tab.locator(".check input").nth(1).is_checked()
        assert not tab.locator(".check input").nth(0).is_checked()
        tab.goto(f"{address}/en/about.html")
        assert tab.locator(visited).count() == 2
        tab.get_by_role("button", name="Forget").click()
        assert tab.get_by_text("Forgotten.").is_visible()
        assert tab.locator(".visited").count() == 0
        tab.goto(f"{address}/en/{PAGE}.html")
        assert tab.locator(".check input:checked").count() == 0


def test_where_nothing_may_be_kept_pages_work(chromium: Browser, address: str) -> None:
    with visitor(chromium, viewport=WIDE) as tab:
        tab.add_init_script(
            "Storage.prototype.setItem = () => { throw Error('forbidden'); }"
        )
        tab.goto(f"{address}/en/{PAGE}.html")
        tab.locator(".check input").nth(1).check()
        assert tab.locator(".check-said").first.is_visible()
        tab.goto(f"{address}/en/about.html")
        assert not tab.locator(".forget").is_visible()


def test_each_page_says_once_how_wide_the_window_is(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 50
    for path in pages:
        assert path.read_text("utf-8").count('name="viewport"') == 1, path
