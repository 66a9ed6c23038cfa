"""Draw what a cell printed as a table, its rows explained in the page's language.

In the text cell below the one that prints, a field a row, by its first word:

    .. output-table::

       :moves: moves with the module: :ref:`what that changes <move1>`

The cell prints names of columns, then lines that begin with a name of a row; ``yes``
and ``-`` become a tick and a dash.  Where each column is about a kind of tensor, an
option gives the columns the kinds' badges (`vocabulary`), by their letters:

    .. output-table::
       :kinds: P B
"""

from typing import ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from tested_gallery.languages import untranslated
from tested_gallery.languages.untranslated import entry
from tested_gallery.pages.page_parts import OUTPUT
from tested_gallery.state import vocabulary

logger = logging.getLogger(__name__)


def kinds(argument: str | None) -> list[str]:
    """Return the letters of kinds in the option ``:kinds:``.

    >>> kinds("P 0")
    ['P', '0']
    >>> kinds("P Z")
    Traceback (most recent call last):
    ValueError: not a kind of tensor: Z
    """
    letters = (argument or "").split()
    for letter in letters:
        if letter not in vocabulary.kinds():
            message = f"not a kind of tensor: {letter}"
            raise ValueError(message)
    return letters


class explained_rows(nodes.General, nodes.Element):
    """The fields of the rows, until `Draw` puts them into the table."""


class OutputTable(SphinxDirective):
    """Explain the rows that the cell above printed."""

    has_content = True
    option_spec: ClassVar = {"kinds": kinds}

    def run(self) -> list[nodes.Node]:
        """Return the fields."""
        found = explained_rows("", *self.parse_content_to_nodes())
        found["kinds"] = self.options.get("kinds", [])
        self.set_source_info(found)
        for name in found.findall(nodes.field_name):
            name["translatable"] = False  # a word of the code
        return [found]


class Draw(SphinxTransform):
    """Put the table in the place of the output."""

    default_priority = 500  # after Sphinx has translated the fields

    def apply(self, **kwargs: object) -> None:
        """Change the document in place."""
        if not self.config.sphinx_gallery_conf["plot_gallery"]:
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
            elif any(len(line) != len(head) + 1 for line in lines):
                message = "the cell above prints rows that have not %d results each"
                logger.warning(message, len(head), location=rows)
            elif rows["kinds"] and len(rows["kinds"]) != len(head):
                message = "does not give a kind to each column: %s"
                logger.warning(message, ", ".join(head), location=rows)
            else:
                heads = head_entries(head, rows["kinds"])
                output.parent.replace(output, drawn(heads, lines, explained))
            rows.parent.remove(rows)


def output_above(node: nodes.Node) -> nodes.Element:
    """Return the last output before ``node``, an empty one if there is none."""
    for above in reversed(node.parent.children[: node.parent.index(node)]):
        if isinstance(above, nodes.literal_block) and OUTPUT in above["classes"]:
            return above
    return nodes.literal_block()


def head_entries(head: list[str], kinds: list[str]) -> list[nodes.entry]:
    """Return the heads of the columns, with the badges of their kinds if they have."""
    badges = [[*vocabulary.kind_words(kind), " "] for kind in kinds]
    return [
        entry(*badge, nodes.literal(name, name))
        for name, badge in zip(head, badges or [[]] * len(head), strict=True)
    ]


def drawn(
    heads: list[nodes.entry], lines: list[list[str]], explained: dict[str, nodes.Node]
) -> nodes.Node:
    """Return the table: a row a line, its name with what is said of it."""
    corner = entry(nodes.inline("", _("row"), classes=["unseen"]))
    rows = []
    for name, *cells in lines:
        named = entry(nodes.literal(name, name))
        named += explained[name]
        rows.append(nodes.row("", named, *map(cell, cells)))
    widths = [1] * (len(heads) + 1)
    table = untranslated.table([corner, *heads], rows, widths, classes=["output-table"])
    next(table.findall(nodes.colspec))["stub"] = True
    return table


def cell(text: str) -> nodes.entry:
    """Return an entry that no catalog translates: a sign with its word, or code."""
    if text not in {"yes", "-"}:
        return entry(nodes.literal(text, text))
    name, word = ("yes", _("yes")) if text == "yes" else ("no", _("no"))
    return entry(vocabulary.symbol(name), vocabulary.spoken(word))


def setup(app: Sphinx) -> None:
    """Add the directive and what draws it."""
    app.add_node(explained_rows)
    app.add_directive("output-table", OutputTable)
    app.add_transform(Draw)
