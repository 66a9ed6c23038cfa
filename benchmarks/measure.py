"""Measure a command: its seconds, those of the processors, and its memory."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

import psutil

if TYPE_CHECKING:
    from pathlib import Path

PERIOD = 0.5  # seconds between two looks at the memory
# ru_maxrss is in kilobytes on Linux and in bytes on macOS
UNIT = 1 if sys.platform == "darwin" else 1024


class Figures(NamedTuple):
    """What a command cost: seconds, seconds of processors, bytes at the peak.

    The peak is that of all its processes together; memory that some of them share
    counts once.
    """

    wall: float
    cpu: float
    peak: int


class CommandError(Exception):
    """A command that failed; the message holds the end of what it printed."""


def measure(command: list[str], folder: Path, environment: dict[str, str]) -> Figures:
    """Run a command to its end in ``folder`` and return what it cost."""
    log = folder / "build.log"
    with log.open("w", encoding="utf-8") as out:
        began = time.monotonic()
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT
        )
        meter = Meter(process.pid)
        meter.start()
        _pid, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        meter.end()
    if process.returncode:
        tail = log.read_text("utf-8")[-2000:]
        message = f"{' '.join(command)} in {folder} failed:\n{tail}"
        raise CommandError(message)
    peak = max(meter.peak, usage.ru_maxrss * UNIT)
    return Figures(wall, usage.ru_utime + usage.ru_stime, peak)


class Meter(threading.Thread):
    """Look at the memory of a process and its descendants now and then."""

    def __init__(self, process: int) -> None:
        """Prepare to look at ``process``."""
        super().__init__(daemon=True)
        self.process = psutil.Process(process)
        self.peak = 0
        self.ended = threading.Event()

    def run(self) -> None:
        """Look until told to end."""
        while not self.ended.wait(PERIOD):
            self.peak = max(self.peak, memory(self.process))

    def end(self) -> None:
        """Stop looking."""
        self.ended.set()
        self.join()


def memory(root: psutil.Process) -> int:
    """Return the bytes of a process and its descendants, shared ones once."""
    total = 0
    try:
        for process in [root, *root.children(recursive=True)]:
            found = process.memory_full_info()
            total += getattr(found, "pss", found.uss)
    except psutil.Error:  # one of them ended meanwhile
        return total
    return total
