"""Each page, opened once: nothing fails, it is light, still and whole at every width.

All tests of this file read what the one visit of each page has seen.
"""

from __future__ import annotations

import gzip
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

import pytest

from axe import violations
from built_pages import names

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Response

pytestmark = pytest.mark.each_page
MOST = 60_000  # bytes, gzipped: of a page's styles and scripts, and of its HTML
WIDTHS = (640, 320)  # 200 % of 1280, and of a phone's 640
SKIP = {"en": "Skip to content", "zh-cn": "跳到正文"}
VISITOR = {
    "viewport": {"width": 1280, "height": 800},
    "device_scale_factor": 2,
    "locale": "fr-FR",  # with another one the root page leads on to a language
}
# The shifts are summed from the start: nobody has to wait for them.
SUM_SHIFTS = """
window.shift = 0;
new PerformanceObserver(list => {
  for (const shift of list.getEntries()) window.shift += shift.value;
}).observe({ type: "layout-shift", buffered: true });"""
FOCUSED = """() => {
  const part = document.activeElement;
  return [part.innerText, part.getAttribute("href"), part.getBoundingClientRect().top];
}"""

# The content scrolls by itself where the window is narrow.
WIDEST = """Math.max(
  ...[...document.querySelectorAll("html, .content")].map(part => part.scrollWidth)
)"""


class Visit(NamedTuple):
    """What is seen of a page: bytes are gzipped, ``wide`` is the page, by window."""

    faults: list[str]
    heads: int
    html: int
    styles_and_scripts: int
    fonts: int
    shift: float
    violations: list[str]
    first_stop: tuple[str, str | None, float]
    wide: dict[int, int]


def visit(
    context: BrowserContext, address: str, name: str, sizes: dict[str, int]
) -> Visit:
    """Open a page in a new tab; ``sizes`` keeps what was weighed."""
    faults: list[str] = []
    seen: list[Response] = []
    tab = context.new_page()
    tab.on("console", lambda m: m.type == "error" and faults.append(m.text))
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on("requestfailed", lambda request: faults.append(request.url))
    tab.on("response", lambda r: r.status >= 400 and faults.append(r.url))
    tab.on("response", lambda response: seen.append(response))
    tab.on(
        "request",
        lambda r: r.url.startswith((address, "data:")) or faults.append(r.url),
    )
    tab.goto(f"{address}/{name}")
    heads = tab.locator("h1").count()
    tab.emulate_media(reduced_motion="reduce")
    found = violations(tab, contrast=False)
    shift = tab.evaluate("window.shift")
    by_type = weigh(seen, sizes)
    tab.keyboard.press("Tab")
    first_stop = tab.evaluate(FOCUSED)
    wide = {}
    for width in WIDTHS:
        tab.set_viewport_size({"width": width, "height": 512})
        wide[width] = tab.evaluate(WIDEST)
    tab.close()
    return Visit(
        faults,
        heads,
        by_type["document"],
        by_type["stylesheet"] + by_type["script"],
        by_type["font"],
        shift,
        found,
        tuple(first_stop),
        wide,
    )


def weigh(seen: list[Response], sizes: dict[str, int]) -> Counter[str]:
    """Return the gzipped bytes of each type of what was loaded."""
    weights: Counter[str] = Counter()
    for response in seen:
        if response.url not in sizes:
            sizes[response.url] = len(gzip.compress(response.body(), mtime=0))
        weights[response.request.resource_type] += sizes[response.url]
    return weights


@pytest.fixture(scope="module")
def visits(chromium: Browser, site: Path, address: str, only: str) -> dict[str, Visit]:
    """Visit each page once, or the one that is wanted."""
    sizes: dict[str, int] = {}
    with closing(chromium.new_context(**VISITOR)) as context:
        context.add_init_script(SUM_SHIFTS)
        wanted = names(site, only)
        return {name: visit(context, address, name, sizes) for name in wanted}


@pytest.fixture(scope="module")
def in_languages(visits: dict[str, Visit]) -> dict[str, Visit]:
    """Return the visits of all but the root's own pages."""
    return {name: visit for name, visit in visits.items() if "/" in name}


def test_nothing_fails_and_nothing_foreign_is_asked_for(
    visits: dict[str, Visit],
) -> None:
    assert not {name: visit.faults for name, visit in visits.items() if visit.faults}


def test_axe_finds_nothing(visits: dict[str, Visit]) -> None:
    found = {name: visit.violations for name, visit in visits.items()}
    assert not {name: faults for name, faults in found.items() if faults}


def test_there_is_one_head(in_languages: dict[str, Visit]) -> None:
    heads = {name: visit.heads for name, visit in in_languages.items()}
    assert not {name: found for name, found in heads.items() if found != 1}


def test_the_first_stop_leads_past_the_navigation(
    in_languages: dict[str, Visit],
) -> None:
    for name, visit in in_languages.items():
        text, target, top = visit.first_stop
        assert text == SKIP[name.partition("/")[0]], name
        assert target == "#furo-main-content", name
        assert top >= 0, name


def test_pages_are_light_and_still(in_languages: dict[str, Visit]) -> None:
    print("\n  HTML  styles and scripts  shift  page (bytes, gzipped)")
    for name, visit in in_languages.items():
        print(
            f"{visit.html:6} {visit.styles_and_scripts:19} {visit.shift:6.3f}  {name}"
        )
    heavy = {
        name: visit
        for name, visit in in_languages.items()
        if not 0 < visit.html <= MOST
        or not 0 < visit.styles_and_scripts <= MOST
        or visit.fonts
        or visit.shift >= 0.01
    }
    assert not heavy


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_lost_when_enlarged(visits: dict[str, Visit], width: int) -> None:
    wide = {name: visit.wide[width] for name, visit in visits.items()}
    assert not {name: found for name, found in wide.items() if found != width}
