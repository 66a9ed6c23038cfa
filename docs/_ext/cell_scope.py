"""Say what the expressions of a cell are, once it has run.

A variable of the page is the object that it then holds.  In a function, parameters and
local variables are followed as far as `torch_types` knows, or go by their names.
"""

from __future__ import annotations

import ast
import builtins
import copy
from functools import singledispatch
from typing import TYPE_CHECKING, Any, NamedTuple

import torch_types
from torch_types import UNKNOWN, Thing

if TYPE_CHECKING:
    from collections.abc import Iterator

FUNCTION = ast.FunctionDef | ast.Lambda
COMPREHENSION = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
SAME = (copy.copy, copy.deepcopy)  # what they return is what they are given
LISTING = (iter, list, reversed, sorted, tuple)  # the same items, in a new list


class Scope(NamedTuple):
    """What names mean in a part of a cell."""

    names: dict[str, Any]  # of the page
    functions: dict[str, ast.FunctionDef]  # that the page has defined
    local: dict[str, Thing]
    inside: type | None = None  # the class that is being defined


def walk(node: ast.AST, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
    """Yield all nodes, each with what names mean there."""
    yield node, scope
    inner = opened(node, scope)
    for child in ast.iter_child_nodes(node):
        yield from walk(child, inner)


def opened(node: ast.AST, scope: Scope) -> Scope:
    """Return what names mean inside of a node."""
    if isinstance(node, ast.ClassDef):
        return scope._replace(inside=scope.names.get(node.name))
    if isinstance(node, FUNCTION):
        return in_function(node, scope)
    if isinstance(node, COMPREHENSION):
        inner = scope._replace(local=dict(scope.local))
        for loop in node.generators:
            bind(loop.target, thing(loop.iter, inner).items or UNKNOWN, inner)
        return inner
    return scope


def in_function(node: ast.FunctionDef | ast.Lambda, scope: Scope) -> Scope:
    """Return what names mean in a function: its parameters, and what it assigns."""
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    names = [argument.arg for argument in arguments]
    local = {name: torch_types.by_name(name, scope.names.get(name)) for name in names}
    if isinstance(scope.inside, type) and arguments:
        local[arguments[0].arg] = an_instance(scope.inside, scope.names)
    inner = scope._replace(local=scope.local | local, inside=None)
    for part in ast.walk(node):
        if isinstance(part, ast.Assign):
            bind(part.targets[0], thing(part.value, inner), inner)
        elif isinstance(part, ast.For):
            bind(part.target, thing(part.iter, inner).items or UNKNOWN, inner)
    return inner


def an_instance(kind: type, names: dict[str, Any]) -> Thing:
    """Return an object of a class: one that a variable of the page holds, if any."""
    found = [value for value in names.values() if type(value) is kind]
    return torch_types.known(found[0]) if found else Thing(kind)


def bind(target: ast.expr, value: Thing, scope: Scope) -> None:
    """Give local names their meaning."""
    if isinstance(target, ast.Name):
        known = value.kind or value.items
        named = torch_types.by_name(target.id, scope.names.get(target.id))
        scope.local[target.id] = value if known else named
    elif isinstance(target, ast.Tuple):
        parts = value.parts or (UNKNOWN,) * len(target.elts)
        for element, part in zip(target.elts, parts, strict=False):
            bind(element, part, scope)


@singledispatch
def thing(node: ast.AST, scope: Scope) -> Thing:
    """Return what an expression is, as far as that can be known."""
    return UNKNOWN


@thing.register
def _(node: ast.Name, scope: Scope) -> Thing:
    if node.id in scope.local:
        return scope.local[node.id]
    for names in (scope.names, vars(builtins)):
        if node.id in names:
            return torch_types.known(names[node.id])
    return UNKNOWN


@thing.register
def _(node: ast.Attribute, scope: Scope) -> Thing:
    return torch_types.attribute(thing(node.value, scope), node.attr)


@thing.register
def _(node: ast.Subscript, scope: Scope) -> Thing:
    owner = thing(node.value, scope)
    key = node.slice.value if isinstance(node.slice, ast.Constant) else None
    return torch_types.element(owner, key)


@thing.register
def _(node: ast.BinOp, scope: Scope) -> Thing:
    sides = thing(node.left, scope), thing(node.right, scope)
    return torch_types.TENSOR if any(map(torch_types.is_tensor, sides)) else UNKNOWN


@thing.register
def _(node: ast.Call, scope: Scope) -> Thing:
    called = thing(node.func, scope)
    first = thing(node.args[0], scope) if node.args else UNKNOWN
    if any(called.value is function for function in SAME):
        return Thing(first.kind)
    if any(called.value is function for function in LISTING):
        return Thing(list, items=first.items)
    if called.value is next:
        return first.items or UNKNOWN
    if isinstance(node.func, ast.Name) and node.func.id in scope.functions:
        return returned(node.func.id, scope)
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    return torch_types.result(called, thing(owner, scope) if owner else UNKNOWN)


def returned(name: str, scope: Scope) -> Thing:
    """Return what a function of the page returns, by its last ``return``."""
    others = {key: node for key, node in scope.functions.items() if key != name}
    function = scope.functions[name]
    inner = in_function(function, Scope(scope.names, others, {}))
    found = [node for node in ast.walk(function) if isinstance(node, ast.Return)]
    return thing(found[-1].value, inner) if found and found[-1].value else UNKNOWN
