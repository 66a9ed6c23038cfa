"""The machinery has rooms, which know little of each other; a site may lack two."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from project import PAGE, ROOT, Project

MACHINERY = ROOT / "docs/_ext/tested_gallery"
ROOMS = sorted(path.parent.name for path in MACHINERY.glob("*/__init__.py"))
FORBIDDEN = {
    "a room beside it": ("site/cards.py", "import tested_gallery.state.panel"),
    "a room above it": ("pages/page_texts.py", "import tested_gallery.state.panel"),
    "beside, on the ground": (
        "pages/limits.py",
        "import tested_gallery.languages.terms",
    ),
    "torch": ("site/cards.py", "import torch"),
    "torch, in a function": ("forms/cells.py", "def f():\n    import torch"),
}


def kept(folder: Path = MACHINERY.parent) -> bool:
    """Return whether the machinery in a folder keeps to its contracts."""
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [program, "--no-cache", ROOT / "pyproject.toml"],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )
    assert "Contracts: " in done.stdout, done.stdout + done.stderr
    return done.returncode == 0


def test_each_room_imports_what_it_may_and_no_more() -> None:
    assert kept()


@pytest.mark.parametrize(("file", "line"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_an_import_that_a_room_may_not_have_is_seen(
    file: str, line: str, tmp_path: Path
) -> None:
    shutil.copytree(MACHINERY, tmp_path / "tested_gallery")
    path = tmp_path / "tested_gallery" / file
    assert kept(tmp_path)
    path.write_text(f"{path.read_text('utf-8')}\n{line}\n", "utf-8")
    assert not kept(tmp_path)


def test_each_room_says_what_comes_in_what_goes_out_and_who_imports_it() -> None:
    assert len(ROOMS) >= 7
    for room in ROOMS:
        text = (MACHINERY / room / "__init__.py").read_text("utf-8").split('"""')[1]
        for said in ("In: ", "Out: ", "mport"):
            assert said in text, room


def test_each_feature_of_a_room_is_set_up() -> None:
    for room in ROOMS:
        text = (MACHINERY / room / "__init__.py").read_text("utf-8")
        listed = re.search(r"FEATURES = \((.*?)\)", text, re.DOTALL)[1]
        features = set(re.findall(r'"(\w+)"', listed))
        having = {
            path.stem
            for path in (MACHINERY / room).glob("[!_]*.py")
            if "\ndef setup(" in path.read_text("utf-8")
        }
        assert features == having, room


def test_a_site_without_state_and_api_builds_publishes_and_is_tested(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    root = tmp_path_factory.mktemp("second")
    project = Project.create(root)
    conf = project.read("conf.py")
    for room in ("state", "api"):
        shutil.rmtree(root / "docs/_ext/tested_gallery" / room)
        conf = re.sub(
            rf'^    "tested_gallery\.{room}.*\n', "", conf, flags=re.MULTILINE
        )
    conf = re.sub(r"^api_documentation = \{.*?^\}\n", "", conf, flags=re.M | re.S)
    (root / "conf.py").write_text(conf, "utf-8")
    accepted = project.make("expected")
    assert accepted.ok, accepted.text
    assert "||" not in project.read("tests/expected/group/page.txt")  # no panel
    built = project.make("html", "doctest")
    assert built.ok, built.text
    folder = root / "build/html/zh-cn/gallery/group"
    forms = {path.suffix for path in folder.glob("page.*")}
    assert forms == {".html", ".md", ".py", ".ipynb", ".zip"}
    with project.changed(PAGE, "torch.zeros(2)\n", "torch.ones(2)\n"):
        assert "+ tensor([1., 1.]) (got)" in project.make("html").text


CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def test_the_picture_for_contributors_is_the_contract() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    rooms, _torch = settings["tool"]["importlinter"]["contracts"]
    layers = [re.sub(r"[()]", "", layer) for layer in rooms["layers"]]
    section = CONTRIBUTING.partition("## Change the machinery")[2]
    picture = section.split("```")[1].strip().splitlines()
    assert [line.partition("  ")[0] for line in picture] == layers
    assert layers.pop() == "author_files"
    assert sorted(re.split(r" \| ", " | ".join(layers))) == ROOMS


def test_what_the_steps_of_a_page_name_is_there() -> None:
    steps = CONTRIBUTING.partition("How a page comes to be")[2].partition("\n- ")[0]
    assert len(steps.strip().splitlines()) <= 20
    named = re.findall(r"`(\w+)\.(\w+)(?:\.(\w+))?`", steps)
    assert {room for room, *_, name in named if name} == set(ROOMS)
    for first, second, third in named:
        where = f"tested_gallery.{first}.{second}" if third else first
        assert hasattr(importlib.import_module(where), third or second), where
