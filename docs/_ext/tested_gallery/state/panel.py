"""Draw the panels of a page (`watch`) in its language.

The directive's content is what `panel_marks` writes:

    .. state-panel::

        || model: Linear
        | P | weight | (2, 2) | float32→float64 | cpu | g | s | @

A panel is a table, after the output of its cell; a long one is folded.  What changed
stands beside the names, where a phone shows it too: which fields changed, and marks.
It is drawn when the page is written: a table has many nodes, and what looks for
messages or links in a page would walk them all, in each language.
"""

import html
from collections.abc import Callable

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from tested_gallery.languages import untranslated
from tested_gallery.languages.untranslated import Part, entry
from tested_gallery.state import panel_marks

LONG = 12  # rows; a longer panel is folded
BREAK = "\u200b"  # where a long head may break
OTHER = " +"  # at the end of a head: another module than the name meant before
HEADS = ("shape", "dtype", "device", f"requires_{BREAK}grad", f"state_{BREAK}dict")


def kinds() -> dict[str, str]:
    """Return what each letter of a kind stands for."""
    return {
        "P": _("parameter"),
        "F": _("frozen parameter"),
        "B": _("buffer"),
        "N": _("non-persistent buffer"),
        "A": _("plain attribute"),
        "0": _("empty slot"),
    }


def marks() -> dict[str, str]:
    """Return what each mark says; some are followed by a name."""
    return {
        "+": _("new"),
        "x": _("gone"),
        "@": _("replaced"),
        "*": _("other values"),
        "=": _("same object as"),
        "~": _("shares storage with"),
        "/": _("no longer shared with"),
        "!": _("cannot be looked at:"),
    }


class state_panels(nodes.container):
    """The panels after one cell; ``text`` says what is on them."""


class StatePanel(SphinxDirective):
    """The panels after one cell."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return what `Draw` fills."""
        return [state_panels(text="\n".join(self.content), classes=["state-panels"])]


def panel(title: str, rows: list[list[str]], *, fold: bool = True) -> list[nodes.Node]:
    """Return the table of a module; a long one is folded, if one may ``fold``."""
    name, _colon, kind = title.removesuffix(OTHER).partition(": ")
    caption = [code(name), nodes.Text(" "), code(kind)]
    if title.endswith(OTHER):
        other = nodes.inline("", _("another object"), classes=["state-other"])
        caption += [nodes.Text(" "), other]
    letters = {letter for row in rows for letter in row[0].split("→")}
    for letter in (known for known in kinds() if known in letters):
        legend = nodes.inline("", f" {kinds()[letter]}", classes=["state-legend"])
        caption += [nodes.Text(" "), badge(letter), legend]
    eventful = any(row[-1] != "-" or arrows(row) for row in rows)
    words = [_("Kind"), _("Name"), *([_("Change")] if eventful else [])]
    heads = [*map(entry, words), *(entry(code(head)) for head in HEADS)]
    lines = [drawn(row, eventful=eventful) for row in rows]
    table = untranslated.table(heads, lines, [1] * len(heads))
    table.insert(0, nodes.title("", "", *caption))
    if len(rows) <= LONG or not fold:
        return [table]
    count = _("%(count)s tensors") % {"count": len(rows)}
    summary = f"<summary><code>{html.escape(name)}</code>: {count}</summary>"
    return [
        nodes.raw("", f"<details>{summary}", format="html"),
        table,
        nodes.raw("", "</details>", format="html"),
    ]


def drawn(fields: list[str], *, eventful: bool) -> nodes.row:
    """Return the row of a tensor, with its marks if the panel has any."""
    kind, name, shape, dtype, device, gradient, saved, last = fields
    found = nodes.row("", classes=[f"state-{sign}" for sign in "+x" if sign == last])
    found += entry(*kind_words(kind))
    found += entry(code(name))
    if eventful:
        said = [[code(head)] for head in arrows(fields)] + mark_words(last)
        parts = [node for words in said for node in (_(", "), *words)]
        found += entry(*parts[1:], classes=["state-marks"])
    found += [changed(field, code) for field in (shape, dtype, device)]
    found += [changed(field, yes_or_no) for field in (gradient, saved)]
    return found


def changed(field: str, draw: Callable[[str], nodes.Node]) -> nodes.entry:
    """Return the entry of a field, before and after if it changed."""
    before, *after = map(draw, field.split("→"))
    if not after:
        return entry(before)
    return entry(before, " → ", *after, classes=["state-changed"])


def kind_words(field: str) -> list[nodes.Node]:
    """Return the badge of a kind, with its word unseen; before and after a change."""
    *before, letter = field.split("→")
    found = [part for old in before for part in (badge(old), nodes.Text(" → "))]
    word = nodes.inline("", f" {kinds().get(letter, '')}", classes=["unseen"])
    return [*found, badge(letter), word]


def badge(letter: str) -> nodes.Node:
    """Return the letter of a kind in its colour."""
    classes = ["state-kind", f"state-kind-{letter.lower()}"]
    return nodes.inline("", "∅" if letter == "0" else letter, classes=classes)


def arrows(fields: list[str]) -> list[str]:
    """Return the heads of the fields that changed.

    >>> arrows(["P", "weight", "(2,)→(3,)", "float32", "cpu", "g", "s", "-"])
    ['shape']
    """
    named = zip(HEADS, fields[2:-1], strict=True)
    return [head for head, field in named if "→" in field]


def mark_words(field: str) -> list[list[Part]]:
    """Return the words of each of a row's marks."""
    return [
        [marks()[sign], *([" ", code("".join(name))] if name else [])]
        for sign, *name in field.split()
        if sign != "-"
    ]


def yes_or_no(field: str) -> nodes.Node:
    """Return a tick or a dash."""
    return nodes.Text("–" if field == "-" else "✓")


def code(text: str) -> nodes.Node:
    """Return an identifier, or a dash for nothing."""
    return nodes.Text("–") if text == "-" else nodes.literal(text, text)


class BelowTheOutput(SphinxTransform):
    """Put panels below what their cell printed: sphinx-gallery has them above."""

    default_priority = 500  # after docutils has set classes

    def apply(self, **kwargs: object) -> None:
        """Change the document in place."""
        for panels in list(self.document.findall(state_panels)):
            output = panels.next_node(descend=False, siblings=True)
            if output and "sphx-glr-script-out" in output.get("classes", []):
                panels.parent.remove(panels)
                output.parent.insert(output.parent.index(output) + 1, panels)


class Draw(SphinxPostTransform):
    """Draw the panels of a page that is written."""

    default_priority = 400  # before Furo lets tables scroll (500)

    def run(self, **kwargs: object) -> None:
        """Change the document in place."""
        found: list[nodes.table] = []
        for panels in list(self.document.findall(state_panels)):
            drawn = nodes.container("", classes=panels["classes"])
            fold = "in-fold" not in panels["classes"]
            for title, rows in panel_marks.read(panels["text"]):
                drawn += panel(title, rows, fold=fold)
            panels.replace_self(drawn)
            found += drawn.findall(nodes.table)
        for number, table in enumerate(found, start=1):
            table["ids"] = [f"state-{number}"]  # for links to it


class OneAnchor(SphinxPostTransform):
    """Keep a table's anchor for the table: Furo's container around it has it too."""

    default_priority = 600  # after Furo (500)

    def run(self, **kwargs: object) -> None:
        """Change the document in place."""
        for wrapper in self.document.findall(nodes.container):
            if "table-wrapper" in wrapper["classes"]:
                wrapper["ids"] = []


def setup(app: Sphinx) -> None:
    """Add the directive and the transform."""
    app.add_directive("state-panel", StatePanel)
    app.add_node(state_panels)
    app.add_transform(BelowTheOutput)
    app.add_post_transform(Draw)
    app.add_post_transform(OneAnchor)
