"""Ask what a cell prints: ``.. check::``, first in the text cell below it.

Two or three choices, each a value, and one paragraph why:

    .. check::

       - ``(True, True)``
       - ``(True, False)``

       The parameter is refilled; the buffer is replaced.

The right choice is what the page's expectation has for the cell: nobody writes it down.
The reader sees the choices in place of the output; one that is chosen is marked, and
the paragraph appears.  On paper, in Markdown and in a notebook the answers stand at the
end of the page.

A statement on any page is true or not, as its author says, and one paragraph says why:

    ```{true-or-false} false
    A buffer gets no gradient.

    A buffer that requires a gradient gets one.
    ```
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from tested_gallery.languages.untranslated import paragraph
from tested_gallery.outputs.comparison import same_output
from tested_gallery.pages import page_texts
from tested_gallery.pages.marks import mark
from tested_gallery.pages.page_parts import OUTPUT, html, seen
from tested_gallery.pages.page_texts import Page

logger = logging.getLogger(__name__)

SHAPE = "is not two or three choices, each in double backticks, and one paragraph why"
STATEMENT = "not true or false, with a statement and one paragraph why"
PLACE = "does not stand directly below a code cell with an output; move it there"


class check(nodes.General, nodes.Element):
    """A question: its ``choices``, which is ``right``; in it the paragraph why.

    Before that stands the statement, of one that is true or false.
    """


class Check(SphinxDirective):
    """Ask what the cell above prints."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the question: the choices are code, so no catalog has them."""
        first, *why = self.parse_content_to_nodes() or [nodes.bullet_list()]
        items = [item.next_node(nodes.paragraph) for item in first]
        code = all(i and [*map(type, i)] == [nodes.literal] for i in items)
        whole = code and len(items) in {2, 3} and [*map(type, why)] == [nodes.paragraph]
        found = check("", *why, choices=[i.astext() for i in items] if whole else [])
        self.set_source_info(found)
        # the answer is the expectation's: another one, another page
        if page := page_texts.called(self.env.docname):
            self.env.note_dependency(str(page.expectation))
        return [found]


class TrueOrFalse(SphinxDirective):
    """Ask whether a statement is true."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the question."""
        choices = {"true": _("True"), "false": _("False")}
        right = choices.get(self.arguments[0])
        parts = self.parse_content_to_nodes()
        if not right or [*map(type, parts)] != [nodes.paragraph] * 2:
            raise self.error(STATEMENT)
        return [check("", *parts, choices=[*choices.values()], right=right)]


def printed(page: Page, line: int, *, accepted: bool) -> str:
    """Return what the last code cell before a line should print, or did if accepted."""
    number = sum(cell.line < line for cell in page_texts.cells(page.script)) - 1
    outputs = page_texts.captured(page)
    if page.expectation.exists() and not accepted:
        wanted = page_texts.read_expectation(page.expectation)
        outputs = wanted if len(wanted) == len(outputs) else outputs  # or reported
    return outputs[number].rstrip()


class TakeTheAnswer(SphinxTransform):
    """Find the right choice in the expectation; take the output from the page."""

    default_priority = 500  # after docutils has set classes

    def apply(self, **kwargs: object) -> None:
        """Change the document in place."""
        if not self.config.sphinx_gallery_conf["plot_gallery"]:
            return  # wants the messages, and has no outputs
        for node in list(self.document.findall(check)):
            if "right" not in node and (fault := self.fault(node)):
                logger.warning("%s", fault, location=node)
                node.parent.remove(node)

    def fault(self, node: check) -> str:
        """Prepare a question; return what is wrong with it."""
        page = page_texts.called(self.env.docname)
        above = seen(node.parent[: node.parent.index(node)])
        *_above, code, output = [node, node, *above]
        is_output = code.get("language") == "Python" and OUTPUT in output["classes"]
        if not page or not is_output:
            return PLACE
        if not node["choices"]:
            return SHAPE
        answer = printed(page, node.line, accepted=self.config.accept_outputs)
        same = [same_output(answer, choice) for choice in node["choices"]]
        if sum(same) != 1:
            return f"has {sum(same)} choices that are right; one must be {answer!r}"
        node["right"] = node["choices"][same.index(True)]
        output.parent.remove(output)
        return ""


def draw(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Draw the questions of a page that is written, and the answers at its end."""
    if not app.config.sphinx_gallery_conf["plot_gallery"]:
        return  # wants the messages
    found = [node for node in doctree.findall(check) if "right" in node]
    answers = nodes.enumerated_list(enumtype="arabic", prefix="", suffix=".")
    for number, node in enumerate(found, start=1):
        value = paragraph(said(node, node["right"]))
        answers += nodes.list_item("", value, node.children[-1].deepcopy())
        node.replace_self(drawn(number, node))
    if found:
        title = nodes.rubric("", _("Answers"))
        sheet = nodes.container("", title, answers, classes=["check-answers"])
        next(doctree.findall(nodes.section)).append(sheet)


def said(node: check, choice: str) -> nodes.Node:
    """Return a choice: what is printed is code, *true* and *false* are words."""
    return nodes.Text(choice) if len(node) > 1 else nodes.literal("", choice)


def drawn(number: int, node: check) -> nodes.container:
    """Return a question: radio buttons, and what is said when one is chosen."""
    name = f"check-{number}"
    *statement, why = node.children
    asked = _("Question %(number)s: what is the output?") % {"number": number}
    parts = [f"{number}. ", *(nodes.strong("", "", *s.children) for s in statement)]
    question = paragraph(*(parts if statement else [asked]), ids=[name])
    choices = nodes.bullet_list()
    for text in node["choices"]:
        sign = "right" if text == node["right"] else "wrong"
        data = " data-right" if sign == "right" else ""
        button = html(f'<label><input type="radio" name="{name}"{data}>')
        end = html(f"{mark(sign, told=True)}</label>")
        choices += nodes.list_item("", paragraph(button, said(node, text), end))
    group = html(f'<div role="radiogroup" aria-labelledby="{name}">')
    options = [group, question, choices, html("</div>")]
    reason = [html('<div role="status">'), why, html("</div>")]
    asks = nodes.container("", *options, classes=["check-options"])
    says = nodes.container("", *reason, classes=["check-said", "on-screen"])
    kind = [] if statement else ["check-output"]
    return nodes.container("", asks, says, classes=["check", *kind])


def setup(app: Sphinx) -> None:
    """Add the directive and what draws it."""
    app.add_node(check)
    app.add_directive("check", Check)
    app.add_directive("true-or-false", TrueOrFalse)
    app.add_transform(TakeTheAnswer)
    app.connect("doctree-resolved", draw)
