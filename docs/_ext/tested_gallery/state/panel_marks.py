"""Say what changed between two looks at the modules of a page, as text without words.

A panel is a head, ``|| <name>: <class>``, and a line a tensor, its fields separated
by bars: kind, name, shape, dtype, device, ``g`` (requires a gradient), ``s`` (saved),
marks.  ``a→b`` in a field: before and after.  A head that ends in ``+``: the name was
shown before, as another module.  The marks:

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

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from weakref import ReferenceType

FIELDS = ("kind", "shape", "dtype", "device", "gradient", "saved")
Slot = tuple[str, str]  # a row's first fields: a tensor may have the name of another


class Row(NamedTuple):
    """A tensor of a module, or a slot that holds ``None``, at one moment.

    ``object`` is the tensor's number (`identity`).  ``storage`` is an address,
    to be compared within one look only.  ``values`` is a checksum, ``None`` where the
    values cannot be or are not read.
    """

    name: str
    kind: str
    shape: str = "-"
    dtype: str = "-"
    device: str = "-"
    gradient: str = "-"  # "g" if it requires one
    saved: str = "-"  # "s" if state_dict() holds it
    object: int = 0
    storage: int | None = None
    values: int | None = None
    error: str = ""  # the type of what was raised while looking


class Panel(NamedTuple):
    """What a panel shows of a module."""

    name: str
    type: str
    module: ReferenceType  # to the module
    rows: list[Row]
    shared: dict[Slot, str]  # to its mark


def shared(looks: dict[str, list[Row]]) -> dict[str, dict[Slot, str]]:
    """Return for each module the marks of its rows that share with an earlier one.

    >>> a, b = (Row(name, "P", object=1, storage=5) for name in "ab")
    >>> c = Row("c", "B", object=2, storage=5)
    >>> shared({"model": [a, b], "other": [c]})
    {'model': {('b', 'P'): '=a'}, 'other': {('c', 'B'): '~model:a'}}
    """
    first: dict[tuple[str, int], tuple[str, Slot]] = {}
    found: dict[str, dict[Slot, str]] = {module: {} for module in looks}
    for module, rows in looks.items():
        for row in rows:
            for sign, address in (("=", row.object), ("~", row.storage)):
                if not address:
                    continue
                here = module, row[:2]
                holder, (name, kind) = first.setdefault((sign, address), here)
                if (holder, (name, kind)) != here:
                    place = name if holder == module else f"{holder}:{name}"
                    found[module].setdefault(row[:2], f"{sign}{place}")
    return found


def text(new: Panel, old: Panel | None) -> str:
    """Return the panel's text, "" if it shows nothing that ``old`` did not show."""
    other = old is not None and old.module() is not new.module()
    if old is None or other:
        lines = [line(row, new.shared.get(row[:2], "")) for row in new.rows]
    elif shown(old) != shown(new):
        lines = list(changed(old, new))
    else:
        lines = []
    head = f"|| {new.name}: {new.type}{' +' if other else ''}"
    return "".join(f"{line}\n" for line in [head, *lines]) if lines else ""


def shown(panel: Panel) -> tuple[list[Row], dict[Slot, str]]:
    """Return what of two panels must differ for the second to be shown.

    What a module shares with another one is not in it: that may change with the other.
    """
    own = {row: mark for row, mark in panel.shared.items() if ":" not in mark}
    return [row._replace(storage=None) for row in panel.rows], own


def changed(old: Panel, new: Panel) -> Iterator[str]:
    """Yield the lines of a module that has changed: all of them, with marks."""
    before = matched(old.rows, new.rows)
    for row, was in zip(new.rows, before, strict=True):
        if was is None:
            yield line(row, new.shared.get(row[:2], ""), ("+",))
        else:
            now, marks = compared(was, row)
            had, has = old.shared.get(was[:2], ""), new.shared.get(row[:2], "")
            if untied(had, has, replaced="@" in marks or was.dtype != row.dtype):
                marks.append(f"/{had[1:]}")
            yield line(now, has, marks)
    for row in old.rows:
        if row not in before:
            yield line(row, "", ("x",))


def matched(old: list[Row], new: list[Row]) -> list[Row | None]:
    """Return for each new row the old one that it continues.

    That is the one of its name and kind, or else one of its name that is left.

    >>> buffer, plain, trained = (Row("a", kind) for kind in "BAP")
    >>> matched([buffer, plain], [trained, plain]) == [buffer, plain]
    True
    """
    left = {row[:2]: row for row in old}
    found = {row[:2]: left.pop(row[:2], None) for row in new}
    for name, kind in [key for key, row in found.items() if row is None]:
        others = [key for key in left if key[0] == name]
        if others:
            found[name, kind] = left.pop(others[0])
    return [found[row[:2]] for row in new]


def untied(had: str, has: str, *, replaced: bool) -> bool:
    """Return whether a row shares no longer what it shared, by its own change.

    ``had`` and ``has`` are its marks; of a tie with another module only a row that was
    ``replaced`` can tell: the other module may have changed, or be gone.

    >>> untied("=a", "", replaced=False), untied("=a", "~a", replaced=True)
    (True, False)
    >>> untied("~m:a", "", replaced=False), untied("~m:a", "", replaced=True)
    (False, True)
    """
    return had[1:] not in {"", has[1:]} and (":" not in had or replaced)


def compared(old: Row, new: Row) -> tuple[Row, list[str]]:
    """Return a row of which ``old`` was shown before, and its marks.

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


def line(row: Row, shared: str, marks: Iterable[str] = ()) -> str:
    """Return the line of a row.

    >>> line(Row("a", "P", "(2, 3)", "float32", "cpu", "g", "s"), "=b", ["*"])
    '| P | a | (2, 3) | float32 | cpu | g | s | * =b'
    """
    last = [*marks, shared, row.error and f"!{row.error}"]
    fields = (row.kind, row.name, *(getattr(row, name) for name in FIELDS[1:]))
    return "| " + " | ".join((*fields, " ".join(filter(None, last)) or "-"))


def read(text: str) -> list[tuple[str, list[list[str]]]]:
    r"""Return the panels in a text: the head of each, and the fields of its lines.

    >>> read("printed\n|| m: M +\n| P | a | (2,) | float32 | cpu | g | s | * =b\n")
    [('m: M +', [['P', 'a', '(2,)', 'float32', 'cpu', 'g', 's', '* =b']])]
    """
    found: list[tuple[str, list[list[str]]]] = []
    for part in text.splitlines():
        if part.startswith("|| "):
            found.append((part[3:], []))
        elif part.startswith("| ") and found:
            found[-1][1].append(part[2:].split(" | "))
    return found
