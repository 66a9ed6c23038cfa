"""Say what changed between two looks at the modules of a page, as text without words.

A panel is a head, ``|| <name>: <class>``, and a line a tensor, its fields separated
by bars: kind, name, shape, dtype, device, ``g`` (requires a gradient), ``s`` (saved),
marks.  ``a→b`` in a field: before and after.  The marks:

=========  ==========================================================
``+``      new
``x``      no longer there
``@``      another object than before
``*``      other values
``=name``  the same object as ``name``
``~name``  shares storage with ``name``
``/name``  does so no longer
``!name``  looking at it raised an error of this type
=========  ==========================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from weakref import ReferenceType

    from torch.nn import Module

    from module_state import Row

FIELDS = ("kind", "shape", "dtype", "device", "gradient", "saved")


class Panel(NamedTuple):
    """What a panel shows of a module."""

    name: str
    type: str
    module: ReferenceType[Module]
    rows: list[Row]
    shared: dict[str, str]  # name of a row -> mark


def shared(looks: dict[str, list[Row]]) -> dict[str, dict[str, str]]:
    """Return for each module the marks of its rows that share with an earlier one.

    >>> from module_state import Row
    >>> a, b = (Row(name, "P", object=1, storage=5) for name in "ab")
    >>> c = Row("c", "B", object=2, storage=5)
    >>> shared({"model": [a, b], "other": [c]})
    {'model': {'b': '=a'}, 'other': {'c': '~model:a'}}
    """
    first: dict[tuple[str, int], tuple[str, str]] = {}
    found: dict[str, dict[str, str]] = {module: {} for module in looks}
    for module, rows in looks.items():
        for row in rows:
            for sign, address in (("=", row.object), ("~", row.storage)):
                if not address:
                    continue
                holder, name = first.setdefault((sign, address), (module, row.name))
                if (holder, name) != (module, row.name):
                    place = name if holder == module else f"{holder}:{name}"
                    found[module].setdefault(row.name, f"{sign}{place}")
    return found


def text(new: Panel, old: Panel | None) -> str:
    """Return the panel's text, "" if it shows nothing that ``old`` did not show."""
    if old is None or old.module() is not new.module():
        lines = [line(row, new.shared) for row in new.rows]
    elif shown(old) != shown(new):
        lines = list(changed(old, new))
    else:
        lines = []
    head = f"|| {new.name}: {new.type}"
    return "".join(f"{line}\n" for line in [head, *lines]) if lines else ""


def shown(panel: Panel) -> tuple[list[Row], dict[str, str]]:
    """Return what of two panels must differ for the second to be shown.

    What a module shares with another one is not in it: that may change with the other.
    """
    own = {name: mark for name, mark in panel.shared.items() if ":" not in mark}
    return [row._replace(storage=None) for row in panel.rows], own


def changed(old: Panel, new: Panel) -> Iterator[str]:
    """Yield the lines of a module that has changed: all of them, with marks."""
    before = {row.name: row for row in old.rows}
    for row in new.rows:
        if row.name not in before:
            yield line(row, new.shared, ("+",))
        else:
            changed_row, marks = compared(before.pop(row.name), row)
            had, has = (panel.shared.get(row.name, "") for panel in (old, new))
            if had and had[1:] != has[1:] and ":" not in had:
                marks.append(f"/{had[1:]}")
            yield line(changed_row, new.shared, marks)
    for row in before.values():
        yield line(row, {}, ("x",))


def compared(old: Row, new: Row) -> tuple[Row, list[str]]:
    """Return a row of which ``old`` was shown before, and its marks.

    >>> from module_state import Row
    >>> old = Row("a", "P", dtype="float32", object=1, values=7)
    >>> new = Row("a", "P", dtype="float64", object=2, values=8)
    >>> row, marks = compared(old, new)
    >>> row.dtype, marks
    ('float32→float64', ['@'])
    """
    fields = {
        name: f"{getattr(old, name)}→{getattr(new, name)}"
        for name in FIELDS
        if getattr(old, name) != getattr(new, name)
    }
    marks = []
    if old.object and new.object and old.object != new.object:
        marks.append("@")
    same_form = (old.shape, old.dtype) == (new.shape, new.dtype)
    if same_form and None not in {old.values, new.values} and old.values != new.values:
        marks.append("*")
    return new._replace(**fields), marks


def line(row: Row, shared: dict[str, str], marks: Iterable[str] = ()) -> str:
    """Return the line of a row.

    >>> from module_state import Row
    >>> line(Row("a", "P", "(2, 3)", "float32", "cpu", "g", "s"), {}, ["*"])
    '| P | a | (2, 3) | float32 | cpu | g | s | *'
    """
    last = [*marks]
    if row.name in shared:
        last.append(shared[row.name])
    if row.error:
        last.append(f"!{row.error}")
    fields = (row.kind, row.name, *(getattr(row, name) for name in FIELDS[1:]))
    return "| " + " | ".join((*fields, " ".join(last) or "-"))
