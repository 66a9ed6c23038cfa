"""Say what an expression is, as far as torch's own annotations tell.

Nothing is called, and no property is read.  Imports torch: only pages that run need it.
"""

from __future__ import annotations

import collections.abc
import functools
import inspect
import re
import typing
from types import FunctionType, ModuleType
from typing import Any, NamedTuple, Self

import torch

from api_inventory import PACKAGES

NOTHING = object()
SEQUENCES = (list, tuple, torch.nn.ModuleList, torch.nn.Sequential)
CLASSES = (torch.Tensor, torch.nn.Module, torch.optim.Optimizer)
USUAL = {  # names in functions that pages keep to
    **dict.fromkeys(("layer", "m", "model", "module", "norm"), torch.nn.Module),
    "optimizer": torch.optim.Optimizer,
    "x": torch.Tensor,
}
SAMPLE = torch.empty(0)
RETURNS = re.compile(r"^\w+\(.*\) -> Tensor$", re.MULTILINE)


class Thing(NamedTuple):
    """What an expression is: its class, the object if that is known, its items."""

    kind: type | None = None
    value: Any = NOTHING
    items: Thing | None = None  # what iterating yields
    parts: tuple[Thing, ...] = ()  # of a tuple


UNKNOWN = Thing()
TENSOR = Thing(torch.Tensor)


def known(value: object) -> Thing:
    """Return an object that is at hand."""
    items = None
    if isinstance(value, SEQUENCES):
        items = Thing(type(value[0])) if len(value) else None
    return Thing(type(value), value, items)


def by_name(name: str, value: object) -> Thing:
    """Return what a name in a function is, by the page's variable of it, or by itself.

    >>> by_name("norm", None).kind, by_name("y", 1) == UNKNOWN
    (<class 'torch.nn.modules.module.Module'>, True)
    >>> by_name("y", torch.ones(1)) == TENSOR
    True
    """
    kinds = [kind for kind in CLASSES if isinstance(value, kind)]
    return Thing(kinds[0] if kinds else USUAL.get(name))


def is_tensor(thing: Thing) -> bool:
    """Return whether an expression is a tensor."""
    return thing.kind is not None and issubclass(thing.kind, torch.Tensor)


def attribute(thing: Thing, name: str) -> Thing:
    """Return what an attribute is; no property is read."""
    if isinstance(thing.value, ModuleType):
        return known(getattr(thing.value, name, None))
    if isinstance(thing.value, torch.nn.Module):
        for held in ("_parameters", "_buffers", "_modules"):
            if name in vars(thing.value).get(held, ()):
                return known(vars(thing.value)[held][name])
    if is_tensor(thing):
        return tensor_attribute(name)
    if thing.value is not NOTHING:
        found = inspect.getattr_static(thing.value, name, NOTHING)
        return (
            UNKNOWN if found is NOTHING or isinstance(found, property) else known(found)
        )
    found = inspect.getattr_static(thing.kind, name, NOTHING) if thing.kind else NOTHING
    return known(found) if isinstance(found, FunctionType) else UNKNOWN


def tensor_attribute(name: str) -> Thing:
    """Return what an attribute of any tensor is.

    >>> tensor_attribute("device").kind, tensor_attribute("grad") == TENSOR
    (<class 'torch.device'>, True)
    """
    if name == "grad":
        return TENSOR
    found = inspect.getattr_static(torch.Tensor, name, NOTHING)
    if callable(found):
        return known(found)
    return UNKNOWN if found is NOTHING else Thing(type(getattr(SAMPLE, name)))


def element(thing: Thing, key: object) -> Thing:
    """Return what an element is; ``key`` is `None` if it is not known.

    >>> element(known([1, "a"]), 1).kind, element(TENSOR, None) == TENSOR
    (<class 'str'>, True)
    """
    if is_tensor(thing):
        return TENSOR
    if isinstance(thing.value, dict):
        found = dict.get(thing.value, key)  # adds nothing to a defaultdict
        return UNKNOWN if found is None else known(found)
    if isinstance(thing.value, SEQUENCES) and isinstance(key, int):
        return known(thing.value[key]) if key < len(thing.value) else UNKNOWN
    return thing.items or UNKNOWN


def result(function: Thing, owner: Thing) -> Thing:
    """Return what calling something gives; ``owner`` is whose method it is.

    What a module returns is a tensor, unless its ``forward`` says otherwise.
    """
    called = function.value
    if isinstance(called, type):
        return Thing(called)
    if function.kind and issubclass(function.kind, torch.nn.Module):
        found = hint(function.kind.forward)
        return TENSOR if found in {None, type(None)} else from_hint(found, owner)
    if isinstance(called, FunctionType) and (found := hint(called)):
        return from_hint(found, owner)
    text = getattr(called, "__doc__", None) if callable(called) else None
    return TENSOR if isinstance(text, str) and RETURNS.search(text) else UNKNOWN


def hint(function: FunctionType) -> object:
    """Return the annotation of what a function of torch returns.

    >>> hint(torch.nn.Module.get_buffer)
    <class 'torch.Tensor'>
    """
    ours = function.__module__.partition(".")[0] in PACKAGES
    return annotation(function) if ours else None


@functools.cache  # not of a page's functions: that would keep them
def annotation(function: FunctionType) -> object:
    """Return what a function is annotated to return, an overload of it if need be."""
    for candidate in (function, *typing.get_overloads(function)):
        try:
            hints = typing.get_type_hints(candidate)
        except (NameError, TypeError):
            continue
        if "return" in hints:
            return hints["return"]
    return None


def from_hint(found: object, owner: Thing) -> Thing:
    """Return what an annotation promises.

    >>> from_hint(collections.abc.Iterator[torch.nn.Parameter], UNKNOWN).items
    Thing(kind=<class 'torch.nn.parameter.Parameter'>, value=...
    """
    if found is Self:
        return owner
    if isinstance(found, type) and not typing.get_args(found):
        return Thing(found)
    kind, arguments = typing.get_origin(found), typing.get_args(found)
    parts = tuple(from_hint(argument, owner) for argument in arguments)
    if kind is tuple:
        return Thing(tuple, parts=parts)
    if kind in {list, collections.abc.Iterator, collections.abc.Iterable}:
        return Thing(kind, items=parts[0])
    return UNKNOWN
