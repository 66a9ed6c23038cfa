"""Draw the decision which kind of tensor you need: ``.. decision::``.

A list in a list for each question, in the language of the page; each answer that ends
the questions links to the page that explains it.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.util.docutils import SphinxDirective

from tested_gallery.languages import untranslated
from tested_gallery.languages.untranslated import paragraph
from tested_gallery.state import vocabulary

# A question with its answers, each with what follows: another question, or an end, the
# letter of a kind (`vocabulary`) with the label that explains it.
Question = tuple[str, dict[str, Any]]


def decision() -> Question:
    """Return the first question, in the language of the page."""
    yes, no, later = _("yes"), _("no"), _("perhaps later")
    moved = _("Must it move with the module?"), {yes: "N enum1", no: "A reg1"}
    saved = _("Must it be saved?"), {yes: "B reg3", no: moved}
    when = _("From the start?"), {yes: "P reg9", later: "F train3"}
    return _("Should the optimizer update it?"), {yes: when, no: saved}


class Decision(SphinxDirective):
    """The decision, drawn."""

    def run(self) -> list[nodes.Node]:
        """Return the nested lists."""
        return [nodes.container("", *drawn(decision()), classes=["decision"])]


def drawn(question: Question) -> list[nodes.Node]:
    """Return a question and the list of its answers."""
    asked, possible = question
    found = nodes.bullet_list()
    for answer, then in possible.items():
        said = nodes.inline("", answer, classes=["decision-answer"])
        if isinstance(then, str):
            letter, label = then.split()
            link = untranslated.link("ref", label, vocabulary.kinds()[letter])
            end = paragraph(said, " ", vocabulary.badge(letter), " ", link)
            found += nodes.list_item("", end)
        else:
            first, answers = drawn(then)
            first.insert(0, [said, nodes.Text(" ")])
            found += nodes.list_item("", first, answers)
    return [paragraph(nodes.strong("", asked)), found]


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("decision", Decision)
