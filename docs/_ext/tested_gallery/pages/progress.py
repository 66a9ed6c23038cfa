"""Say how far a build has come: the exit status alone does not.

A page that calls ``sys.exit(0)`` ends Sphinx with status 0 and nothing written.  Among
the build's doctrees the file ``executed`` is written once the gallery is as it should
be, and ``finished`` last of all; ``_tools/sphinx_run.py`` looks for them.  The other
languages begin beside the first, which the setting ``gallery_of`` names, and sleep
until it has executed the gallery.
"""

import os
import sys
import time
from pathlib import Path

from sphinx.application import Sphinx

from tested_gallery.pages import boundary, run_record

EXECUTED, FINISHED = "executed", "finished"
PERIOD = 0.02  # seconds between two looks


def wait(app: Sphinx) -> None:
    """Wait for the first language, as long as there is who began both.

    From here on a build that is cut off is not trusted; while it slept it did nothing.
    """
    parent = os.getppid()
    mark = app.doctreedir.parent / app.config.gallery_of / EXECUTED
    while app.config.gallery_of and not mark.exists():
        if os.getppid() != parent:
            sys.exit(1)
        time.sleep(PERIOD)
    Path(app.doctreedir, FINISHED).unlink(missing_ok=True)


def mark_executed(app: Sphinx) -> None:
    """Write the first mark, unless a page did not come to a good end."""
    pages = boundary.build.pages.values()
    recorded = all(run_record.record_path(page).exists() for page in pages)
    if recorded and not app.config.sphinx_gallery_conf["failing_examples"]:
        Path(app.doctreedir, EXECUTED).touch()


def mark_finished(app: Sphinx, exception: Exception | None) -> None:
    """Write the second mark, unless the build was given up."""
    if exception is None:
        Path(app.doctreedir, FINISHED).touch()


def setup(app: Sphinx) -> None:
    """Come before and after the gallery (500), and after all else at a build's end."""
    app.add_config_value("gallery_of", "", "", str)
    app.connect("builder-inited", wait, priority=50)  # before all that looks at pages
    app.connect("builder-inited", mark_executed, priority=900)
    app.connect("build-finished", mark_finished, priority=1000)
