"""Every output is expected, and an unexpected one is not published."""

from __future__ import annotations

from project import EXPECTED, PAGE, Project

PUBLISHED = "build/html/en/gallery/group/page.html"


def refused(tiny: Project, *goals: str) -> str:
    """Return what ``make`` said when it failed; the last good site is untouched."""
    before = tiny.read(PUBLISHED)
    result = tiny.make(*goals)
    assert not result.ok, result.text
    assert tiny.read(PUBLISHED) == before
    return result.text


def test_a_wrong_expectation_names_script_line_wanted_and_got(tiny: Project) -> None:
    with tiny.changed(EXPECTED, "tensor([0., 0.])", "tensor([0., 1.])"):
        for goal in ("html", "html", "doctest"):  # each time again
            text = refused(tiny, goal)
            assert f"{PAGE}:42: WARNING: unexpected output" in text
            assert "- tensor([0., 1.]) (wanted)" in text
            assert "+ tensor([0., 0.]) (got)" in text
    assert tiny.make("html", "doctest").ok


def test_a_missing_expectation_fails(tiny: Project) -> None:
    with tiny.without(EXPECTED):
        for goal in ("html", "doctest"):
            text = refused(tiny, goal)
            assert EXPECTED in text
            assert "'make expected'" in text


def test_a_missing_section_fails(tiny: Project) -> None:
    with tiny.changed(EXPECTED, "%%\ntensor([0., 0.])\n", ""):
        for goal in ("html", "doctest"):
            assert "3 sections for" in refused(tiny, goal)


def test_an_extra_section_fails(tiny: Project) -> None:
    with tiny.changed(EXPECTED, "%%\nout", "%%\nmore\n%%\nout"):
        for goal in ("html", "doctest"):
            assert "5 sections for" in refused(tiny, goal)


def test_an_orphaned_expectation_fails(tiny: Project) -> None:
    orphan = tiny.root / "tests/expected/group/gone.txt"
    orphan.write_text("%%\n")
    assert "gone.txt:1: WARNING: belongs to no gallery page" in refused(tiny, "html")
    assert tiny.make("expected").ok
    assert not orphan.exists()


def test_an_unreadable_expectation_fails(tiny: Project) -> None:
    with tiny.changed(EXPECTED, "%%\n%%\n<class", "<class"):
        for goal in ("html", "doctest"):
            assert "page.txt:1: does not begin with a line '%%'" in refused(tiny, goal)


def test_accepting_makes_a_new_output_the_expectation(tiny: Project) -> None:
    with tiny.changed(PAGE, "torch.zeros(2)\n", "torch.ones(2)\n"):
        assert "+ tensor([1., 1.]) (got)" in refused(tiny, "html")
        with tiny.changed(EXPECTED, "%%\n", "%%\n"):  # put back afterwards
            assert "accepted" in tiny.make("expected").text
            assert "tensor([1., 1.])" in tiny.read(EXPECTED)
            assert tiny.make("html", "doctest").ok
    assert tiny.make("html").ok


def test_accepting_an_output_leaves_those_that_say_the_same(tiny: Project) -> None:
    odict = "import collections\ncollections.OrderedDict(a=1)\n"
    for form in ("OrderedDict([('a', 1)])", "OrderedDict({'a': 1})"):  # two Pythons'
        with (
            tiny.changed(PAGE, "torch.zeros(2)\n", odict),
            tiny.changed(PAGE, '"out"', '"other"'),
            tiny.changed(EXPECTED, "tensor([0., 0.])", form),
        ):
            assert tiny.make("expected").ok
            assert form in tiny.read(EXPECTED)
            assert "\nother\n" in tiny.read(EXPECTED)
            assert tiny.make("doctest").ok
    assert tiny.make("html").ok


def test_a_false_promise_fails(tiny: Project) -> None:
    with tiny.changed(PAGE, "[1.0, 1.0]", "[1.0, 2.0]"):
        for goal in ("html", "doctest"):
            text = refused(tiny, goal)
            assert f'{PAGE}", line 9' in text
            assert "[1.0, 2.0]" in text


def test_a_page_that_promises_nothing_fails(tiny: Project) -> None:
    with tiny.changed(PAGE, ">>> ", "    "):
        for goal in ("html", "doctest"):
            said = f"{PAGE}:1: WARNING: the header promises nothing"
            assert said in refused(tiny, goal)


def test_a_wrong_fence_on_a_prose_page_fails(tiny: Project) -> None:
    with tiny.changed("docs/index.md", "tensor([0.3333", "tensor([0.3335"):
        assert "index.md" in refused(tiny, "doctest")
    with tiny.changed("docs/index.md", "tensor([0.3333", "tensor([0.3334"):
        assert tiny.make("doctest").ok  # one in the last digit is no difference


def test_cells_print_under_doctest_what_they_print_on_the_page(tiny: Project) -> None:
    shown = tiny.read(EXPECTED)
    assert "<class '__main__.Model'>\n" in shown  # pickled and read back
    assert "out\nerr\n\ntensor([0.3333" in shown  # stdout, stderr, last value
    result = tiny.make("doctest")
    assert result.ok, result.text
    assert "doctest: 8 tests, 0 failures" in result.text  # 4 cells, 2 + 2 examples
