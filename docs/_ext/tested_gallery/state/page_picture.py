"""Draw a picture of a gallery page: the panel that its author chose.

In a cell, ``# sphinx_gallery_card`` chooses its panels; else it is the last panel of
the page in which something happened.  Its rows are those of the panel (`panel_marks`):
kind and name of each tensor, and a sign for what its cell did; a page without panels
shows its table of results, and one without has no picture.  There are no words in it,
so that one picture serves all languages.

On a card the picture is HTML, with the badges and marks of the panels, in the colours
of light and dark; in previews of links, on other sites, it is a PNG.
"""

import functools
import importlib.util
import re
import shutil
from html import escape
from io import BytesIO
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont
from sphinx.application import Sphinx
from sphinx.locale import _

from tested_gallery.pages import page_texts
from tested_gallery.pages.marks import mark
from tested_gallery.pages.page_texts import Page
from tested_gallery.state import panel, panel_marks, vocabulary
from tested_gallery.state.vocabulary import SYMBOLS

FOLDER = "_images/cards"
SIZE = WIDTH, HEIGHT = 640, 336  # pixels; legible at a quarter of it
ROWS = 5
COLOURS = {  # of the kinds: as in the style sheet
    **{"P": "#00598c", "F": "#4b5d67", "B": "#8a4500", "N": "#8a4500"},
    **{"X": "#6b3fa0", "A": "#595959", "0": "#767676"},
}
HOLLOW = "NA0"  # kinds that state_dict() has not
SIGNS = {"@": "↪", "%": "↻", "*": "✎", "x": "×", "/": "≠", "~": "≈"}
CHOSEN = re.compile(r"^# sphinx_gallery_card$", re.MULTILINE)
PAPER, INK, QUIET, CHANGED = "#ffffff", "#1a1a1a", "#666666", "#fff0c2"


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


@functools.cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Return the font that comes with matplotlib: the same on every machine."""
    (folder,) = importlib.util.find_spec("matplotlib").submodule_search_locations
    file = f"{folder}/mpl-data/fonts/ttf/DejaVuSansMono-Bold.ttf"
    return ImageFont.truetype(file, size)


def fitted(text: str, characters: int) -> str:
    """Return ``text``, cut in its middle to so many characters.

    >>> fitted("encoder.layers.0.weight", 12), fitted("weight", 12)
    ('enco….weight', 'weight')
    """
    if len(text) <= characters:
        return text
    head = (characters - 1) * 2 // 5
    return f"{text[:head]}…{text[-(characters - 1 - head) :]}"


def draw_panel(pen: ImageDraw.ImageDraw, what: Happening) -> None:
    """Draw the rows of a panel, larger where they are few, below the module's name."""
    pen.text((24, 14), fitted(what.title, 29), QUIET, font(34))
    lines = chosen(what.lines)
    high, size = (53, 36) if len(lines) > 3 else (88, 46)
    for at, (kind, name, signs) in enumerate(lines):
        top = 66 + at * high
        if signs:
            pen.rectangle((0, top, WIDTH, top + high - 3), CHANGED)
        middle, half = top + (high - 3) // 2, size * 7 // 12  # of the kind's square
        colour = COLOURS.get(kind, QUIET)
        inside, ink = (PAPER, colour) if kind in HOLLOW else (colour, PAPER)
        box = (24, middle - half, 24 + 2 * half, middle + half)
        pen.rounded_rectangle(box, 8, inside, colour, 3)
        letter, small = "∅" if kind == "0" else kind, font(half * 10 // 7)
        pen.text((24 + half, middle), letter, ink, small, anchor="mm")
        room = (WIDTH - 90 - size) * 10 // (size * 6) - len(signs)
        place = (24 + 2 * half + 16, middle)
        pen.text(place, fitted(name, room), INK, font(size), anchor="lm")
        drawn = "".join(SIGNS.get(sign, sign) for sign in signs)
        pen.text((WIDTH - 16, middle), drawn, COLOURS["P"], font(size), anchor="rm")


def draw_table(pen: ImageDraw.ImageDraw, rows: list[list[str]]) -> None:
    """Draw a table of results as a grid: yes is full, anything but no is half."""
    wide, high = WIDTH / (len(rows[0]) - 1), HEIGHT / len(rows)
    shade = {"yes": COLOURS["P"], "-": "#e6e6e6", "none": "#e6e6e6"}
    for down, row in enumerate(rows):
        for across, result in enumerate(row[1:]):
            left, top = across * wide + 3, down * high + 2
            box = (left, top, left + wide - 6, top + high - 4)
            pen.rectangle(box, shade.get(result, "#d9a36b"))


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


def picture(outputs: list[str]) -> bytes:
    """Return the picture of a page with these outputs, as PNG; b"" if it has none."""
    image = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(image)
    if what := happening(outputs):
        draw_panel(pen, what)
    elif rows := table(outputs):
        draw_table(pen, rows)
    else:
        return b""
    file = BytesIO()
    few = image.quantize(32, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(file, "PNG")
    return file.getvalue()


def draw(app: Sphinx) -> None:
    """Draw the pictures of the pages that have run since, once for all languages."""
    failed = app.config.sphinx_gallery_conf["failing_examples"]
    if failed or app.builder.format != "html":
        return
    for page in page_texts.pages(app.confdir):
        kept, ran = page.generated.with_suffix(".png"), page.generated.stat().st_mtime
        if not kept.exists() or kept.stat().st_mtime < ran:
            kept.write_bytes(picture(shown(page)))


def publish(app: Sphinx, exception: Exception | None) -> None:
    """Put the pictures beside the pages that were written, and no others."""
    if exception or app.builder.format != "html":
        return
    shutil.rmtree(app.outdir / FOLDER, ignore_errors=True)
    for page in page_texts.pages(app.confdir):
        if (kept := page.generated.with_suffix(".png")).stat().st_size:
            target = app.outdir / FOLDER / f"{page.name}.png"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(kept, target)


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


def of_page(app: Sphinx, docname: str) -> tuple[str, tuple[int, int], str] | None:
    """Return the picture of a gallery page: its address, its size, and as HTML.

    The address is from the root of the page's language.
    """
    page = page_texts.called(docname, app.confdir)
    if page is None:
        return None
    outputs = shown(page)
    what = happening(outputs)
    rows = table(outputs)
    if what is None and not rows:
        return None
    return f"{FOLDER}/{page.name}.png", SIZE, html(what, rows)


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
    """Draw once the gallery has run; tell other rooms where a picture lies."""
    app.connect("gallery-page-picture", of_page)
    app.connect("builder-inited", draw, priority=800)  # the gallery runs at 500
    app.connect("build-finished", publish)
