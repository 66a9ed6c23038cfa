"""Frame the answer of a page, code that readers copy: ``.. in-short::``.

Under a heading, in the text cell above the code cell that is the answer, with the names
of what readers have, as the page says; without any if the cell needs nothing:

    .. in-short:: model, x

The cell, with its own imports, must run in a namespace of these names alone and print
what the page expects: `tests/pages/test_in_short.py` tries it.  An answer that is to
be looked at has no cell to copy, and the option ``:shows: picture``, or ``table``.
The reader sees the section in a frame.
"""

import itertools
import re
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tested_gallery.pages import page_texts
from tested_gallery.pages.page_texts import Cell

MARK = re.compile(
    r"^\.\. in-short::(?P<names>.*(?:\n +[^\s:].*)*)$(?!\n +:shows:)", re.MULTILINE
)


def names(argument: str) -> list[str]:
    """Return the names of what readers have.

    >>> names(" model, x"), names("")
    (['model', 'x'], [])
    """
    return [name.strip() for name in argument.split(",") if name.strip()]


def answer(script: Path) -> tuple[Cell, list[str]] | None:
    """Return the answer of a page and the names for it, if it has one that is code."""
    for text, code in itertools.pairwise(page_texts.blocks(script)):
        match = MARK.search(text.content)
        if match and (text.type, code.type) == ("text", "code"):
            return page_texts.cell(code.content, code.lineno), names(match["names"])
    return None


class InShort(SphinxDirective):
    """Frame the section that the directive is in."""

    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar = {
        "shows": lambda text: directives.choice(text, ("picture", "table"))
    }

    def run(self) -> list[nodes.Node]:
        """Give the section its class; say what is wrong."""
        page, section = page_texts.called(self.env.docname), self.state.parent
        listed = names("".join(self.arguments))
        if odd := [name for name in listed if not name.isidentifier()]:
            raise self.warning(f"lists what is no name: {odd[0]}; write model, x")
        if not isinstance(section.parent, nodes.section):
            raise self.warning("stands under no heading of its own; write one above it")
        if "shows" not in self.options and not (page and answer(page.script)):
            what = "stands above no code cell; write one below it, or what it :shows:"
            raise self.warning(what)
        section["classes"].append("in-short")
        return []


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("in-short", InShort)
