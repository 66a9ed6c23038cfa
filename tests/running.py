"""Run the code of a page outside of sphinx-gallery, in a module like the page's."""

from __future__ import annotations

import contextlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
