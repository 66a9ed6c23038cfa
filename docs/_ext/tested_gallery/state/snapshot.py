"""Look at the tensors of a module without touching them.

A look returns a row a tensor, made of text and numbers only.
"""

import contextlib
import io
import re
from collections.abc import Iterator
from typing import Any

import torch
from torch.nn.parameter import is_lazy

from tested_gallery.state import values
from tested_gallery.state.identity import kept, number, storage_number
from tested_gallery.state.panel_marks import Row

INTERNAL = vars(torch.nn.Module()).keys()  # what every module has
PARAMETER, FROZEN, BUFFER, NON_PERSISTENT, PLAIN, EXTRA, NONE = "PFBNAX0"
ADDRESS = re.compile(r"0x[0-9a-f]+")
LONGEST = 24  # letters of what an extra state is said to be


def look(module: torch.nn.Module) -> list[Row]:
    """Return the rows of a module, in the order of its ``state_dict``."""
    with torch.no_grad():
        return [
            (extra if kind == EXTRA else row)(written(name), kind, held)
            for name, kind, held in tensors(module, "", frozenset())
        ]


def written(name: str) -> str:
    """Return a name as it stands in a row: in one word.

    >>> written("cache[(0, 1)]"), written("a name")
    ('cache[(0,1)]', 'a␣name')
    """
    return re.sub(r"\s", "␣", re.sub(r",\s+", ",", name))


def tensors(
    module: torch.nn.Module, prefix: str, known: frozenset[int]
) -> Iterator[tuple[str, str, Any]]:
    """Yield name, kind and tensor of all that a module and its submodules hold.

    ``known`` are the ids of the modules that are looked at already.
    """
    known |= {id(part) for part in module.modules()}
    # depth first, each module under each of its names
    for found, child in module.named_modules(remove_duplicate=False):
        path = f"{prefix}{found}." if found else prefix
        for name, kind, tensor in slots(child):
            yield f"{path}{name}", kind, tensor
        for name, value in unregistered(child):
            if isinstance(value, torch.Tensor):
                yield f"{path}{name}", PLAIN, value
            elif id(value) not in known:
                for found, _kind, tensor in tensors(value, f"{path}{name}.", known):
                    yield found, PLAIN, tensor


def slots(module: torch.nn.Module) -> Iterator[tuple[str, str, Any]]:
    """Yield name, kind and tensor of all that a module has registered itself."""
    for name, tensor in module._parameters.items():
        yield name, PARAMETER, tensor
    for name, tensor in module._buffers.items():
        omitted = name in module._non_persistent_buffers_set
        yield name, NON_PERSISTENT if omitted else BUFFER, tensor
    if type(module).get_extra_state is not torch.nn.Module.get_extra_state:
        yield "_extra_state", EXTRA, module


def unregistered(module: torch.nn.Module) -> Iterator[tuple[str, Any]]:
    """Yield the tensors and the modules that a module holds all the same."""
    own = type(module).__module__ == "__main__"  # library classes have many a list
    for name, value in vars(module).items():
        if name in INTERNAL:
            continue
        if isinstance(value, torch.Tensor):
            yield name, value
        elif own and isinstance(value, list | tuple | dict):
            pairs = value.items() if isinstance(value, dict) else enumerate(value)
            for key, item in pairs:
                if isinstance(item, torch.Tensor | torch.nn.Module):
                    yield f"{name}[{key!r}]", item


def row(name: str, kind: str, tensor: torch.Tensor | None) -> Row:
    """Return the row of a tensor; one that cannot be looked at says so."""
    if tensor is None:
        return Row(name, NONE)
    try:
        if kind == PARAMETER and not tensor.requires_grad:
            kind = FROZEN
        known = number(tensor)
        held = kept[known] = values.read(tensor, kept.get(known))
        return Row(
            name,
            kind,
            shape(tensor),
            str(tensor.dtype).removeprefix("torch."),
            str(tensor.device),
            tensor.requires_grad,
            known,
            storage(tensor),
            held,
            0 if held else tensor._version,
        )
    except Exception as error:
        return Row(name, kind, error=type(error).__name__)


def extra(name: str, kind: str, module: torch.nn.Module) -> Row:
    """Return the row of what a module saves besides tensors: its type, what it is."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            state = module.get_extra_state()
        said = " ".join(repr(state).replace("|", "¦").replace("→", "->").split())
    except Exception as error:
        return Row(name, kind, error=type(error).__name__)
    if ADDRESS.search(said) or len(said) > LONGEST:
        said = None
    return Row(name, kind, dtype=type(state).__name__, values=said)


def shape(tensor: torch.Tensor) -> str:
    """Return the shape of a tensor; of a DTensor, that of the part here before it."""
    if is_lazy(tensor):
        return "?"
    local = f"{tuple(tensor.to_local().shape)}/" if hasattr(tensor, "to_local") else ""
    return f"{local}{tuple(tensor.shape)}"


def storage(tensor: torch.Tensor) -> int | None:
    """Return the number of a tensor's storage, ``None`` if it has none of its own."""
    if hasattr(tensor, "to_local"):
        return storage(tensor.to_local())
    elsewhere = is_lazy(tensor) or hasattr(tensor, "__tensor_flatten__")
    if elsewhere or tensor.layout != torch.strided:
        return None
    return storage_number(tensor)
