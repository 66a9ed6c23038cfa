"""Look at the tensors of a module without touching them.

A look returns a row a tensor, made of text and numbers only.
"""

import ctypes
import re
import zlib
from collections.abc import Iterator
from typing import Any

import torch
from torch.nn.parameter import is_lazy

from tested_gallery.state.identity import number
from tested_gallery.state.panel_marks import Row

INTERNAL = vars(torch.nn.Module()).keys()  # what every module has
PARAMETER, FROZEN, BUFFER, NON_PERSISTENT, PLAIN, NONE = "PFBNA0"


def look(module: torch.nn.Module) -> list[Row]:
    """Return the rows of a module, in the order of its ``state_dict``."""
    with torch.no_grad():
        return [
            row(written(name), kind, tensor)
            for name, kind, tensor in tensors(module, "", frozenset())
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
        return Row(
            name,
            kind,
            "?" if is_lazy(tensor) else str(tuple(tensor.shape)),
            str(tensor.dtype).removeprefix("torch."),
            str(tensor.device),
            "g" if tensor.requires_grad else "-",
            "s" if kind in {PARAMETER, FROZEN, BUFFER} else "-",
            number(tensor),
            None if has_no_storage(tensor) else tensor.untyped_storage()._cdata,
            checksum(tensor),
        )
    except Exception as error:
        return Row(name, kind, error=type(error).__name__)


def has_no_storage(tensor: torch.Tensor) -> bool:
    """Return whether a tensor has no storage of its own: lazy, sparse, mkldnn."""
    return is_lazy(tensor) or tensor.layout != torch.strided


def checksum(tensor: torch.Tensor) -> int | None:
    """Return a checksum of a tensor's values, ``None`` if they cannot be read.

    Of a DTensor it is that of the part in this process; of another subclass, that of
    the tensors which it says it is made of.

    >>> checksum(torch.zeros(2)) == checksum(torch.zeros(2)) != checksum(torch.ones(2))
    True
    >>> checksum(torch.zeros(1).expand(10**15)) == checksum(torch.zeros(1))
    True
    >>> checksum(torch.empty(1, device="meta"))
    """
    if hasattr(tensor, "to_local"):
        return checksum(tensor.to_local())
    if hasattr(tensor, "__tensor_flatten__"):
        names, _ = tensor.__tensor_flatten__()
        parts = [checksum(getattr(tensor, name)) for name in names]
        return None if None in parts else zlib.crc32(repr(parts).encode())
    if has_no_storage(tensor) or tensor.is_meta:
        return None
    # what is expanded is one value many times
    many = zip(tensor.shape, tensor.stride(), strict=True)
    part = tuple(0 if step == 0 and n > 1 else slice(None) for n, step in many)
    # read in memory: numpy() would make the storage that it shows unresizable
    here = tensor.detach()[part].to("cpu").resolve_conj().resolve_neg().contiguous()
    size, address = here.numel() * here.element_size(), here.data_ptr()
    if size and not address:  # a subclass that keeps its values elsewhere
        return None
    return zlib.crc32((ctypes.c_char * size).from_address(address) if size else b"")
