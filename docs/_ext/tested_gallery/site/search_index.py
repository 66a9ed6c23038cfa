"""Make the index that readers search: one, of the pages of all languages.

Pagefind makes it, of what `search_text` takes from each page; a list of the pages,
which ranking needs, is added.  ``_static/search_engine.js`` reads both.
"""

import gzip
import hashlib
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from tested_gallery.site import search_text

SIGNATURE = b"pagefind_dcd"  # of its files
NOT_USED = ("pagefind-*ui.*", "pagefind-highlight.js")  # we draw what is found


class SearchError(Exception):
    """The index cannot be made; the message says why."""


def build(site: Path, names: list[str], work: Path) -> None:
    """Put the index of the pages ``names`` of ``site`` into ``site/pagefind``.

    ``work`` keeps what was made: only pages that were written again are read again,
    and an index of the same words is not made again.
    """
    if not same(work / "edition", now := edition()):  # drop what was made otherwise
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        (work / "edition").write_text(now)
    records = [read(site / name, name, work) for name in names]
    for stale in set((work / "pages").rglob("*.html")) - set(records):
        stale.unlink()
    key = digest(records, work)
    if not same(work / "key", key):
        (work / "key").unlink(missing_ok=True)
        shutil.rmtree(work / "pagefind", ignore_errors=True)
        run_pagefind(work / "pages", work / "pagefind")
        list_pages(work / "pagefind")
        (work / "key").write_text(key)
    shutil.copytree(work / "pagefind", site / "pagefind")


def edition() -> str:
    """Return what tells one way of making an index from others."""
    sources = [Path(__file__), Path(search_text.__file__)]
    version = importlib.metadata.version("pagefind")
    return digest(sources, Path(__file__).parent) + version


def digest(files: list[Path], folder: Path) -> str:
    """Return one digest of several files below a folder, and of their names."""
    whole = hashlib.sha256()
    for path in files:
        whole.update(path.relative_to(folder).as_posix().encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def same(note: Path, text: str) -> bool:
    """Return whether a file holds this text."""
    return note.exists() and note.read_text() == text


def read(page: Path, name: str, work: Path) -> Path:
    """Write what Pagefind reads in place of a page, if the page was written anew.

    ``name`` is the page's place on the site.
    """
    path = work / "pages" / name
    written = page.stat().st_mtime_ns
    if not path.exists() or path.stat().st_mtime_ns != written:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = search_text.record(page.read_text("utf-8"))
        if text is None:
            message = f"{page} has no article to be searched."
            raise SearchError(message)
        path.write_text(text, "utf-8")
        os.utime(path, ns=(written, written))
    return path


def run_pagefind(records: Path, bundle: Path) -> None:
    """Let Pagefind index the records of all languages into ``bundle``."""
    command = [
        *(sys.executable, "-m", "pagefind", "--quiet", "--keep-index-url"),
        *("--site", str(records), "--output-path", str(bundle)),
        *("--force-language", "und"),  # the words are cut: no stems, no other cuts
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or not (bundle / "pagefind-entry.json").exists():
        said = (done.stdout + done.stderr).strip().splitlines()[-3:]
        cause = " ".join(said) or f"exit status {done.returncode}"
        message = f"Pagefind could not make the search index: {cause}"
        raise SearchError(message)
    for pattern in NOT_USED:
        for path in bundle.glob(pattern):
            path.unlink()


def list_pages(bundle: Path) -> None:
    """Write what ranking knows of the pages of each language, ``<language>.json``.

    By the name that Pagefind gives to a page: its address and how many words its title
    and its whole text have.
    """
    found: dict[str, dict[str, tuple[str, int, int]]] = defaultdict(dict)
    for path in sorted((bundle / "fragment").iterdir()):
        page = json.loads(gzip.decompress(path.read_bytes()).removeprefix(SIGNATURE))
        language, _, name = page["url"].removeprefix("/").partition("/")
        words = [len(text.split()) for text in (page["meta"]["title"], page["content"])]
        found[language][path.stem] = (name, *words)
    for language, pages in found.items():
        text = json.dumps(pages, ensure_ascii=False, separators=(",", ":"))
        (bundle / f"{language}.json").write_text(text, "utf-8")
