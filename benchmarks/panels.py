"""What the state panels cost: time of the gallery, bytes of each page.

    .venv/bin/python benchmarks/panels.py      after 'make html' and 'make test'

Runs each page with and without panels, in turn, and prints the ratio of the times;
then what the panels add to each built page, gzipped.  Aims: 15 %, 6 kB.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import sys
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "docs/_ext"))

from bs4 import BeautifulSoup  # noqa: E402

import doctest_cells  # noqa: E402
import figures  # noqa: E402
import gallery_script  # noqa: E402
import state_panel  # noqa: E402
import torch_state  # noqa: E402

ROUNDS = 7


def seconds(page: gallery_script.Page, *, look: bool) -> float:
    """Return how long a page runs, in seconds."""
    torch_state.reset()
    figures.reset()
    state_panel.reset()
    cells = gallery_script.cells(page.script)
    with doctest_cells.as_sphinx_gallery(page) as main:
        began = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            for cell in cells:
                exec(cell.code, vars(main))
                if look:
                    state_panel.panels(cell.code, vars(main), "")
        return time.perf_counter() - began


def added_bytes(path: Path) -> int:
    """Return how many gzipped bytes the panels add to a built page."""
    text = path.read_text("utf-8")
    soup = BeautifulSoup(text, "html.parser")
    whole = len(gzip.compress(str(soup).encode()))
    for panel in soup.select(".state-panels"):
        panel.decompose()
    return whole - len(gzip.compress(str(soup).encode()))


def main() -> None:
    """Print both tables' figures."""
    pages = gallery_script.pages(ROOT)
    for page in pages:
        seconds(page, look=True)  # imports what the pages import
    times = {True: 0.0, False: 0.0}
    for page in pages:
        for look in times:
            runs = [seconds(page, look=look) for _ in range(ROUNDS)]
            times[look] += median(runs)
    more = times[True] / times[False] - 1
    print(
        f"gallery: {times[False]:.2f} s, with panels {times[True]:.2f} s: {more:+.1%}"
    )
    sizes = {
        path.relative_to(ROOT / "build/html").as_posix(): added_bytes(path)
        for path in (ROOT / "build/html").glob("*/gallery/*/*.html")
    }
    for name, size in sorted(sizes.items(), key=lambda item: -item[1])[:5]:
        print(f"{size / 1000:.1f} kB  {name}")


if __name__ == "__main__":
    main()
