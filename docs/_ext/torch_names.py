"""Name what belongs to torch's API.

Names are those under which a reader finds them: a method at the class that defines it,
a class at the shortest path that leads to it.  What begins with an underscore is
private and has no name here.  Imports torch: only pages that run need it.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, ModuleType

import torch

from api_inventory import PACKAGES
from torch_types import CLASSES, Thing

NAMED = (type, FunctionType, BuiltinFunctionType)

# An attribute of an unknown object counts if one of `CLASSES` has it and none of these.
OTHERS = {
    name
    for kind in (str, list, dict, set, tuple, float, Path, FunctionType)
    for name in dir(kind)
}


def belongs(name: str) -> bool:
    """Return whether a dotted name is of a package whose names are linked, and public.

    >>> belongs("torch.nn.Module"), belongs("torch._C.TensorBase"), belongs("os.path")
    (True, False, False)
    """
    package, *rest = name.replace("__future__", "future").split(".")
    return package in PACKAGES and not any(part.startswith("_") for part in rest)


def class_name(kind: type) -> str:
    """Return the shortest path that leads to a class, or nothing if none does.

    >>> class_name(torch.nn.modules.module.Module)
    'torch.nn.Module'
    """
    parts = kind.__module__.split(".")
    paths = [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
    for path in paths:
        if getattr(sys.modules.get(path), kind.__qualname__, None) is kind:
            return f"{path}.{kind.__qualname__}"
    return ""


def member_name(kind: type, attribute: str) -> str:
    """Return the name of a class's attribute, or nothing if it is not torch's.

    It is named at the class that defines it, or at the next one that is public.

    >>> member_name(torch.nn.Linear, "to"), member_name(torch.nn.Parameter, "sum")
    ('torch.nn.Module.to', 'torch.Tensor.sum')
    >>> member_name(torch.nn.Linear, "weight"), member_name(list, "append")
    ('', '')
    """
    bases = inspect.getmro(kind)
    holders = [place for place, base in enumerate(bases) if has(base, attribute)]
    if not holders or bases[holders[0]].__module__.partition(".")[0] not in PACKAGES:
        return ""
    names = [f"{class_name(base)}.{attribute}" for base in bases[: holders[0] + 1]]
    return next(filter(belongs, reversed(names)), "")


def has(kind: type, attribute: str) -> bool:
    """Return whether a class itself has an attribute; a module's may be declared.

    >>> has(torch.nn.Module, "training"), has(torch.nn.Linear, "training")
    (True, False)
    """
    declared = kind is torch.nn.Module and attribute in kind.__annotations__
    return attribute in vars(kind) or declared


def attribute_name(thing: Thing, attribute: str) -> str:
    """Return the name of an attribute of what an expression is.

    >>> attribute_name(Thing(), "backward"), attribute_name(Thing(), "to")
    ('torch.Tensor.backward', '')
    """
    if isinstance(thing.value, ModuleType):
        name = f"{thing.value.__name__}.{attribute}"
        return name if belongs(name) else ""
    if isinstance(thing.value, type):
        return member_name(thing.value, attribute)
    if thing.kind:
        return member_name(thing.kind, attribute)
    having = [kind for kind in CLASSES if hasattr(kind, attribute)]
    if len(having) == 1 and attribute not in OTHERS:
        return member_name(having[0], attribute)
    return ""


def object_name(value: object, written: str) -> str:
    """Return the name of a module, or of what was imported from one.

    A class or function under another name is a variable of the page.

    >>> object_name(torch.nn, "nn"), object_name(torch.nn.Linear, "Linear")
    ('torch.nn', 'torch.nn.Linear')
    >>> object_name(torch.nn.Linear, "kind"), object_name(torch.ones(1), "x")
    ('', '')
    """
    if isinstance(value, ModuleType):
        name = value.__name__
    elif not isinstance(value, NAMED) or value.__name__ != written:
        return ""
    elif isinstance(value, type):
        name = class_name(value)
    else:
        name = f"{value.__module__}.{written}"
    return name if belongs(name) else ""
