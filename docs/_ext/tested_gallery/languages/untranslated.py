"""Nodes that no catalog translates: data, code, and labels that are translated already.

A text is a part of a paragraph like any other: ``paragraph("torch ", link)``.
"""

from collections.abc import Iterable

from docutils import nodes
from sphinx import addnodes

Part = nodes.Node | str


def paragraph(*parts: Part, **attributes: object) -> nodes.paragraph:
    """Return a paragraph of texts and nodes."""
    found = [p if isinstance(p, nodes.Node) else nodes.Text(str(p)) for p in parts]
    return nodes.paragraph("", "", *found, translatable=False, **attributes)


def entry(*parts: Part, **attributes: object) -> nodes.entry:
    """Return a cell of a table."""
    return nodes.entry("", paragraph(*parts), **attributes)


def table(
    heads: Iterable[nodes.entry],
    rows: Iterable[nodes.row],
    widths: list[int],
    **attributes: object,
) -> nodes.table:
    """Return a table; the widths of its columns are relative to each other."""
    group = nodes.tgroup(cols=len(widths))
    group += [nodes.colspec(colwidth=width) for width in widths]
    group += [nodes.thead("", nodes.row("", *heads)), nodes.tbody("", *rows)]
    return nodes.table("", group, **attributes)


def link(role: str, target: str, text: str, **attributes: object) -> nodes.Node:
    """Return what the role ``ref`` or ``doc`` makes, with a text of its own."""
    return addnodes.pending_xref(
        "",
        nodes.inline("", text),
        refdomain="std",
        reftype=role,
        reftarget=target,
        refexplicit=True,
        refwarn=True,
        **attributes,
    )
