"""Show the site's terms, one row each.

In a page:

    ```{terms}
    ```

The data are those that the translation checks read (`terms`).  Each row has an
anchor, such as ``#term-buffer``.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.util.docutils import SphinxDirective

from tested_gallery.languages import terms, untranslated

LANGUAGES = ("en", "zh-CN")  # of the list's first two columns


class TermTable(SphinxDirective):
    """A table of the terms: English, the other language, a sentence."""

    def run(self) -> list[nodes.Node]:
        """Return the table; only the sentences are messages of the catalog."""
        self.env.note_dependency(terms.LIST)
        heads = [*map(label, self.config.languages.values(), LANGUAGES)]
        heads.append(untranslated.entry(_("Meaning")))
        rows = [self.row(term) for term in terms.terms() if term.meaning]
        # Widths that depend on the rows would change while these arrive.
        classes = ["terms", "colwidths-given"]
        return [untranslated.table(heads, rows, [5, 4, 9], classes=classes)]

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


def label(text: str, language: str) -> nodes.entry:
    """Return a term in its language, which docutils writes for the class."""
    parts = [
        nodes.literal(part, part) if number % 2 else part
        for number, part in enumerate(text.split("``"))
    ]
    return untranslated.entry(*parts, classes=[f"language-{language}"])


def setup(app: Sphinx) -> None:
    """Add the directive; read the list at once, for what may be wrong with it."""
    terms.terms()
    app.add_directive("terms", TermTable)
