"""A page is begun, looked at, renamed and deleted by one command each."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import catalogs
import page_shape
from built_pages import LANGUAGES, parse
from project import ROOT, Project

if TYPE_CHECKING:
    from collections.abc import Iterator

ORDER = "gallery/group/index.rst"
LOCALE = "docs/locale/zh_CN/LC_MESSAGES/gallery"
ANY = "随便一句。"
READING = """
from pathlib import Path

print(Path("_worker.py").read_text())
"""
FACT = """
# %%
# .. _other1:
#
# A fact.

2 + 2
"""
COUNTING = """
with Path({!r}).open("a") as file:
    _ = file.write("x")
"""
LINK = 'See :doc:`page` and :doc:`it </gallery/group/page>`.\n"""'


def commit(project: Project) -> None:
    """Let git have all files of a project as they are."""
    for command in (
        ("init", "--quiet"),
        ("add", "--all"),
        *(("-c", "user.name=a", "-c", "user.email=a", "commit", "--quiet", "-m", "a"),),
    ):
        subprocess.run(["git", *command], cwd=project.root, check=True)


def translate(project: Project) -> None:
    """Give each message without a translation one that no check refuses."""
    for path in (project.root / LOCALE).rglob("*.po"):
        catalog = catalogs.read(path)
        for message in catalog:
            if message.id and (message.fuzzy or not message.string):
                kept = re.findall(r"``[^`]+``|:\w+:`[^`]+`", message.id)
                parts = ["随便", " 和 ".join(kept), "一句。"] if kept else [ANY]
                message.string = " ".join(parts)
                message.flags.discard("fuzzy")
        path.write_text(catalogs.catalog_text(catalog, "zh_CN"), "utf-8")


def add_group(project: Project, name: str, page: str) -> None:
    """Add a group of one page, which `Project.add_page` writes into the other."""
    folder = project.root / "gallery" / name
    folder.mkdir()
    head = f"{name.title()}\n{'=' * len(name)}\n\n.. toctree::\n\n   {page}\n"
    (folder / "index.rst").write_text(head)
    project.add_page(page, "1 + 1")
    order = project.root / ORDER
    order.write_text(order.read_text().replace(f"   {page}\n", ""))
    (project.root / f"gallery/group/{page}.py").rename(folder / f"{page}.py")
    whole = project.root / "gallery/index.rst"
    whole.write_text(f"{whole.read_text()}   {name}/index\n")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project of two groups, whose pages link to each other, in git."""
    made = Project.create(tmp_path_factory.mktemp("author"))
    add_group(made, "other", "elsewhere")
    made.add_page("linking", "1 + 1")
    script = made.root / "gallery/group/linking.py"
    script.write_text(script.read_text().replace('\n"""', f"\n\n{LINK}", 1))
    script = made.root / "gallery/other/elsewhere.py"
    script.write_text(script.read_text() + FACT)
    (made.root / "gallery/group/_worker.py").write_text("print(3)\n")
    page = made.root / "gallery/group/page.py"
    page.write_text(page.read_text() + READING)
    assert made.make("catalogs").ok
    with made.changed(
        f"{LOCALE}/other/elsewhere.po", 'e"\nmsgstr ""', 'e"\nmsgstr "别处"'
    ):
        translate(made)
        elsewhere = made.read(f"{LOCALE}/other/elsewhere.po")
    (made.root / f"{LOCALE}/other/elsewhere.po").write_text(elsewhere, "utf-8")
    accepted = made.make("expected")
    assert accepted.ok, accepted.text
    built = made.make("addresses", "html")
    assert built.ok, built.text
    shutil.copy(ROOT / ".gitignore", made.root)
    commit(made)
    assert made.make("html").ok  # a site names its commit
    return made


@pytest.fixture
def project(made: Project) -> Iterator[Project]:
    """Return the project, as git has it, and put it back afterwards."""
    yield made
    for command in (["git", "reset", "--quiet", "--hard"], ["git", "clean", "-fdq"]):
        subprocess.run(command, cwd=made.root, check=True)


def changes(project: Project) -> list[str]:
    """Return what git sees changed."""
    command = ["git", "status", "--porcelain", "--untracked-files=all"]
    done = subprocess.run(
        command, cwd=project.root, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout.splitlines()


def files_of(project: Project, page: str) -> set[str]:
    """Return the files that have the name of a page, but for those of the builders."""
    found = [path.relative_to(project.root) for path in project.root.rglob(f"{page}.*")]
    return {p.as_posix() for p in found if "build/work" not in p.as_posix()}


def test_a_new_page_is_green_but_for_its_todos_and_its_translation(
    project: Project,
) -> None:
    made = project.make("new", PAGE="group/second", AFTER="page", TITLE="A second one")
    assert made.ok, made.text
    assert "What only you can do" in made.text
    assert changes(project) == [
        f" M {ORDER}",
        f"?? {LOCALE}/group/second.po",
        "?? gallery/group/second.py",
        "?? tests/expected/group/second.txt",
        "?? tests/recipes/group/second.toml",
    ]
    assert "   page\n   second\n" in project.read(ORDER)
    assert "\n# .. _group1:\n" in project.read("gallery/group/second.py")
    assert "%%\n['weight', 'bias']" in project.read("tests/expected/group/second.txt")
    assert page_shape.faults(project.root / "gallery/group/second.py") == []
    site = project.site()
    draft = project.make("draft", PAGE="group/second")
    assert not draft.ok
    assert "WARNING" not in draft.text
    todo = "second.py:5: is still to be done: TODO: the answer"
    assert todo in draft.text
    script = project.root / "gallery/group/second.py"
    script.write_text(script.read_text().replace("TODO: ", ""))
    assert project.make("catalogs").ok
    draft = project.make("draft", PAGE="group/second")
    assert draft.ok, draft.text
    assert f"{LOCALE}/group/second.po:1: needs translation (" in draft.text
    shown = re.findall(r"To look at: (.*)", draft.text)
    for path, language in zip(shown, ("en", "zh-CN"), strict=True):
        page = parse(Path(path))
        assert page.html["lang"] == language
        assert page.h1.text.startswith("A second one")
        output = "torch.Size([1, 1])"
        assert page.select_one(".in-short .highlight-none").text.strip() == output
        assert len(page.select(".check")) == 2
    assert project.site() == site
    html = project.make("html")
    assert not html.ok
    assert "is not translated: 'A second one'" in html.text
    assert "Not published." in html.text
    assert project.site() == site
    assert project.make("doctest").ok
    translate(project)
    html = project.make("html")
    assert html.ok, html.text


REFUSED = {
    "taken": ({"PAGE": "other/page"}, "group/page.py:1: has that name already"),
    "no group": ({"PAGE": "nowhere/a"}, "nowhere/index.rst:1: is missing; write"),
    "no name": ({"PAGE": "group/a-b"}, "a-b.py:1: cannot be a page; write <group>/"),
    "no neighbour": (
        {"PAGE": "group/a", "AFTER": "b"},
        f"{ORDER}:1: does not list b; write AFTER=",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_a_page_is_refused_in_one_line(
    project: Project, name: str
) -> None:
    names, says = REFUSED[name]
    result = project.make("new", **names)
    assert not result.ok
    assert says in result.text.splitlines()[0]
    assert not changes(project)


@pytest.mark.parametrize(
    "command",
    [("draft", "PAGE"), ("move", "FROM"), ("drop", "PAGE")],
    ids=["draft", "move", "drop"],
)
def test_a_page_that_is_not_there_is_told(
    project: Project, command: tuple[str, str]
) -> None:
    goal, variable = command
    result = project.make(goal, **{variable: "group/gone", "TO": "group/there"})
    assert not result.ok
    assert "gone.py:1: is no page of the gallery; write <group>/" in result.text
    assert not changes(project)


def test_a_draft_runs_its_page_alone_and_tells_each_time_what_is_wrong(
    project: Project,
) -> None:
    counters = [project.root / f"build/{name}" for name in ("page", "linking")]
    for counter in counters:
        script = project.root / f"gallery/group/{counter.name}.py"
        script.write_text(script.read_text() + READING + COUNTING.format(str(counter)))
    draft = "draft", "PAGE=group/page"
    for times in ("x", "x"):  # it runs once; what differs is told again
        result = project.make(*draft)
        assert not result.ok
        assert "page.py:37: WARNING: unexpected output" in result.text, result.text
        assert counters[0].read_text() == times
        assert not counters[1].exists()
    assert not project.make("draft").ok
    assert counters[1].read_text() == "x"


def test_a_draft_says_nothing_of_what_other_pages_were(project: Project) -> None:
    assert project.make("draft").ok
    unknown = "# .. nothing::\n#\n# A fact."
    with project.changed("gallery/other/elsewhere.py", "# A fact.", unknown):
        draft = project.make("draft", PAGE="other/elsewhere")
        assert 'Unknown directive type "nothing"' in draft.text
    draft = project.make("draft", PAGE="group/page")
    assert draft.ok, draft.text


def test_a_new_page_that_cannot_be_built_is_undone(project: Project) -> None:
    with project.changed("docs/index.md", "`state_dict`.", "[x](#nowhere)"):
        made = project.make("new", PAGE="group/second")
        assert not made.ok
        assert "nowhere" in made.text
        assert changes(project) == [" M docs/index.md"]


def test_the_first_page_of_a_new_group_is_written(project: Project) -> None:
    order = project.root / "gallery/fresh/index.rst"
    order.parent.mkdir()
    order.write_text("Fresh\n=====\n\n.. toctree::\n\n")
    whole = project.root / "gallery/index.rst"
    whole.write_text(f"{whole.read_text()}   fresh/index\n")
    made = project.make("new", PAGE="fresh/first", TITLE="A first one")
    assert made.ok, made.text
    assert order.read_text().endswith(".. toctree::\n\n   first\n")


def test_what_a_command_lacks_is_said(project: Project) -> None:
    for goal, names in (("new", {}), ("move", {"FROM": "group/page"}), ("drop", {})):
        result = project.make(goal, **names)
        assert not result.ok
        assert f"    make {goal} " in result.text


def test_a_translation_to_be_read_again_blocks_publishing_and_nothing_else(
    project: Project,
) -> None:
    assert project.make("html").ok
    site = project.site()
    with project.changed(
        "gallery/group/page.py", "Both streams and", "Each stream and"
    ):
        html = project.make("html")
        assert not html.ok
        assert "'Each stream and the last value are shown.'" in html.text
        assert "it was 'Both streams and the last value are shown.'" in html.text
        assert "is not on the page" not in html.text
        assert project.make("catalogs").ok
        for goal in ("draft", "doctest"):
            result = project.make(goal)
            assert result.ok, result.text
        for _ in range(2):
            html = project.make("html")
            assert not html.ok
            assert "is marked fuzzy: read it again" in html.text
            assert "WARNING" not in html.text
        assert project.site() == site
    subprocess.run(["git", "checkout", "--quiet", "."], cwd=project.root, check=True)
    assert project.make("html").ok
    assert project.site() == site


def test_a_page_moves_with_all_that_belongs_to_it(project: Project) -> None:
    moved = project.make("move", FROM="group/page", TO="other/renamed")
    assert moved.ok, moved.text
    html = project.make("addresses", "html")
    assert html.ok, html.text
    for path in (
        *("gallery/other/renamed.py", "gallery/other/_worker.py"),
        *("tests/expected/other/renamed.txt", f"{LOCALE}/other/renamed.po"),
    ):
        assert (project.root / path).is_file()
    assert files_of(project, "group/page") == {
        f"build/html/{language}/gallery/group/page.html" for language in LANGUAGES
    }
    old = project.read("build/html/zh-cn/gallery/group/page.html")
    assert "../other/renamed.html" in old
    new = project.read("build/html/zh-cn/gallery/other/renamed.html")
    assert "两个流和最后的值都会显示。" in new
    linking = project.read("build/html/zh-cn/gallery/group/linking.html")
    assert linking.count('href="../other/renamed.html"') >= 2
    back = project.make("move", FROM="other/renamed", TO="other/renamed_again")
    assert back.ok, back.text
    assert "   elsewhere\n   renamed_again\n" in project.read("gallery/other/index.rst")
    kept = project.make("move", FROM="other/renamed_again", TO="group/renamed_again")
    assert kept.ok, kept.text
    assert project.read("gallery/group/index.rst").endswith("   renamed_again\n")


def test_a_page_is_dropped_if_git_has_it_and_its_sentences_stay(
    project: Project,
) -> None:
    with project.changed(f"{LOCALE}/other/elsewhere.po", "别处", "他处"):
        result = project.make("drop", PAGE="other/elsewhere", TO="group/page")
        assert not result.ok
        assert "elsewhere.po:1: is not in git as it is" in result.text
    assert not changes(project)
    script = project.root / "gallery/group/page.py"
    sentence = "# elsewhere\n#\n# See :doc:`/index` about"
    script.write_text(script.read_text().replace("# See :doc:`/index` about", sentence))
    dropped = project.make("drop", PAGE="other/elsewhere", TO="group/page")
    assert dropped.ok, dropped.text
    html = project.make("html")
    assert not html.ok
    assert "the anchor other1 was published and is on no page now; write" in html.text
    labelled = script.read_text().replace(
        "# elsewhere", "# .. _other1:\n#\n# elsewhere"
    )
    script.write_text(labelled)
    html = project.make("addresses", "html")
    assert html.ok, html.text
    assert "别处" in project.read("build/html/zh-cn/gallery/group/page.html")
    assert files_of(project, "other/elsewhere") == {
        f"build/html/{language}/gallery/other/elsewhere.html" for language in LANGUAGES
    }
    old = project.read("build/html/en/gallery/other/elsewhere.html")
    assert "../group/page.html" in old


def test_the_share_of_a_page_has_each_kind_of_its_tests() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "--quiet"]
    chosen = [*command, "--page=start/matrix"]
    done = subprocess.run(chosen, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    files = {line.partition("::")[0] for line in done.stdout.splitlines()}
    assert files >= {
        *("tests/test_gallery.py", "tests/site/test_every_page.py"),
        *("tests/site/test_accessible.py", "tests/forms/test_downloads.py"),
        *("tests/forms/test_downloads_run.py", "tests/api/test_api_links.py"),
    }
    assert "start/choosing" not in done.stdout
    assert "[start/matrix]" in done.stdout
