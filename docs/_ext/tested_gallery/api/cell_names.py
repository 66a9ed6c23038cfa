"""Find the names of torch's API in a cell, from what its variables hold afterwards.

A dotted name is followed from its variable: ``model.load_state_dict`` is
``torch.nn.Module.load_state_dict`` if ``model`` is a module.  Nothing is called and no
property is read.  What is not reached in this way, as the method of a call's result, is
named if one class of torch alone has such an attribute.  Names are those under which a
reader finds them: a method at the class that defines it, a class at its shortest path.
"""

import ast
import builtins
import contextlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, NamedTuple

import torch

from tested_gallery.api.inventory import PACKAGES
from tested_gallery.api.scraper import Name

UNKNOWN = object()
NAMED = (type, FunctionType, BuiltinFunctionType)
CLASSES = (torch.Tensor, torch.nn.Module, torch.optim.Optimizer)
CONTAINERS = (list, tuple, dict, torch.nn.Sequential, torch.nn.ModuleList)
OTHERS = {  # attributes that many a thing has
    name
    for kind in (str, list, dict, set, tuple, float, Path, FunctionType)
    for name in dir(kind)
}

USUAL = {  # what pages call the parameters of their functions
    **dict.fromkeys(("layer", "m", "model", "module", "norm"), torch.nn.Module),
    **{"optimizer": torch.optim.Optimizer, "x": torch.Tensor},
}


class An(NamedTuple):
    """An object that is not at hand, of a class that is known."""

    kind: type


def names(code: str, variables: dict[str, Any]) -> list[Name]:
    """Return the names of the API in ``code``, in the order of the text.

    >>> names("x = torch.ones(2)", {"torch": torch, "x": torch.ones(2)})
    [Name(line=1, column=4, length=10, name='torch.ones')]
    """
    tree, lines = ast.parse(code), code.splitlines()
    known = vars(builtins) | variables
    found = set()
    for part in tree.body:
        own = {"self": An(known[part.name])} if isinstance(part, ast.ClassDef) else {}
        for name in named(part, known | own, lines):
            # columns are characters, not bytes as of ast
            before = lines[name.line - 1].encode()[: name.column]
            found.add(name._replace(column=len(before.decode())))
    return sorted(found)


def named(node: ast.AST, known: dict[str, Any], lines: list[str]) -> Iterator[Name]:
    """Yield the names in a piece of code, without those that begin a longer one."""
    if isinstance(node, ast.ImportFrom) and belongs(node.module):
        column = lines[node.lineno - 1].index(node.module, node.col_offset)
        yield Name(node.lineno, column, len(node.module), node.module)
    if isinstance(node, ast.Import | ast.ImportFrom):
        module = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
        for alias in node.names:
            if belongs(full := module + alias.name):
                yield Name(alias.lineno, alias.col_offset, len(alias.name), full)
    elif isinstance(node, ast.Attribute):
        owner = value(node.value, known)
        whole = isinstance(owner, ModuleType | type)
        start = node.col_offset if whole else node.end_col_offset - len(node.attr)
        if name := attribute_name(owner, node.attr):
            yield Name(node.end_lineno, start, node.end_col_offset - start, name)
            if whole:
                return
    elif isinstance(node, ast.Name):
        name = object_name(known.get(node.id), node.id)
        if name:
            yield Name(node.lineno, node.col_offset, len(node.id), name)
    for part in ast.iter_child_nodes(node):
        yield from named(part, known, lines)


def value(node: ast.AST, known: dict[str, Any]) -> Any:  # noqa: ANN401
    """Return the object that an expression is, if it is a dotted name or an element."""
    match node:
        case ast.Name():
            usual = USUAL.get(node.id)
            return known.get(node.id, An(usual) if usual else UNKNOWN)
        case ast.Call():
            called = value(node.func, known)
            return An(called) if isinstance(called, type) else UNKNOWN
        case ast.Attribute():
            return attribute(value(node.value, known), node.attr)
        case ast.Subscript(slice=ast.Constant(value=key)):
            return element(value(node.value, known), key)
    return UNKNOWN


def attribute(owner: Any, name: str) -> Any:  # noqa: ANN401
    """Return an attribute of an object, if it can be had without running any code.

    >>> layer = torch.nn.Linear(1, 1)
    >>> attribute(layer, "weight") is layer.weight
    True
    >>> attribute(An(int), "real") is UNKNOWN
    True
    """
    if isinstance(owner, An):
        return UNKNOWN
    if isinstance(owner, ModuleType):
        return getattr(owner, name, UNKNOWN)
    if isinstance(owner, torch.nn.Module):
        with contextlib.suppress(AttributeError):
            return torch.nn.Module.__getattr__(owner, name)  # what it has registered
    if isinstance(owner, torch.Tensor) and name in {"grad", "data"}:
        return owner  # of its kind
    found = inspect.getattr_static(owner, name, UNKNOWN)
    return UNKNOWN if isinstance(found, property) else found


def element(owner: Any, key: object) -> Any:  # noqa: ANN401
    """Return an element of a container.

    >>> element([1, 2], 0), element([1, 2], 9) is UNKNOWN, element("text", 0) is UNKNOWN
    (1, True, True)
    """
    if isinstance(owner, torch.Tensor):
        return owner  # of its kind
    if isinstance(owner, CONTAINERS):
        with contextlib.suppress(LookupError, TypeError):
            return owner[key]
    return UNKNOWN


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


def attribute_name(owner: object, attribute: str) -> str:
    """Return the name of an attribute, at the class that defines it and is public.

    >>> attribute_name(torch.nn.Linear, "to"), attribute_name(torch.nn.Linear, "weight")
    ('torch.nn.Module.to', '')
    >>> attribute_name(UNKNOWN, "backward"), attribute_name(UNKNOWN, "to")
    ('torch.Tensor.backward', '')
    """
    if isinstance(owner, ModuleType):
        name = f"{owner.__name__}.{attribute}"
        return name if belongs(name) else ""
    kind = owner if isinstance(owner, type) else type(owner)
    kind = owner.kind if isinstance(owner, An) else kind
    if owner is UNKNOWN:
        having = [kind for kind in CLASSES if hasattr(kind, attribute)]
        if len(having) != 1 or attribute in OTHERS:
            return ""
        kind = having[0]
    name = ""
    for base in inspect.getmro(kind):
        if belongs(at_base := f"{class_name(base)}.{attribute}"):
            name = at_base
        declared = torch.nn.Module.__annotations__ if base is torch.nn.Module else ()
        if attribute in vars(base) or attribute in declared:
            return name if base.__module__.partition(".")[0] in PACKAGES else ""
    return ""


def object_name(value: object, written: str) -> str:
    """Return the name of a module, or of what was imported from one.

    >>> object_name(torch.nn, "nn"), object_name(torch.nn.Linear, "Linear")
    ('torch.nn', 'torch.nn.Linear')
    >>> object_name(torch.nn.Linear, "kind"), object_name(torch.ones(1), "x")
    ('', '')
    """
    name = ""
    if isinstance(value, ModuleType):
        name = value.__name__
    elif isinstance(value, NAMED) and value.__name__ == written:
        at = f"{value.__module__}.{written}"
        name = class_name(value) if isinstance(value, type) else at
    return name if belongs(name) else ""
