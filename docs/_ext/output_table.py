"""Draw what a cell printed as a table, its rows explained in the page's language.

In the text cell below the one that prints, a field a row, by its first word:

    .. output-table::

       :moves: moves with the module: :ref:`what that changes <move1>`

The cell prints names of columns, then lines that begin with a name of a row; ``yes``
and ``-`` become a tick and a dash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.locale import _
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


logger = logging.getLogger(__name__)


class explained_rows(nodes.General, nodes.Element):
    """The fields of the rows, until `Draw` puts them into the table."""


class OutputTable(SphinxDirective):
    """Explain the rows that the cell above printed."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the fields."""
        found = explained_rows("", *self.parse_content_to_nodes())
        self.set_source_info(found)
        for name in found.findall(nodes.field_name):
            name["translatable"] = False  # a word of the code
        return [found]


class Draw(SphinxTransform):
    """Put the table in the place of the output."""

    default_priority = 500  # after Sphinx has translated the fields

    def apply(self, **kwargs: object) -> None:
        """Change the document in place."""
        if self.app.builder.name == "gettext":
            return  # wants the messages, and has no outputs
        for rows in list(self.document.findall(explained_rows)):
            output = output_above(rows)
            head, *lines = map(str.split, output.astext().strip().splitlines() or [""])
            fields = rows.findall(nodes.field)
            explained = {field[0].astext(): field[1].children for field in fields}
            if list(explained) != [line[0] for line in lines]:
                message = "does not explain the rows that the cell above prints: %s"
                names = ", ".join(line[0] for line in lines)
                logger.warning(message, names, location=rows)
            else:
                output.parent.replace(output, drawn(head, lines, explained))
            rows.parent.remove(rows)


def output_above(node: nodes.Node) -> nodes.Element:
    """Return the last output before ``node``, an empty one if there is none."""
    siblings = node.parent.children[: node.parent.index(node)]
    outputs = [
        sibling
        for sibling in siblings
        if isinstance(sibling, nodes.literal_block)
        and "sphx-glr-script-out" in sibling["classes"]
    ]
    return outputs[-1] if outputs else nodes.literal_block()


def drawn(
    head: list[str], lines: list[list[str]], explained: dict[str, list[nodes.Node]]
) -> nodes.Node:
    """Return the table: a row a line, with what is said of it."""
    group = nodes.tgroup(cols=len(head) + 1)
    group += [nodes.colspec(colwidth=1, stub=not n) for n in range(len(head) + 1)]
    corner = nodes.entry("", paragraph(nodes.inline("", _("row"), classes=["unseen"])))
    group += nodes.thead("", nodes.row("", corner, *map(cell, head)))
    group += nodes.tbody(
        "",
        *(
            nodes.row("", nodes.entry("", *explained[name]), *map(cell, cells))
            for name, *cells in lines
        ),
    )
    return nodes.table("", group, classes=["output-table"])


def cell(text: str) -> nodes.entry:
    """Return an entry that no catalog translates: a sign with its word, or code."""
    signs = {"yes": ("✓", _("yes")), "-": ("–", _("no"))}
    if text in signs:
        sign, word = signs[text]
        parts = [nodes.Text(sign), nodes.inline("", word, classes=["unseen"])]
    else:
        parts = [nodes.literal(text, text)]
    return nodes.entry("", paragraph(*parts))


def paragraph(*parts: nodes.Node) -> nodes.paragraph:
    """Return a paragraph that no catalog translates."""
    return nodes.paragraph("", "", *parts, translatable=False)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the directive and what draws it."""
    app.add_node(explained_rows)
    app.add_directive("output-table", OutputTable)
    app.add_transform(Draw)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
