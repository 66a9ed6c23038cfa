"""Draw names, the objects that they refer to, and the memory that the objects show.

Before and after have the same places: what stays, stays where it was.  Yellow and a
word say what happened to an object, dashes that the module left it behind; a yellow
line leads from a name to another object than before, or from an object to other
memory.  `facts` says all that in text.
"""

from html import escape
from statistics import fmean

from sphinx.locale import _

from tested_gallery.state import vocabulary
from tested_gallery.state.identity_frames import Frames, Ref, State

WIDE = 328  # of a phone's column: there nothing is scaled down, and letters have 12 px
PITCH, TALL, OBJECT, GAP = 42, 34, 84, 14  # a row, a box, an object's width
LETTER = 7.25  # width of a letter of 12 px monospace
LONGEST, TYPE = 15, 9  # letters of a name, of a type


def changes(state: State, was: State) -> dict[int | str, str]:
    """Return what happened to each object that the names refer to.

    An object is "new" only if a name left another one for it: whether what a new name
    refers to was there before, nobody knows.

    >>> def ref(kind, number, storage):
    ...     return Ref(kind, number, "Tensor", storage, "float32", "1")
    >>> was = {"m.p": ref("P", 1, 1), "m.b": ref("B", 2, 2), "b": ref("", 2, 2)}
    >>> now = {"m.p": ref("P", 1, 3), "m.b": ref("B", 3, 4), "b": ref("", 2, 2)}
    >>> changes({**now, "c": ref("", 4, 5)}, was), changes(was, was)
    ({1: 'refilled', 3: 'new', 2: 'stale', 4: ''}, {1: '', 2: ''})
    """
    known = {ref.object: ref.storage for ref in was.values()}
    had, held = ([r for r in one.values() if r.kind] for one in (was, state))
    left = {ref.storage for ref in had} - {ref.storage for ref in held}
    found: dict[int | str, str] = {}
    for name, ref in state.items():
        if ref.storage in left and ref.object not in {one.object for one in held}:
            mark = "stale"
        elif ref.object in known:
            mark = "" if known[ref.object] == ref.storage else "refilled"
        else:
            mark = "new" if name in was else ""
        found[ref.object] = found.get(ref.object) or mark
    return found


def word(key: str) -> str:
    """Return what a drawing says of a change, and of when a frame was seen."""
    words = {"new": _("new object"), "refilled": _("new data"), "stale": _("stale")}
    return {**words, "before": _("Before"), "after": _("After"), "": ""}[key]


def facts(head: str, state: State, was: State) -> str:
    """Return what a frame shows, as text.

    >>> ref = Ref("P", 1, "Parameter", 2, "float32", "1 1")
    >>> facts("before", {"m.w": ref, "w": ref._replace(kind="")}, {})
    'Before: parameter m.w and w: Parameter 1, memory 2: float32 1 1'
    """
    kinds, said = vocabulary.kinds(), []
    for number, mark in changes(state, was).items():
        own = {name: ref for name, ref in state.items() if ref.object == number}
        named = [f"{kinds.get(r.kind, '')} {n}".strip() for n, r in own.items()]
        ref = next(iter(own.values()))
        words = {"object": f"{ref.type} {number}", "change": word(mark)}
        if mark:
            words["object"] = _("%(object)s (%(change)s)") % words
        words |= {"names": _(" and ").join(named), "number": ref.storage}
        words["values"] = f"{ref.dtype} {ref.shown()}".strip()
        said.append(_("%(names)s: %(object)s, memory %(number)s: %(values)s") % words)
    moment, *rest = head.partition(" ")
    words = {"frame": "".join([str(word(moment)), *rest]), "facts": _("; ").join(said)}
    return _("%(frame)s: %(facts)s") % words


def places(links: list[tuple[int | str, float]]) -> dict[int | str, float]:
    """Return a row for each thing: near what leads to it, no two in one place.

    >>> places([(7, 0), (7, 1), (8, 1)])
    {7: 0.5, 8: 1.5}
    """
    near = {thing: fmean(row for t, row in links if t == thing) for thing, _ in links}
    found, last = {}, -1.0
    for thing in sorted(near, key=near.get):
        found[thing] = last = max(last + 1, near[thing])
    return found


def drawn(frames: Frames) -> str:
    """Return the frames as HTML: inline SVG in the colours of the page."""
    refs = [pair for _head, state in frames for pair in state.items()]
    names = {name: float(row) for row, name in enumerate(dict(refs))}
    objects = places([(ref.object, names[name]) for name, ref in refs])
    storages = places([(ref.storage, objects[ref.object]) for _name, ref in refs])
    left = min(max(map(len, names)), LONGEST) * LETTER + 24
    most = max(len(text) for _name, ref in refs for text in (ref.dtype, ref.shown()))
    memory = min(most * LETTER + 13, WIDE - 2 - left - OBJECT - 2 * GAP)
    wide, rows = left + OBJECT + 2 * GAP + memory + 2, (names, objects, storages)
    high = max(max(column.values()) for column in rows) * PITCH + TALL + 2
    was, figures = frames[0][1], ""
    for head, state in frames:
        moment, _blank, statement = head.partition(" ")
        caption = word(moment) + (statement and f" <code>{escape(statement)}</code>")
        figures += (
            f'<figure style="width: {wide / 16:.4g}rem">'
            f'<figcaption aria-hidden="true">{caption}</figcaption>'
            f'<svg role="img" aria-label="{escape(facts(head, state, was))}" '
            f'viewBox="-1 -1 {wide:g} {high:g}">'
            f"{shapes(state, was, rows, left, memory)}</svg></figure>"
        )
    return f'<div class="identity">{figures}</div>'


def shapes(
    state: State, was: State, rows: tuple[dict, dict, dict], left: float, memory: float
) -> str:
    """Return what is in one frame; what differs from ``was`` is marked."""
    middle, right = left + GAP, left + OBJECT + 2 * GAP
    marks, room = changes(state, was), int((memory - 12) / LETTER)
    wires, tags, boxes = [], [], {}
    for name, ref in state.items():
        keys, mark = (name, ref.object, ref.storage), marks[ref.object]
        y, thing, shown = (at[key] * PITCH for at, key in zip(rows, keys, strict=True))
        moved = name not in was or was[name].object != ref.object
        wires.append(wire(left, y, middle, thing, moved))
        wires.append(wire(middle + OBJECT, thing, right, shown, mark == "refilled"))
        tags.append(tag(name, ref, left - 4, y + TALL / 2))
        lines = f"{ref.object} {fitted(ref.type, TYPE)}", word(mark)
        boxes[0, ref.object] = box(middle, thing, OBJECT, lines, f"object {mark}")
        known = [one for one in was.values() if one.storage == ref.storage]
        now = any(o.object == ref.object and o.values != ref.values for o in known)
        look = "new" if now else "" if known and mark != "stale" else mark
        lines = fitted(ref.dtype, room), fitted(ref.shown(), room)
        found = box(right, shown, memory, lines, f"storage {look}")
        boxes.setdefault((1, ref.storage), found)  # as the first sees it that shows it
    return "".join(dict.fromkeys([*wires, *tags, *boxes.values()]))


def fitted(text: str, room: int) -> str:
    """Return a text cut to so many letters."""
    return text if len(text) <= room else f"{text[: room - 1]}…"


def wire(x: float, y: float, to: float, other: float, changed: bool) -> str:
    """Return the line from a name to its object, or from an object to its memory."""
    y, low, bend = y + TALL / 2, other + TALL / 2, (x + to) / 2
    path = f"M{x:g} {y:g}C{bend:g} {y:g} {bend:g} {low:g} {to:g} {low:g}"
    return f'<path class="wire{" changed" * changed}" d="{path}"/>'


def tag(name: str, ref: Ref, x: float, y: float) -> str:
    """Return a name, with the badge of its kind if a module holds it."""
    short = name if len(name) <= LONGEST else f"…{name[1 - LONGEST :]}"
    at, look = x - len(short) * LETTER - 20, ref.kind.lower()
    badge = (
        f'<rect class="badge {look}" x="{at:g}" y="{y - 8:g}" '
        'width="16" height="16" rx="3"/>'
        f'<text class="letter {look}" x="{at + 8:g}" y="{y + 4:g}">{ref.kind}</text>'
    )
    text = f'<text class="name" x="{x:g}" y="{y + 4:g}">{escape(short)}</text>'
    return badge * bool(ref.kind) + text


def box(x: float, y: float, wide: float, lines: tuple[str, str], look: str) -> str:
    """Return an object (round) or its memory (square): a box with one or two lines."""
    corner, inset = (17, 8) if look.startswith("object") else (3, 6)
    downs = (15, 28) if lines[1] else (21,)
    texts = "".join(
        f'<text class="{part} {look}" x="{x + inset:g}" y="{y + down:g}">'
        f"{escape(text)}</text>"
        for part, text, down in zip(("first", "second"), lines, downs, strict=False)
    )
    return (
        f'<rect class="box {look}" x="{x:g}" y="{y:g}" width="{wide:g}" '
        f'height="{TALL}" rx="{corner}"/>{texts}'
    )
