"""Give a table of kinds its signs: ``{kinds-table} P B``, around a table in Markdown.

The letters are those of its rows; *yes* and *no* in a cell become a tick and a dash.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective

from tested_gallery.languages.untranslated import entry
from tested_gallery.state import result_table, vocabulary


class KindsTable(SphinxDirective):
    """A table whose rows are kinds of tensors."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the table with the signs; `Draw` adds the letters."""
        letters = result_table.kinds(self.arguments[0])
        content = self.parse_content_to_nodes()
        found = nodes.container("", *content, classes=["kinds"], kinds=letters)
        signs = {"yes": "yes", "no": "-"}
        for cell in list(found.findall(nodes.entry)):
            if sign := signs.get(cell.astext()):
                cell.replace_self(entry(*result_table.inside(sign, {})))
        return [found]


class Draw(SphinxTransform):
    """Put the letters into the tables."""

    default_priority = 500  # after Sphinx has translated the cells

    def apply(self, **kwargs: object) -> None:
        """Change the document in place."""
        for table in self.document.findall(nodes.container):
            rows = [row for body in table.findall(nodes.tbody) for row in body]
            for letter, row in zip(table.get("kinds", ()), rows, strict=False):
                row[0][0].insert(0, [vocabulary.badge(letter), nodes.Text(" ")])


def setup(app: Sphinx) -> None:
    """Add the directive and what draws the letters."""
    app.add_directive("kinds-table", KindsTable)
    app.add_transform(Draw)
