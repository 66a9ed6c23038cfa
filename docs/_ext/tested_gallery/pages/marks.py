"""Draw the marks of changes and answers: symbols of the sprite in each page.

The sprite is ``components/marks.html``; a mark has the colour and the size of its text.
"""

from html import escape

from sphinx.locale import _


def marks() -> dict[str, str]:
    """Return what each mark says, in the language of the page."""
    return {
        "refilled": _("same object, new data"),
        "replaced": _("new object"),
        "written": _("written in place"),
        "new": _("new"),
        "gone": _("gone"),
        "right": _("right"),
        "wrong": _("wrong"),
    }


def mark(name: str, *, told: bool = False) -> str:
    """Return a mark as HTML; one that stands without its words is ``told``."""
    if not told:
        return f'<svg class="m" aria-hidden="true"><use href="#m-{name}"></use></svg>'
    said = escape(marks()[name])
    return (
        f'<svg class="m" role="img" aria-label="{said}"><title>{said}</title>'
        f'<use href="#m-{name}"></use></svg>'
    )
