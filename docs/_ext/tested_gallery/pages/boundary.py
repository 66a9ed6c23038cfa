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

from tested_gallery.pages import figures, limits, page_texts, run_record, terminal

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from tested_gallery.pages.page_texts import Page
    from tested_gallery.pages.reset_python import PythonState

logger = logging.getLogger(__name__)

# Events that other rooms answer: they are added here, on the ground floor, since Sphinx
# connects to none that it does not know.
PAGE_BEGINS = "gallery-page-begins"  # forget what was of the page before
PAGE_PICTURE = "gallery-page-picture"  # docname -> its picture, or None

# Of this build, set in `begin_build`; of the page that runs now, in `begin`.
build: dict[str, Any] = {}
outside: list[PythonState] = []
began = 0.0
faults: list[str] = []  # of the page that runs now
seconds: dict[str, float] = {}  # that each page of this build took
imported = 0  # modules that were when `set_aside` was last called


def begin(script: Path) -> None:
    """Begin a page: a fresh process, as far as one can be had without a new one.

    Within a page a warning is an error: uncaught, it would print the path of the
    machine that built the site.  A page shows one by catching it.
    """
    global began
    from tested_gallery.pages import (
        reset_torch,  # here: a build that executes nothing need not import these
    )
    from tested_gallery.pages.reset_python import PythonState

    set_aside()
    outside.append(PythonState(build["root"] / "gallery"))
    reset_torch.reset()
    reset_torch.draw_seeds()
    figures.reset()
    build["app"].emit(PAGE_BEGINS)
    warnings.simplefilter("error")
    began = time.monotonic()
    limits.arm(script, build["seconds"], build["doctrees"] / limits.RUNNING)


def set_aside() -> None:
    """Take what imports have made out of the garbage collector's way.

    sphinx-gallery collects garbage before each page, and would walk all of torch.
    """
    global imported
    if len(sys.modules) != imported:
        gc.collect()
        gc.freeze()
        imported = len(sys.modules)


def fault(text: str) -> None:
    """Note what is wrong with the page that runs now; `end` reports it."""
    faults.append(text)


def end(script: Path) -> bool:
    """End a page; return whether nothing was wrong with it, else warn of each thing."""
    from tested_gallery.pages import reset_torch

    seconds[script.stem] = time.monotonic() - began
    found = limits.disarm(build["doctrees"] / limits.RUNNING)
    found += [*outside.pop().restore(), *faults]
    faults.clear()
    if found:
        terminal.clear()
    reset_torch.reset()
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
        from tested_gallery.pages import reset_torch

        key = run_record.environment_key(build["root"], gallery_conf)
        run_record.write(page, key, reset_torch.device())


def begin_build(app: Sphinx) -> None:
    """Note what the pages of this build need to know; refuse names with blanks."""
    build["app"], build["root"] = app, Path(app.confdir)
    pages = page_texts.pages(app.confdir)
    for page in pages:
        if len(page.name.split()) > 1:  # sphinx-gallery would look at the whole path
            message = "has a blank in its name, which breaks links: rename it"
            logger.warning(message, location=f"{page.script}:1")
    build["pages"] = {page.script.name: page for page in pages}
    build["doctrees"] = Path(app.doctreedir)
    build["seconds"] = float(app.config.page_seconds)


def count_stale(app: Sphinx) -> None:
    """Note how many pages sphinx-gallery will run."""
    every = app.config.sphinx_gallery_conf["run_stale_examples"]
    checksums = map(run_record.checksum, build["pages"].values())
    build["stale"] = sum(bool(every) or not path.exists() for path in checksums)


def say_begin(page: Page) -> None:
    """Say how many pages are executed, and on a terminal the one that runs now."""
    from tested_gallery.pages import reset_python

    if not seconds:
        print(f"  pages to execute: {build['stale']}", flush=True)
        if unguarded := reset_python.unguarded():
            print(f"  {unguarded}", flush=True)
    terminal.show(f"  {len(seconds) + 1} of {build['stale']}: {page.name}")


def say_times(app: Sphinx) -> None:
    """Say what the gallery took, and its slowest pages: in quiet builds too."""
    if seconds:
        terminal.clear()
        print(f"  {summary(seconds)}", flush=True)


def leave_links_out(app: Sphinx) -> None:
    """Let sphinx-gallery link no code: code has links where a room finds its names."""
    for found in Path(app.srcdir, "gallery").rglob("*.codeobj.json"):
        found.unlink()


def summary(seconds: dict[str, float], shown: int = 10) -> str:
    """Return what pages took together, and the ``shown`` slowest.

    >>> summary({"short": 0.1, "long": 2}, shown=1)
    'executed in 2.1 s; slowest: long 2.0'
    """
    slowest = sorted(seconds.items(), key=lambda item: item[1], reverse=True)[:shown]
    listed = ", ".join(f"{page} {took:.1f}" for page, took in slowest)
    total = sum(seconds.values())
    return f"executed in {total:.1f} s; slowest: {listed}"


def setup(app: Sphinx) -> None:
    """Add the limit of a page's time, in seconds."""
    app.add_event(PAGE_BEGINS)
    app.add_event(PAGE_PICTURE)
    app.add_config_value("page_seconds", 120, "", (int, float, str))
    app.connect("builder-inited", begin_build, priority=100)
    app.connect("builder-inited", count_stale, priority=460)  # after `run_record`
    app.connect("builder-inited", leave_links_out, priority=550)
    app.connect("builder-inited", say_times, priority=550)  # the gallery runs at 500
