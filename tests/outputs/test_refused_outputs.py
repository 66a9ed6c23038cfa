"""Every output is expected: what is not is told with script, line, wanted and got."""

from __future__ import annotations

import contextlib

import pytest

from project import EXPECTED as OTHER
from project import Project

EXPECTED = "%%\n2\n"
PAGES = {  # what the page's expectation is instead
    "wrong": "%%\n3\n",
    "missing": None,
    "more": "%%\nmore\n%%\n2\n",
    "unreadable": "2\n",
}
FAULTS = {
    "a wrong output": "wrong.py:8: WARNING: unexpected output\n",
    "a wrong output, what": "- 3 (wanted)\n+ 2 (got)\n",
    "no expectation": "missing.py:1: WARNING: has no expectation: ",
    "a section less": "page.txt:1: WARNING: 3 sections for the 4 code cells of ",
    "a section more": "more.txt:1: WARNING: 2 sections for the 1 code cells of ",
    "no mark": "unreadable.txt:1: WARNING: ",
    "no mark, why": "unreadable.txt:1: WARNING: does not begin with a line '%%'",
    "of no page": "gone.txt:1: WARNING: belongs to no gallery page",
    "what to do": "'make expected'",
}
GOALS = ("html", "html", "doctest")  # each time again


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return what the goals say of a project of such pages."""
    project = Project.create(tmp_path_factory.mktemp("unexpected"))
    project.add_pages(dict.fromkeys(PAGES, "1 + 1"))
    good = project.make("html", "doctest")
    assert good.ok, good.text
    site = project.site()
    found = []
    with contextlib.ExitStack() as put_back:
        change = put_back.enter_context
        for name, text in PAGES.items():
            path = f"tests/expected/group/{name}.txt"
            change(
                project.changed(path, EXPECTED, text) if text else project.without(path)
            )
        change(project.changed(OTHER, "%%\ntensor([0., 0.])\n", ""))  # of four sections
        stray = project.root / "tests/expected/group/gone.txt"
        stray.write_text(EXPECTED)
        for goal in GOALS:
            result = project.make(goal)
            assert not result.ok
            found.append(result.text)
        assert project.site() == site
        stray.unlink()
    mended = project.make("html")
    assert mended.ok, mended.text
    assert project.site() == site
    return found


@pytest.mark.parametrize("says", FAULTS.values(), ids=FAULTS)
def test_what_is_not_expected_is_told_each_time(told: list[str], says: str) -> None:
    for text in told:
        assert says in text, text
