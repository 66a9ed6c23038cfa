"""Take a gallery page apart into its cells: text, and code with all that it showed.

The text is the page's, in its language; code and outputs are those of the one run.
sphinx-gallery opens each block but the header by a comment, on the page (`BLOCK`) as
in its source, so that parts of the page, blocks of the script and outputs pair up.
"""

import ast
import re
from typing import NamedTuple

from docutils import nodes

from tested_gallery.pages import page_texts
from tested_gallery.pages.page_texts import Page

BLOCK = "GENERATED FROM PYTHON SOURCE LINES"
LAST_GAP = re.compile(r"\n\n(?=\S)(?![\s\S]*\n\n\S)")  # a tensor's have an indent

Text = list[nodes.Element]  # a cell of text: parts of the document


class Code(NamedTuple):
    """A cell of code: what it printed, what its last expression was, its panels."""

    code: str
    printed: str
    value: str
    panels: list[nodes.Element]
    figures: list[nodes.Element]  # that it drew; the text below shows them
    asks: bool  # the reader is to run it


def notebook_cells(page: Page, document: nodes.document) -> list[Text | Code]:
    """Return the cells of a page but for empty ones, from its resolved ``document``."""
    sources = page_texts.BLOCK.split(page.generated.read_text("utf-8"))
    found: list[Text | Code] = []
    figures: list[nodes.Element] = []
    blocks = page_texts.blocks(page.script)
    for block, source, part in zip(blocks, sources, split(document), strict=True):
        if block.type == "code":
            # sphinx-gallery puts the output above the only cell of a page
            code = next(p for p in part if p.get("language") == "Python")
            panels = [p for p in part if "state-panels" in p["classes"]]
            figures = []
            asks = block.lineno in page_texts.checked(page.script)
            shown = ("", "") if asks else outputs(code.astext(), source)
            found.append(Code(code.astext(), *shown, panels, figures, asks))
        elif part:
            found.append(part)
            figures += [image for p in part for image in p.findall(nodes.image)]
    return found


def split(document: nodes.document) -> list[Text]:
    """Return the parts of each block, those in sections too, the header's first."""
    found: list[Text] = [[]]
    for part in document.findall():
        if not isinstance(part.parent, nodes.document | nodes.section):
            continue
        if isinstance(part, nodes.comment):
            if part.astext().startswith(BLOCK):
                found.append([])
        elif not isinstance(part, nodes.target | nodes.section | nodes.raw):
            found[-1].append(part)
    return found


def outputs(code: str, generated: str) -> tuple[str, str]:
    r"""Return what a cell printed, and what its last expression was.

    ``generated`` is the cell in sphinx-gallery's page, which has an empty line between
    the two, or before the value if nothing was printed.

    >>> head = "\n.. rst-class:: sphx-glr-script-out\n\n .. code-block:: none\n\n"
    >>> outputs("print(1)\nx", head + "    1\n\n    2\n\n\n")
    ('1\n', '2\n')
    >>> outputs("x", head + "\n    [[1]\n\n     [2]]\n\n\n")
    ('', '[[1]\n\n [2]]\n')
    >>> outputs("print(1)\nx", head + "    1\n\n    [[1]\n\n     [2]]\n\n\n")
    ('1\n', '[[1]\n\n [2]]\n')
    >>> outputs("show(x)", head + "    1\n\n\n")
    ('1\n', '')
    >>> outputs("print(1)", "\n")
    ('', '')
    """
    match = page_texts.OUTPUT.search(generated)
    if not match:
        return "", ""
    text = page_texts.dedent_by(match["text"], 4)
    if not ends_in_value(code):
        return page_texts.tidy(text), ""
    if text.startswith("\n"):
        return "", page_texts.tidy(text)
    printed, *value = map(page_texts.tidy, LAST_GAP.split(text.rstrip()))
    return printed, "".join(value)


def ends_in_value(code: str) -> bool:
    """Return whether the last statement is an expression, and not a ``print``.

    >>> [ends_in_value(c) for c in ("x = 1", "x", "print(x)", "show(x)", "")]
    [False, True, False, True, False]
    """
    match ast.parse(code).body[-1:]:
        case [ast.Expr(value)]:
            return not isinstance(value, ast.Call) or ast.unparse(value.func) != "print"
    return False
