"""Draw names, the objects that they refer to, and the memory that the objects show.

A frame is what names refer to at one moment (`identity_frames`).  Before and after
have the same places: what stays, stays where it was.  Yellow and a word say what
happened to an object, dashes that the module left it behind; a yellow line leads from
a name to another object than before, or from an object to other memory.  `facts` says
all that in text.
"""

from html import escape
from typing import NamedTuple

from sphinx.locale import _

from tested_gallery.state import vocabulary
from tested_gallery.state.identity_frames import Frames, Ref, State

WIDE = 328  # of a phone's column: there nothing is scaled down, and letters have 12 px
PITCH, TALL, OBJECT, GAP = 42, 34, 84, 14  # a row, a box, an object's width
LETTER = 7.25  # width of a letter of 12 px monospace
LONGEST = 15  # letters of a name; of a longer one the end is shown
TYPE = 9  # letters of a type


def changes(state: State, was: State) -> dict[int, str]:
    """Return what happened to each object that the names refer to.

    An object is "new" only if a name left another one for it: whether what a new name
    refers to was there before, nobody knows.

    >>> def ref(kind, number, storage):
    ...     return Ref(kind, number, "Tensor", storage, "float32", "1")
    >>> was = {"m.p": ref("P", 1, 1), "m.b": ref("B", 2, 2), "b": ref("", 2, 2)}
    >>> now = {"m.p": ref("P", 1, 3), "m.b": ref("B", 3, 4), "b": ref("", 2, 2)}
    >>> changes(now, was), changes(was, was)
    ({1: 'refilled', 3: 'new', 2: 'stale'}, {1: '', 2: ''})
    >>> changes({**was, "c": ref("", 4, 5)}, was)[4]
    ''
    """
    known = {ref.object: ref.storage for ref in was.values()}
    held = {ref.object for ref in state.values() if ref.kind}
    kept = {ref.storage for ref in state.values() if ref.kind}
    left = {ref.storage for ref in was.values() if ref.kind} - kept
    found: dict[int, str] = {}
    for name, ref in state.items():
        if ref.object not in held and ref.storage in left:
            mark = "stale"
        elif ref.object in known:
            mark = "" if known[ref.object] == ref.storage else "refilled"
        else:
            mark = "new" if name in was else ""
        found[ref.object] = found.get(ref.object) or mark
    return found


def word(mark: str) -> str:
    """Return what a drawing says of a change."""
    words = {"new": _("new object"), "refilled": _("new data"), "stale": _("stale")}
    return words.get(mark, "")


def title(head: str) -> tuple[str, str]:
    """Return the label of a frame and the statement in its head.

    >>> print(title("after model.to(torch.float64)")[1])
    model.to(torch.float64)
    """
    label, _blank, statement = head.partition(" ")
    return _("After") if label == "after" else _("Before"), statement


def facts(head: str, state: State, was: State) -> str:
    """Return what a frame shows, as text.

    >>> ref = Ref("P", 1, "Parameter", 2, "float32", "1 1")
    >>> facts("before", {"m.w": ref, "w": ref._replace(kind="")}, {})
    'Before: parameter m.w and w: Parameter 1, memory 2: float32 1 1'
    """
    marks, said = changes(state, was), []
    for ref in {ref.object: ref for ref in state.values()}.values():
        own = [name for name, other in state.items() if other.object == ref.object]
        kinds = (vocabulary.kinds().get(state[name].kind, "") for name in own)
        named = (
            f"{kind} {name}".strip() for kind, name in zip(kinds, own, strict=True)
        )
        thing = f"{ref.type} {ref.object}"
        if change := word(marks[ref.object]):
            words = {"object": thing, "change": change}
            thing = _("%(object)s (%(change)s)") % words
        words = {
            "names": _(" and ").join(named),
            "object": thing,
            "number": ref.storage,
        }
        words["values"] = ref.held()
        said.append(_("%(names)s: %(object)s, memory %(number)s: %(values)s") % words)
    label, statement = title(head)
    words = {"frame": f"{label} {statement}".strip(), "facts": _("; ").join(said)}
    return _("%(frame)s: %(facts)s") % words


def places(links: list[tuple[int, float]]) -> dict[int, float]:
    """Return a row for each thing: near what leads to it, no two in one place.

    >>> places([(7, 0), (7, 1), (8, 1)])
    {7: 0.5, 8: 1.5}
    """
    near: dict[int, list[float]] = {}
    for thing, row in links:
        near.setdefault(thing, []).append(row)
    found, last = {}, -1.0
    for thing in sorted(near, key=lambda one: sum(near[one]) / len(near[one])):
        found[thing] = last = max(last + 1, sum(near[thing]) / len(near[thing]))
    return found


class Plan(NamedTuple):
    """Where things are: the row of each, where names end, how wide memory is."""

    names: dict[str, float]
    objects: dict[int, float]
    storages: dict[int, float]
    left: float
    memory: float


def plan(refs: list[tuple[str, Ref]]) -> Plan:
    """Return where the names of all frames are, and what they refer to."""
    names = {name: float(row) for row, name in enumerate(dict(refs))}
    objects = places([(ref.object, names[name]) for name, ref in refs])
    storages = places([(ref.storage, objects[ref.object]) for _name, ref in refs])
    left = min(max(map(len, names)), LONGEST) * LETTER + 24
    most = max(len(text) for _name, ref in refs for text in (ref.dtype, ref.shown()))
    memory = min(most * LETTER + 13, WIDE - 2 - left - OBJECT - 2 * GAP)
    return Plan(names, objects, storages, left, memory)


def drawn(frames: Frames) -> str:
    """Return the frames as HTML: inline SVG in the colours of the page."""
    at = plan([pair for _head, state in frames for pair in state.items()])
    wide = at.left + OBJECT + 2 * GAP + at.memory + 2
    high = max(max(rows.values()) for rows in at[:3]) * PITCH + TALL + 2
    was, figures = frames[0][1], ""
    for head, state in frames:
        label, statement = title(head)
        caption = f"{label} <code>{escape(statement)}</code>" if statement else label
        figures += (
            f'<figure style="width: {wide / 16:.4g}rem">'
            f'<figcaption aria-hidden="true">{caption}</figcaption>'
            f'<svg role="img" aria-label="{escape(facts(head, state, was))}" '
            f'viewBox="-1 -1 {wide:g} {high:g}">{shapes(state, was, at)}</svg></figure>'
        )
    return f'<div class="identity">{figures}</div>'


def shapes(state: State, was: State, at: Plan) -> str:
    """Return what is in one frame; what differs from ``was`` is marked."""
    middle, right = at.left + GAP, at.left + OBJECT + 2 * GAP
    marks, room = changes(state, was), int((at.memory - 12) / LETTER)
    wires, tags, boxes = [], [], {}
    for name, ref in state.items():
        row, thing = at.names[name], at.objects[ref.object]
        shown, mark = at.storages[ref.storage], marks[ref.object]
        moved = name not in was or was[name].object != ref.object
        wires.append(wire(at.left, row, middle, thing, changed=moved))
        refilled = mark == "refilled"
        wires.append(wire(middle + OBJECT, thing, right, shown, changed=refilled))
        tags.append(tag(name, ref.kind, at.left - 4, row))
        lines = f"{ref.object} {fitted(ref.type, TYPE)}", word(mark)
        boxes[0, ref.object] = box(middle, thing, OBJECT, lines, f"object {mark}")
        look = memory_look(ref, mark, was)
        lines = fitted(ref.dtype, room), fitted(ref.shown(), room)
        found = box(right, shown, at.memory, lines, f"storage {look}")
        boxes.setdefault((1, ref.storage), found)  # as the first sees it that shows it
    return "".join(dict.fromkeys([*wires, *tags, *boxes.values()]))


def memory_look(ref: Ref, mark: str, was: State) -> str:
    """Return how memory looks: as the object that brought it, or as new if written.

    >>> old = Ref("P", 1, "Parameter", 1, "float32", "1")
    >>> memory_look(old, "", {"a": old}), memory_look(old, "new", {"a": old})
    ('', '')
    >>> memory_look(old._replace(values="2"), "", {"a": old})
    'new'
    """
    values = {(one.object, one.storage): one.values for one in was.values()}
    if values.get((ref.object, ref.storage), ref.values) != ref.values:
        return "new"
    known = any(one.storage == ref.storage for one in was.values())
    return "" if known and mark != "stale" else mark


def fitted(text: str, room: int) -> str:
    """Return a text cut to so many letters.

    >>> fitted("float8_e4m3fn", 9)
    'float8_e…'
    """
    return text if len(text) <= room else f"{text[: room - 1]}…"


def wire(x: float, row: float, to: float, other: float, *, changed: bool) -> str:
    """Return the line from a name to its object, or from an object to its memory."""
    y, low, bend = row * PITCH + TALL / 2, other * PITCH + TALL / 2, (x + to) / 2
    look = "wire changed" if changed else "wire"
    path = f"M{x:g} {y:g}C{bend:g} {y:g} {bend:g} {low:g} {to:g} {low:g}"
    return f'<path class="{look}" d="{path}"/>'


def tag(name: str, kind: str, x: float, row: float) -> str:
    """Return a name, with the badge of its kind if a module holds it."""
    y = row * PITCH + TALL / 2
    short = name if len(name) <= LONGEST else f"…{name[1 - LONGEST :]}"
    text = f'<text class="name" x="{x:g}" y="{y + 4:g}">{escape(short)}</text>'
    if not kind:
        return text
    at, look = x - len(short) * LETTER - 20, kind.lower()
    return (
        f'<rect class="badge {look}" x="{at:g}" y="{y - 8:g}" '
        'width="16" height="16" rx="3"/>'
        f'<text class="letter {look}" x="{at + 8:g}" y="{y + 4:g}">{kind}</text>{text}'
    )


def box(x: float, row: float, wide: float, lines: tuple[str, str], look: str) -> str:
    """Return an object (round) or its memory (square): a box with one or two lines."""
    y, corner = row * PITCH, 17 if look.startswith("object") else 3
    downs = (15, 28) if lines[1] else (21,)
    texts = "".join(
        f'<text class="{part} {look}" x="{x + 8 - (corner == 3) * 2:g}" '
        f'y="{y + down:g}">{escape(text)}</text>'
        for part, text, down in zip(("first", "second"), lines, downs, strict=False)
    )
    return (
        f'<rect class="box {look}" x="{x:g}" y="{y:g}" width="{wide:g}" '
        f'height="{TALL}" rx="{corner}"/>{texts}'
    )
