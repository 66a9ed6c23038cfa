"""Parts of a page as Sphinx has it: outputs of cells, what is seen, what is HTML."""

from collections.abc import Iterable

from docutils import nodes

OUTPUT = "sphx-glr-script-out"  # sphinx-gallery's class of an output
SHOWN = {OUTPUT, "state-panels"}  # below the code of a cell


def seen(parts: Iterable[nodes.Element]) -> list[nodes.Element]:
    """Return the parts that readers see: no comments and targets."""
    return [part for part in parts if not isinstance(part, nodes.Invisible)]


def html(text: str) -> nodes.raw:
    """Return what only a page in HTML has."""
    return nodes.raw("", text, format="html")
