"""Draw a picture of a gallery page: the panel that its author chose.

In a cell, ``# sphinx_gallery_card`` chooses its panels; else it is the last panel of
the page in which something happened.  Its rows are those of the panel (`panel_marks`):
kind and name of each tensor, and marks for what its cell did; a page without panels
shows its table of results, and one without has no picture.
"""

import re
from html import escape
from typing import NamedTuple

from sphinx.application import Sphinx
from sphinx.locale import _

from tested_gallery.pages import page_texts
from tested_gallery.pages.marks import mark
from tested_gallery.pages.page_texts import Page
from tested_gallery.state import panel, panel_marks, vocabulary
from tested_gallery.state.vocabulary import SYMBOLS

ROWS = 5
CHOSEN = re.compile(r"^# sphinx_gallery_card$", re.MULTILINE)


class Line(NamedTuple):
    """A row of a picture: kind and name of a tensor, signs of what happened.

    The signs are those of a panel's marks, after an arrow if something else changed.
    """

    kind: str
    name: str
    signs: str


class Happening(NamedTuple):
    """What a picture shows: the module's name and class, its tensors."""

    title: str
    lines: list[Line]


def happening(outputs: list[str]) -> Happening | None:
    r"""Return what the last panel shows in which something happened, or the last.

    ``outputs`` are those of a page's cells, as in its expectation.

    >>> first = "|| model: PReLU\n| P | weight | (1,) | float32 | cpu | [1] | -\n"
    >>> then = first.replace("-", "*")
    >>> happening([first, f"text\n{then}", ""])
    Happening(title='model: PReLU', lines=[Line(kind='P', name='weight', signs='*')])
    """
    found = [
        Happening(title.rstrip(panel.OTHER + panel.SAME), [line(row) for row in rows])
        for title, rows in panel_marks.read("".join(outputs))
    ]
    eventful = [one for one in found if any(line.signs for line in one.lines)]
    return (eventful or found or [None])[-1]


def line(fields: list[str]) -> Line:
    """Return the row of a picture for a row of a panel.

    >>> line(["P→F", "weight", "(1,)", "a→b", "cpu", "[1]", "% =other"])
    Line(kind='F', name='weight', signs='→%=')
    """
    kind, name, *values, marks = fields
    changed = "g+" in marks or "g-" in marks or any("→" in v for v in (kind, *values))
    arrow = "→" if changed else ""
    signs = [mark[0] for mark in marks.split() if mark[0] not in "-g"]
    return Line(kind[-1], name, arrow + "".join(signs))


def shown(page: Page) -> list[str]:
    """Return the outputs of a page that its picture is chosen from."""
    outputs = page_texts.captured(page)
    cells = zip(page_texts.cells(page.script), outputs, strict=True)
    chosen = [output for cell, output in cells if CHOSEN.search(cell.code)]
    return chosen or outputs


def chosen(lines: list[Line]) -> list[Line]:
    """Return at most `ROWS` rows, in order: those where something happened first."""
    eventful = sorted(range(len(lines)), key=lambda at: not lines[at].signs)
    return [lines[at] for at in sorted(eventful[:ROWS])]


def table(outputs: list[str]) -> list[list[str]]:
    r"""Return the last table that a page prints: of each row its name, its results.

    >>> table(["  plain buffer\nmoves - yes\ncasts no yes\n", "1 2\n1 2 3\n"])
    [['moves', '-', 'yes'], ['casts', 'no', 'yes']]
    """
    for output in reversed(outputs):
        head, *lines = [text.split() for text in output.splitlines()] or [[]]
        if any("yes" in row for row in lines) and {len(head) + 1} == {*map(len, lines)}:
            return lines
    return []


def html(what: Happening | None, rows: list[list[str]]) -> str:
    """Return the picture on a card, in HTML: rows of a panel, or of a table.

    >>> html(None, [["moves", "-"]]).count("#m-no")
    1
    """
    found = [f"<div><strong>{escape(what.title)}</strong></div>"] if what else []
    for kind, name, signs in chosen(what.lines) if what else ():
        shown = "".join(mark("to" if sign == "→" else SYMBOLS[sign]) for sign in signs)
        changed = ' class="changed"' if signs else ""
        drawn = vocabulary.badge(kind)
        badge = f'<span class="{" ".join(drawn["classes"])}">{drawn.astext()}</span>'
        found.append(f"<div{changed}>{badge}<code>{escape(name)}</code>{shown}</div>")
    for name, *results in () if what else rows[:ROWS]:
        signs = {"yes": "yes", "-": "no", "none": "no"}
        shown = "".join(mark(signs.get(result, "error")) for result in results)
        found.append(f"<div><code>{escape(name)}</code>{shown}</div>")
    words = f'role="img" aria-label="{escape(alternative(what))}"'
    return f'<div class="card-picture" {words}>{"".join(found)}</div>'


def of_page(app: Sphinx, docname: str) -> str | None:
    """Return the picture of a gallery page as HTML, None if it has none."""
    page = page_texts.called(docname, app.confdir)
    outputs = shown(page) if page else []
    what, rows = happening(outputs), table(outputs)
    return html(what, rows) if what or rows else None


def alternative(what: Happening | None) -> str:
    """Return what a picture shows, in words.

    >>> alternative(Happening("m: M", [Line("B", "mean", "→*"), Line("P", "bias", "")]))
    'buffer mean: changed, written in place; parameter bias'
    >>> alternative(Happening("m: M", [Line("-", "-", "!")]))  # it raised an error
    '-: cannot be looked at'
    """
    if what is None:
        return _("the results of the table")
    said = vocabulary.changes() | {"→": _("changed")}
    found = []
    for kind, name, signs in chosen(what.lines):
        words = {"tensor": f"{vocabulary.kinds().get(kind, '')} {name}".strip()}
        words["changes"] = _(", ").join(said[sign].rstrip(":：") for sign in signs)
        found.append(_("%(tensor)s: %(changes)s") % words if signs else words["tensor"])
    return _("; ").join(found)


def setup(app: Sphinx) -> None:
    """Draw where another room asks for a picture."""
    app.connect("gallery-page-picture", of_page)
