"""Run the code of a page outside of sphinx-gallery, in a module like the page's."""

from __future__ import annotations

import ast
import contextlib
import io
import re
import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import CodeType


@contextlib.contextmanager
def as_main(script: Path, main: ModuleType | None = None) -> Iterator[ModuleType]:
    """Give the module ``__main__`` in which a script's code runs, in its own folder.

    ``main`` is one in which some of it has run before.
    """
    main = main or ModuleType("__main__")
    before = sys.modules["__main__"], sys.argv, sys.path[:]
    sys.modules["__main__"], sys.argv = main, [str(script)]
    sys.path.append(str(script.parent))
    try:
        with contextlib.chdir(script.parent):
            yield main
    finally:
        sys.modules["__main__"], sys.argv, sys.path[:] = before


# In an expectation, what the room `state` saw after a cell: panels, drawings
SEEN = re.compile(r"^(\||::? ).*\n", re.MULTILINE)


def printed(code: str, names: dict[str, object]) -> str:
    """Run a cell with its names; return what it prints and its last value."""
    names["__show__"] = show
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(showing_the_last_value(code), names)
    return out.getvalue()


def show(value: object) -> None:
    """Print the value of a cell's last expression."""
    if value is not None:
        print(repr(value))


def showing_the_last_value(code: str) -> CodeType:
    """Return a cell's code, which prints its last value as the page does."""
    tree = ast.parse(code)
    if isinstance(last := tree.body[-1], ast.Expr):
        call = ast.Call(ast.Name("__show__", ast.Load()), [last.value], keywords=[])
        tree.body[-1] = ast.Expr(call)
    return compile(ast.fix_missing_locations(tree), "<cell>", "exec")
