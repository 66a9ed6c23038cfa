"""Show for which releases of torch the pages were found true.

In a page:

    ```{releases}
    ```

The data lie in ``docs/releases.json``, which ``make releases`` renews with the torch
that is installed: how many examples were run, and each that differed.
"""

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

DATA = "releases.json"


def read(docs: Path) -> dict[str, dict[str, Any]]:
    """Return what was found for each release of torch, the newest first."""
    found = author_files.data(docs / DATA)
    newest = sorted(found, key=lambda r: [int(n) for n in re.findall(r"\d+", r)])[::-1]
    return {release: found[release] for release in newest}


class Releases(SphinxDirective):
    """A table of the releases, then each difference."""

    def run(self) -> list[nodes.Node]:
        """Return the table and a list of what differed."""
        docs = Path(self.env.srcdir)
        self.env.note_dependency(docs / DATA)
        found = read(docs)
        return [table(found), *differences(found)]


def table(found: dict[str, dict[str, Any]]) -> nodes.table:
    """Return a row a release."""
    heads = ("torch", "Python", _("Pages"), _("Examples"), _("Differences"), _("Run"))
    rows = []
    for release, run in found.items():
        tried = release, run["python"], run["pages"], run["tests"]
        values = *tried, len(run["differences"]), run["date"]
        rows.append(nodes.row("", *map(entry, values)))
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
