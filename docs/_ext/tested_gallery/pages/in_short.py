"""Frame the answer of a page, code that readers copy: ``.. in-short::``.

Under a heading, in the text cell above the code cell that is the answer, with the names
of what readers have, as the page says; without any if the cell needs nothing:

    .. in-short:: model, x

The cell, with its own imports, must run in a namespace of these names alone and print
what the page expects: `tests/pages/test_in_short.py` tries it.  An answer that is to
be looked at has no cell to copy:

    .. in-short::
       :shows: picture

The reader sees the section in a frame.
"""

import itertools
import re
from pathlib import Path
from typing import ClassVar, NamedTuple

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from tested_gallery.pages import page_texts
from tested_gallery.pages.page_texts import Cell

logger = logging.getLogger(__name__)

MARK = re.compile(r"^\.\. in-short::(?P<names>.*)$(?!\n +:shows:)", re.MULTILINE)


class Answer(NamedTuple):
    """The code that readers copy, and the names of what they have."""

    cell: Cell
    names: list[str]


def names(argument: str) -> list[str]:
    """Return the names of what readers have.

    >>> names(" model, x"), names("")
    (['model', 'x'], [])
    """
    return [name.strip() for name in argument.split(",") if name.strip()]


def answer(script: Path) -> Answer | None:
    """Return the answer of a page, if it has one that is code."""
    for text, code in itertools.pairwise(page_texts.blocks(script)):
        match = MARK.search(text.content) if text.type == "text" else None
        if match and code.type == "code":
            cell = page_texts.cell(code.content, code.lineno)
            return Answer(cell, names(match["names"]))
    return None


def shows(argument: str) -> str:
    """Return what an answer shows that is no code."""
    return directives.choice(argument, ("picture", "table"))


class InShort(SphinxDirective):
    """Frame the section that the directive is in."""

    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar = {"shows": shows}

    def run(self) -> list[nodes.Node]:
        """Give the section its class; say what is wrong."""
        page = page_texts.called(self.env.docname)
        listed, section = names("".join(self.arguments)), self.state.parent
        odd = [name for name in listed if not name.isidentifier()]
        if odd:
            fault = f"lists what is no name: {', '.join(odd)}; write model, x"
        elif not isinstance(section.parent, nodes.section):
            fault = "stands under no heading of its own; write one above it"
        elif "shows" not in self.options and not (page and answer(page.script)):
            fault = "stands above no code cell; write one below it, or what it :shows:"
        else:
            section["classes"].append("in-short")
            return []
        logger.warning("%s", fault, location=self.get_location())
        return []


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("in-short", InShort)
