"""What the state panels cost: time of the gallery, bytes of each page.

    .venv/bin/python benchmarks/panels.py      after 'make html' and 'make test'

Runs each page and prints what its panels took as a part of what its cells took, within
one run, of processor and by the clock; then what the panels add to each built page,
gzipped.  Aims: 15 %, 6 kB.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "docs/_ext"), str(ROOT / "tests")]

from bs4 import BeautifulSoup  # noqa: E402

from running import as_main  # noqa: E402
from tested_gallery.pages import figures, page_texts, reset_torch  # noqa: E402
from tested_gallery.state import watch  # noqa: E402

ROUNDS = 3
CLOCKS = {"processor": time.process_time, "clock": time.perf_counter}


def timed(page: page_texts.Page) -> dict[str, tuple[float, float]]:
    """Run a page; return the seconds of its cells and of its panels, by each clock."""
    reset_torch.reset()
    figures.reset()
    watch.reset()
    marks = []
    with as_main(page.script) as main:
        for cell in page_texts.cells(page.script):
            marks.append(now())
            with contextlib.redirect_stdout(io.StringIO()):
                exec(cell.code, vars(main))
            marks.append(now())
            watch.panels(cell.code, vars(main), "")
    marks.append(now())
    return {name: (between(marks, name, 0), between(marks, name, 1)) for name in CLOCKS}


def now() -> dict[str, float]:
    """Return what each clock shows."""
    return {name: clock() for name, clock in CLOCKS.items()}


def between(marks: list[dict[str, float]], name: str, first: int) -> float:
    """Return the sum of every second stretch between marks, from ``first`` on."""
    stretches = zip(marks[first::2], marks[first + 1 :: 2], strict=False)
    return sum(after[name] - before[name] for before, after in stretches)


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
    pages = page_texts.pages(ROOT)
    for page in pages:
        timed(page)  # imports what the pages import
    rounds = [timed(page) for _round in range(ROUNDS) for page in pages]
    for name in CLOCKS:
        cells, panels = (sum(run[name][part] for run in rounds) for part in (0, 1))
        print(
            f"{name}: cells {cells / ROUNDS:.2f} s, panels {panels / ROUNDS:.2f} s: "
            f"{panels / cells:+.1%}"
        )
    sizes = {
        path.relative_to(ROOT / "build/html").as_posix(): added_bytes(path)
        for path in (ROOT / "build/html").glob("*/gallery/*/*.html")
    }
    for name, size in sorted(sizes.items(), key=lambda item: -item[1])[:5]:
        print(f"{size / 1000:.1f} kB  {name}")


if __name__ == "__main__":
    main()
