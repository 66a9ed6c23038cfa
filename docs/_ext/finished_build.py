"""Say that a build came to its end: the exit status alone does not.

A page that calls ``sys.exit(0)`` ends Sphinx with status 0 and nothing written.  The
file ``finished`` among the build's doctrees is written last; ``_tools/build.py``
removes it before a build and looks for it afterwards.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

NAME = "finished"


def mark(app: Sphinx, exception: Exception | None) -> None:
    """Write the mark, unless the build was given up."""
    if exception is None:
        Path(app.doctreedir, NAME).touch()


def setup(app: Sphinx) -> ExtensionMetadata:
    """Come after everything else that happens at the end of a build."""
    app.connect("build-finished", mark, priority=1000)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
