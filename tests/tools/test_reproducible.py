"""The same sources make the same site: elsewhere, later, and on more processors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from project import PAGE, Project

if TYPE_CHECKING:
    from collections.abc import Mapping

EPOCH = {"SOURCE_DATE_EPOCH": "1700000000"}
SECOND = """\
import torch

torch.manual_seed(0)
layer = torch.nn.Linear(2, 1)

# %%
# See :doc:`/index` about the ``weight`` parameter.

layer.double()"""


def project(root: Path) -> Project:
    """Return a project of two pages in a folder, not yet built."""
    made = Project.create(root)
    made.add_page("second", SECOND)
    assert made.make("catalogs").ok
    made.translate()
    accepted = made.make("expected")
    assert accepted.ok, accepted.text
    assert made.make("clean").ok
    return made


def site(project: Project, environment: Mapping[str, str] = EPOCH) -> dict[str, bytes]:
    """Build, and return all that is published, by name."""
    result = project.make("html", **environment)
    assert result.ok, result.text
    root = project.root / "build/html"
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def different(one: dict[str, bytes], other: dict[str, bytes]) -> set[str]:
    """Return the names of the files in which two sites differ."""
    return {name for name in one | other if one.get(name) != other.get(name)}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project of two pages."""
    return project(tmp_path_factory.mktemp("here"))


def test_two_folders_give_the_same_bytes(here: Project, tmp_path: Path) -> None:
    there = project(tmp_path / "elsewhere")
    built = site(here)
    assert len(built) > 30
    assert {Path(name).suffix for name in built} >= {".html", ".py", ".ipynb", ".png"}
    hashes = {"PYTHONHASHSEED": "1"}
    assert different(built, site(there, EPOCH | hashes)) == set()


def test_more_jobs_give_the_same_bytes(here: Project) -> None:
    built = site(here)
    assert here.make("clean").ok
    jobs = {"SPHINXOPTS": "--jobs=2"}
    assert different(built, site(here, EPOCH | jobs)) == set()


def test_a_build_of_what_changed_gives_the_bytes_of_a_whole_one(here: Project) -> None:
    site(here)
    with here.changed(PAGE, "torch.zeros(2)\n", "torch.zeros(2) + 0\n"):
        step = site(here)
        assert here.make("clean").ok
        assert different(step, site(here)) == set()
