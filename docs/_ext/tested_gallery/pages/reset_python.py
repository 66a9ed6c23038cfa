"""Put back what Python keeps for the whole process, and name what a page left."""

import atexit
import builtins
import contextlib
import getpass
import logging
import os
import re
import shutil
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import psutil

# Of this process: the temporary files of its page, and what is compiled for all.
FOLDER = tempfile.mkdtemp(prefix="pages-")
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
PATIENCE = 1.0  # seconds that a thread or child has to end after its page
CONTROL = ("displayhook", "excepthook", "dont_write_bytecode")


class PythonState:
    """The state of the process before a page, to go back to.

    ``gallery`` is where pages lie, in folders: files that appear there are the page's.
    """

    def __init__(self, gallery: Path) -> None:
        """Note the state; give the page a folder of its own for temporary files."""
        self.gallery = gallery
        self.files = files(gallery)
        self.threads = set(threading.enumerate())
        self.children = children()
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
        self.temporary = f"{FOLDER}/page"
        Path(self.temporary).mkdir()
        # torch's compiler notes once where its headers lie: in the folder of all pages
        user = re.sub(r'[\\/:*?"<>|]', "_", getpass.getuser())
        Path(self.temporary, f"torchinductor_{user}").symlink_to(FOLDER)
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = FOLDER
        os.environ["TMPDIR"] = tempfile.tempdir = self.temporary
        sys.dont_write_bytecode = True  # of modules beside the page

    def restore(self) -> None:
        """Put the state back."""
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

    def left(self) -> Iterator[str]:
        """Remove what the page left behind; yield it, a line each."""
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
        _ended, left = psutil.wait_procs(children() - self.children, PATIENCE)
        for child in left:
            with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended
                yield f"leaves a child process behind: {' '.join(child.cmdline())}"
                child.kill()

    def remove_files(self) -> Iterator[str]:
        """Remove the files that the page made."""
        for path in sorted(files(self.gallery) - self.files):
            yield f"leaves a file behind: {path}"
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)  # in a folder that is gone already
        for path in sorted(Path(self.temporary).rglob("*")):
            if not path.is_dir():
                yield f"leaves a temporary file behind: {path.name}"
        shutil.rmtree(self.temporary)


def files(gallery: Path) -> set[Path]:
    """Return what lies in the gallery and in its folders."""
    return {*gallery.glob("*"), *gallery.glob("*/*")}


def set_logging(level: int, handlers: list[logging.Handler]) -> None:
    """Set up the root logger."""
    logging.root.setLevel(level)
    logging.root.handlers[:] = handlers


def end_helpers() -> None:
    """End the processes that `multiprocessing` keeps for its next use.

    It has no public way.  Since Python 3.14 any use of it on Linux starts one.
    """
    for name in ("forkserver", "resource_tracker"):
        if module := sys.modules.get(f"multiprocessing.{name}"):
            getattr(module, f"_{name}")._stop()


def children() -> set[psutil.Process]:
    """Return the child processes of this one; psutil looks at all of the machine."""
    if hasattr(os, "waitid"):  # not on macOS before Python 3.13
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return set()
    return set(psutil.Process().children())
