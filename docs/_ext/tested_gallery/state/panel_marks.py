"""Say what changed between two looks at the modules of a page, as text without words.

A panel is a head, ``|| <name>: <class>``, and a line a tensor, its fields separated
by bars: kind, name, shape, dtype, device, values, marks.  ``a→b`` in a field: before
and after.  A head that ends in ``+``: the name was shown before, as another module; in
``=``: nothing changed.  Values are up to four elements, ``[1 0; 0 1]``, else the least
and the greatest, ``-0.5…0.5``, behind how many of how many changed, ``3/12``; a scalar
has no brackets, parts have ``&`` between them, an extra state is what it prints; ``?``
if they cannot be read.  The marks:

=========  ==========================================================
``+``      new
``x``      no longer there
``@``      another object than before
``%``      the same object with another storage
``*``      written in place: the same object and storage, other values
``g``      requires a gradient and is no parameter; ``g+`` since now, ``g-`` no longer
``=name``  the same object as ``name``
``~name``  shares storage with ``name``
``/name``  does so no longer
``!name``  looking at it raised an error of this type
=========  ==========================================================
"""

from collections.abc import Iterator
from typing import Any, NamedTuple
from weakref import ReferenceType

Slot = tuple[str, str]  # a row's first fields: a tensor may have the name of another
SAVED = "PFBX"  # kinds that state_dict() has
PARAMETERS = "PF"


class Row(NamedTuple):
    """A tensor of a module, or a slot that holds ``None``, at one moment.

    ``object`` is the tensor's number, ``storage`` its storage's (`identity`).
    ``values`` are what `values.read` returns, ``None`` where that is unknown; then
    ``version`` counts what wrote to it.
    """

    name: str
    kind: str
    shape: str = "-"
    dtype: str = "-"
    device: str = "-"
    gradient: bool = False  # whether it requires one
    object: int = 0
    storage: int | None = None
    values: Any = None
    version: int = 0
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


def text(new: Panel, old: Panel | None, *, always: bool = False) -> str:
    """Return the panel's text, "" if it shows nothing that ``old`` did not show.

    With ``always`` a panel without a change is text too.
    """
    if old is None or old.module() is not new.module():
        end = " +" if old else ""
        lines = [line(row, None, [new.shared.get(row[:2], "")]) for row in new.rows]
    else:
        differs = shown(old) != shown(new)
        end = "" if differs else " ="
        lines = list(compared(old, new)) if differs or always else []
    head = f"|| {new.name}: {new.type}{end}"
    return "".join(f"{line}\n" for line in [head, *lines]) if lines else ""


def unfilled(new: Panel, old: Panel | None, *, now: bool) -> Panel:
    """Return a panel without the values of memory that nobody has written to.

    That is all of its memory if it is so ``now``, else what was so and is as it was.
    """
    before = {row[:2]: row.values for row in (old.rows if old else [])}
    rows = []
    for row in new.rows:
        was = before.get(row[:2])
        still = not getattr(was, "filled", True) and was == row.values
        if hasattr(row.values, "filled") and (now or still):
            row = row._replace(values=row.values._replace(filled=False))
        rows.append(row)
    return new._replace(rows=rows)


def shown(panel: Panel) -> tuple[list[Row], dict[Slot, str]]:
    """Return what of two panels must differ for the second to be shown.

    What a module shares with another one is not in it: that may change with the other.
    """
    own = {row: mark for row, mark in panel.shared.items() if ":" not in mark}
    return panel.rows, own


def compared(old: Panel, new: Panel) -> Iterator[str]:
    """Yield the lines of a module that was shown before: all of them, with marks."""
    before = matched(old.rows, new.rows)
    for row, was in zip(new.rows, before, strict=True):
        has = new.shared.get(row[:2], "")
        if was is None:
            yield line(row, None, ["+", has])
        else:
            marks = [what_happened(was, row)]
            had = old.shared.get(was[:2], "")
            if untied(had, has, replaced=marks == ["@"] or was.dtype != row.dtype):
                marks.append(f"/{had[1:]}")
            yield line(row, was, [*marks, has])
    kept = {id(row) for row in before}
    for row in old.rows:
        if id(row) not in kept:
            yield line(row, None, ["x"])


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


def what_happened(old: Row, new: Row) -> str:
    """Return the mark of what became of a tensor, "" if nothing did.

    >>> old = Row("a", "P", object=1, storage=1, values="[1]")
    >>> what_happened(old, old._replace(values="[2]"))
    '*'
    >>> what_happened(old, old._replace(storage=2)), what_happened(old, Row("a", "0"))
    ('%', '')
    """
    if old.error or new.error:
        return ""
    if not old.object or not new.object:
        return "*" if old.kind == new.kind and old.values != new.values else ""
    if old.object != new.object:
        return "@"
    if old.storage != new.storage:
        return "%"
    written = (old.values, old.version) != (new.values, new.version)
    return "*" if written and old.shape == new.shape else ""


def line(row: Row, old: Row | None, marks: list[str]) -> str:
    """Return the line of a row, with what an ``old`` one had before.

    >>> a = Row("a", "P", "(1,)", "float32", "cpu", True, 1, 1, "[1]")
    >>> line(a, a._replace(dtype="float64", values="[2]"), ["%", "=b"])
    '| P | a | (1,) | float64→float32 | cpu | [2]→[1] | % =b'
    """
    now, was = fields(row), fields(old or row)
    both = [b if a == b else f"{a}→{b}" for a, b in zip(was, now, strict=True)]
    if old and (count := counted(old.values, row.values)):
        both[-1] = f"{count} {now[-1]}"
    held = "" if "x" in marks else gradient(row, old)
    last = [*marks, held, row.error and f"!{row.error}"]
    return "| " + " | ".join((*both, " ".join(filter(None, last)) or "-"))


def fields(row: Row) -> list[str]:
    """Return the fields of a row but its marks."""
    unknown = "-" if row.kind == "0" or row.error else "?"
    values = unknown if row.values is None else str(row.values)
    return [row.kind, row.name, row.shape, row.dtype, row.device, values]


def counted(old: Any, new: Any) -> str:  # noqa: ANN401
    """Return how many of how many elements changed, "" if few, none or none alike."""
    if isinstance(new, str | None) or isinstance(old, str | None):
        return ""
    count, size = new.changed(old), new.size()
    return f"{count}/{size}" if count and old.filled and "…" in str(new) else ""


def gradient(row: Row, old: Row | None) -> str:
    """Return the mark of a tensor that requires a gradient; of a parameter its kind is.

    >>> plain = Row("a", "A", gradient=True)
    >>> gradient(plain, None), gradient(Row("a", "A"), plain), gradient(plain, plain)
    ('g', 'g-', 'g')
    """
    if row.kind in PARAMETERS:
        return ""
    if old and old.gradient != row.gradient and old.kind not in PARAMETERS:
        return "g+" if row.gradient else "g-"
    return "g" if row.gradient else ""


def read(text: str) -> list[tuple[str, list[list[str]]]]:
    r"""Return the panels in a text: the head of each, and the fields of its lines.

    >>> read("printed\n|| m: M +\n| P | a | (2,) | float32 | cpu | [0 1] | * =b\n")
    [('m: M +', [['P', 'a', '(2,)', 'float32', 'cpu', '[0 1]', '* =b']])]
    """
    found: list[tuple[str, list[list[str]]]] = []
    for part in text.splitlines():
        if part.startswith("|| "):
            found.append((part[3:], []))
        elif part.startswith("| ") and found:
            found[-1][1].append(part[2:].split(" | "))
    return found


def changed(fields: list[str]) -> bool:
    """Return whether a row says that something changed.

    >>> row = ["P", "a", "(2,)", "float32", "cpu", "[0 1]"]
    >>> changed([*row, "=b"]), changed([*row, "* =b"]), changed(["P→F", *row[1:], "-"])
    (False, True, True)
    """
    steady = all(mark == "g" or mark[0] in "-=~!" for mark in fields[-1].split())
    return not steady or any("→" in field for field in fields)
