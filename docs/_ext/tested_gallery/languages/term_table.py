"""Show the site's terms, one row each.

In a page:

    ```{terms}
    ```

The data are those that the translation checks read (`terms`).  Each row has an
anchor, such as ``#term-buffer``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.locale import _
from sphinx.util.docutils import SphinxDirective

from tested_gallery.languages import terms

if TYPE_CHECKING:
    from sphinx.application import Sphinx


LANGUAGES = ("en", "zh-CN")  # of the list's first two columns


class TermTable(SphinxDirective):
    """A table of the terms: English, the other language, a sentence."""

    def run(self) -> list[nodes.Node]:
        """Return the table; only the sentences are messages of the catalog."""
        self.env.note_dependency(terms.LIST)
        heads = [*map(label, self.config.languages.values(), LANGUAGES)]
        group = nodes.tgroup(cols=3)
        group += [nodes.colspec(colwidth=width) for width in (5, 4, 9)]
        group += nodes.thead("", nodes.row("", *heads, label(_("Meaning"))))
        explained = [term for term in terms.terms() if term.meaning]
        group += nodes.tbody("", *map(self.row, explained))
        # Widths that depend on the rows would change while these arrive.
        return [nodes.table("", group, classes=["terms", "colwidths-given"])]

    def row(self, term: terms.Term) -> nodes.row:
        """Return the row of a term."""
        parsed, _messages = self.parse_inline(term.meaning)
        sentence = nodes.paragraph(term.meaning, "", *parsed)
        sentence.source, sentence.line = str(terms.LIST), term.line
        return nodes.row(
            "",
            *map(label, (term.name, term.chinese[0]), LANGUAGES),
            nodes.entry("", sentence),
            ids=[nodes.make_id(f"term-{term.name}")],
        )


def label(text: str, language: str = "") -> nodes.entry:
    """Return an entry that no catalog translates; docutils writes its language."""
    paragraph = nodes.paragraph("", translatable=False)
    for number, part in enumerate(text.split("``")):
        paragraph += nodes.literal(part, part) if number % 2 else nodes.Text(part)
    classes = [f"language-{language}"] if language else []
    return nodes.entry("", paragraph, classes=classes)


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("terms", TermTable)
