"""Run the pages and hold each link in a call to the function that was called there.

The names that `cell_names` finds are inferred; here Python itself says, by its
profiling hook, which function each call of a page went to.  Prints how many calls were
compared and those that went elsewhere, as JSON.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import torch

from running import as_main
from tested_gallery.api import cell_names
from tested_gallery.pages import page_texts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType

    from tested_gallery.pages.page_texts import Cell

KINDS = {"Tensor": torch.Tensor, "Module": torch.nn.Module}
IN_C = {"safetensors.safe_open"}  # a class in C: calling it is no event
NOT_HERE = {"ddp_and_buffers"}  # its modules live in other processes
Place = tuple[int, int]  # where the name of what is called ends: line, column


def called(cell: Cell, script: Path, names: dict[str, Any]) -> dict[Place, str]:
    """Run a cell; return what it called, by place: ``Module.to``, ``Tensor.sum``."""
    before = cell.line - 1  # so that no place of another cell is taken for one of this
    tree = ast.increment_lineno(ast.parse(cell.code), before)
    ends = {
        span(node): (node.func.end_lineno - before, node.func.end_col_offset)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    }
    found: dict[Place, str] = {}

    def note(frame: FrameType, event: str, argument: object) -> None:
        if event == "c_call":
            caller, callee = frame, c_function(argument)
        elif event == "call" and frame.f_back:
            caller, callee = frame.f_back, frame.f_code.co_qualname
        else:
            return
        if caller.f_code.co_filename == str(script):
            place = ends.get(position(caller.f_code, caller.f_lasti))
            if place:
                found.setdefault(place, callee)  # what that calls comes later

    compiled = compile(tree, str(script), "exec")
    sys.setprofile(note)
    try:
        exec(compiled, names)
    finally:
        sys.setprofile(None)
    return found


def span(node: ast.expr) -> tuple[int, int, int, int]:
    """Return where an expression begins and ends."""
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset


def position(code: CodeType, offset: int) -> tuple[int | None, ...]:
    """Return where the expression of an instruction begins and ends."""
    return list(code.co_positions())[offset // 2]


def c_function(function: Any) -> str:  # noqa: ANN401
    """Return a name for a function that is written in C."""
    owner = getattr(function, "__self__", None)
    kinds = [name for name, kind in KINDS.items() if isinstance(owner, kind)]
    return f"{kinds[0]}.{function.__name__}" if kinds else function.__name__


def compared(script: Path) -> Iterator[tuple[str, str]]:
    """Yield, for the calls of a page that are linked, the name and what was called."""
    with as_main(script) as main:
        for cell in page_texts.cells(script):
            calls = called(cell, script, vars(main))
            for name in cell_names.names(cell.code, vars(main)):
                place = name.line, name.column + name.length
                if name.name in IN_C or "<locals>" in calls.get(place, ""):
                    continue
                if place in calls:
                    yield name.name, calls[place]


def agree(name: str, call: str) -> bool:
    """Return whether a name is that of the function that was called."""
    *_, owner, last = name.split(".")
    kind, _, function = call.rpartition(".")
    if function in {"__init__", "__new__"}:
        return True
    return function == last and (kind not in KINDS or kind == owner)


def main() -> None:
    """Compare all pages."""
    mpl.use("svg")
    torch.set_warn_always(True)
    pairs = []
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("error")
        for page in page_texts.pages():
            if page.script.stem not in NOT_HERE:
                pairs += compared(page.script)
    wrong = sorted({pair for pair in pairs if not agree(*pair)})
    print(json.dumps({"compared": len(pairs), "wrong": wrong}))


if __name__ == "__main__":
    main()
