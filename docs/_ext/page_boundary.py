"""The line between two pages: what one leaves in the process, the next must not see.

sphinx-gallery (setting ``reset_modules``) and the doctest builder come here before
and after each page.  The setting ``page_seconds`` limits how long a page may run.
"""

from __future__ import annotations

import gc
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.util import logging

import api_scraper
import figures
import gallery_script
import page_guard
import run_record
import state_panel
import terminal

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

    from gallery_script import Page
    from python_state import PythonState

logger = logging.getLogger(__name__)

# Of this build, set in `begin_build`; of the page that runs now, in `begin`.
build: dict[str, Any] = {}
outside: list[PythonState] = []
began = 0.0
seconds: dict[str, float] = {}  # that each page of this build took
imported = 0  # modules that were when `set_aside` was last called


def begin(script: Path) -> None:
    """Begin a page: a fresh process, as far as one can be had without a new one.

    Within a page a warning is an error: uncaught, it would print the path of the
    machine that built the site.  A page shows one by catching it.
    """
    global began
    import torch_state  # here: a build that executes nothing need not import these
    from python_state import PythonState

    set_aside()
    outside.append(PythonState(build["root"] / "gallery"))
    torch_state.reset()
    torch_state.draw_seeds()
    figures.reset()
    state_panel.reset()
    api_scraper.reset()
    warnings.simplefilter("error")
    began = time.monotonic()
    page_guard.arm(script, build["seconds"], build["doctrees"] / page_guard.RUNNING)


def set_aside() -> None:
    """Take what imports have made out of the garbage collector's way.

    sphinx-gallery collects garbage before each page, and would walk all of torch.
    """
    global imported
    if len(sys.modules) != imported:
        gc.collect()
        gc.freeze()
        imported = len(sys.modules)


def end(script: Path) -> bool:
    """End a page; return whether it left nothing behind, else warn of each thing."""
    import torch_state

    seconds[script.stem] = time.monotonic() - began
    found = page_guard.disarm(build["doctrees"] / page_guard.RUNNING)
    found += outside.pop().restore()
    if found:
        terminal.clear()
    torch_state.reset()
    figures.reset()
    for fault in found:
        logger.warning("%s", fault, location=f"{script}:1")
    return not found


def reset(gallery_conf: dict[str, Any], fname: str | None, when: str) -> None:
    """Begin or end a page for sphinx-gallery; ``when`` is "before" or "after".

    ``fname`` is the name of the script, which is unique in the gallery, or ``None``
    when sphinx-gallery enters a folder.
    """
    if fname is None:
        return
    page = build["pages"][fname]
    if when == "before":
        say_begin(page)
        for old in (run_record.record_path(page), *run_record.figures(page)):
            old.unlink(missing_ok=True)
        begin(page.script)
    elif end(page.script):
        run_record.write(page, run_record.environment_key(build["root"], gallery_conf))


def begin_build(app: Sphinx) -> None:
    """Note what the pages of this build need to know; refuse names with blanks."""
    build["root"] = Path(app.confdir)
    pages = gallery_script.pages(app.confdir)
    for page in pages:
        if len(page.name.split()) > 1:  # sphinx-gallery would look at the whole path
            message = "has a blank in its name, which breaks links: rename it"
            logger.warning(message, location=f"{page.script}:1")
    build["pages"] = {page.script.name: page for page in pages}
    build["doctrees"] = Path(app.doctreedir)
    build["seconds"] = float(app.config.page_seconds)


def count_stale(app: Sphinx) -> None:
    """Note how many pages sphinx-gallery will run."""
    checksums = map(run_record.checksum, build["pages"].values())
    build["stale"] = sum(not path.exists() for path in checksums)


def say_begin(page: Page) -> None:
    """Say how many pages are executed, and on a terminal the one that runs now."""
    import python_state

    if not seconds:
        print(f"  pages to execute: {build['stale']}", flush=True)
        if unguarded := python_state.unguarded():
            print(f"  {unguarded}", flush=True)
    terminal.show(f"  {len(seconds) + 1} of {build['stale']}: {page.name}")


def say_times(app: Sphinx) -> None:
    """Say what the gallery took, and its slowest pages: in quiet builds too."""
    if seconds:
        terminal.clear()
        print(f"  {summary(seconds)}", flush=True)


def summary(seconds: dict[str, float], shown: int = 10) -> str:
    """Return what pages took together, and the ``shown`` slowest.

    >>> summary({"short": 0.1, "long": 2}, shown=1)
    'executed in 2.1 s; slowest: long 2.0'
    """
    slowest = sorted(seconds.items(), key=lambda item: item[1], reverse=True)[:shown]
    listed = ", ".join(f"{page} {took:.1f}" for page, took in slowest)
    total = sum(seconds.values())
    return f"executed in {total:.1f} s; slowest: {listed}"


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the limit of a page's time, in seconds."""
    app.add_config_value("page_seconds", 120, "", (int, float, str))
    app.connect("builder-inited", begin_build, priority=100)
    app.connect("builder-inited", count_stale, priority=460)  # after `run_record`
    app.connect("builder-inited", say_times, priority=550)  # the gallery runs at 500
    return {"parallel_read_safe": True, "parallel_write_safe": True}
