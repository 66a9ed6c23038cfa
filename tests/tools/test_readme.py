"""What the documents for contributors say is what there is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import browser
from project import ROOT, alone

DOCUMENTS = ("README.md", "README.zh-CN.md", "CONTRIBUTING.md")


def commands(name: str) -> list[str]:
    return re.findall(r"```sh\n(.*?)```", (ROOT / name).read_text("utf-8"), re.DOTALL)


def test_both_readmes_give_the_same_commands() -> None:
    assert commands("README.md") == commands("README.zh-CN.md")
    assert "make html\nmake test\n" in commands("README.md")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_name_commands_and_files_that_exist(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    fences = re.findall(r"```.*?```", text, re.DOTALL)
    spans = re.findall(r"`[^`]+`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    goals = set(re.findall(r"\bmake ([a-z]+)\b", "\n".join(fences + spans)))
    assert goals
    command = ["make", "--dry-run", *goals]
    english = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(
        command, cwd=ROOT, env=english, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "Nothing to be done" not in done.stdout  # the name of a folder is no goal
    for link in re.findall(r"\]\(([\w./-]+)\)", text):
        assert (ROOT / link).exists(), link


def test_ci_runs_the_commands_of_the_readme_and_looks_at_every_page(
    tmp_path: Path,
) -> None:
    make = tmp_path / "make"
    make.write_text(f'#!/bin/sh\necho "$PYTEST_ADDOPTS" make "$@" >> {tmp_path}/said\n')
    make.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    environment.pop("PYTEST_ADDOPTS", None)
    subprocess.run([ROOT / ".ci/run"], env=environment, check=True)
    said = (tmp_path / "said").read_text().splitlines()
    assert said == [" make html", " make doctest", "--every-page make test"]


def test_what_installs_needs_nothing_installed() -> None:
    code = "import runpy; runpy.run_path('docs/_tools/environment.py')"
    bare = [sys.executable, "-I", "-S", "-c", code]  # the standard library alone
    done = subprocess.run(bare, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_page_passes_as_a_doctest(site: Path) -> None:
    with alone():
        done = subprocess.run(
            ["make", "doctest"], cwd=ROOT, capture_output=True, text=True
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.search(r"doctest: (\d+) tests", done.stdout)[1])


def test_without_any_browser_a_message_gives_the_exact_command(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PATH": str(tmp_path),  # no browser, no package manager
        "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path),
        "HTTPS_PROXY": "http://127.0.0.1:9",  # no download
    }
    done = subprocess.run(
        [sys.executable, browser.__file__],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "apt-get install chromium" in done.stdout
    assert f"{sys.executable} -m playwright install" in done.stdout
