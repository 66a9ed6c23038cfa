"""What a first view of each page costs the reader: bytes, and shifts after loading."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, NamedTuple

from test_browser import page

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Response

MOST = 60_000  # bytes, gzipped: of a page's styles and scripts, and of its HTML
SHIFTS = """() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => {
    for (const shift of list.getEntries()) sum += shift.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 150);
})"""


class Weight(NamedTuple):
    """The gzipped bytes of a first view, and how far its layout shifted."""

    html: int
    styles_and_scripts: int
    fonts: int
    shift: float


def weigh(tab: Page, address: str, sizes: dict[str, int]) -> Weight:
    """Open a page as a new visitor; ``sizes`` keeps what was weighed."""
    seen: list[Response] = []
    tab.on("response", lambda response: seen.append(response))
    tab.goto(address, wait_until="load")
    shift = tab.evaluate(SHIFTS)
    by_type: dict[str, int] = {}
    for response in seen:
        if response.url not in sizes:
            sizes[response.url] = len(gzip.compress(response.body(), mtime=0))
        kind = response.request.resource_type
        by_type[kind] = by_type.get(kind, 0) + sizes[response.url]
    return Weight(
        by_type.pop("document"),
        by_type.pop("stylesheet") + by_type.pop("script"),
        by_type.pop("font", 0),
        shift,
    )


def test_each_page_is_light_and_still(
    chromium: Browser, site: Path, address: str
) -> None:
    names = sorted(p.relative_to(site).as_posix() for p in site.glob("*/**/*.html"))
    assert len(names) > 100
    sizes: dict[str, int] = {}
    found = {}
    for name in names:
        with page(chromium, viewport={"width": 1280, "height": 800}) as tab:
            found[name] = weigh(tab, f"{address}/{name}", sizes)
    print("\n  HTML  styles and scripts  shift  page (bytes, gzipped)")
    for name, (html, rest, _fonts, shift) in found.items():
        print(f"{html:6} {rest:19} {shift:6.3f}  {name}")
    for name, weight in found.items():
        assert weight.html <= MOST, name
        assert weight.styles_and_scripts <= MOST, name
        assert weight.fonts == 0, name
        assert weight.shift < 0.01, name
