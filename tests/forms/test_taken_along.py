"""The site taken along: a zip that is read from files, and lists for programs."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup

from visitors import visitor

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

SOME = (
    "index",
    "about",
    "messages",
    "gallery/index",
    "gallery/loading/assign_and_swap",
)


@pytest.fixture(scope="module")
def unpacked(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the site's archive, taken out of it."""
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(site / "module-state.zip") as file:
        file.extractall(folder)
    return folder / "module-state"


def test_the_archive_holds_the_site_but_the_search_index(
    site: Path, unpacked: Path
) -> None:
    def files(root: Path) -> set[str]:
        return {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()}

    left_out = files(site) - files(unpacked)
    assert len(files(unpacked)) > 400
    assert {name.split("/")[0] for name in left_out} == {"pagefind", "module-state.zip"}
    for name in files(unpacked):
        assert (unpacked / name).read_bytes() == (site / name).read_bytes(), name
    for language in ("en", "zh-cn"):
        about = BeautifulSoup(
            (site / language / "about.html").read_text("utf-8"), "html.parser"
        )
        (link,) = about.select("a[href$='module-state.zip']")
        assert (site / language / link["href"]).resolve().is_file()


@pytest.mark.parametrize("language", ["en", "zh-cn"])
def test_pages_work_from_files(
    chromium: Browser, unpacked: Path, language: str
) -> None:
    faults: list[str] = []
    with visitor(chromium) as tab:
        tab.on("console", lambda m: m.type == "error" and faults.append(m.text))
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.on("requestfailed", lambda request: faults.append(request.url))
        tab.on("request", lambda r: r.url.startswith("http") and faults.append(r.url))
        for name in SOME:
            tab.goto((unpacked / language / f"{name}.html").as_uri())
            styled = tab.locator("article h1").evaluate(
                "e => getComputedStyle(e).fontWeight"
            )
            assert int(styled) >= 600
        tab.goto((unpacked / language / "gallery/index.html").as_uri())
        tab.locator(".cards a").first.click()
        tab.locator(".highlight-Python:visible").first.wait_for()
        assert tab.url.startswith("file:")
        assert not faults


LINK = re.compile(r"^- \[(?P<title>[^]]+)\]\((?P<address>[^)]+)\)", re.MULTILINE)


def test_the_lists_for_programs_name_every_page(site: Path) -> None:
    root = (site / "llms.txt").read_text("utf-8")
    lists = [site / match["address"] for match in LINK.finditer(root)]
    assert lists == [site / "en/llms.txt", site / "zh-cn/llms.txt"]
    for path in lists:
        found = {
            m["address"]: m["title"] for m in LINK.finditer(path.read_text("utf-8"))
        }
        pages = {
            p.relative_to(path.parent).as_posix() for p in path.parent.rglob("*.md")
        }
        assert len(pages) > 50
        assert set(found) == pages
        for address, title in found.items():
            text = (path.parent / address).read_text("utf-8")
            first = re.sub(r"[`\\]", "", text.partition("\n")[0].removeprefix("# "))
            assert title == first, address
