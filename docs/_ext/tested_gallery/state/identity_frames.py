"""Look up what names of a page refer to, at one moment: a frame of a drawing.

A frame is written as lines without words (`text`, `read`): a head, then a name a line,
with its kind (`vocabulary`), ``-`` if no module has it under this name; its object's
number and type; the number of its memory and the dtype; its values, as on a panel.

    :: before
    : model.weight | P | 1 Parameter | 1 float32 | [1 1]
    :: after model.double()
    : model.weight | P | 1 Parameter | 2 float64 | [1 1]
"""

import ast
import contextlib
from typing import Any, NamedTuple

MOST = 8  # names
NAME = (
    *(ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.expr_context),
    *(ast.UnaryOp, ast.USub),
)


class Ref(NamedTuple):
    """What a name refers to; ``kind`` is "" if no module holds it under this name."""

    kind: str
    object: int
    type: str
    storage: int
    dtype: str
    values: str  # "?" if they cannot be read

    def held(self) -> str:
        """Return the dtype and the values in a line.

        >>> Ref("", 1, "Tensor", 1, "float32", "[1 0; 0 1]").held()
        'float32 1 0 0 1'
        """
        return f"{self.dtype} {self.shown()}".strip()

    def shown(self) -> str:
        """Return the values in a line, "" if they cannot be read."""
        line = self.values.strip("[]?").replace("; ", " ")
        return line.replace("…", " … ")


State = dict[str, Ref]
Frames = list[tuple[str, State]]  # each with its head


def names(argument: str) -> list[str]:
    """Return the names in an argument.

    >>> names('model.weight, state["0.a"]')
    ['model.weight', 'state["0.a"]']
    >>> names("model.double()")
    Traceback (most recent call last):
    ValueError: takes names, attributes and keys, not model.double()
    """
    try:
        parts = ast.parse(f"[{argument}]", mode="eval").body.elts
    except (SyntaxError, AttributeError):
        parts = []
    found = [ast.get_source_segment(f"[{argument}]", part) for part in parts]
    for name, part in zip(found, parts, strict=True):
        if not all(isinstance(inner, NAME) for inner in ast.walk(part)):
            message = f"takes names, attributes and keys, not {name}"
            raise ValueError(message)
    if not 1 <= len(found) <= MOST:
        message = f"lists {len(found)} names, and can draw 1 to {MOST}"
        raise ValueError(message)
    return found


def did(code: str) -> str:
    r"""Return the last statement of a cell that is there to do something.

    >>> did("x = 1\nmodel.to(\n  y)\nassert x\nprint(x)\nx.a is x")
    'model.to(y)'
    >>> did("with y:\n    x()\n")
    'with y: …'
    >>> did("print(x)")
    ''
    """
    for node in reversed(ast.parse(code).body):
        calls = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
        shows = not calls or ast.unparse(calls[0].func) == "print"
        if isinstance(node, ast.Assert) or (isinstance(node, ast.Expr) and shows):
            continue
        first, *more = ast.get_source_segment(code, node).splitlines()
        if more:
            return f"{first} …" if hasattr(node, "body") else ast.unparse(node)
        return first
    return ""


def look(argument: str, page: dict[str, Any]) -> State:
    """Return what names refer to now, but for those that refer to no lasting tensor."""
    import torch  # here: a build that executes nothing need not import it

    found = {}
    with contextlib.suppress(ValueError):  # which the directive reports
        for name in names(argument):
            with contextlib.suppress(Exception), torch.no_grad():
                found[name] = referred(name, page)
    return found


def referred(name: str, page: dict[str, Any]) -> Ref:
    """Return what a name refers to; raise if it is no tensor, or another each time."""
    import torch

    from tested_gallery.state import identity, snapshot, values

    tensor, node, kind = eval(name, page), ast.parse(name, mode="eval").body, ""
    if tensor is not eval(name, page):
        raise LookupError
    if isinstance(node, ast.Attribute):
        owner = eval(ast.unparse(node.value), page)
        if isinstance(owner, torch.nn.Module):
            kinds = {slot: letter for slot, letter, _tensor in snapshot.slots(owner)}
            plain = snapshot.PLAIN if node.attr in vars(owner) else ""
            kind = kinds.get(node.attr, plain)
    if kind == snapshot.PARAMETER and not tensor.requires_grad:
        kind = snapshot.FROZEN
    dtype = str(tensor.dtype).removeprefix("torch.")
    numbers = identity.number(tensor), identity.storage_number(tensor)
    held = str(values.read(tensor) or "?")
    return Ref(kind, numbers[0], type(tensor).__name__, numbers[1], dtype, held)


def renumbered(frames: Frames) -> Frames:
    """Return frames whose objects and memory are counted from 1, as they appear.

    >>> one, two = (Ref("", n, "Tensor", 9 - n, "int64", "") for n in (7, 8))
    >>> renumbered([("before", {"a": two}), ("after", {"a": one, "b": two})])[1][1]["a"]
    Ref(kind='', object=2, type='Tensor', storage=2, dtype='int64', values='')
    """
    refs = [ref for _head, state in frames for ref in state.values()]
    things = list(dict.fromkeys(ref.object for ref in refs))
    memory = list(dict.fromkeys(ref.storage for ref in refs))

    def counted(ref: Ref) -> Ref:
        numbers = things.index(ref.object) + 1, memory.index(ref.storage) + 1
        return ref._replace(object=numbers[0], storage=numbers[1])

    return [
        (head, {n: counted(ref) for n, ref in refs.items()}) for head, refs in frames
    ]


def text(frames: Frames) -> str:
    """Return frames as the lines that stand in an expectation."""
    lines = []
    for head, state in frames:
        lines.append(f":: {head}")
        for name, ref in state.items():
            thing, memory = f"{ref.object} {ref.type}", f"{ref.storage} {ref.dtype}"
            fields = name, ref.kind or "-", thing, memory, ref.values
            lines.append(f": {' | '.join(fields)}")
    return "".join(f"{line}\n" for line in lines)


def read(lines: str) -> Frames:
    r"""Return the frames in such lines, ``[]`` if they are none.

    >>> rows = ":: before\n: a | - | 1 Tensor | 2 int64 | ?\n:: after f()\n"
    >>> read(rows)[0][1]
    {'a': Ref(kind='', object=1, type='Tensor', storage=2, dtype='int64', values='?')}
    >>> text(read(rows)) == rows, read("printed"), read(":: before\n: a | P")
    (True, [], [])
    """
    found: Frames = []
    try:
        for line in lines.splitlines():
            if line.startswith(":: "):
                found.append((line[3:], {}))
                continue
            name, kind, thing, memory, values = line.removeprefix(": ").split(" | ")
            (number, type_), (storage, dtype) = thing.split(), memory.split()
            kind = kind.replace("-", "")
            refers = Ref(kind, int(number), type_, int(storage), dtype, values)
            found[-1][1][name] = refers
    except (ValueError, IndexError):
        return []
    heads = [head.partition(" ")[0] for head, _state in found]
    return found if heads == ["before", "after"] else []
