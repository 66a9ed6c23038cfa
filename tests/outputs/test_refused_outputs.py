"""Every output is expected: what is not is told with script, line, wanted and got."""

from __future__ import annotations

import pytest

from project import Project

EXPECTED = "%%\n2\n"
PAGES = {  # what the page's expectation is instead
    "wrong": "%%\n3\n",
    "missing": None,
    "fewer": "",
    "more": "%%\nmore\n%%\n2\n",
    "unreadable": "2\n",
    "false_promise": EXPECTED,
    "no_promise": EXPECTED,
    "gone": EXPECTED,  # of no page
}
FAULTS = {
    "a wrong output": "wrong.py:11: WARNING: unexpected output\n",
    "a wrong output, what": "- 3 (wanted)\n+ 2 (got)\n",
    "no expectation": "missing.py:1: WARNING: has no expectation: ",
    "no section": "fewer.txt:1: WARNING: ",
    "a section more": "more.txt:1: WARNING: 2 sections for the 1 code cells of ",
    "no mark": "unreadable.txt:1: WARNING: ",
    "no mark, why": "unreadable.txt:1: does not begin with a line '%%'",
    "a false promise": 'false_promise.py", line 7',
    "a false promise, what": "Expected:\n    7\nGot:\n    1\n",
    "no promise": "no_promise.py:1: WARNING: the header promises nothing",
    "of no page": "gone.txt:1: WARNING: belongs to no gallery page",
    "what to do": "'make expected'",
}
GOALS = ("html", "html", "doctest")  # each time again


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return what the goals say of a project of such pages."""
    project = Project.create(tmp_path_factory.mktemp("unexpected"))
    project.add_pages({name: "1 + 1" for name in PAGES if name != "gone"})
    good = project.make("html", "doctest")
    assert good.ok, good.text
    site = project.site()
    for name, text in PAGES.items():
        path = project.root / f"tests/expected/group/{name}.txt"
        assert name == "gone" or path.read_text("utf-8") == EXPECTED
        path.write_text(text or "", "utf-8")
        if text is None:
            path.unlink()
    for name, promise in (("false_promise", ">>> 1\n7\n"), ("no_promise", "")):
        script = project.root / f"gallery/group/{name}.py"
        before = script.read_text("utf-8")
        assert before.count(">>> 1\n1\n") == 1
        script.write_text(before.replace(">>> 1\n1\n", promise), "utf-8")
    found = []
    for goal in GOALS:
        result = project.make(goal)
        assert not result.ok
        found.append(result.text)
    assert project.site() == site
    return found


@pytest.mark.parametrize("says", FAULTS.values(), ids=FAULTS)
def test_what_is_not_expected_is_told_each_time(told: list[str], says: str) -> None:
    for text in told:
        assert says in text, text
