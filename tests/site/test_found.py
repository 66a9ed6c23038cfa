"""What search engines, previews of links and lost readers find."""

from __future__ import annotations

import functools
import http.server
import threading
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from built_pages import LANGUAGES, names, pages, parse, parsed
from visitors import visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from project import Project

BASE = "https://example.org/site"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
LINK = "{http://www.w3.org/1999/xhtml}link"


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_describes_itself_by_its_first_paragraph(
    site: Path, language: str
) -> None:
    seen: dict[str, str] = {}
    for name, html in pages(site, language).items():
        if name == "search.html":
            continue
        tag = html.select_one("meta[name=description]")
        assert words(tag["content"]) == words(html.article.p.text), name
        about = html.select_one("meta[property='og:description']")
        assert about["content"] == tag["content"]
        title = html.select_one("meta[property='og:title']")["content"]
        assert title == words(html.h1.text.replace("¶", ""))
        assert seen.setdefault(tag["content"], name) == name
    assert seen


def test_without_an_address_nothing_absolute_is_told(site: Path) -> None:
    html = parsed(site / "en/index.html")
    for tag in ("og:url", "og:image"):
        assert not html.select(f"meta[property='{tag}']")
    assert not (site / "sitemap.xml").exists()
    assert "Sitemap" not in (site / "robots.txt").read_text()


@pytest.fixture(scope="module")
def hosted(tiny: Project) -> Iterator[Project]:
    """Return the small project, built for an address."""
    built = tiny.make("html", SPHINXOPTS=f"--define=html_baseurl={BASE}/")
    assert built.ok, built.text
    yield tiny
    assert tiny.make("html").ok


def file_of(project: Project, address: str) -> Path:
    assert address.startswith(f"{BASE}/")
    return project.root / "build/html" / address.removeprefix(f"{BASE}/")


def test_the_sitemap_has_each_page_in_each_language(hosted: Project) -> None:
    tree = ET.fromstring(hosted.read("build/html/sitemap.xml"))
    found = {}
    for url in tree.findall(f"{SITEMAP}url"):
        links = {link.get("hreflang"): link.get("href") for link in url.findall(LINK)}
        found[url.find(f"{SITEMAP}loc").text] = links
    assert set(found) == {
        f"{BASE}/{language}/{name}"
        for language in LANGUAGES
        for name in names(hosted.root / "build/html" / language)
        if name != "search.html"
    }
    for address, links in found.items():
        assert set(links) == {"en", "zh-CN", "x-default"}
        assert address in links.values()
        assert all(file_of(hosted, link).is_file() for link in links.values())
    robots = hosted.read("build/html/robots.txt").splitlines()
    assert robots[-1] == f"Sitemap: {BASE}/sitemap.xml"


def test_a_preview_has_an_address_and_a_picture_that_exist(hosted: Project) -> None:
    for language in LANGUAGES:
        for name in ("index.html", "gallery/group/page.html"):
            html = parse(hosted.root / "build/html" / language / name)
            address, image = (
                html.select_one(f"meta[property='og:{tag}']")["content"]
                for tag in ("url", "image")
            )
            assert address == html.select_one("link[rel=canonical]")["href"]
            assert address == f"{BASE}/{language}/{name}"
            assert file_of(hosted, image).read_bytes()[:4] == b"\x89PNG"


class WithNotFound(http.server.SimpleHTTPRequestHandler):
    """A server that shows 404.html for what is not there, below a path."""

    def translate_path(self, path: str) -> str:
        """Return the file of a path below ``/site/``."""
        return super().translate_path(path.removeprefix("/site"))

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def send_error(self, code: int, *rest: object) -> None:
        """Show the site's own page."""
        body = Path(self.directory, "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize(
    "missing", ["nothing", "en/gallery/nothing/at/all.html", "zh-cn/nothing.html"]
)
def test_a_lost_reader_finds_back_from_any_depth(
    chromium: Browser, hosted: Project, missing: str, *, javascript: bool
) -> None:
    folder = hosted.root / "build/html"
    handler = functools.partial(WithNotFound, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/site"
        with visitor(chromium, java_script_enabled=javascript) as tab:
            for name, home in (("Home", "en"), ("首页", "zh-cn")):
                assert tab.goto(f"{address}/{missing}").status == 404
                assert tab.locator("h1").inner_text() == "404"
                tab.get_by_role("link", name=name, exact=True).click()
                assert tab.url == f"{address}/{home}/index.html"
        server.shutdown()


def test_the_language_that_was_lost_comes_first(
    chromium: Browser, address: str
) -> None:
    with visitor(chromium) as tab:
        for folder, first in (("en", "Page not found"), ("zh-cn", "找不到页面")):
            tab.route(
                "**/nothing.html",
                lambda route: route.fulfill(
                    response=route.fetch(url=f"{address}/404.html")
                ),
            )
            tab.goto(f"{address}/{folder}/nothing.html")
            heads = {
                head.inner_text(): head.bounding_box()["y"]
                for head in tab.get_by_role("heading", level=2).all()
            }
            assert min(heads, key=heads.get) == first
