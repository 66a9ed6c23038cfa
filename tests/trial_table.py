"""The table of recipes and trials that stands at the end of a run of tests.

``tests/conftest.py`` takes the hook from here, not one in ``tests/recipes``: where the
tests run in two processes, the one that prints reads no conftest below ``tests``.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

Tried = tuple[str, str, str]  # a recipe, a trial, how it ended


def lines(tried: Iterable[Tried]) -> list[str]:
    """Return the table, with the counts of recipes, trials and exemptions below it.

    >>> for line in lines([("page A", "train", "ok"), ("page A", "pickle", "torch"),
    ...                    ("page B", "train", "exempt")]):
    ...     print(line.rstrip())
           train  pickle
    page A ok     torch
    page B exempt -
    2 recipes, 3 trials, 1 exemption (1 exempt, 1 ok, 1 torch)
    """
    ends = {(recipe, trial): end for recipe, trial, end in tried}
    recipes = sorted({recipe for recipe, _ in ends})
    trials = list(dict.fromkeys(trial for _, trial in ends))
    rows = [
        [recipe, *(ends.get((recipe, t), "-") for t in trials)] for recipe in recipes
    ]
    rows.insert(0, ["", *trials])
    sizes = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = [" ".join(map(str.ljust, row, sizes)) for row in rows]
    counts = Counter(ends.values())
    numbers = {
        "recipe": len(recipes),
        "trial": len(ends),
        "exemption": counts["exempt"],
    }
    said = ", ".join(f"{n} {name}{'s' * (n != 1)}" for name, n in numbers.items())
    how = ", ".join(f"{counts[end]} {end}" for end in sorted(counts) if counts[end])
    return [*table, f"{said} ({how})"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table if a recipe was tried."""
    reports = (r for part in terminalreporter.stats.values() for r in part)
    noted = (dict(getattr(report, "user_properties", ())) for report in reports)
    if tried := [tuple(n["tried"]) for n in noted if "tried" in n]:
        terminalreporter.section("recipes on trial")
        for line in lines(tried):
            terminalreporter.line(line.rstrip())
