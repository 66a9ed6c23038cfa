"""Read a gallery page as three texts: its script, what it printed, what it should.

* the script, ``gallery/<group>/<page>.py``: a header, then cells of code and of text;
* the generated page, ``docs/gallery/<group>/<page>.rst``: what each cell printed;
* the expectation, ``tests/expected/<group>/<page>.txt``: one section a code cell,
  in order, each opened by a line ``%%`` and empty where the cell prints nothing.
"""

import ast
import functools
import itertools
import re
from pathlib import Path
from typing import NamedTuple

from sphinx_gallery.py_source_parser import Block, split_code_and_text_blocks

from tested_gallery import author_files
from tested_gallery.author_files import FileError

MARKER = "%%"
ROOT = Path(__file__).resolve().parents[4]

# How sphinx-gallery writes a page: this comment opens every block but the header...
BLOCK = re.compile(r"^\.\. GENERATED FROM PYTHON SOURCE LINES .*$", re.MULTILINE)
# ...and this one an output, whose lines follow indented by four blanks.
OUTPUT = re.compile(
    r"^\.\. rst-class:: sphx-glr-script-out\n\n \.\. code-block:: none\n\n"
    r"(?P<text>(?:    .*\n|[ \t]*\n)*)",
    re.MULTILINE,
)
CHECK = re.compile(r"^\.\. check::", re.MULTILINE)
# What the room `state` saw then: panels, and what is drawn further below.
PANEL = re.compile(
    r"^\.\. (?:state-panel|identity-found)::.*\n\n(?P<text>(?:    .*\n)*)", re.MULTILINE
)


class Cell(NamedTuple):
    """A code cell: its text and the line of the script on which its code begins."""

    line: int
    code: str


class Page(NamedTuple):
    """Where a gallery page's texts lie; ``name`` is ``<group>/<page>``."""

    name: str
    script: Path
    generated: Path
    expectation: Path


@functools.cache
def named(root: Path) -> dict[str, Page]:
    """Return all gallery pages by the names that Sphinx gives them, in order.

    No process adds or removes one, and many ask for them.
    """
    found = {}
    for script in sorted((root / "gallery").glob("*/[!_]*.py")):
        name = f"{script.parent.name}/{script.stem}"
        generated = root / f"docs/gallery/{name}.rst"
        expected = root / f"tests/expected/{name}.txt"
        found[f"gallery/{name}"] = Page(name, script, generated, expected)
    return found


def pages(root: Path = ROOT) -> list[Page]:
    """Return all gallery pages under ``root``, in the order of their names."""
    return list(named(root).values())


def called(docname: str, root: Path = ROOT) -> Page | None:
    """Return the page of the gallery that Sphinx calls ``docname``, if it is one.

    >>> called("gallery/start/matrix").name
    'start/matrix'
    >>> called("gallery/start/index")
    >>> called("start/matrix")
    """
    return named(root).get(docname)


def find(name: str, root: Path = ROOT) -> Page:
    """Return the page that an author calls ``group/page``."""
    if page := called(f"gallery/{name}", root):
        return page
    message = "is no page of the gallery; write <group>/<page>"
    raise FileError(root / f"gallery/{name}.py", 1, message)


@functools.cache
def blocks(script: Path) -> list[Block]:
    """Return the blocks of a script: its header, then code and text.

    No process changes a script, and many ask for its blocks.
    """
    return split_code_and_text_blocks(script)[1]


def cells(script: Path) -> list[Cell]:
    """Return the code cells of a script."""
    return [cell(b.content, b.lineno) for b in blocks(script) if b.type == "code"]


def cell(block: str, line: int) -> Cell:
    r"""Return a block of code that begins on ``line``, without blank lines before it.

    >>> cell("\n\nx = 1\n", 3)
    Cell(line=5, code='x = 1\n')
    """
    code = block.lstrip("\n")
    return Cell(line + len(block) - len(code), code)


@functools.cache
def checked(script: Path) -> set[int]:
    """Return the lines of the blocks of code whose output the reader is asked for."""
    pairs = itertools.pairwise(blocks(script))
    return {code.lineno for code, text in pairs if CHECK.search(text.content)}


def last_step(code: str) -> ast.stmt | None:
    r"""Return the last statement of a cell that does something, and not only shows.

    >>> ast.unparse(last_step("x = f()\nassert x\nprint(x)\nx"))
    'x = f()'
    """
    for statement in reversed(ast.parse(code).body):
        calls = [part for part in ast.walk(statement) if isinstance(part, ast.Call)]
        shows = not calls or ast.unparse(calls[0].func) == "print"
        shown = isinstance(statement, ast.Expr) and shows
        if not shown and not isinstance(statement, ast.Assert):
            return statement
    return None


def captured(page: Page) -> list[str]:
    """Return what each code cell printed, read from the generated page."""
    parts = BLOCK.split(page.generated.read_text("utf-8"))[1:]
    now = blocks(page.script)[1:]
    if len(parts) != len(now):
        message = "has other cells than when it ran; 'make draft' runs it"
        raise FileError(page.script, 1, message)
    both = zip(now, parts, strict=True)
    return [output(part) for block, part in both if block.type == "code"]


def output(generated: str) -> str:
    r"""Return the output in the generated text of one cell, then its panels.

    >>> output("\n.. rst-class:: sphx-glr-script-out\n\n .. code-block:: none\n\n"
    ...        "    a\n\n      b\n\n\nprose\n")
    'a\n\n  b\n'
    >>> output(".. code-block:: Python\n\n    a\n")
    ''
    >>> output(".. state-panel::\n\n    || model: Linear\n    | P | weight\n\n\n"
    ...        ".. rst-class:: sphx-glr-script-out\n\n .. code-block:: none\n\n    a\n")
    'a\n|| model: Linear\n| P | weight\n'
    >>> output(".. identity-found:: a, b\n\n    :: before\n\n")
    ':: before\n'
    """
    matches = (OUTPUT.search(generated), *PANEL.finditer(generated))
    return "".join(tidy(dedent_by(match["text"], 4)) for match in matches if match)


def dedent_by(text: str, columns: int) -> str:
    """Take ``columns`` blanks from the start of each line."""
    return "".join(line[columns:] or "\n" for line in text.splitlines(keepends=True))


def tidy(text: str) -> str:
    r"""Return ``text`` without blank lines around it or blanks at a line's end.

    A page shows neither, and sphinx-gallery puts an empty line before the value
    of a last expression.

    >>> tidy("\n a \n\n")
    ' a\n'
    >>> tidy(" \n")
    ''
    """
    tidied = "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")
    return f"{tidied}\n" if tidied else ""


def read_expectation(path: Path) -> list[str]:
    """Return the sections of an expectation, one a code cell."""
    text = author_files.text(path)
    first, *sections = re.split(rf"^{MARKER}\n", text, flags=re.MULTILINE)
    if first or not sections:
        remedy = "'make expected' writes it anew"
        raise FileError(path, 1, f"does not begin with a line {MARKER!r}; {remedy}")
    return [tidy(section) for section in sections]


def write_expectation(page: Page, outputs: list[str]) -> None:
    """Write the outputs of a page's cells as its expectation."""
    for cell, text in zip(cells(page.script), outputs, strict=True):
        if MARKER in text.splitlines():
            message = f"prints a line {MARKER!r}, which opens a section in expectations"
            raise FileError(page.script, cell.line, f"{message}; print something else")
    path = page.expectation
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{MARKER}\n{text}" for text in outputs), "utf-8")
