"""Build the site, or check it: ``build.py html | doctest | expected [sphinx options]``.

Sphinx runs in a process of its own, since the gallery runs in it: a page may end it,
with any exit status, hang, or be killed.  What counts is that Sphinx came to its end
(`finished_build`) and, for the site, that every page of every language is there.
Whatever fails ends in one message, and ``build/html`` stays as it was.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import runpy
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs/_ext"))

import finished_build  # noqa: E402
import page_guard  # noqa: E402
import publish  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

WORK = ROOT / "build/work"
PR_SET_CHILD_SUBREAPER = 36  # Linux: orphans of our children become our children


def main(goal: str, *options: str) -> int:
    """Do what ``make`` was asked for; return the exit status."""
    languages = list(runpy.run_path(str(ROOT / "conf.py"))["languages"])
    try:
        with alone():
            if goal != "html":
                return 0 if sphinx(goal, *BUILDERS[goal], *options) else 1
            for language in languages:
                print(f"building {language}", flush=True)
                define = f"--define=language={language}"
                if not sphinx(language, "--builder=html", define, *options):
                    return 1
            return publish.main(languages)
    except BusyError as error:
        return give_up(str(error))
    except OSError as error:
        if isinstance(error, shutil.Error):  # one entry for each file: say the first
            error = error.args[0][0][2]
        return give_up(f"{error}.  Mend that and run the command again.")
    except KeyboardInterrupt:
        return give_up("interrupted.") or 130


BUILDERS = {
    "doctest": ("--builder=doctest",),
    "expected": ("--builder=dummy", "--define=accept_outputs=1"),
}


def give_up(message: str) -> int:
    """Print the one message of a failure."""
    print(f"{message}  build/html is as it was.", file=sys.stderr)
    return 1


class BusyError(Exception):
    """Another build works in this folder."""


@contextmanager
def alone() -> Iterator[None]:
    """Hold the folder's lock, which ends with the process that holds it."""
    WORK.mkdir(parents=True, exist_ok=True)
    with (WORK / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            message = (
                f"Another build is at work in this folder (process {lock.read()}).  "
                "Wait for it, or end it."
            )
            raise BusyError(message) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def sphinx(name: str, *options: str) -> bool:
    """Run Sphinx in ``build/work/<name>``; return whether it came to a good end.

    A build that did not leaves nothing to trust: the next one reads and writes all
    pages again (the gallery's outputs have records of their own).
    """
    doctrees = WORK / "doctrees" / name
    doctrees.mkdir(parents=True, exist_ok=True)
    finished = doctrees / finished_build.NAME
    running = doctrees / page_guard.RUNNING
    memory = doctrees / "environment.pickle"
    if not finished.exists():
        memory.unlink(missing_ok=True)
    for mark in (finished, running):
        mark.unlink(missing_ok=True)
    command = [
        *(sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning"),
        *("--conf-dir", ".", "--doctree-dir", str(doctrees), *options),
        *("docs", str(WORK / name)),
    ]
    status, seconds = run(command)
    if status == 0 and finished.exists():
        return True
    finished.unlink(missing_ok=True)
    memory.unlink(missing_ok=True)
    if running.exists():
        print(
            f"{running.read_text('utf-8')}:1: ended the build while it ran "
            f"({ending(status)}, after {seconds:.0f} s)",
            file=sys.stderr,
        )
    give_up(f"{name}: failed, see above.")
    return False


def run(command: list[str]) -> tuple[int, float]:
    """Run a command and end what it leaves; return its status and its seconds."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    began = time.monotonic()
    try:
        status = subprocess.run(command, cwd=ROOT, check=False).returncode
    finally:
        end_orphans()
    return status, time.monotonic() - began


def end_orphans() -> None:
    """Kill what is left of our descendants, until none is left (on Linux)."""
    while children := [
        int(child)
        for tasks in Path("/proc/self/task").glob("*/children")
        for child in tasks.read_text().split()
    ]:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def ending(status: int) -> str:
    """Return how a process ended.

    >>> ending(0), ending(-9)
    ('exit status 0', 'killed by SIGKILL')
    """
    if status < 0:
        return f"killed by {signal.Signals(-status).name}"
    return f"exit status {status}"


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main(*sys.argv[1:]))
