"""Everyone can use the site: by keyboard, read aloud, enlarged, without motion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from axe import violations
from built_pages import LANGUAGES, names
from visitors import visitor

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

# Colours and widths follow from the style sheets: one page of each kind shows them.
KINDS = [
    *("404.html", "index.html"),
    *(
        f"{language}/{name}.html"
        for language in LANGUAGES
        for name in (
            *("index", "about", "changes", "messages", "search", "terms"),
            *("gallery/index", "gallery/start/index", "gallery/start/matrix"),
            "gallery/loading/hooks_and_extra_state",
            "gallery/registration/how_a_module_stores_its_state",
        )
    ),
]
SOME = ("index", "gallery/index", "gallery/start/matrix", "gallery/moving/what_to_does")


@pytest.mark.each_page
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_colours_at_any_width(
    chromium: Browser,
    site: Path,
    address: str,
    scheme: str,
    width: int,
    *,
    every_page: bool,
    only: str,
) -> None:
    size = {"width": width, "height": 800}
    with visitor(
        chromium,
        viewport=size,
        color_scheme=scheme,
        reduced_motion="reduce",
        locale="fr-FR",  # with another one the root page leads on to a language
    ) as tab:
        for name in names(site, only) if every_page or only else KINDS:
            assert tab.goto(f"{address}/{name}").ok
            assert not violations(tab), name


def test_axe_would_find_something(chromium: Browser, address: str) -> None:
    with visitor(chromium) as tab:
        tab.goto(f"{address}/zh-cn/index.html")
        tab.evaluate("document.documentElement.removeAttribute('lang')")
        tab.add_style_tag(content="article p { color: #bbb; background: #fff }")
        found = {fault.partition(":")[0] for fault in violations(tab)}
    assert found == {"html-has-lang", "color-contrast"}


# Whether one sees where the focus is; null where it has left the page.
MARKED = """() => {
  const e = document.activeElement;
  if (e === document.body) return null;
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
    with visitor(chromium, viewport=size, reduced_motion="reduce") as tab:
        for language in ("en", "zh-cn"):
            for name in SOME:
                tab.goto(f"{address}/{language}/{name}.html")
                stops = 0
                tab.keyboard.press("Tab")
                while (marked := tab.evaluate(MARKED)) is not None:
                    assert marked, (
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
    with visitor(chromium, viewport={"width": 1280, "height": 800}) as tab:
        tab.goto(f"{address}/en/gallery/index.html")
        group = tab.locator(".sidebar-tree").get_by_role("link", name="Cast:")
        assert not group.is_visible()
        tab.get_by_role("switch", name="Device and dtype").focus()
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
    with visitor(chromium, viewport={"width": 360, "height": 800}) as tab:
        tab.goto(f"{address}/zh-cn/index.html")
        link = tab.locator(".sidebar-drawer").get_by_role("link", name="报错信息")
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
    with visitor(chromium, viewport={"width": 360, "height": 800}) as tab:
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
        with visitor(chromium, reduced_motion=wish) as tab:
            tab.goto(f"{address}/en/gallery/index.html")
            assert bool(tab.evaluate(moving)) is holds
