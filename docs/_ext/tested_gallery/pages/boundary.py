"""The line between two pages: what one leaves in the process, the next must not see.

sphinx-gallery (setting ``reset_modules``) and the doctest builder come here before
and after each page.
"""

import gc
import os
import re
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util import logging

from tested_gallery.pages import draft, limits, run_record, terminal
from tested_gallery.pages.page_texts import Page

logger = logging.getLogger(__name__)

# Events that other rooms answer: they are added here, on the ground floor, since Sphinx
# connects to none that it does not know.
PAGE_BEGINS = "gallery-page-begins"  # forget what was of the page before
PAGE_PICTURE = "gallery-page-picture"  # docname -> its picture as HTML
SHOWN = 10  # of the slowest pages


class Run:
    """A page that runs: what it found in the process, and what is wrong with it."""

    def __init__(self, app: Sphinx, script: Path) -> None:
        """Begin: a fresh process, as far as one can be had without a new one.

        Within a page a warning is an error: uncaught, it would print the path of the
        machine that built the site.  A page shows one by catching it.
        """
        # here: a build that executes nothing need not import these
        from tested_gallery.pages import reset_python, reset_torch

        # sphinx-gallery collects garbage before each page: it need not walk torch
        gc.collect()
        gc.freeze()
        self.script = script
        self.marker = Path(app.doctreedir, limits.RUNNING)
        self.faults: list[str] = []
        self.outside = reset_python.PythonState(Path(app.confdir, "gallery"))
        reset_torch.reset()
        app.emit(PAGE_BEGINS)
        warnings.simplefilter("error")
        for quiet in (DeprecationWarning, PendingDeprecationWarning):  # as Python does
            warnings.simplefilter("ignore", quiet)
            warnings.filterwarnings("error", category=quiet, module="__main__")
        sys.__stdout__.flush()
        self.console, self.printed = os.dup(1), tempfile.TemporaryFile()  # noqa: SIM115
        os.dup2(self.printed.fileno(), 1)  # what the page prints does not come here
        self.began = time.monotonic()
        limits.arm(script, float(app.config.page_seconds), self.marker)

    def end(self) -> bool:
        """End; return whether nothing was wrong, else warn of each thing."""
        from tested_gallery.pages import reset_torch

        self.outside.restore()  # first: builtins, which all that follows calls
        found = limits.disarm(self.marker)
        os.dup2(self.console, 1)
        os.close(self.console)
        with self.printed as printed:
            printed.seek(0)
            said = printed.read().decode(errors="replace")
        if said:
            text = f"prints past the page, as a child process does: {said[:60]!r}"
            found.append(f"{text}; capture it, and print it")
        reset_torch.reset()  # ends what would be left behind
        found += [*self.outside.left(), *self.faults]
        if found:
            terminal.clear()
        for fault in found:
            logger.warning("%s", fault, location=f"{self.script}:1")
        return not found


class Build:
    """What is known of the gallery's pages while they run."""

    def __init__(self, app: Sphinx) -> None:
        """Find the pages that a build is about; none has run yet."""
        self.app = app
        self.pages = {page.script.name: page for page in draft.pages(app)}
        self.environment = ""  # the part of a record's key that all pages share
        self.to_run = 0
        self.seconds: dict[str, float] = {}  # that each page took


# sphinx-gallery calls functions by their names: these are for the build and page of now
build: Build
run: Run


def reset(gallery_conf: dict[str, Any], fname: str | None, when: str) -> None:
    """Begin or end a page for sphinx-gallery; ``when`` is "before" or "after".

    ``fname`` is the name of the script, which is unique in the gallery, or ``None``
    when sphinx-gallery enters a folder.
    """
    global run
    if fname is None:
        return
    page = build.pages[fname]
    if when == "before":
        say_begin(page)
        run_record.set_aside(page)
        run = Run(build.app, page.script)
        return
    build.seconds[page.script.stem] = time.monotonic() - run.began
    if run.end():
        from tested_gallery.pages import reset_torch

        build.environment = build.environment or run_record.environment_key(
            build.app.confdir, gallery_conf
        )
        run_record.write(page, build.environment, reset_torch.device())


def begin_build(app: Sphinx) -> None:
    """Find the pages of this build; refuse names with blanks."""
    global build
    build = Build(app)
    for page in build.pages.values():
        if len(page.name.split()) > 1:  # sphinx-gallery would look at the whole path
            message = "has a blank in its name, which breaks links: rename it"
            logger.warning(message, location=f"{page.script}:1")


def say_begin(page: Page) -> None:
    """Say how many pages are executed, and on a terminal the one that runs now."""
    if not build.seconds:
        every = build.app.config.sphinx_gallery_conf["run_stale_examples"]
        checksums = map(run_record.checksum, build.pages.values())
        build.to_run = sum(bool(every) or not path.exists() for path in checksums)
        print(f"  pages to execute: {build.to_run}", flush=True)
    terminal.show(f"  {len(build.seconds) + 1} of {build.to_run}: {page.name}")


def say_times(app: Sphinx) -> None:
    """Say what the gallery took, and its slowest pages: in quiet builds too."""
    if build.seconds:
        terminal.clear()
        times = build.seconds.items()
        slowest = sorted(times, key=lambda item: item[1], reverse=True)[:SHOWN]
        listed = ", ".join(f"{page} {took:.1f}" for page, took in slowest)
        total = sum(build.seconds.values())
        print(f"  executed in {total:.1f} s; slowest: {listed}", flush=True)


def say_failed(app: Sphinx) -> None:
    """Tell of the pages that raised, each with the line of its script."""
    failed = app.config.sphinx_gallery_conf["failing_examples"]
    for script, text in failed.items():
        lines = re.findall(rf'File "{re.escape(script)}", line (\d+)', text)
        what = text.strip().splitlines()[-1].strip()
        where = f"{script}:{lines[-1] if lines else 1}"
        logger.warning("raises %s\n%s", what, text.rstrip(), location=where)


def leave_links_out(app: Sphinx) -> None:
    """Let sphinx-gallery link no code: code has links where a room finds its names."""
    for found in Path(app.srcdir, "gallery").rglob("*.codeobj.json"):
        found.unlink()


def setup(app: Sphinx) -> None:
    """Add the events; look at the pages before the gallery runs, and after."""
    app.add_event(PAGE_BEGINS)
    app.add_event(PAGE_PICTURE)
    app.connect("builder-inited", begin_build, priority=100)
    app.connect("builder-inited", leave_links_out, priority=550)
    app.connect("builder-inited", say_times, priority=550)  # the gallery runs at 500
    app.connect("builder-inited", say_failed, priority=560)
