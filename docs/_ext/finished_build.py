"""Say how far a build has come: the exit status alone does not.

A page that calls ``sys.exit(0)`` ends Sphinx with status 0 and nothing written.  Among
the build's doctrees the file ``executed`` is written once the gallery is as it should
be, so that other languages can begin, and ``finished`` last of all; ``_tools/build.py``
removes both before a build and looks for them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

EXECUTED, FINISHED = "executed", "finished"


def mark_executed(app: Sphinx) -> None:
    """Write the first mark."""
    Path(app.doctreedir, EXECUTED).touch()


def mark_finished(app: Sphinx, exception: Exception | None) -> None:
    """Write the second mark, unless the build was given up."""
    if exception is None:
        Path(app.doctreedir, FINISHED).touch()


def setup(app: Sphinx) -> ExtensionMetadata:
    """Come after the gallery (500), and after everything else at a build's end."""
    app.connect("builder-inited", mark_executed, priority=900)
    app.connect("build-finished", mark_finished, priority=1000)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
