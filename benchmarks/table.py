"""Write the results as tables in Markdown, between two marks of a page."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = 3  # runs of a step, if it is not a long one
MARKS = re.compile(r"(<!-- figures -->\n).*(<!-- end -->\n)", re.DOTALL)

Results = dict[str, dict[str, Any]]


def figures(cost: dict[str, float]) -> str:
    """Return what a step cost, for people.

    >>> figures({"wall": 1.234, "cpu": 2, "peak": 345_600_000})
    '1.2 s, 2.0 s of processors, 346 MB'
    """
    seconds, cpu, peak = cells(cost)
    return f"{seconds} s, {cpu} s of processors, {peak} MB"


def cells(cost: dict[str, float]) -> list[str]:
    """Return what a step cost: seconds, seconds of processors, megabytes."""
    return [f"{cost['wall']:.1f}", f"{cost['cpu']:.1f}", f"{cost['peak'] / 1e6:.0f}"]


def rows(head: list[str], lines: list[list[str]]) -> str:
    """Return a table.

    >>> print(rows(["a", "b"], [["1", "2"]]))
    | a | b |
    |---|--:|
    | 1 | 2 |
    """
    rule = "|---" + "|--:" * (len(head) - 1) + "|"
    drawn = [f"| {' | '.join(line)} |" for line in [head, *lines]]
    return "\n".join([drawn[0], rule, *drawn[1:]])


def floor(steps: Results, size: str) -> dict[str, float]:
    """Return what all parts of the floor cost together."""
    parts = [steps[f"{size}/floor/{name}"] for name in ("scripts", "en", "zh_CN")]
    return {
        "wall": sum(part["wall"] for part in parts),
        "cpu": sum(part["cpu"] for part in parts),
        "peak": max(part["peak"] for part in parts),
    }


def of_size(steps: Results, size: str) -> str:
    """Return the table of a gallery's steps, each with its ratio to the floor."""
    own = {name: cost for name, cost in steps.items() if name.startswith(f"{size}/")}
    lines = [[name.partition("/")[2], *cells(cost)] for name, cost in own.items()]
    try:
        whole = floor(steps, size)
    except KeyError:
        return rows(["step", "s", "s of processors", "MB"], lines)
    for line, cost in zip(lines, own.values(), strict=True):
        line.append(f"{cost['wall'] / whole['wall']:.2f}")
    lines.insert(0, ["floor", *cells(whole), "1.00"])
    return rows(["step", "s", "s of processors", "MB", "of the floor"], lines)


def aims(steps: Results) -> list[list[str]]:
    """Return each aim whose steps are known: what, aim, what was measured, its spread.

    Measured is the ratio of the fastest runs; the spread is that between the ratios of
    the steps' first runs, their second and their third.
    """
    rounds = [ratios(in_round(steps, number)) for number in range(ROUNDS)]
    found = []
    for (what, aim), value in ratios(steps).items():
        values = [ratio[what, aim] for ratio in rounds]
        spread = max(values) - min(values)
        found.append([what, aim, f"{value:.2f}", f"{spread:.2f}"])
    return found


def in_round(steps: Results, number: int) -> Results:
    """Return the steps with the time of one of their runs, from 0, or of the last.

    >>> in_round({"a": {"wall": 1, "walls": [2, 1]}}, 2)["a"]["wall"]
    1
    """
    return {
        name: {**cost, "wall": cost["walls"][: number + 1][-1]}
        for name, cost in steps.items()
    }


def ratios(steps: Results) -> dict[tuple[str, str], float]:
    """Return what was measured for each aim whose steps are known."""

    def wall(name: str) -> float:
        return steps[name]["wall"]

    def more(what: str) -> float:
        return wall(f"100/ours/{what}") - wall("100/ours/unchanged")

    bare = ("100/floor/en unchanged", "100/floor/zh_CN unchanged")
    first = "100/ours/first language"
    wanted = {
        ("cold, both languages, to the floor, 100 pages", "≤ 1.0"): lambda: (
            wall("100/ours/cold") / floor(steps, "100")["wall"]
        ),
        ("second language, alone, to the first", "≤ 0.40"): lambda: (
            wall("100/ours/second language") / wall(first)
        ),
        ("what the second adds to the first", "≤ 0.40"): lambda: (
            wall("100/ours/cold") / wall(first) - 1
        ),
        ("nothing to do, to bare Sphinx", "≤ 1.5"): lambda: (
            wall("100/ours/unchanged") / sum(map(wall, bare))
        ),
        ("one code cell, s more than nothing", "≤ 1.5 + page"): lambda: more(
            "one code cell"
        ),
        ("one sentence, s more than nothing", "≤ 1.5 + page"): lambda: more(
            "one sentence"
        ),
        ("one message, s more than nothing", "≤ 1.5"): lambda: more("one message"),
        ("MyST-NB to the first language, cold", "≥ 12"): lambda: (
            wall("100/myst-nb/cold") / wall(first)
        ),
        ("nbsphinx to the first language, cold", "≥ 15"): lambda: (
            wall("100/nbsphinx/cold") / wall(first)
        ),
        ("a page of 1,000 to a page of 100", "≤ 1.15"): lambda: (
            wall("1000/ours/cold") / 10 / wall("100/ours/cold")
        ),
        ("GB at the peak, 1,000 pages", "≤ 1.5"): lambda: (
            steps["1000/ours/cold"]["peak"] / 1e9
        ),
    }
    found = {}
    for aim, value in wanted.items():
        with contextlib.suppress(KeyError):  # not measured
            found[aim] = value()
    return found


def text(results: dict[str, Any]) -> str:
    """Return all tables, and what they were measured with."""
    steps = results["steps"]
    sizes = list(dict.fromkeys(name.partition("/")[0] for name in steps))
    parts = [f"{results['date']}: {results['machine']}; {results['versions']}."]
    parts.append(rows(["ratio", "aim", "measured", "spread"], aims(steps)))
    for size in sizes:
        title = "The real gallery" if size == "real" else f"{int(size):,} pages"
        parts += [f"### {title}", of_size(steps, size)]
    return "\n\n".join(parts) + "\n"


def write(page: Path, results: dict[str, Any]) -> None:
    """Put the tables between the marks of a page."""
    before = page.read_text("utf-8")
    page.write_text(MARKS.sub(lambda m: m[1] + text(results) + m[2], before), "utf-8")
