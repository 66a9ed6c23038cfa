"""Draw the decision which kind of tensor you need: ``.. decision::``.

A list in a list for each question, in the language of the page; each answer that ends
the questions links to the page that explains it.
"""

from typing import NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.util.docutils import SphinxDirective

from tested_gallery.languages import untranslated
from tested_gallery.languages.untranslated import paragraph
from tested_gallery.state import panel


class Kind(NamedTuple):
    """An end: the letter of a kind (`panel`), the label that explains it."""

    letter: str
    label: str


class Question(NamedTuple):
    """A question with its answers, each with what follows."""

    text: str
    answers: dict[str, Question | Kind]


def decision() -> Question:
    """Return the first question, in the language of the page."""
    yes, no = _("yes"), _("no")
    moved = Question(
        _("Must it move with the module?"),
        {yes: Kind("N", "enum1"), no: Kind("A", "reg1")},
    )
    saved = Question(_("Must it be saved?"), {yes: Kind("B", "reg3"), no: moved})
    when = Question(
        _("From the start?"),
        {yes: Kind("P", "reg9"), _("perhaps later"): Kind("F", "train3")},
    )
    return Question(_("Should training change it?"), {yes: when, no: saved})


class Decision(SphinxDirective):
    """The decision, drawn."""

    def run(self) -> list[nodes.Node]:
        """Return the nested lists."""
        return [nodes.container("", *drawn(decision()), classes=["decision"])]


def drawn(question: Question) -> list[nodes.Node]:
    """Return a question and the list of its answers."""
    found = nodes.bullet_list()
    for answer, then in question.answers.items():
        said = nodes.inline("", answer, classes=["decision-answer"])
        if isinstance(then, Kind):
            found += nodes.list_item("", paragraph(said, " ", *end(then)))
        else:
            first, answers = drawn(then)
            first.insert(0, [said, nodes.Text(" ")])
            found += nodes.list_item("", first, answers)
    return [paragraph(nodes.strong("", question.text)), found]


def end(kind: Kind) -> list[nodes.Node]:
    """Return the badge and the link of a kind."""
    link = untranslated.link("ref", kind.label, panel.kinds()[kind.letter])
    return [panel.badge(kind.letter), nodes.Text(" "), link]


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("decision", Decision)
