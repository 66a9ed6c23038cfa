"""The built site, read as files: each page is parsed once, for all tests."""

from __future__ import annotations

import functools
from pathlib import Path

from bs4 import BeautifulSoup

LANGUAGES = ("en", "zh-cn")


def parse(page: Path) -> BeautifulSoup:
    """Return a page that another build may change."""
    return BeautifulSoup(page.read_text("utf-8"), "html.parser")


@functools.cache
def parsed(page: Path) -> BeautifulSoup:
    """Return a page of the built site; who changes what is returned takes a copy."""
    return parse(page)


def names(folder: Path, only: str = "") -> list[str]:
    """Return the addresses of all pages in a folder of the site, or those of one.

    An address that leads on to where its page went is none.
    """
    pages = folder.rglob(f"{only}.html" if only else "*.html")
    kept = [path for path in pages if 'class="goal"' not in path.read_text("utf-8")]
    found = [path.relative_to(folder).as_posix() for path in kept]
    assert found
    return sorted(found)


def pages(site: Path, language: str) -> dict[str, BeautifulSoup]:
    """Return all pages in a language, by their addresses there."""
    folder = site / language
    return {name: parsed(folder / name) for name in names(folder)}
