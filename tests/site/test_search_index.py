"""The index of the search: it has each page, is the same everywhere, fails aloud."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from typing import TYPE_CHECKING

from built_pages import LANGUAGES, names
from project import EXPECTED, PAGE, Project
from tested_gallery.site import search_index, search_text

if TYPE_CHECKING:
    from pathlib import Path


def indexed_pages(site: Path) -> list[str]:
    """Return the pages that should be found, by their address in the site."""
    return [
        f"{language}/{name}"
        for language in LANGUAGES
        for name in names(site / language)
        if name != "search.html"
    ]


def fragments(bundle: Path) -> list[dict]:
    files = sorted((bundle / "fragment").iterdir())
    signed = [gzip.decompress(path.read_bytes()) for path in files]
    return [json.loads(one.removeprefix(search_index.SIGNATURE)) for one in signed]


def test_the_index_has_the_article_of_each_page_once_and_nothing_else(
    site: Path,
) -> None:
    indexed = {page["url"]: page["content"] for page in fragments(site / "pagefind")}
    assert len(indexed) == len(fragments(site / "pagefind"))
    assert set(indexed) == {f"/{page}" for page in indexed_pages(site)}
    for text in indexed.values():
        plain = text.replace(" ~", "").replace(search_text.MARK, "")
        for not_text in ("Toggle", "Furo", "版权", "Download as", "Executed on", "¶"):
            assert not_text not in plain
    page = indexed["/en/gallery/loading/strict_and_mismatch.html"]
    plain = page.replace(" ~", "").replace(search_text.MARK, "")
    assert "Missing key(s) in state^dict" in plain  # an output
    assert not list(site.rglob("searchindex.js"))


def bytes_of(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def test_the_index_is_the_same_wherever_it_is_made(site: Path, tmp_path: Path) -> None:
    pages = indexed_pages(site)
    target = tmp_path / "site"
    for page in pages:
        (target / page).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(site / page, target / page)
    search_index.build(target, pages, tmp_path / "work")
    assert bytes_of(target / "pagefind") == bytes_of(site / "pagefind")


BROKEN = {"PAGEFIND_BINARY_PATH": "/bin/false"}


def test_a_failing_pagefind_is_said_and_leaves_the_last_site(tiny: Project) -> None:
    before = bytes_of(tiny.root / "build/html")
    with (
        tiny.changed(PAGE, '"out"', '"other words"'),
        tiny.changed(EXPECTED, "out", "other words"),
    ):
        result = tiny.make("html", **BROKEN)
    assert not result.ok
    assert "Pagefind could not make the search index: exit status 1" in result.text
    assert "build/html is as it was" in result.text
    assert "Traceback" not in result.text
    assert bytes_of(tiny.root / "build/html") == before
    assert tiny.make("html").ok


def test_an_unchanged_site_is_not_indexed_again(tiny: Project) -> None:
    for environment in ({}, BROKEN):
        shutil.rmtree(tiny.root / "build/html")
        result = tiny.make("html", **environment)
    assert result.ok, result.text
    assert (tiny.root / "build/html/pagefind/pagefind.js").exists()
