"""Find the names of torch's API in a cell, from what the run of its page knows.

What a cell names is found by its syntax and by the objects that its variables hold
once it has run: ``model.load_state_dict`` is ``torch.nn.Module.load_state_dict`` if
``model`` is a module (`cell_scope`).  Imports torch: only pages that run need it.
"""

from __future__ import annotations

import ast
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import torch_names
from cell_scope import Scope, thing, walk

if TYPE_CHECKING:
    from collections.abc import Iterator


class Name(NamedTuple):
    """A name of the API in a cell: where it stands, and what it names."""

    line: int
    column: int
    length: int
    name: str


def names(
    code: str, variables: dict[str, Any], functions: dict[str, ast.FunctionDef]
) -> list[Name]:
    """Return the names of the API in ``code``, in the order of the text.

    ``variables`` are the page's after ``code`` has run; ``functions`` those that the
    page has defined: the ones that ``code`` defines are added.

    >>> import torch
    >>> names("x = torch.ones(2)", {"torch": torch, "x": torch.ones(2)}, {})
    [Name(line=1, column=4, length=10, name='torch.ones')]
    """
    tree = ast.parse(code)
    functions.update((n.name, n) for n in tree.body if isinstance(n, ast.FunctionDef))
    found = {
        name
        for node, scope in walk(tree, Scope(variables, functions, {}))
        for name in (*imported(node, code), *named(node, scope))
    }
    outermost = [name for name in found if not any(within(name, o) for o in found)]
    return sorted(in_characters(name, code.splitlines()) for name in outermost)


def in_characters(name: Name, lines: list[str]) -> Name:
    """Return a name whose column counts characters, not bytes as `ast` does.

    >>> in_characters(Name(1, 3, 4, "a.item"), ["值.item"]).column
    1
    """
    before = lines[name.line - 1].encode()[: name.column]
    return name._replace(column=len(before.decode()))


def within(name: Name, other: Name) -> bool:
    """Return whether a name is a part of another, as ``torch.nn`` of a longer path."""
    return (
        name != other
        and name.line == other.line
        and other.column <= name.column
        and name.column + name.length <= other.column + other.length
    )


def imported(node: ast.AST, code: str) -> Iterator[Name]:
    """Yield the names in an ``import``."""
    if not isinstance(node, (ast.Import, ast.ImportFrom)):
        return
    module = ""
    if isinstance(node, ast.ImportFrom):
        column = code.splitlines()[node.lineno - 1].index(node.module, node.col_offset)
        module = f"{node.module}."
        if torch_names.belongs(node.module):
            yield Name(node.lineno, column, len(node.module), node.module)
    for alias in node.names:
        if torch_names.belongs(module + alias.name):
            yield Name(
                alias.lineno, alias.col_offset, len(alias.name), module + alias.name
            )


def named(node: ast.AST, scope: Scope) -> Iterator[Name]:
    """Yield the name that an expression is: ``torch.ones``, ``ones``, ``x.sum``.

    Of a path all is named, ``torch.nn.Linear``; of an object's attribute its last part.
    """
    if isinstance(node, ast.Attribute):
        owner = thing(node.value, scope)
        path = isinstance(owner.value, ModuleType | type)
        start = node.col_offset if path else node.end_col_offset - len(node.attr)
        if name := torch_names.attribute_name(owner, node.attr):
            yield Name(node.end_lineno, start, node.end_col_offset - start, name)
    elif isinstance(node, ast.Name) and node.id not in scope.local:
        value = scope.names.get(node.id)
        if name := torch_names.object_name(value, node.id):
            yield Name(node.lineno, node.col_offset, len(node.id), name)
