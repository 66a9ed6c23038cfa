"""Put a finished site in the place of the last one: ``build/work`` -> ``build/html``.

Sphinx works in ``build/work/<language>``, which stays, so that builds are
incremental.  A site is whole when every page is there in every language; only then
is it copied, with the root page that chooses a language, given its search index, and
swapped in at once.  A site that is there already is left alone.
"""

import hashlib
import json
import os
import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tested_gallery.forms import zips
from tested_gallery.languages.language_switch import folder
from tested_gallery.pages import page_texts, run_record
from tested_gallery.site import commit, redirects, root_files, search_index

ROOT = Path(__file__).resolve().parents[2]
WORK, NEXT, HTML, LAST = (
    ROOT / "build" / name for name in ("work", "next", "html", "last")
)
LOADED = re.compile(  # by a page, from another host
    r"<(?:(?:script|img|iframe|source|video|audio)\b[^>]*\ssrc"
    r'|link\b(?=[^>]*\srel="(?:stylesheet|icon|preload|manifest))[^>]*\shref)'
    r'="(?P<address>(?:https?:)?//[^"]+)'
)
PUBLISHED = WORK / "published"
SEARCH = "pagefind"
NOT_PUBLISHED = shutil.ignore_patterns(".buildinfo*")
WITHOUT_SOURCE = {"search"}  # pages that are made of a template alone


def main(languages: list[str]) -> int:
    """Publish; return the exit status."""
    written = page_names(ROOT / "docs", ".md", ".rst")
    lead_on = {address.page for address in redirects.read(ROOT) if address.target}
    wanted = written | WITHOUT_SOURCE | lead_on
    if problems := missing(languages, wanted):
        print(*problems, sep="\n", file=sys.stderr)
        print("Not published; run 'make html' again.", file=sys.stderr)
        return 1
    said = f"{len(written)} pages in {len(languages)} languages: {HTML}"
    if search_index.same(PUBLISHED, digest(languages)):
        print(f"Published already, {said}")
        return 0
    if problems := foreign(languages):
        print(*problems, sep="\n", file=sys.stderr)
        print("Not published: keep it among the site's own files.", file=sys.stderr)
        return 1
    assemble(languages, wanted, lead_on)
    searched = [f"{folder(one)}/{p}.html" for one in languages for p in sorted(written)]
    print("Indexing the pages for the search", flush=True)
    try:
        with ThreadPoolExecutor() as pool:  # the index is made by another process
            zipped = pool.submit(zips.write_site, NEXT, SEARCH)
            search_index.build(NEXT, searched, WORK / "search")
            zipped.result()
    except search_index.SearchError as error:
        print(f"{error}\nNot published; build/html is as it was.", file=sys.stderr)
        return 1
    swap()
    PUBLISHED.write_text(digest(languages))
    print(f"Published {said}")
    return 0


def digest(languages: list[str]) -> str:
    """Return a digest of all that the site is put together of, and of the site."""
    whole = hashlib.sha256(json.dumps(provenance_of_site()).encode())
    whole.update(search_index.edition().encode())
    folders = [Path(__file__).parent, *(WORK / name for name in languages), HTML]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    for path in sorted(files):
        whole.update(f"{path}\n{path.stat().st_size}\n".encode())
        whole.update(path.read_bytes())
    return whole.hexdigest()


def page_names(where: Path, *suffixes: str) -> set[str]:
    """Return the names of the pages in a folder: of their sources, or as Sphinx wrote.

    What begins with an underscore is none.
    """
    files = [path for suffix in suffixes for path in where.rglob(f"*{suffix}")]
    names = [path.relative_to(where).with_suffix("").as_posix() for path in files]
    return {name for name in names if "/_" not in f"/{name}"}


def missing(languages: list[str], wanted: set[str]) -> list[str]:
    """Return what keeps the site from being whole, a line each."""
    if wanted == WITHOUT_SOURCE:
        return ["docs: there are no pages"]
    return [
        f"{WORK / language}: the page {name}.html is missing"
        for language in languages
        for name in sorted(wanted - page_names(WORK / language, ".html"))
    ]


def foreign(languages: list[str]) -> list[str]:
    """Return what pages would load from other hosts, a line each."""
    return [
        f"{page}: loads {match['address']}, which another host has"
        for language in languages
        for page in sorted((WORK / language).rglob("*.html"))
        for match in LOADED.finditer(page.read_text("utf-8"))
    ]


def assemble(languages: list[str], wanted: set[str], lead_on: set[str]) -> None:
    """Copy the pages of all languages, and what stands at the root, to ``next``.

    Pages that are gone are not of them; those that ``lead_on`` are HTML alone.
    """
    shutil.rmtree(NEXT, ignore_errors=True)
    for language in languages:
        pages = WORK / language
        old = page_names(pages, ".html") - (wanted - lead_on)
        for stale in old:  # <page>.html, <page>.md...
            for form in (pages / stale).parent.glob(f"{Path(stale).name}.*"):
                if stale not in wanted or form.suffix != ".html":
                    form.unlink()
        target = NEXT / folder(language)
        shutil.copytree(pages, target, ignore=NOT_PUBLISHED, copy_function=kept)
    root = NEXT / folder(languages[0]) / root_files.FOLDER
    for file in root.iterdir():
        file.rename(NEXT / file.name)
    root.rmdir()
    text = json.dumps(provenance_of_site(), indent=1)
    (NEXT / "provenance.json").write_text(f"{text}\n", "utf-8")


def kept(source: str, target: str) -> None:
    """Copy a file, or link what the last site has of it: no site changes its files."""
    last, new = HTML / Path(target).relative_to(NEXT), Path(source).stat()
    had = last.stat() if last.exists() else None
    if had and (had.st_mtime_ns, had.st_size) == (new.st_mtime_ns, new.st_size):
        os.link(last, target)
    else:
        shutil.copy2(source, target)


def provenance_of_site() -> dict[str, object]:
    """Return commit and date of the build, and what each page ran with."""
    runs = {page.name: run_record.read(page) for page in page_texts.pages(ROOT)}
    for record in runs.values():
        record.pop("key", None)
    return {**commit.of_build(ROOT), "pages": runs}


def swap() -> None:
    """Put ``build/next`` in the place of ``build/html``, in two renames."""
    shutil.rmtree(LAST, ignore_errors=True)
    if HTML.exists():
        HTML.rename(LAST)
    NEXT.rename(HTML)
    shutil.rmtree(LAST, ignore_errors=True)


def put_back() -> None:
    """Put the last site back, if an exchange was cut off between two steps."""
    if LAST.exists() and not HTML.exists():
        LAST.rename(HTML)
