"""Fold a cell that sets up: ``.. folded::``, last in the text cell above it.

    .. folded:: The model of this page: one parameter, one buffer

The reader sees the line; it unfolds the code, its output and its panels, and the
browser's search finds what is in them.  On paper, in Markdown and in a notebook the
line is a paragraph above the cell.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from tested_gallery.pages.page_parts import SHOWN, html, seen

logger = logging.getLogger(__name__)
PLACE = "stands above no code cell; write it last in the text cell above one"


class summary(nodes.paragraph):
    """The line that unfolds a cell: for all but HTML a paragraph."""


class Folded(SphinxDirective):
    """Fold the cell below."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return the line, which a catalog translates."""
        parts, messages = self.parse_inline(self.arguments[0])
        found = summary(self.arguments[0], "", *parts)
        self.set_source_info(found)
        return [found, *messages]


def fold(app: Sphinx, doctree: nodes.document) -> None:
    """Put the cells into ``<details>``; what is in them is told so by a class."""
    if not app.config.sphinx_gallery_conf["plot_gallery"]:
        return  # wants the messages
    for line in list(doctree.findall(summary)):
        page, at = line.parent, line.parent.index(line)
        last, *below = seen(page[at + 1 :]) or [line]
        if last.get("language") != "Python":
            logger.warning(PLACE, location=line)
            continue
        for part in below:
            if SHOWN.isdisjoint(part["classes"]):
                break
            part["classes"].append("in-fold")
            last = part
        page.insert(page.index(last) + 1, html("</details>"))
        page.insert(at, html('<details class="fold">'))


def setup(app: Sphinx) -> None:
    """Add the directive and what folds."""
    tags = (
        lambda writer, line: writer.body.append(writer.starttag(line, "summary", "")),
        lambda writer, _line: writer.body.append("</summary>\n"),
    )
    app.add_node(summary, html=tags)
    app.add_directive("folded", Folded)
    app.connect("doctree-read", fold)
