"""Draw what a cell prints as a table, its rows explained in the page's language.

In a text cell above the one that prints, wherever the page shows the table: groups of
rows, a field a row by its first word, and behind ``!`` the columns where people are
caught; then, if readers are to see other words than the cell prints, these words:

    .. output-table::

       Moves and casts
          :moves: moved by ``to(device)``: :ref:`what that changes <move1>`
          :identity ! buffer: the same object or a new one: :ref:`the rule <move2>`

       :new: replaced

The cell prints names of columns, then lines that begin with a name of a row; ``yes``,
``-`` and ``none`` become a tick and dashes, letters of kinds (`vocabulary`) badges.
Each result leads where the first link of its row does.  Where each column is about a
kind of tensor, an option gives the columns the kinds' badges:

    .. output-table::
       :kinds: P B
"""

from html import escape
from typing import ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from tested_gallery.languages import untranslated
from tested_gallery.languages.untranslated import Part, entry
from tested_gallery.pages.folded_cells import summary
from tested_gallery.pages.page_parts import OUTPUT, html
from tested_gallery.state import vocabulary

logger = logging.getLogger(__name__)
CAUGHT = "!"


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
    """Groups of rows and words for results, until the table is drawn."""


class OutputTable(SphinxDirective):
    """Explain the rows that a cell below prints."""

    has_content = True
    option_spec: ClassVar = {"kinds": kinds}

    def run(self) -> list[nodes.Node]:
        """Return what is explained."""
        found = explained_rows("", *self.parse_content_to_nodes())
        found["kinds"] = self.options.get("kinds", [])
        self.set_source_info(found)
        for name in found.findall(nodes.field_name):
            name["translatable"] = False  # a word of the code
        return [found]


def draw(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Draw the tables of a page that is written: translated, its links resolved."""
    if not app.config.sphinx_gallery_conf["plot_gallery"]:
        return  # wants the messages, and has no outputs
    for rows in list(doctree.findall(explained_rows)):
        head, *lines = map(str.split, printed_below(rows).splitlines() or [""])
        if fault := wrong(rows, head, lines):
            logger.warning("%s", fault, location=rows)
            rows.parent.remove(rows)
        else:
            rows.replace_self(drawn(rows, head, lines))


def printed_below(node: nodes.Node) -> str:
    """Return the first output below ``node``, "" if there is none."""
    blocks = node.findall(nodes.literal_block, ascend=True)
    outputs = (block for block in blocks if OUTPUT in block["classes"])
    return next((output.astext().strip() for output in outputs), "")


def explained(group: nodes.Element) -> dict[str, nodes.field]:
    """Return the fields of rows, or of words, by their first word."""
    return {name(field)[0]: field for field in group.findall(nodes.field)}


def name(field: nodes.field) -> list[str]:
    """Return the words of a field's name: a row, then columns where it catches."""
    row, *columns = field[0].astext().split()
    return [row, *columns[1:]] if columns[:1] == [CAUGHT] else [row]


def wrong(rows: explained_rows, head: list[str], lines: list[list[str]]) -> str:
    """Return what is wrong with what is explained, or printed."""
    groups = [group for part in rows for group in part.findall(nodes.definition)]
    fields = [field for group in groups for field in group.findall(nodes.field)]
    strange = {column for field in fields for column in name(field)[1:]} - {*head}
    if [name(field)[0] for field in fields] != [line[0] for line in lines]:
        names = ", ".join(line[0] for line in lines)
        return f"does not explain the rows that the cell below prints: {names}"
    if any(len(line) != len(head) + 1 for line in lines):
        return f"the cell below prints rows that have not {len(head)} results each"
    if rows["kinds"] and len(rows["kinds"]) != len(head):
        return f"does not give a kind to each column: {', '.join(head)}"
    if strange:
        return f"marks what is no column: {', '.join(sorted(strange))}"
    return ""


def drawn(
    rows: explained_rows, head: list[str], lines: list[list[str]]
) -> nodes.Element:
    """Return the table: its groups, a row a line."""
    words = {}
    for part in rows:
        if isinstance(part, nodes.field_list):
            words |= {
                row: field[1][0].children for row, field in explained(part).items()
            }
    results = {row: cells for row, *cells in lines}
    body = []
    for group in rows.findall(nodes.definition_list_item):
        title = entry(nodes.strong("", "", *group[0].children), morecols=len(head))
        body.append(nodes.row("", title, classes=["group"]))
        for row, field in explained(group).items():
            caught = [column in name(field)[1:] for column in head]
            where = address(field)
            cells = [
                cell(inside(result, words), where, caught=trap)
                for result, trap in zip(results[row], caught, strict=True)
            ]
            body.append(nodes.row("", head_of_row(row, field[1]), *cells))
    corner = entry(nodes.inline("", _("row"), classes=["unseen"]))
    heads = [corner, *heads_of_columns(head, rows["kinds"], words)]
    widths = [1] * len(heads)
    table = untranslated.table(heads, body, widths)
    next(table.findall(nodes.colspec))["stub"] = True
    return nodes.container("", table, classes=["output-table"])


def heads_of_columns(
    head: list[str], kinds: list[str], words: dict[str, list[nodes.Node]]
) -> list[nodes.entry]:
    """Return the heads of the columns, with the badges of their kinds if they have."""
    badges = [[vocabulary.badge(kind), " "] for kind in kinds]
    return [
        entry(*badge, nodes.inline("", "", *inside(column, words)))
        for column, badge in zip(head, badges or [[]] * len(head), strict=True)
    ]


def head_of_row(row: str, said: nodes.Element) -> nodes.entry:
    """Return the name of a row, which unfolds what is said of it."""
    code = nodes.literal(row, row.replace("_", "_\u200b"))  # where it may break
    line = summary("", "", code, translatable=False)
    return nodes.entry("", html("<details>"), line, *said.children, html("</details>"))


def address(field: nodes.field) -> str:
    """Return where the first link of a row leads, "" if it has none."""
    for link in field.findall(nodes.reference):
        return link.get("refuri") or f"#{link['refid']}"
    return ""


def inside(text: str, words: dict[str, list[nodes.Node]]) -> list[Part]:
    """Return a result as readers see it: sign or badge with its word, a word, code."""
    signs = {"yes": ("yes", _("yes")), "-": ("no", _("no")), "none": ("no", _("none"))}
    if text in signs:
        sign, word = signs[text]
        return [vocabulary.symbol(sign), vocabulary.spoken(word)]
    if text in vocabulary.kinds():
        return vocabulary.kind_words(text)
    if text in words:
        return [part.deepcopy() for part in words[text]]
    return [nodes.literal(text, text)]


def cell(result: list[Part], where: str, *, caught: bool) -> nodes.entry:
    """Return a result that leads to its proof, marked if people are caught there.

    The link is no stop of the keyboard: that of the row is one already.
    """
    if caught:
        warning = vocabulary.spoken(_(" (careful)"))
        result = [*result, vocabulary.symbol("error"), warning]
    link = html(f'<a href="{escape(where)}" tabindex="-1">') if where else ""
    end = html("</a>") if where else ""
    return entry(link, *result, end, classes=["caught"] if caught else [])


def setup(app: Sphinx) -> None:
    """Add the directive and what draws it."""
    app.add_node(explained_rows)
    app.add_directive("output-table", OutputTable)
    app.connect("doctree-resolved", draw)
