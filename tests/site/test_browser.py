"""The site in a real Chromium: languages switch, tables and legends stay in view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from visitors import visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser

WITH_ANCHOR = "gallery/start/parameters_and_buffers.html"


def test_the_switch_leads_to_the_same_page_without_javascript(
    chromium: Browser, address: str
) -> None:
    with visitor(chromium, java_script_enabled=False) as tab:
        tab.goto(f"{address}/en/{WITH_ANCHOR}")
        tab.get_by_role("link", name="简体中文").click()
        tab.wait_for_url(f"{address}/zh-cn/{WITH_ANCHOR}")
        tab.get_by_role("link", name="English").click()
        tab.wait_for_url(f"{address}/en/{WITH_ANCHOR}")


def test_the_switch_keeps_the_anchor_with_javascript(
    chromium: Browser, address: str
) -> None:
    with visitor(chromium) as tab:
        tab.goto(f"{address}/en/{WITH_ANCHOR}#reg1")
        tab.get_by_role("link", name="简体中文").click()
        tab.wait_for_url(f"{address}/zh-cn/{WITH_ANCHOR}#reg1")
        tab.evaluate("location.hash = 'train1'")
        tab.get_by_role("link", name="English").click()
        tab.wait_for_url(f"{address}/en/{WITH_ANCHOR}#train1")


@pytest.mark.parametrize(
    ("locale", "chosen"),
    [("en-GB", "en"), ("zh-CN", "zh-cn"), ("zh-TW", "zh-cn")],
)
def test_the_root_chooses_by_the_browser(
    chromium: Browser, address: str, locale: str, chosen: str
) -> None:
    with visitor(chromium, locale=locale) as tab:
        tab.goto(f"{address}/")
        tab.wait_for_url(f"{address}/{chosen}/index.html")


def test_the_root_offers_both_to_whom_it_does_not_know(
    chromium: Browser, address: str
) -> None:
    with visitor(chromium, locale="fr-FR") as tab:
        tab.goto(f"{address}/", wait_until="networkidle")
        assert tab.get_by_role("link").all_inner_texts() == ["English", "简体中文"]


def test_the_root_offers_both_without_javascript(
    chromium: Browser, address: str
) -> None:
    with visitor(chromium, locale="zh-CN", java_script_enabled=False) as tab:
        tab.goto(f"{address}/")
        assert tab.url == f"{address}/"
        tab.get_by_role("link", name="English").click()
        tab.wait_for_url(f"{address}/en/index.html")


def test_the_root_remembers_what_was_chosen_there_and_on_a_page(
    chromium: Browser, address: str
) -> None:
    with visitor(chromium, locale="fr-FR") as tab:
        tab.goto(f"{address}/")
        tab.get_by_role("link", name="简体中文").click()
        tab.goto(f"{address}/")
        tab.wait_for_url(f"{address}/zh-cn/index.html")
        tab.get_by_role("link", name="English").click()
        tab.goto(f"{address}/")
        tab.wait_for_url(f"{address}/en/index.html")


def test_the_output_label_is_in_the_language_of_the_page(
    chromium: Browser, address: str
) -> None:
    label = "getComputedStyle(part, '::before').content"
    with visitor(chromium) as tab:
        for language, word in (("en", "Output"), ("zh-cn", "输出")):
            tab.goto(f"{address}/{language}/{WITH_ANCHOR}")
            outputs = tab.locator(".sphx-glr-script-out")
            assert outputs.count()
            shown = outputs.evaluate_all(f"parts => parts.map(part => {label})")
            assert set(shown) == {f'"{word}"'}


@pytest.mark.parametrize("language", ["en", "zh-cn"])
def test_all_of_each_message_is_in_view_on_a_phone(
    chromium: Browser, address: str, language: str
) -> None:
    with visitor(chromium, viewport={"width": 360, "height": 800}) as tab:
        tab.goto(f"{address}/{language}/messages.html")
        parts = tab.locator(".messages :is(dt code, dd p, dd a)")
        ends = parts.evaluate_all("ps => ps.map(p => p.getBoundingClientRect().right)")
        assert ends
        assert max(ends) <= 360


@pytest.mark.parametrize("width", [360, 1280])
def test_a_panel_fits_where_it_stands(
    chromium: Browser, address: str, width: int
) -> None:
    with visitor(chromium) as tab:
        tab.set_viewport_size({"width": width, "height": 600})
        for page in ("moving/what_to_does", "training/freezing"):
            tab.goto(f"{address}/zh-cn/gallery/{page}.html")
            panels = tab.locator(".state")
            assert panels.count()
            for panel in panels.all():
                inner, outer = panel.evaluate("p => [p.scrollWidth, p.clientWidth]")
                assert inner <= outer
            sizes = tab.locator(".state *").evaluate_all(
                "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
            )
            assert min(sizes) >= 12
        head = tab.locator(".state thead").first.bounding_box()
        assert head
        assert (head["width"] > 300) == (width > 360)  # a row is a block on a phone


def test_the_key_opens_without_a_script(chromium: Browser, address: str) -> None:
    with visitor(chromium, java_script_enabled=False) as tab:
        tab.goto(f"{address}/en/gallery/moving/what_to_does.html")
        key = tab.locator("#key")
        assert not key.is_visible()
        tab.locator(".state-head .state-key:visible").first.click()
        assert key.is_visible()
        assert "frozen parameter" in key.inner_text()
        tab.keyboard.press("Escape")
        assert not key.is_visible()


def test_unchanged_rows_unfold_and_paper_has_all(
    chromium: Browser, address: str
) -> None:
    with visitor(chromium) as tab:
        tab.goto(f"{address}/en/gallery/training/batch_normalisation.html")
        folded = tab.locator(".state details").first
        assert not folded.locator("table").is_visible()
        folded.locator("summary").click()
        assert folded.locator("table").is_visible()
        folded.locator("summary").click()
        assert not folded.locator("table").is_visible()
        tab.emulate_media(media="print")
        assert folded.locator("table").is_visible()
        assert tab.locator("#key").is_visible()
        assert tab.locator(".state-head .state-key:visible").count() == 0


def test_kinds_and_changes_have_colours_of_their_own_in_the_dark(
    chromium: Browser, address: str
) -> None:
    looks = """parts => parts.map(part => {
      const style = getComputedStyle(part);
      const filled = style.backgroundColor !== 'rgba(0, 0, 0, 0)';
      return [filled ? style.backgroundColor : style.color, style.filter].join();
    })"""
    found = {}
    for scheme in ("light", "dark"):
        with visitor(chromium, color_scheme=scheme) as tab:
            tab.goto(f"{address}/en/gallery/start/choosing.html")
            badges = tab.locator(".decision .state-kind").evaluate_all(looks)
            assert all(look.endswith("none") for look in badges)
            tab.goto(f"{address}/en/gallery/moving/what_to_does.html")
            rows = tab.locator(".state tr.changed").evaluate_all(looks)
            assert len({*rows}) == 1
            found[scheme] = {*badges, *rows}
    assert found["light"].isdisjoint(found["dark"])


def test_on_paper_links_of_prose_have_their_address_and_those_of_code_none(
    chromium: Browser, address: str
) -> None:
    after = "links => links.map(a => getComputedStyle(a, '::after').content)"
    with visitor(chromium) as tab:
        tab.emulate_media(media="print")
        tab.goto(f"{address}/en/gallery/moving/what_to_does.html")
        code = tab.locator("article .highlight a[href^=http]").evaluate_all(after)
        assert {*code} == {"none"}
        tab.goto(f"{address}/en/changes.html")
        prose = tab.locator("article p a[href^=http], article li a[href^=http]")
        assert all("http" in text for text in prose.evaluate_all(after))
        assert prose.count()


def test_on_paper_nothing_is_offered_for_download(
    chromium: Browser, address: str
) -> None:
    with visitor(chromium, viewport={"width": 680, "height": 960}) as tab:  # A4
        tab.goto(f"{address}/en/gallery/start/matrix.html")
        tab.emulate_media(media="print")
        assert tab.locator(".provenance").is_visible()
        assert not tab.locator(".downloads").is_visible()
