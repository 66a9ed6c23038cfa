"""Put back what Python keeps for the whole process, and name what a page left."""

from __future__ import annotations

import builtins
import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 1.0  # seconds that a thread or child has to end after its page
JUST_NOW = 1_000_000_000  # nanoseconds; clocks of file systems tick in less
PROCESSES = Path("/proc/self/task")  # of Linux: our threads, each with its children
CONTROL = ("displayhook", "excepthook", "dont_write_bytecode")

# Of each folder: when it had changed when it was read, its files, its folders.
known: dict[str, tuple[int, tuple[list[str], list[str]]]] = {}


class PythonState:
    """The state of the process before a page, to go back to.

    ``folder`` is where pages lie: files that appear there are the page's.
    """

    def __init__(self, folder: Path) -> None:
        """Note the state; give the page a folder of its own for temporary files."""
        self.folder = str(folder)
        self.files = set(files(self.folder))
        self.threads = set(threading.enumerate())
        self.children = set(children())
        self.environment = dict(os.environ)
        self.working_folder = Path.cwd()
        self.path = sys.path[:]
        self.control = {name: getattr(sys, name) for name in CONTROL}
        self.builtins = dict(vars(builtins))
        self.logging = logging.root.level, logging.root.handlers[:]
        # accessible-pygments sets up the root logger when it is imported
        set_logging(logging.WARNING, [])
        self.warnings = warnings.catch_warnings()
        self.warnings.__enter__()
        warnings.onceregistry.clear()
        self.temporary = tempfile.mkdtemp(prefix="page-")
        os.environ["TMPDIR"] = tempfile.tempdir = self.temporary
        sys.dont_write_bytecode = True  # of modules beside the page

    def restore(self) -> Iterator[str]:
        """Put the state back; yield what the page left behind, a line each."""
        builtins.__dict__.update(self.builtins)  # first: what follows calls them
        for name in set(vars(builtins)) - set(self.builtins):
            delattr(builtins, name)
        set_logging(*self.logging)
        self.warnings.__exit__()
        os.environ.clear()
        os.environ.update(self.environment)
        tempfile.tempdir = None
        os.chdir(self.working_folder)
        sys.path[:] = self.path
        for name, value in self.control.items():
            setattr(sys, name, value)
        yield from self.end_threads()
        yield from self.end_children()
        yield from self.remove_files()

    def end_threads(self) -> Iterator[str]:
        """Wait a little for the page's threads; yield those that go on."""
        until = time.monotonic() + PATIENCE
        for thread in set(threading.enumerate()) - self.threads:
            thread.join(max(0, until - time.monotonic()))
            if thread.is_alive():
                yield f"leaves a thread behind: {thread.name}"

    def end_children(self) -> Iterator[str]:
        """Wait a little for the page's child processes; end those that go on."""
        end_helpers()
        until = time.monotonic() + PATIENCE
        while (left := set(children()) - self.children) and time.monotonic() < until:
            time.sleep(0.02)
        for child in sorted(left):
            yield f"leaves a child process behind: {command(child)}"
            os.kill(child, signal.SIGKILL)

    def remove_files(self) -> Iterator[str]:
        """Remove the files that the page made."""
        for path in sorted(set(files(self.folder)) - self.files):
            yield f"leaves a file behind: {path}"
            Path(path).unlink()
        for path in sorted(files(self.temporary)):
            yield f"leaves a temporary file behind: {Path(path).name}"
        shutil.rmtree(self.temporary)


def files(folder: str) -> Iterator[str]:
    """Yield all files below ``folder``."""
    here, folders = listed(folder)
    yield from here
    for inner in folders:
        yield from files(inner)


def listed(folder: str) -> tuple[list[str], list[str]]:
    """Return the files and the folders in ``folder``.

    A large gallery has many folders, each page changes at most one of them: the
    others are not read again.  One that changed just now is, since it may change
    twice in a tick of the clock.
    """
    changed = Path(folder).stat().st_mtime_ns
    if folder in known and known[folder][0] == changed:
        return known[folder][1]
    with os.scandir(folder) as found:
        entries = [(entry.path, entry.is_dir(follow_symlinks=False)) for entry in found]
    both = (
        [path for path, is_folder in entries if not is_folder],
        [path for path, is_folder in entries if is_folder],
    )
    if time.time_ns() - changed > JUST_NOW:
        known[folder] = changed, both
    return both


def set_logging(level: int, handlers: list[logging.Handler]) -> None:
    """Set up the root logger."""
    logging.root.setLevel(level)
    logging.root.handlers[:] = handlers


def unguarded(processes: Path = PROCESSES) -> str:
    """Return what pages are not guarded against on this system, if anything.

    >>> unguarded(Path("nowhere"))
    'no /proc here: a child process that a page leaves behind is not found'
    """
    if processes.exists():
        return ""
    return "no /proc here: a child process that a page leaves behind is not found"


def end_helpers() -> None:
    """End the processes that `multiprocessing` keeps for its next use.

    It has no public way.  Since Python 3.14 any use of it on Linux starts one.
    """
    for name in ("forkserver", "resource_tracker"):
        if module := sys.modules.get(f"multiprocessing.{name}"):
            getattr(module, f"_{name}")._stop()


def children() -> Iterator[int]:
    """Yield the child processes of this one that have not ended (on Linux)."""
    for tasks in PROCESSES.glob("*/children"):
        try:
            found = tasks.read_text().split()
        except OSError:  # a thread that has just ended
            continue
        yield from (int(child) for child in found if state(child) not in {"Z", ""})


def state(process: str) -> str:
    """Return the state of a process as Linux writes it, "" if it is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][:1]
    except OSError:
        return ""


def command(process: int) -> str:
    """Return the command line of a process."""
    try:
        words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return str(process)
    return b" ".join(words).decode(errors="replace").strip()
