"""Show on a terminal what is done just now: one line, which the next one replaces.

Where output goes elsewhere, into a file or a log, nothing is shown.
"""

import shutil
import sys

END_OF_LINE = "\x1b[K"  # erases what an earlier, longer line has left


def show(text: str) -> None:
    """Show a line; the cursor stays at its start, so that what comes next covers it."""
    if sys.__stdout__ and sys.__stdout__.isatty():
        shown = text[: shutil.get_terminal_size().columns - 1]
        print(f"{shown}{END_OF_LINE}\r", end="", file=sys.__stdout__, flush=True)


def clear() -> None:
    """Take the line away."""
    show("")
