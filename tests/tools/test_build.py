"""A build executes once, is strict, and publishes a whole site or none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from project import EXPECTED, PAGE, Project

if TYPE_CHECKING:
    from pathlib import Path

COUNT = """
import os
from pathlib import Path

with Path(os.environ["COUNTER"]).open("a") as file:
    file.write("x")

torch.zeros(2)
"""


def test_a_build_says_what_it_does_in_a_few_lines(
    tiny: Project, tmp_path: Path
) -> None:
    drawing = "import matplotlib.pyplot\ntorch.zeros(2)\n"
    with tiny.changed(PAGE, "torch.zeros(2)\n", drawing):
        first = tiny.make("clean", "html", MPLCONFIGDIR=str(tmp_path))  # without fonts
    assert any(tmp_path.glob("fontlist*"))
    said = [
        "rm -rf build docs/gallery",
        "find docs/locale -name '\\*.mo' -delete",
        r"Building the pages: English \(en\)",
        "  pages to execute: 1",
        r"  executed in [\d.]+ s; slowest: page [\d.]+",
        r"Building the pages: 简体中文 \(zh_CN\)",
        "Indexing the pages for the search",
        r"Published 4 pages in 2 languages: .*/build/html",
    ]
    assert re.fullmatch("\n".join(said), first.text.strip()), first.text
    assert len(tiny.make("html").text.splitlines()) == 6  # the page is as it was again
    assert len(tiny.make("html").text.splitlines()) == 3  # nothing to do


def test_a_build_leaves_no_file_open(tiny: Project) -> None:
    result = tiny.make("html", PYTHONWARNINGS="error::ResourceWarning")
    assert result.ok, result.text


def test_on_a_terminal_the_page_that_runs_is_shown(tiny: Project) -> None:
    with tiny.changed(PAGE, '"out"', '"other"'):
        result = tiny.make_on_a_terminal("html")
    assert "\r\n  1 of 1: group/page\x1b[K\r" in result.text
    assert "\x1b" not in tiny.make("html").text


def test_a_blank_in_a_page_s_name_is_refused(tiny: Project) -> None:
    assert " " in str(tiny.root)  # above it any is allowed
    tiny.add_page("two words", "1 + 1\n")
    try:
        result = tiny.make("html")
        assert not result.ok
        assert "group/two words.py:1: WARNING: has a blank in its name" in result.text
    finally:
        (tiny.root / "gallery/group/two words.py").unlink()
        order = tiny.root / "gallery/group/index.rst"
        order.write_text(order.read_text().replace("   two words\n", ""))
    assert tiny.make("html").ok


def test_both_languages_come_from_one_execution(tiny: Project) -> None:
    counter = tiny.root / "counter"
    with tiny.changed(PAGE, "\ntorch.zeros(2)\n", COUNT):
        result = tiny.make("html", COUNTER=str(counter))
        assert result.ok, result.text
        assert counter.read_text() == "x"
        assert tiny.make("html", COUNTER=str(counter)).ok
        assert counter.read_text() == "x"
    for language in ("en", "zh-cn"):
        page = tiny.read(f"build/html/{language}/gallery/group/page.html")
        assert "tensor([0., 0.])" in page


def test_a_script_that_raises_fails_with_script_line_and_cause(tiny: Project) -> None:
    with tiny.changed(PAGE, "torch.zeros(2)\n", 'raise ValueError("on purpose")\n'):
        for goal in ("html", "html", "doctest"):
            result = tiny.make(goal)
            assert not result.ok
            assert f'{PAGE}", line 37' in result.text
            assert "ValueError: on purpose" in result.text


def test_a_warning_that_no_page_catches_fails(tiny: Project) -> None:
    warning = 'import warnings\nwarnings.warn("careful")\n'
    with tiny.changed(PAGE, "torch.zeros(2)\n", warning):
        for goal in ("html", "doctest"):
            result = tiny.make(goal)
            assert not result.ok
            assert f'{PAGE}", line 38' in result.text
            assert "UserWarning: careful" in result.text


def test_a_warning_of_torch_fails_on_every_page_and_not_only_the_first(
    tiny: Project,
) -> None:
    warning = "torch.ones(1, dtype=torch.complex64).to(torch.float32)\n"
    with tiny.changed(PAGE, "torch.zeros(2)\n", warning):
        for goal in ("html", "doctest"):
            result = tiny.make(goal)
            assert not result.ok
            assert "discards the imaginary part" in result.text


def test_a_broken_link_fails_each_time(tiny: Project) -> None:
    with tiny.changed("docs/index.md", "`state_dict`.", "`state_dict`. [x](#nowhere)"):
        for _ in range(2):
            result = tiny.make("html")
            assert not result.ok
            assert "index.md:4: WARNING" in result.text
            assert "nowhere" in result.text


def test_a_broken_link_to_a_page_is_one_line_and_no_crash(tiny: Project) -> None:
    with tiny.changed("docs/index.md", "`state_dict`.", "`state_dict`. [x](nowhere/a)"):
        result = tiny.make("html")
    assert not result.ok
    assert "index.md:4: WARNING" in result.text
    assert "Extension error" not in result.text
    assert tiny.make("html").ok


def test_a_single_backtick_in_a_script_is_a_broken_link(tiny: Project) -> None:
    with tiny.changed(PAGE, "``weight``", "`weight`"):
        result = tiny.make("html")
        assert not result.ok
        assert "weight" in result.text


def test_a_site_with_a_missing_page_is_not_published(tiny: Project) -> None:
    with tiny.without("build/work/zh_CN/gallery/group/page.html"):
        published = tiny.read("build/html/zh-cn/gallery/group/page.html")
        done = tiny.python("import publish; assert publish.main(['en', 'zh_CN']) == 1")
        assert done.ok
        assert "the page gallery/group/page.html is missing" in done.text
        assert tiny.read("build/html/zh-cn/gallery/group/page.html") == published


def test_a_site_is_published_only_if_it_is_not_there_already(tiny: Project) -> None:
    assert tiny.make("html").ok
    site = tiny.root / "build/html"
    folder = site.stat().st_ino
    again = tiny.make("html")
    assert "Published already, 4 pages in 2 languages" in again.text
    assert site.stat().st_ino == folder
    kept = tiny.read("build/html/robots.txt")
    for spoil in (
        lambda: (site / "robots.txt").unlink(),
        lambda: (site / "robots.txt").write_text("other"),
        lambda: (site / "en/more.html").write_text(""),
    ):
        spoil()
        assert tiny.make("html").ok
        assert tiny.read("build/html/robots.txt") == kept
        assert not (site / "en/more.html").exists()
    with tiny.changed("docs/_tools/publish.py", ".buildinfo*", ".buildinfo"):
        assert "Published 4 pages" in tiny.make("html").text


def test_a_renamed_page_leaves_nothing_behind(tiny: Project) -> None:
    new = (tiny.root / PAGE).with_name("renamed.py")
    expectation = (tiny.root / EXPECTED).with_name("renamed.txt")
    catalogs = tiny.root / "docs/locale/zh_CN/LC_MESSAGES/gallery/group"
    with tiny.changed("gallery/group/index.rst", "page", "renamed"):
        (tiny.root / PAGE).rename(new)
        (tiny.root / EXPECTED).rename(expectation)
        (catalogs / "page.po").rename(catalogs / "renamed.po")
        try:
            result = tiny.make("html")
            assert result.ok, result.text
            for language in ("en", "zh-cn"):
                folder = tiny.root / f"build/html/{language}/gallery/group"
                stems = {path.name.partition(".")[0] for path in folder.iterdir()}
                assert stems == {"index", "renamed"}
                assert {path.name for path in folder.glob("*.html")} == {
                    *("index.html", "renamed.html"),
                }
        finally:
            new.rename(tiny.root / PAGE)
            expectation.rename(tiny.root / EXPECTED)
            (catalogs / "renamed.po").rename(catalogs / "page.po")
    assert tiny.make("html").ok


def test_make_help_names_every_command(tiny: Project) -> None:
    listed = tiny.make("help").text
    makefile = tiny.read("Makefile")
    phony = next(x for x in makefile.splitlines() if x.startswith(".PHONY:"))
    for goal in set(phony.split()[1:]) - {"help"}:
        assert f"make {goal} " in listed


def read(project: Project) -> dict[str, int]:
    """Return when Sphinx read each page."""
    doctrees = project.root / "build/work/doctrees"
    return {
        path.relative_to(doctrees).as_posix(): path.stat().st_mtime_ns
        for language in ("en", "zh_CN")
        for path in (doctrees / language).rglob("*.doctree")
    }


def test_a_page_that_fails_costs_the_other_language_nothing(tiny: Project) -> None:
    assert tiny.make("html").ok
    before = read(tiny)
    with tiny.changed(PAGE, "torch.zeros(2)\n", 'raise ValueError("on purpose")\n'):
        result = tiny.make("html")
    assert not result.ok
    assert "(zh_CN)" not in result.text
    assert "(en)" in result.text
    assert tiny.make("html").ok
    after = read(tiny)
    assert len(before) >= 8
    assert after.keys() == before.keys()
    anew = {name for name, time in after.items() if time != before[name]}
    assert "en/index.doctree" in anew  # a build that failed is not trusted
    assert "zh_CN/index.doctree" not in anew


def test_the_first_language_says_what_is_wrong_and_then_the_other(
    tiny: Project,
) -> None:
    with tiny.changed("docs/locale/zh_CN/LC_MESSAGES/index.po", "网站", "网站,"):
        with tiny.changed(EXPECTED, "tensor([0., 0.])", "tensor([0., 1.])"):
            result = tiny.make("html")
        assert not result.ok
        assert result.text.count("unexpected output") == 1
        assert "en: failed" in result.text
        assert "zh_CN" not in result.text
        result = tiny.make("html")
        assert not result.ok
        assert "half-width punctuation" in result.text
        assert "zh_CN: failed" in result.text
    assert tiny.make("html").ok


def test_an_exchange_that_was_cut_off_is_put_right(tiny: Project) -> None:
    html = tiny.root / "build/html"
    html.rename(html.with_name("last"))
    with tiny.changed(EXPECTED, "tensor([0., 0.])", "tensor([0., 1.])"):
        assert not tiny.make("html").ok
        assert (html / "index.html").exists()
    assert tiny.make("html").ok
