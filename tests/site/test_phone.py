"""A reader with a phone and no English finds a page, reads it and takes it home."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from visitors import visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PHONE = {
    "viewport": {"width": 360, "height": 720},
    "has_touch": True,
    "is_mobile": True,
    "locale": "zh-CN",
}
WANTED = "gallery/loading/strict_and_mismatch"
ENGLISH = re.compile(r"[A-Za-z]{3,} [a-z]{2,} [a-z]{2,}")


def test_the_page_about_missing_keys_is_found_read_and_taken_home(
    chromium: Browser, address: str, site: Path
) -> None:
    with visitor(chromium, **PHONE) as tab:
        tab.goto(f"{address}/")
        tab.wait_for_url("**/zh-cn/**")
        tab.get_by_role("button", name="显示或隐藏站点导航").tap()
        tab.locator(".sidebar-search").fill("缺失的键")
        tab.keyboard.press("Enter")
        tab.locator(".search-result a").first.tap()
        tab.wait_for_url(f"{address}/zh-cn/{WANTED}.html*")
        assert tab.evaluate("document.documentElement.scrollWidth") == 360
        for text in tab.locator("article > section p").all_inner_texts():
            assert not ENGLISH.search(text), text
        with tab.expect_download() as started:
            tab.locator(".downloads a").get_by_text("Python").tap()
        saved = Path(started.value.path()).read_text("utf-8")
    assert saved == (site / f"zh-cn/{WANTED}.py").read_text("utf-8")
    assert "缺失" in saved
