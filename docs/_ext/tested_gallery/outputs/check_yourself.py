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
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from tested_gallery.languages.untranslated import paragraph
from tested_gallery.outputs.comparison import same_output
from tested_gallery.pages import page_texts
from tested_gallery.pages.marks import mark
from tested_gallery.pages.page_texts import Page

logger = logging.getLogger(__name__)

OUTPUT = "sphx-glr-script-out"  # sphinx-gallery's class of an output
SHAPE = "is not two or three choices, each in double backticks, and one paragraph why"
PLACE = "does not stand directly below a code cell with an output; move it there"


class check(nodes.General, nodes.Element):
    """A question: its ``choices``, which is ``right``; in it the paragraph why."""


class Check(SphinxDirective):
    """Ask what the cell above prints."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the question: the choices are code, so no catalog has them."""
        first, *why = self.parse_content_to_nodes() or [nodes.bullet_list()]
        items = [item.next_node(nodes.paragraph) for item in first]
        found = check("", *why, choices=[item and item.astext() for item in items])
        code = all(i and [*map(type, i)] == [nodes.literal] for i in items)
        paragraphs = [type(part) for part in why] == [nodes.paragraph]
        found["whole"] = code and paragraphs and len(items) in {2, 3}
        self.set_source_info(found)
        # the answer is the expectation's: another one, another page
        if page := page_texts.called(self.env.docname):
            self.env.note_dependency(str(page.expectation))
        return [found]


def right(choices: list[str], printed: str) -> list[int]:
    r"""Return which choices are what a cell printed.

    >>> right(["cuda:0", "1.0000", "meta"], "cpu\n")
    [0]
    >>> right(["True"], "False\n")
    []
    """
    return [at for at, text in enumerate(choices) if same_output(printed, f"{text}\n")]


def printed(page: Page, line: int, *, accepted: bool) -> str:
    """Return what the last code cell before a line should print.

    It is what it printed while that is ``accepted``, or the expectation is of other
    cells, which was reported.
    """
    number = sum(cell.line < line for cell in page_texts.cells(page.script)) - 1
    captured = page_texts.captured(page)
    if accepted or not page.expectation.exists():
        return captured[number]
    wanted = page_texts.read_expectation(page.expectation)
    return (wanted if len(wanted) == len(captured) else captured)[number]


def output_above(node: nodes.Node) -> nodes.Element | None:
    """Return the output of the code cell directly above."""
    above = node.parent.children[: node.parent.index(node)]
    match [part for part in above if not isinstance(part, nodes.Invisible)][-2:]:
        case [code, output] if code.get("language") == "Python":
            return output if OUTPUT in output["classes"] else None
    return None


class TakeTheAnswer(SphinxTransform):
    """Find the right choice in the expectation; take the output from the page."""

    default_priority = 500  # after docutils has set classes

    def apply(self, **kwargs: object) -> None:
        """Change the document in place."""
        if not self.config.sphinx_gallery_conf["plot_gallery"]:
            return  # wants the messages, and has no outputs
        for node in list(self.document.findall(check)):
            if fault := self.fault(node):
                logger.warning("%s", fault, location=node)
                node.parent.remove(node)

    def fault(self, node: check) -> str:
        """Prepare a question; return what is wrong with it."""
        page = page_texts.called(self.env.docname)
        output = output_above(node)
        if not page or output is None:
            return PLACE
        if not node["whole"]:
            return SHAPE
        answer = printed(page, node.line, accepted=self.config.accept_outputs)
        found = right(node["choices"], answer)
        if len(found) != 1:
            one = f"one must be {answer.rstrip()!r}"
            return f"has {len(found)} choices that are right; {one}"
        node["right"] = found[0]
        output.parent.remove(output)
        return ""


class Draw(SphinxPostTransform):
    """Draw the questions of a page that is written, and the answers at its end."""

    default_priority = 400  # after links were resolved

    def run(self, **kwargs: object) -> None:
        """Change the document in place."""
        found = [node for node in self.document.findall(check) if "right" in node]
        answers = nodes.enumerated_list(enumtype="arabic", prefix="", suffix=".")
        for number, node in enumerate(found, start=1):
            answer = node["choices"][node["right"]]
            value, why = paragraph(nodes.literal(answer, answer)), node.deepcopy()
            answers += nodes.list_item("", value, *why.children)
            node.replace_self(drawn(number, node))
        if answers.children:
            title = nodes.rubric("", _("Answers"))
            sheet = nodes.container("", title, answers, classes=["check-answers"])
            next(self.document.findall(nodes.section)).append(sheet)


def drawn(number: int, node: check) -> nodes.container:
    """Return a question: radio buttons, and what is said when one is chosen."""
    name = f"check-{number}"
    asked = _("Question %(number)s: what is the output?") % {"number": number}
    items = [
        nodes.list_item("", choice(name, text, is_right=at == node["right"]))
        for at, text in enumerate(node["choices"])
    ]
    options = [
        html(f'<div role="radiogroup" aria-labelledby="{name}">'),
        paragraph(asked, ids=[name]),
        nodes.bullet_list("", *items),
        html("</div>"),
    ]
    said = [html('<div role="status">'), *node.children, html("</div>")]
    return nodes.container(
        "",
        nodes.container("", *options, classes=["check-options"]),
        nodes.container("", *said, classes=["check-said", "on-screen"]),
        classes=["check"],
    )


def choice(name: str, text: str, *, is_right: bool) -> nodes.paragraph:
    """Return a radio button with its label; its mark appears when one is chosen."""
    data, sign = (" data-right", "right") if is_right else ("", "wrong")
    button = html(f'<label><input type="radio" name="{name}"{data}>')
    end = html(f"{mark(sign, told=True)}</label>")
    return paragraph(button, nodes.literal(text, text), end)


def html(text: str) -> nodes.raw:
    """Return what only a page in HTML has."""
    return nodes.raw("", text, format="html")


def setup(app: Sphinx) -> None:
    """Add the directive and what draws it."""
    app.add_node(check)
    app.add_directive("check", Check)
    app.add_transform(TakeTheAnswer)
    app.add_post_transform(Draw)
