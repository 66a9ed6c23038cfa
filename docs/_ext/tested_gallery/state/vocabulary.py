"""The letters of kinds and the marks of changes, as panels, tables and trees have them.

Two ideas carry all of them: a letter says what kind of tensor it is, filled if
``state_dict()`` has it; a mark with its word says what happened.  Where a mark stands
for a word, the word is `spoken`: screen readers and Markdown have it.
"""

from docutils import nodes
from sphinx.locale import _

from tested_gallery.pages import marks

EMPTY = "0"
SYMBOLS = {  # of the marks in a panel's text (`panel_marks`)
    **{"@": "replaced", "%": "refilled", "*": "written", "+": "new", "x": "gone"},
    **{"=": "tie", "~": "shares", "/": "untied", "!": "error"},
}


def kinds() -> dict[str, str]:
    """Return what each letter of a kind stands for."""
    return {
        "P": _("parameter"),
        "F": _("frozen parameter"),
        "B": _("buffer"),
        "X": _("extra state"),
        "N": _("non-persistent buffer"),
        "A": _("plain attribute"),
        EMPTY: _("empty slot"),
    }


def changes() -> dict[str, str]:
    """Return what each mark of a panel says; after some, a name follows."""
    words = marks.marks()
    return {
        **{sign: words[name] for sign, name in SYMBOLS.items() if name in words},
        "=": _("same object as"),
        "~": _("shares memory with"),
        "/": _("no longer shared with"),
        "!": _("cannot be looked at:"),
        "g": _("requires a gradient"),
        "g+": _("now requires a gradient"),
        "g-": _("no longer requires a gradient"),
    }


def split(mark: str) -> tuple[str, str]:
    """Return the sign of a panel's mark and the name behind it.

    >>> split("=first"), split("@"), split("g+")
    (('=', 'first'), ('@', ''), ('g+', ''))
    """
    return (mark, "") if mark[0] == "g" else (mark[0], mark[1:])


def spoken(text: str) -> nodes.inline:
    """Return a word that the page shows as a mark."""
    return nodes.inline("", text, classes=["spoken"])


def symbol(name: str) -> nodes.raw:
    """Return a mark that stands beside its words."""
    return nodes.raw("", marks.mark(name), format="html")


def badge(letter: str) -> nodes.inline:
    """Return the letter of a kind in its colour."""
    classes = ["state-kind", f"state-kind-{letter.lower()}"]
    return nodes.inline("", "∅" if letter == EMPTY else letter, classes=classes)


def kind_words(field: str) -> list[nodes.Node]:
    """Return the badge of a kind, with its word spoken; before and after a change."""
    found: list[nodes.Node] = []
    for letter in field.split("→"):
        word = spoken(f" {kinds().get(letter, '')} ")
        found += [*(arrow() if found else []), badge(letter), word]
    return found


def arrow() -> list[nodes.Node]:
    """Return what stands between before and after."""
    return [symbol("to"), spoken("→ ")]
