"""Show for which releases of torch the pages were found true.

In a page:

    ```{releases}
    ```

The data lie in ``docs/releases.json``, which ``make releases`` renews with the torch
that is installed: how many examples were run, and each that differed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from sphinx.locale import _
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

DATA = "releases.json"


def read(docs: Path) -> dict[str, dict[str, Any]]:
    """Return what was found for each release of torch, the newest first."""
    found = json.loads((docs / DATA).read_text("utf-8"))
    return dict(sorted(found.items(), key=lambda item: order(item[0]), reverse=True))


def order(release: str) -> list[int]:
    """Return the key that sorts releases.

    >>> sorted(["2.9.0", "2.13.0"], key=order)
    ['2.9.0', '2.13.0']
    """
    return [int(part) for part in release.split(".") if part.isdecimal()]


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
    heads = [
        "torch",
        "Python",
        _("Pages"),
        _("Examples"),
        _("Differences"),
        _("Run"),
    ]
    group = nodes.tgroup(cols=len(heads))
    group += [nodes.colspec(colwidth=1) for _head in heads]
    group += nodes.thead("", row(heads))
    group += nodes.tbody(
        "",
        *(
            row(
                [
                    release,
                    run["python"],
                    str(run["pages"]),
                    str(run["tests"]),
                    str(len(run["differences"])),
                    run["date"],
                ]
            )
            for release, run in found.items()
        ),
    )
    return nodes.table("", group)


def row(texts: list[str]) -> nodes.row:
    """Return a row of a table."""
    return nodes.row("", *(nodes.entry("", paragraph(text)) for text in texts))


def paragraph(*parts: str | nodes.Node) -> nodes.paragraph:
    """Return a paragraph that no catalog translates: data, or a label."""
    children = [nodes.Text(part) if isinstance(part, str) else part for part in parts]
    return nodes.paragraph("", "", *children, translatable=False)


def differences(found: dict[str, dict[str, Any]]) -> Iterator[nodes.Node]:
    """Yield each difference: release, page, line; what was wanted and got."""
    for release, run in found.items():
        for one in run["differences"]:
            link = addnodes.pending_xref(
                "",
                nodes.inline("", one["page"]),
                refdomain="std",
                reftype="doc",
                reftarget=f"/{one['page']}",
                refexplicit=True,
                refwarn=True,
            )
            yield paragraph(f"torch {release}, ", link, f":{one['line']}")
            text = f"- {one['wanted']}+ {one['got']}"
            yield nodes.literal_block(text, text, language="diff")


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("releases", Releases)
