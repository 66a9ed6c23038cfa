"""No output is older than what shaped it, and nothing runs without need."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from project import PAGE, Project
from tested_gallery.pages import run_record

if TYPE_CHECKING:
    from pathlib import Path

COUNTING = """\
import os
from pathlib import Path

with Path(os.environ["COUNTER"]).open("a") as file:
    file.write("{name} ")
"""


@pytest.fixture(scope="module")
def counting(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project whose pages say that they ran; one of them names a worker."""
    project = Project.create(tmp_path_factory.mktemp("counting"))
    for name in ("first", "second"):
        project.add_page(name, COUNTING.format(name=name))
    with_worker = COUNTING.format(name="third") + 'worker = "_worker.py"\n'
    project.add_page("third", with_worker)
    (project.root / "gallery/group/_worker.py").write_text("x = 1\n")
    (project.root / "gallery/group/_other.py").write_text("x = 1\n")
    assert project.make("catalogs").ok
    project.translate()
    accepted = project.make("expected", COUNTER=str(project.root / "counter"))
    assert accepted.ok, accepted.text
    assert ran(project) == set()
    return project


def ran(project: Project, **environment: str) -> set[str]:
    """Build, and return which pages ran."""
    counter = project.root / "counter"
    counter.unlink(missing_ok=True)
    result = project.make("html", COUNTER=str(counter), **environment)
    assert result.ok, result.text
    names = counter.read_text().split() if counter.exists() else []
    assert len(names) == len(set(names))  # once for both languages
    return set(names)


ALL = {"first", "second", "third"}
FIRST = "gallery/group/first.py"


def test_nothing_changed_runs_nothing_and_imports_neither_torch_nor_matplotlib(
    counting: Project,
) -> None:
    counter = str(counting.root / "counter")
    log = counting.make("html", COUNTER=counter, PYTHONPROFILEIMPORTTIME="1")
    assert log.ok
    imported = {line.rpartition("|")[2].strip() for line in log.text.splitlines()}
    pages = "tested_gallery.pages"
    assert f"{pages}.page_texts" in imported  # the log is what we think it is
    assert not imported & {"torch", "matplotlib.rcsetup"}
    assert not imported & {f"{pages}.reset_torch", f"{pages}.reset_python"}
    assert not (counting.root / "counter").exists()


def test_nothing_changed_reads_and_writes_no_page(counting: Project) -> None:
    assert ran(counting) == set()
    work = counting.root / "build/work"
    made = [*work.glob("doctrees/*/**/*.doctree"), *work.glob("*/gallery/**/*.html")]
    before = {path: path.stat().st_mtime_ns for path in made}
    assert len(before) >= 24
    assert ran(counting) == set()
    assert before == {path: path.stat().st_mtime_ns for path in made}


def test_a_changed_sentence_runs_its_own_page_at_most(counting: Project) -> None:
    sentence = "See :doc:`/index` about the ``weight`` parameter."
    with counting.changed(FIRST, sentence, f"{sentence}\n\nGallery"):
        assert counting.make("catalogs").ok
        counting.translate()
        assert ran(counting) <= {"first"}
    assert counting.make("catalogs").ok
    assert ran(counting) <= {"first"}


def test_changed_code_runs_its_page(counting: Project) -> None:
    with counting.changed(FIRST, "import os\n", "import os\n\nx = 1\n"):
        assert ran(counting) == {"first"}
    assert ran(counting) == {"first"}


def test_a_changed_worker_runs_the_page_that_names_it(counting: Project) -> None:
    with counting.changed("gallery/group/_worker.py", "1", "2"):
        assert ran(counting) == {"third"}
    assert ran(counting) == {"third"}
    with counting.changed("gallery/group/_other.py", "1", "2"):
        assert ran(counting) == set()


@pytest.mark.parametrize(
    "file",
    [
        "requirements.txt",
        "docs/_ext/tested_gallery/pages/reset_torch.py",
        "docs/_ext/tested_gallery/pages/limits.py",
    ],
)
def test_what_shapes_all_outputs_runs_all_pages(counting: Project, file: str) -> None:
    text = counting.read(file)
    (counting.root / file).write_text(f"{text}\n# changed\n", "utf-8")
    assert ran(counting) == ALL
    (counting.root / file).write_text(text, "utf-8")
    assert ran(counting) == ALL


def test_what_only_tests_need_runs_nothing(counting: Project) -> None:
    (counting.root / "tests/requirements.txt").write_text("pytest\n")
    assert ran(counting) == set()


def test_a_prose_page_runs_nothing(counting: Project) -> None:
    with counting.changed("docs/index.md", "torch.ones(3)", "torch.ones(3,)"):
        assert ran(counting) == set()


def test_another_torch_runs_all_pages(counting: Project, tmp_path: Path) -> None:
    fake_torch(tmp_path, "2.99.0+cu999")
    with_fake = os.pathsep.join([str(tmp_path)])
    key = (
        "from tested_gallery.pages import run_record; import pathlib; "
        "print(run_record.environment_key({root}, {{}}))"
    )
    code = key.format(root=f"pathlib.Path('{counting.root}')")
    before = counting.python(code)
    after = counting.python(f"sys.path.insert(0, '{with_fake}'); {code}")
    assert before.ok, before.text
    assert after.ok, after.text
    assert before.text != after.text


def fake_torch(folder: Path, version: str) -> None:
    """Make a distribution that says of itself only which torch it is."""
    (folder / "torch").mkdir()
    (folder / "torch/version.py").write_text(f"__version__ = {version!r}\n")
    (folder / "torch-2.99.0.dist-info").mkdir()
    metadata = "Metadata-Version: 2.1\nName: torch\nVersion: 2.99.0\n"
    (folder / "torch-2.99.0.dist-info/METADATA").write_text(metadata)


def test_each_part_of_the_environment_changes_the_key(
    counting: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {run_record.environment_key(counting.root, {})}
    monkeypatch.setattr(run_record, "installed_torch", lambda: "git = 'abc'")
    keys.add(run_record.environment_key(counting.root, {}))
    monkeypatch.setattr(run_record, "cuda_devices", lambda: ["A GPU"])
    keys.add(run_record.environment_key(counting.root, {}))
    monkeypatch.setattr(sys, "version", "4.0")
    keys.add(run_record.environment_key(counting.root, {}))
    keys.add(run_record.environment_key(counting.root, {"capture_repr": ()}))
    assert len(keys) == 5


def test_the_key_is_found_without_torch(counting: Project) -> None:
    code = (
        "from tested_gallery.pages import run_record; import pathlib; "
        "run_record.environment_key(pathlib.Path('.'), {})"
    )
    assert counting.python(f"{code}; assert 'torch' not in sys.modules").ok


def test_a_damaged_page_is_run_again(counting: Project) -> None:
    page = counting.root / "docs/gallery/group/first.rst"
    page.chmod(0o644)
    page.write_text(page.read_text()[:200])
    assert ran(counting) == {"first"}
    page.unlink()
    assert ran(counting) == {"first"}
    (counting.root / "docs/gallery/group/first.json").write_text("{")
    assert ran(counting) == {"first"}
    assert PAGE


def test_a_new_page_appears_in_the_side_bar_of_the_others(counting: Project) -> None:
    counting.add_page("fourth", COUNTING.format(name="fourth"))
    assert counting.make("catalogs").ok
    counting.translate()
    accepted = counting.make("expected", COUNTER=str(counting.root / "counter"))
    assert accepted.ok, accepted.text
    assert ran(counting) == set()
    for language, title in (("en", "fourth"), ("zh-cn", "页面 fourth")):
        page = counting.read(f"build/html/{language}/gallery/group/first.html")
        assert f'href="fourth.html">{title}<' in page
