"""Fold a cell that sets up: ``.. folded::``, last in the text cell above it.

    .. folded:: The model of this page: one parameter, one buffer

The reader sees the line; it unfolds the code, its output and its panels, and the
browser's search finds what is in them.  On paper, in Markdown and in a notebook the
line is a paragraph above the cell.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

SHOWN = {"sphx-glr-script-out", "state-panels"}  # below the code of a cell
PLACE = "stands above no code cell; write it last in the text cell above one"


class summary(nodes.paragraph):
    """The line that unfolds a cell: for all but HTML a paragraph."""


class Folded(SphinxDirective):
    """Fold the cell below."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return the line, which a catalog translates."""
        text = self.arguments[0]
        parts, messages = self.parse_inline(text)
        found = summary(text, "", *parts)
        self.set_source_info(found)
        return [found, *messages]


class Fold(SphinxTransform):
    """Put the cells into ``<details>``; what is in them is told so by a class."""

    default_priority = 600  # after panels have their place (500)

    def apply(self, **kwargs: object) -> None:
        """Change the document in place."""
        if not self.config.sphinx_gallery_conf["plot_gallery"]:
            return  # wants the messages
        for line in list(self.document.findall(summary)):
            below = [
                part
                for part in line.parent[line.parent.index(line) + 1 :]
                if not isinstance(part, nodes.Invisible)
            ]
            if not below or below[0].get("language") != "Python":
                logger.warning(PLACE, location=line)
                continue
            cell = below[:1]
            for part in below[1:]:
                if SHOWN.isdisjoint(part["classes"]):
                    break
                part["classes"].append("in-fold")
                cell.append(part)
            place = line.parent.index
            end, start = html("</details>"), html('<details class="fold">')
            line.parent.insert(place(cell[-1]) + 1, end)
            line.parent.insert(place(line), start)


def html(text: str) -> nodes.raw:
    """Return what only a page in HTML has."""
    return nodes.raw("", text, format="html")


def open_summary(writer: HTML5Translator, node: summary) -> None:
    """Begin the line that unfolds."""
    writer.body.append(writer.starttag(node, "summary", ""))


def close_summary(writer: HTML5Translator, node: summary) -> None:
    """End it."""
    writer.body.append("</summary>\n")


def setup(app: Sphinx) -> None:
    """Add the directive and what folds."""
    app.add_node(summary, html=(open_summary, close_summary))
    app.add_directive("folded", Folded)
    app.add_transform(Fold)
