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


def test_accepting_deletes_what_belongs_to_no_page(tiny: Project) -> None:
    stray = tiny.root / "tests/expected/group/gone.txt"
    stray.write_text("%%\n")
    assert tiny.make("expected").ok
    assert not stray.exists()


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


def test_a_wrong_fence_on_a_prose_page_fails(tiny: Project) -> None:
    with tiny.changed("docs/index.md", "tensor([0.3333", "tensor([0.3335"):
        for goal in ("doctest", "html", "html"):
            assert 'File "index.md", line ' in refused(tiny, goal)
    with tiny.changed("docs/index.md", "tensor([0.3333", "tensor([0.3334"):
        # one in the last digit is no difference
        assert tiny.make("doctest", "html").ok


def test_cells_print_under_doctest_what_they_print_on_the_page(tiny: Project) -> None:
    shown = tiny.read(EXPECTED)
    assert "<class '__main__.Model'>\n" in shown  # pickled and read back
    assert "out\nerr\n\ntensor([0.3333" in shown  # stdout, stderr, last value
    result = tiny.make("doctest")
    assert result.ok, result.text
    assert "doctest: 6 tests, 0 failures" in result.text  # 4 cells, 2 examples
