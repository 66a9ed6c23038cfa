"""Everyone can use the site: by keyboard, read aloud, enlarged, without motion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from test_browser import page

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

SOME = ("index", "gallery/index", "gallery/start/matrix", "gallery/moving/what_to_does")


def names(site: Path) -> list[str]:
    """Return the addresses of all pages."""
    found = [path.relative_to(site).as_posix() for path in site.rglob("*.html")]
    assert len(found) > 100
    return sorted(found)


def faults(tab: Page) -> list[str]:
    """Return what axe finds on the page."""
    found = Axe().run(tab, options={"resultTypes": ["violations"]})
    return [
        f"{rule['id']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in found.response["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(
    chromium: Browser, site: Path, address: str, scheme: str, width: int
) -> None:
    size = {"width": width, "height": 800}
    options = {"color_scheme": scheme, "viewport": size, "reduced_motion": "reduce"}
    with page(chromium, **options) as tab:
        for name in names(site):
            tab.goto(f"{address}/{name}")
            assert not faults(tab), name


def test_axe_would_find_something(chromium: Browser, address: str) -> None:
    with page(chromium) as tab:
        tab.goto(f"{address}/zh-cn/index.html")
        tab.evaluate("document.documentElement.removeAttribute('lang')")
        tab.add_style_tag(content="article p { color: #bbb; background: #fff }")
        found = {fault.partition(":")[0] for fault in faults(tab)}
    assert found == {"html-has-lang", "color-contrast"}


def test_each_page_has_one_head_and_a_way_past_the_navigation(
    chromium: Browser, site: Path, address: str
) -> None:
    words = {"en": "Skip to content", "zh-cn": "跳到正文"}
    with page(chromium, reduced_motion="reduce") as tab:
        for name in names(site):
            if name.count("/") == 0:
                continue
            tab.goto(f"{address}/{name}")
            assert tab.locator("h1").count() == 1, name
            tab.keyboard.press("Tab")
            skip = tab.locator(":focus")
            assert skip.inner_text() == words[name.partition("/")[0]], name
            assert skip.get_attribute("href") == "#furo-main-content"
            assert skip.evaluate("e => e.getBoundingClientRect().top >= 0")


MARKED = """e => {
  const shown = e.type === "checkbox" ? [...e.labels] : [e];  // labels show their focus
  return shown.some(part => {
    const style = getComputedStyle(part);
    const box = part.getBoundingClientRect();
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1
      && style.opacity > 0 && box.width > 0 && box.right > 0 && box.left < innerWidth;
  });
}"""


@pytest.mark.parametrize("width", [1280, 360])
def test_focus_is_seen_on_every_stop(
    chromium: Browser, address: str, width: int
) -> None:
    size = {"width": width, "height": 800}
    with page(chromium, viewport=size, reduced_motion="reduce") as tab:
        for language in ("en", "zh-cn"):
            for name in SOME:
                tab.goto(f"{address}/{language}/{name}.html")
                stops = 0
                tab.keyboard.press("Tab")
                while tab.evaluate("document.activeElement !== document.body"):
                    assert tab.locator(":focus").evaluate(MARKED), (
                        name,
                        tab.evaluate("document.activeElement.outerHTML"),
                    )
                    stops += 1
                    assert stops < 500
                    tab.keyboard.press("Tab")
                assert stops > 10, name


def test_groups_unfold_and_the_theme_changes_by_keyboard(
    chromium: Browser, address: str
) -> None:
    with page(chromium, viewport={"width": 1280, "height": 800}) as tab:
        tab.goto(f"{address}/en/gallery/index.html")
        group = tab.locator(".sidebar-tree").get_by_role("link", name="Casting:")
        assert not group.is_visible()
        tab.get_by_role("switch", name="Moving and casting").focus()
        tab.keyboard.press("Space")
        assert group.is_visible()
        before = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        tab.locator("button.theme-toggle:visible").focus()
        tab.keyboard.press("Enter")
        after = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        assert before != after


def test_the_navigation_of_a_phone_opens_by_keyboard(
    chromium: Browser, address: str
) -> None:
    with page(chromium, viewport={"width": 360, "height": 800}) as tab:
        tab.goto(f"{address}/zh-cn/index.html")
        link = tab.get_by_role("link", name="错误信息")
        assert not link.is_visible()
        for key in ("Tab", "Tab", "Space"):  # past the skip link
            tab.keyboard.press(key)
        assert link.is_visible()
        link.focus()
        tab.keyboard.press("Enter")
        tab.wait_for_url(f"{address}/zh-cn/messages.html")


def test_what_scrolls_sideways_is_a_stop_and_what_fits_is_none(
    chromium: Browser, address: str
) -> None:
    stops = "parts => parts.filter(part => part.tabIndex === 0).length"
    with page(chromium, viewport={"width": 360, "height": 800}) as tab:
        tab.goto(f"{address}/en/gallery/moving/what_to_does.html")
        narrow = tab.locator("article pre").evaluate_all(stops)
        assert 0 < narrow < tab.locator("article pre").count()
        tab.set_viewport_size({"width": 1600, "height": 800})
        tab.wait_for_function(
            f"({stops})([...document.querySelectorAll('article pre')]) < {narrow}"
        )


def test_who_wants_no_motion_gets_none(chromium: Browser, address: str) -> None:
    moving = """() => [...document.querySelectorAll('*')].filter(e => {
      const style = getComputedStyle(e);
      return style.scrollBehavior === 'smooth' || style.animationName !== 'none'
        || style.transitionDuration.split(',').some(time => parseFloat(time) > 0);
    }).length"""
    for wish, holds in (("reduce", False), ("no-preference", True)):
        with page(chromium, reduced_motion=wish) as tab:
            tab.goto(f"{address}/en/gallery/index.html")
            assert bool(tab.evaluate(moving)) is holds


@pytest.mark.parametrize("width", [640, 320])  # 200 % of 1280, and of a phone's 640
def test_nothing_is_lost_when_enlarged(
    chromium: Browser, site: Path, address: str, width: int
) -> None:
    size = {"width": width, "height": 512}
    with page(chromium, viewport=size, device_scale_factor=2) as tab:
        for name in names(site):
            tab.goto(f"{address}/{name}")
            assert tab.evaluate("document.documentElement.scrollWidth") == width, name
