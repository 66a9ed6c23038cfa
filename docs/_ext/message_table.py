"""Show what torch says when something goes wrong, why, and the cell that cures it.

In a page:

    ```{messages}
    ```

The data lie in ``docs/messages.csv``: the type of the error, or ``warning``; its
message, ``…`` for the parts that differ; the cause, a sentence; and the facts whose
proofs show it (``tests/facts.txt``).
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.locale import _
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from term_table import label

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

LIST = Path(__file__).resolve().parents[1] / "messages.csv"


class Message(NamedTuple):
    """A row of the list."""

    type: str
    message: str
    cause: str
    facts: list[str]
    line: int


def messages(path: Path = LIST) -> list[Message]:
    """Return the list of messages."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Message(row["type"], row["message"], row["cause"], row["facts"].split(), n)
            for n, row in enumerate(csv.DictReader(file), start=2)
        ]


class MessageTable(SphinxDirective):
    """A table of the messages, by their types."""

    def run(self) -> list[nodes.Node]:
        """Return the table; only the causes are messages of the catalog."""
        self.env.note_dependency(LIST)
        group = nodes.tgroup(cols=3)
        group += [nodes.colspec(colwidth=width) for width in (5, 5, 2)]
        heads = map(label, (_("Message"), _("Cause"), _("Shown and cured")))
        group += nodes.thead("", nodes.row("", *heads))
        ordered = sorted(messages(), key=lambda row: (row.type, row.message.lower()))
        group += nodes.tbody("", *map(self.row, ordered))
        return [nodes.table("", group, classes=["messages"])]

    def row(self, message: Message) -> nodes.row:
        """Return the row of a message."""
        parsed, _problems = self.parse_inline(message.cause)
        cause = nodes.paragraph(message.cause, "", *parsed)
        cause.source, cause.line = str(LIST), message.line
        links = [
            nodes.paragraph("", "", link(f), translatable=False) for f in message.facts
        ]
        return nodes.row(
            "",
            label(f"``{message.type}: {message.message}``"),
            nodes.entry("", cause),
            nodes.entry("", *links),
        )


def link(fact: str) -> nodes.Node:
    """Return the link to the proof of a fact; `Titles` gives it its text."""
    return addnodes.pending_xref(
        "",
        nodes.inline("", fact),
        refdomain="std",
        reftype="ref",
        reftarget=fact,
        refexplicit=True,
        refwarn=True,
        titled=True,
    )


class Titles(SphinxPostTransform):
    """Let a link to a proof say the title of its page."""

    default_priority = 5  # before Sphinx resolves references (10)

    def run(self, **kwargs: object) -> None:
        """Change the document in place."""
        labels = self.env.domains.standard_domain.anonlabels
        for link in self.document.findall(addnodes.pending_xref):
            if link.get("titled") and link["reftarget"] in labels:
                title = self.env.titles[labels[link["reftarget"]][0]]
                link.children = []
                link += nodes.inline("", "", *title.deepcopy().children)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the directive."""
    app.add_directive("messages", MessageTable)
    app.add_post_transform(Titles)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
