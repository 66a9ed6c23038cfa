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
import re
from typing import Any, NamedTuple

from tested_gallery.pages import page_texts

MOST = 8  # names
NAME = (
    *(ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.expr_context),
    *(ast.UnaryOp, ast.USub, ast.List),  # the list is of the names
)
LINE = re.compile(r": (.+?) \| (?:-|(\w)) \| (\d+) (\S+) \| (\d+) (\S+) \| (.*)")


class Ref(NamedTuple):
    """What a name refers to; ``kind`` is "" if no module holds it under this name."""

    kind: str
    object: int | str  # its number
    type: str
    storage: int | str  # its number
    dtype: str
    values: str  # "?" if they cannot be read

    def shown(self) -> str:
        """Return the values in a line, "" if they cannot be read.

        >>> Ref("", 1, "Tensor", 1, "float32", "[1 0; 0…1]").shown()
        '1 0 0 … 1'
        """
        return self.values.strip("[]?").replace("; ", " ").replace("…", " … ")


State = dict[str, Ref]
Frames = list[tuple[str, State]]  # each with its head


def names(argument: str) -> list[str]:
    """Return the names in an argument, none if something else or too much is in it.

    >>> names('model.weight, state["0.a"]'), names("model.double()"), names("a b")
    (['model.weight', 'state["0.a"]'], [], [])
    """
    code = f"[{argument}]"
    with contextlib.suppress(SyntaxError, AttributeError):
        tree = ast.parse(code, mode="eval").body
        found = [ast.get_source_segment(code, part) for part in tree.elts]
        if len(found) <= MOST and all(isinstance(p, NAME) for p in ast.walk(tree)):
            return found
    return []


def did(code: str) -> str:
    r"""Return the last statement of a cell that is there to do something.

    >>> did("x = 1\nmodel.to(\n  y)\nassert x\nprint(x)\nx.a is x")
    'model.to(y)'
    >>> did("with y:\n    x()\n"), did("print(x)")
    ('with y: …', '')
    """
    if (step := page_texts.last_step(code)) is None:
        return ""
    source = ast.get_source_segment(code, step)
    first, *more = (ast.unparse(step) if "\n" in source else source).splitlines()
    return f"{first} …" if more else first


def look(argument: str, page: dict[str, Any]) -> State:
    """Return what names refer to now, but for those that refer to no lasting tensor."""
    import torch  # here: a build that executes nothing need not import it

    from tested_gallery.state import identity, snapshot, values

    found = {}
    for name in names(argument):
        with contextlib.suppress(Exception), torch.no_grad():
            tensor, kinds = eval(name, page), {}
            owner, slot = re.fullmatch(r"(.+)\.(\w+)|.*", name).groups("None")
            if isinstance(module := eval(owner, page), torch.nn.Module):
                kinds = dict.fromkeys(vars(module), snapshot.PLAIN)
                kinds |= {own: kind for own, kind, _tensor in snapshot.slots(module)}
            kind = kinds.get(slot, "")
            if kind == snapshot.PARAMETER and not tensor.requires_grad:
                kind = snapshot.FROZEN
            if tensor is eval(name, page):
                numbers = identity.number(tensor), identity.storage_number(tensor)
                dtype = str(tensor.dtype).removeprefix("torch.")
                type_, held = type(tensor).__name__, str(values.read(tensor) or "?")
                found[name] = Ref(kind, numbers[0], type_, numbers[1], dtype, held)
    return found


def text(frames: Frames) -> str:
    """Return frames as lines; objects and memory are counted from 1, as they appear."""
    things, memory, lines = {}, {}, []
    for head, state in frames:
        lines.append(f":: {head}")
        for name, ref in state.items():
            thing = things.setdefault(ref.object, len(things) + 1)
            shown = memory.setdefault(ref.storage, len(memory) + 1)
            refers = f"{thing} {ref.type} | {shown} {ref.dtype} | {ref.values}"
            lines.append(f": {name} | {ref.kind or '-'} | {refers}")
    return "\n".join(lines)


def read(lines: str) -> Frames:
    r"""Return the frames in such lines, ``[]`` if they are none.

    >>> print(text(read(":: before\n: a | - | 7 Tensor | 9 int64 | ?\n:: after f()")))
    :: before
    : a | - | 1 Tensor | 1 int64 | ?
    :: after f()
    >>> read("printed"), read(":: before\n: a | P"), read(":: before")
    ([], [], [])
    """
    found: Frames = []
    for line in lines.splitlines():
        if line.startswith(":: "):
            found.append((line[3:], {}))
        elif found and (row := LINE.fullmatch(line)):
            name, *fields = row.groups("")
            found[-1][1][name] = Ref(*fields)
        else:
            return []
    heads = [head.split(" ")[0] for head, _state in found]
    return found if heads == ["before", "after"] else []
