"""Show for which releases of torch the pages were found true.

In a page:

    ```{releases}
    ```

The data lie in ``docs/releases.json``, which ``make releases`` renews with the torch
that is installed: which pages were run, each with its cells, and each cell that
differed.  A page whose code has changed since was not run, and counts as such.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.util.docutils import SphinxDirective

from tested_gallery import author_files
from tested_gallery.languages import untranslated
from tested_gallery.languages.untranslated import entry, link, paragraph
from tested_gallery.pages import page_texts

DATA = "releases.json"


def read(docs: Path) -> dict[str, dict[str, Any]]:
    """Return what was found for each release of torch, the newest first."""
    found = author_files.data(docs / DATA)
    newest = sorted(found, key=lambda r: [int(n) for n in re.findall(r"\d+", r)])[::-1]
    return {release: found[release] for release in newest}


def as_it_is(script: Path) -> list[str | int]:
    """Return what tells the code of a page from what it was, and how many cells it has.

    >>> script = page_texts.find("start/matrix").script
    >>> as_it_is(script)[1] == len(page_texts.cells(script))
    True
    """
    codes = [cell.code for cell in page_texts.cells(script)]
    return [hashlib.sha256("\0".join(codes).encode()).hexdigest()[:12], len(codes)]


def true_today(
    found: dict[str, dict[str, Any]], now: dict[str, list[str | int]]
) -> dict[str, dict[str, Any]]:
    """Return of each run what holds for the pages as they are now.

    >>> was = {"a": ["1", 5], "b": ["2", 7], "gone": ["3", 9]}
    >>> told = [{"page": f"gallery/{page}"} for page in was]
    >>> runs = {"2.13": {"pages": was, "differences": told}}
    >>> true_today(runs, {"a": ["1", 5], "b": ["4", 8], "new": ["5", 6]})["2.13"]
    {'pages': {'a': ['1', 5]}, 'differences': [{'page': 'gallery/a'}], 'changed': 2}
    """
    told = {}
    for release, run in found.items():
        pages = {p: ran for p, ran in run["pages"].items() if now.get(p) == ran}
        about = {f"gallery/{page}" for page in pages}
        differences = [one for one in run["differences"] if one["page"] in about]
        changed = len(now) - len(pages)
        told[release] = run | {"pages": pages, "differences": differences}
        told[release]["changed"] = changed
    return told


class Releases(SphinxDirective):
    """A table of the releases, then each difference."""

    def run(self) -> list[nodes.Node]:
        """Return the table and a list of what differed."""
        docs = Path(self.env.srcdir)
        pages = page_texts.pages(docs.parent)
        for path in (docs / DATA, *(page.script for page in pages)):
            self.env.note_dependency(path)
        now = {page.name: as_it_is(page.script) for page in pages}
        found = true_today(read(docs), now)
        return [table(found), *differences(found)]


def table(found: dict[str, dict[str, Any]]) -> nodes.table:
    """Return a row a release."""
    heads = ("torch", "Python", _("Pages"), _("Examples"), _("Differences"), _("Run"))
    heads = *heads, _("Pages not run since they changed")
    rows = []
    for release, run in found.items():
        pages, differences = run["pages"], run["differences"]
        cells = sum(cells for _digest, cells in pages.values())
        tried = release, run["python"], len(pages), cells, len(differences)
        rows.append(nodes.row("", *map(entry, (*tried, run["date"], run["changed"]))))
    return untranslated.table(map(entry, heads), rows, [1] * len(heads))


def differences(found: dict[str, dict[str, Any]]) -> Iterator[nodes.Node]:
    """Yield each difference: release, page, line; what was wanted and got."""
    for release, run in found.items():
        for one in run["differences"]:
            page = link("doc", f"/{one['page']}", one["page"])
            yield paragraph(f"torch {release}, ", page, f":{one['line']}")
            text = f"- {one['wanted']}+ {one['got']}"
            yield nodes.literal_block(text, text, language="diff")


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("releases", Releases)
