"""The strip shows the panels at the place where one reads, to step through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from axe import violations
from visitors import visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAME = "gallery/saving/window_not_photograph"
STEP = {"en": "Step {} of {}", "zh-cn": "第 {} 步，共 {} 步"}
PANELS = "article .state-panels"
# It is then the last one in the upper two thirds of the window.
READ = """part => scrollBy({behavior: "instant",
  top: part.getBoundingClientRect().top - innerHeight * 0.6})"""
WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
# What is said of tensors: their rows as text, without blanks.
ROWS = """part => [...part.querySelectorAll("tbody tr")].map(
  row => row.textContent.replace(/\\s+/g, ""))"""


def opened(tab: Page, address: str, language: str = "en") -> int:
    """Go to the page; return how many steps it has."""
    assert tab.goto(f"{address}/{language}/{NAME}.html").ok
    return tab.locator(PANELS).count()


@pytest.mark.parametrize("language", STEP)
def test_beside_the_text_it_follows_the_reader(
    chromium: Browser, address: str, language: str
) -> None:
    with visitor(chromium, viewport=WIDE) as tab:
        count = opened(tab, address, language)
        assert count >= 3
        strip = tab.locator(".toc-drawer .strip")
        for number in (2, 3, 1):  # the first is folded, at the top of the page
            panel = tab.locator(PANELS).nth(number - 1)
            if number > 1:
                panel.evaluate(READ)
            else:
                tab.evaluate("scrollTo({top: 0, behavior: 'instant'})")
            strip.get_by_text(STEP[language].format(number, count)).wait_for()
            shown = strip.locator(".strip-body")
            assert shown.evaluate(ROWS) == panel.evaluate(ROWS) != []
            assert shown.locator("tr").last.is_visible()  # also what is folded
        assert shown.locator("[id]").count() == 0
        assert not violations(tab)


def test_it_names_the_line_that_changed_the_module(
    chromium: Browser, address: str
) -> None:
    with visitor(chromium, viewport=WIDE) as tab:
        count = opened(tab, address)
        line = tab.locator(".strip-body > .strip-line")
        tab.locator(PANELS).nth(1).evaluate(READ)
        tab.get_by_text(f"Step 2 of {count}").wait_for()
        assert line.inner_text() == "model.load_state_dict(best)"
        assert not tab.locator("article .strip-line").first.is_visible()


def test_its_buttons_step_and_its_title_leads_to_the_cell(
    chromium: Browser, address: str
) -> None:
    with visitor(chromium, viewport=WIDE) as tab:
        count = opened(tab, address)
        back, on = (
            tab.get_by_role("button", name=f"{way} a step") for way in ("Back", "On")
        )
        for number in range(2, count + 1):
            on.focus()
            tab.keyboard.press("Enter")
            assert tab.get_by_text(f"Step {number} of {count}").is_visible()
            assert in_view(tab, number)
        assert on.is_disabled()
        back.click()
        assert tab.get_by_text(f"Step {count - 1} of {count}").is_visible()
        assert in_view(tab, count - 1)


def in_view(tab: Page, number: int) -> bool:
    """Return whether a panel is in the window."""
    box = tab.locator(PANELS).nth(number - 1).bounding_box()
    return 0 <= box["y"] + box["height"] / 2 <= tab.viewport_size["height"]


def test_contents_and_strip_share_their_column(chromium: Browser, address: str) -> None:
    with visitor(chromium, viewport={"width": 1280, "height": 500}) as tab:
        opened(tab, address)
        contents = tab.locator(".toc-tree-container").bounding_box()
        strip = tab.locator(".strip").bounding_box()
        assert contents["height"] >= 79
        assert contents["y"] + contents["height"] <= strip["y"] + 1
        assert strip["y"] + strip["height"] <= 500
        assert tab.evaluate("document.documentElement.scrollWidth") == 1280


def test_on_a_phone_it_comes_after_the_first_panel_unfolds_and_can_be_closed(
    chromium: Browser, address: str
) -> None:
    with visitor(chromium, viewport=PHONE) as tab:
        count = opened(tab, address, "zh-cn")
        bar = tab.locator("body > .strip")
        assert not bar.is_visible()
        tab.locator(PANELS).nth(1).evaluate(READ)
        title = bar.get_by_role("button", name=STEP["zh-cn"].format(2, count))
        title.wait_for()
        assert not bar.locator(".strip-body").is_visible()
        title.click()
        assert bar.locator(".strip-body tr").last.is_visible()
        assert title.get_attribute("aria-expanded") == "true"
        faults = [fault for fault in violations(tab) if "回到顶部" not in fault]
        assert not faults  # that link of Furo is outside of all landmarks
        bar.get_by_role("button", name="关闭").click()
        tab.locator(PANELS).nth(2).evaluate(READ)
        tab.wait_for_timeout(100)
        assert bar.count() == 0


def test_what_has_the_focus_is_not_covered(chromium: Browser, address: str) -> None:
    with visitor(chromium, viewport=PHONE, reduced_motion="reduce") as tab:
        opened(tab, address)
        tab.locator(PANELS).nth(1).evaluate(READ)
        tab.locator("body > .strip").wait_for()
        covered = """e => e.getBoundingClientRect().bottom
          > document.querySelector(".strip").getBoundingClientRect().top + 1"""
        stops = 0
        for link in tab.locator("article section a:visible").all():
            link.focus()
            stops += 1
            if tab.locator("body > .strip").is_visible():
                assert not link.evaluate(covered), link.inner_text()
        assert stops > 20


def test_it_moves_where_the_window_becomes_wide(
    chromium: Browser, address: str
) -> None:
    with visitor(chromium, viewport=PHONE) as tab:
        opened(tab, address)
        assert tab.locator("body > .strip").count() == 1
        tab.set_viewport_size(WIDE)
        tab.locator(".toc-drawer .strip").wait_for()
        assert tab.locator(".strip").count() == 1


def test_paper_and_pages_without_scripts_have_none(
    chromium: Browser, address: str
) -> None:
    with visitor(chromium, viewport=WIDE) as tab:
        opened(tab, address)
        tab.emulate_media(media="print")
        assert not tab.locator(".strip").is_visible()
    with visitor(chromium, viewport=WIDE, java_script_enabled=False) as tab:
        opened(tab, address)
        assert tab.locator(".strip").count() == 0
        assert tab.locator(".toc-tree").is_visible()


def test_a_page_with_one_panel_loads_none(chromium: Browser, address: str) -> None:
    with visitor(chromium, viewport=WIDE) as tab:
        tab.goto(f"{address}/en/messages.html")
        assert tab.locator("#strip, script[src*='strip']").count() == 0
