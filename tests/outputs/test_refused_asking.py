"""A page that asks, folds or answers in a wrong way is refused, in one line."""

from __future__ import annotations

import re

import pytest

from project import TRANSLATIONS, Project

SHAPE = "is not two or three choices, each in double backticks, and one paragraph why"
BELOW = "does not stand directly below a code cell with an output"
ABOVE = "stands above no code cell; write it last"
CELL = "1 + 1\n\n# %%\n"
ASK = "# .. check::\n#\n"
TWO, THREE = "#    - ``2``\n", "#    - ``3``\n"
WHY = "#\n#    Why.\n"
END = "\n# %%\n# The end.\n\n2"
FAULTS = {  # code, what is said of it
    "no_right": (CELL + ASK + THREE * 2 + WHY, "has 0 choices that are right"),
    "two_right": (CELL + ASK + TWO * 2 + WHY, "has 2 choices that are right"),
    "one_choice": (CELL + ASK + TWO + WHY, SHAPE),
    "four_choices": (CELL + ASK + TWO + THREE * 3 + WHY, SHAPE),
    "no_why": (CELL + ASK + TWO + THREE, SHAPE),
    "two_whys": (CELL + ASK + TWO + THREE + WHY * 2, SHAPE),
    "words": (CELL + ASK + TWO + "#    - The end.\n" + WHY, SHAPE),
    "nothing": (CELL + "# .. check::\n", SHAPE),
    "no_list": (CELL + "# .. check::\n#\n#    Why.\n", SHAPE),
    "apart": (CELL + "# The end.\n#\n" + ASK + TWO + THREE + WHY, BELOW),
    "silent": ("x = 1\n\n# %%\n" + ASK + TWO + THREE + WHY, BELOW),
    "folds_text": (CELL + "# .. folded:: Why.\n#\n# The end.\n" + END, ABOVE),
    "folds_nothing": (CELL + "# .. folded:: Why.\n", ABOVE),
    "folds_twice": (CELL + "# .. folded:: Why.\n#\n# .. folded:: Why.\n\n2", ABOVE),
    "no_heading": (CELL + "# .. in-short:: x\n\n2", "stands under no heading"),
    "no_name": (
        CELL + "# The end.\n# --------\n#\n# .. in-short:: a model\n\n2",
        "lists what is no name: a model",
    ),
    "no_cell": (
        CELL + "# The end.\n# --------\n#\n# .. in-short::\n",
        "stands above no code cell; write one below it",
    ),
}
GOOD = {
    "table": CELL + "# The end.\n# --------\n#\n# .. in-short::\n#    :shows: table\n",
    "near": "2.00001\n\n# %%\n" + ASK + "#    - ``2.00002``\n" + THREE + WHY,
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the lines that a build of such pages says."""
    project = Project.create(tmp_path_factory.mktemp("refused_asking"))
    TRANSLATIONS.update({"Why.": "原因。", "The end.": "结束。"})
    pages = {name: code for name, (code, _says) in FAULTS.items()} | GOOD
    for name, code in pages.items():
        project.add_page(name, code)
    held = {name: project.read(f"gallery/group/{name}.py") for name in pages}
    for name, text in held.items():  # which 'make catalogs' refuses too
        path = project.root / f"gallery/group/{name}.py"
        path.write_text(text.replace("# .. in-short::", "# .. "), "utf-8")
    made = project.make("catalogs")
    assert made.ok, made.text
    project.translate()
    for name, text in held.items():
        (project.root / f"gallery/group/{name}.py").write_text(text, "utf-8")
    project.make("expected")
    result = project.make("html")
    assert not result.ok
    return result.text.splitlines()


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_line_with_file_and_line(told: list[str], name: str) -> None:
    (line,) = [line for line in told if f"/{name}.py:" in line]
    assert re.search(rf"/{name}\.py:\d+: WARNING: {re.escape(FAULTS[name][1])}", line)


@pytest.mark.parametrize("name", GOOD)
def test_a_page_that_does_well_is_not_named(told: list[str], name: str) -> None:
    assert not [line for line in told if f"/{name}.py:" in line]
