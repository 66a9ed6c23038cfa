"""Say how far a build has come: the exit status alone does not.

A page that calls ``sys.exit(0)`` ends Sphinx with status 0 and nothing written.  Among
the build's doctrees the file ``executed`` is written once the gallery is as it should
be, and ``finished`` last of all; ``_tools/sphinx_run.py`` removes both before a build
and looks for them.  A build in another language is begun with the setting
``gallery_of``, the first of these files, and waits for it before it looks at a page.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.errors import SphinxError

import gallery_script
import run_record

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

EXECUTED, FINISHED = "executed", "finished"
PERIOD = 0.02  # seconds between two looks


def wait(app: Sphinx) -> None:
    """Wait until another build has executed the gallery, if this one is told to."""
    parent = os.getppid()
    while app.config.gallery_of and not Path(app.config.gallery_of).exists():
        if os.getppid() != parent:
            message = "the program that builds all languages is gone"
            raise SphinxError(message)
        time.sleep(PERIOD)


def mark_executed(app: Sphinx) -> None:
    """Write the first mark, unless a page did not come to a good end."""
    pages = gallery_script.pages(app.confdir)
    recorded = all(run_record.record_path(page).exists() for page in pages)
    if recorded and not app.config.sphinx_gallery_conf["failing_examples"]:
        Path(app.doctreedir, EXECUTED).touch()


def mark_finished(app: Sphinx, exception: Exception | None) -> None:
    """Write the second mark, unless the build was given up."""
    if exception is None:
        Path(app.doctreedir, FINISHED).touch()


def setup(app: Sphinx) -> ExtensionMetadata:
    """Come before and after the gallery (500), and after all else at a build's end."""
    app.add_config_value("gallery_of", "", "", str)
    app.connect("builder-inited", wait, priority=1)
    app.connect("builder-inited", mark_executed, priority=900)
    app.connect("build-finished", mark_finished, priority=1000)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
