"""Run Sphinx in a process of its own, since the gallery runs in it.

A page may end that process, with any exit status, hang, or be killed.  What counts is
that Sphinx came to its end (`progress`).
"""

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tested_gallery.languages import translation_check
from tested_gallery.pages import limits, progress

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build/work"
MAIN = Path(__file__).with_name("sphinx_main.py")
PR_SET_CHILD_SUBREAPER = 36  # Linux: orphans of our children become our children


class SphinxRun:
    """Sphinx at work in ``build/work/<name>``.

    A build that does not come to a good end leaves nothing to trust: the next one
    reads and writes all pages again (the gallery's outputs have records of their own).
    A draft of one page is read each time: it may warn, and the others are kept.
    """

    def __init__(self, name: str, *options: str, aside: bool = False) -> None:
        """Begin; with ``aside`` what it prints is kept until its end is waited for."""
        doctrees = WORK / "doctrees" / name
        doctrees.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.running = doctrees / limits.RUNNING
        self.finished = doctrees / progress.FINISHED
        self.executed = doctrees / progress.EXECUTED
        self.keeps = any("=draft=" in option for option in options)
        if not self.finished.exists():
            (doctrees / "environment.pickle").unlink(missing_ok=True)
            (WORK / name / ".buildinfo").unlink(missing_ok=True)  # may be half written
        for mark in (self.executed, self.running, doctrees / translation_check.OPEN):
            mark.unlink(missing_ok=True)
        command = [
            *(sys.executable, str(MAIN), "--quiet", "--fail-on-warning"),
            *("--conf-dir", ".", "--doctree-dir", str(doctrees), *options),
            *("docs", str(WORK / name)),
        ]
        # open as long as the run is
        self.output = tempfile.TemporaryFile() if aside else None  # noqa: SIM115
        self.began = time.monotonic()
        plain = {**os.environ, "PYTHON_COLORS": "0"}  # nor in a page's traceback
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=plain, stdout=self.output, stderr=self.output
        )

    def ended_well(self) -> bool:
        """Wait for the end; return whether it was a good one, else say what was not."""
        status = self.process.wait()
        if self.output:
            self.output.seek(0)
            print(self.output.read().decode(), end="", file=sys.stderr, flush=True)
        if status == 0 and self.finished.exists():
            return True
        if self.running.exists():
            place = f"{self.running.read_text('utf-8')}:1"
            how = f"{ending(status)}, after {time.monotonic() - self.began:.0f} s"
            print(f"{place}: ended the build while it ran ({how})", file=sys.stderr)
        said = f"{self.name}: failed, see above.  build/html is as it was."
        print(said, file=sys.stderr)
        return False


def ending(status: int) -> str:
    """Return how a process ended.

    >>> ending(0), ending(-9)
    ('exit status 0', 'killed by SIGKILL')
    """
    if status < 0:
        return f"killed by {signal.Signals(-status).name}"
    return f"exit status {status}"


@contextmanager
def runs() -> Iterator[list[SphinxRun]]:
    """Give a list for runs; at the end, none of them and nothing of theirs is left."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    begun: list[SphinxRun] = []
    try:
        yield begun
    finally:
        for run in begun:
            run.process.kill()
            asleep = run.output and not run.executed.exists()
            if run.process.wait() and not (asleep or run.keeps):  # half of it written?
                run.finished.unlink(missing_ok=True)
            if run.output:
                run.output.close()
        while children := psutil.Process().children():  # theirs become ours
            for child in children:
                with suppress(psutil.NoSuchProcess):
                    child.kill()
            psutil.wait_procs(children)
