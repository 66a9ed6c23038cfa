"""The files for GitHub and Read the Docs are valid and do what hosting needs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import downloads
from project import ROOT

if TYPE_CHECKING:
    from pathlib import Path

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
SCHEMAS = [
    *((path, "vendor.github-workflows") for path in WORKFLOWS),
    (ROOT / ".readthedocs.yaml", "vendor.readthedocs"),
]
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"


def valid(path: Path, schema: str) -> bool:
    """Return whether a file is valid by its published schema."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
    done = subprocess.run([*command, path], capture_output=True, text=True)
    return done.returncode == 0


def workflow(name: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / f".github/workflows/{name}.yml").read_text("utf-8"))


def commands(job: dict[str, Any]) -> str:
    return "\n".join(step.get("run", "") for step in job["steps"])


@pytest.mark.parametrize(("path", "schema"), SCHEMAS, ids=[p.name for p, _ in SCHEMAS])
def test_files_are_valid_by_their_schemas(
    path: Path, schema: str, tmp_path: Path
) -> None:
    assert valid(path, schema)
    broken = tmp_path / path.name
    broken.write_text(path.read_text("utf-8") + "\nunknown: [1]\n", "utf-8")
    assert not valid(broken, schema)


def test_every_action_is_pinned_to_a_commit() -> None:
    used = [
        line.strip()
        for path in WORKFLOWS
        for line in path.read_text("utf-8").splitlines()
        if "uses:" in line
    ]
    assert len(used) >= 6
    for line in used:
        assert re.search(r"uses: [\w/-]+@[0-9a-f]{40} # v\d", line), line


def test_deploying_needs_html_doctest_and_tests() -> None:
    jobs = workflow("build")["jobs"]
    assert jobs["deploy"]["needs"] == "cpu"
    run = commands(jobs["cpu"])
    assert run.index("make html doctest") < run.index("make test")
    (upload,) = [s for s in jobs["cpu"]["steps"] if "upload" in s.get("uses", "")]
    assert jobs["cpu"]["steps"][-1] is upload  # after all that can fail
    assert upload["with"]["path"] == "build/html"


def test_colab_finds_each_notebook_on_the_branch_that_the_workflow_pushes(
    site: Path, tmp_path: Path
) -> None:
    job = workflow("build")["jobs"]["notebooks"]
    assert job["needs"] == "deploy"
    assert job["permissions"] == {"actions": "read", "contents": "write"}
    (again,) = [s for s in workflow("build")["jobs"]["cpu"]["steps"] if "env" in s]
    assert again["env"]["REPOSITORY"].endswith("repository=${{ github.repository }}")
    assert "$REPOSITORY" in again["run"]
    push_notebooks(commands(job), site, tmp_path)
    pushed = tmp_path / "pushed"
    remote = tmp_path / "remote.git"
    run("git", "clone", "--quiet", "--branch", downloads.BRANCH, remote, pushed)
    notebooks = {p.relative_to(site) for p in site.rglob("*.ipynb")}
    assert len(notebooks) > 70
    found = {p.relative_to(pushed) for p in pushed.rglob("*") if p.is_file()}
    assert {path for path in found if path.parts[0] != ".git"} == notebooks
    for language, page in (("en", "start/matrix"), ("zh_CN", "scale/tied_weights")):
        place = downloads.colab("o/n", language, page).removeprefix(downloads.COLAB)
        assert (pushed / place.removeprefix("o/n/blob/notebooks/")).is_file()


def push_notebooks(script: str, site: Path, folder: Path) -> None:
    """Run the job's commands with a repository in ``folder`` in GitHub's place."""
    programs = folder / "bin"
    programs.mkdir()
    gh = programs / "gh"  # brings the artifact that `deploy` has published
    gh.write_text(f"#!/bin/sh\ntar --create --file artifact.tar --directory {site} .\n")
    gh.chmod(0o755)
    run("git", "init", "--quiet", "--bare", "remote.git", cwd=folder)
    config = folder / ".gitconfig"
    github = "https://x-access-token:secret@github.com/o/n"
    config.write_text(f'[url "{folder}/remote.git"]\n\tinsteadOf = {github}\n')
    environment = {
        **{"GITHUB_RUN_ID": "1", "GITHUB_SHA": "abc", "GITHUB_REPOSITORY": "o/n"},
        **{"GH_TOKEN": "secret", "GIT_CONFIG_GLOBAL": str(config)},
        "PATH": f"{programs}:{os.environ['PATH']}",
    }
    work = folder / "work"
    work.mkdir()
    run("bash", "-e", "-c", script, cwd=work, env={**os.environ, **environment})


def run(*command: str | Path, **options: Any) -> None:  # noqa: ANN401
    """Run a command, which must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stderr


def test_machines_without_a_gpu_take_the_cpu_wheels() -> None:
    for name in ("build", "weekly"):
        assert workflow(name)["env"]["PIP_EXTRA_INDEX_URL"] == CPU_WHEELS
    hosted = yaml.safe_load((ROOT / ".readthedocs.yaml").read_text("utf-8"))
    assert CPU_WHEELS in hosted["build"]["commands"][0]
    assert "make html doctest" in hosted["build"]["commands"][0]


def test_the_gpu_job_is_off_without_its_label() -> None:
    job = workflow("build")["jobs"]["cuda"]
    assert "labels" in job["if"]
    assert "gpu" in job["runs-on"]


def test_the_weekly_job_takes_the_newest_torch_and_publishes_nothing() -> None:
    weekly = workflow("weekly")
    assert weekly["permissions"] == {"contents": "read"}
    job = weekly["jobs"]["newest"]
    assert "--upgrade torch" in commands(job)
    assert "make releases" in commands(job)
    assert "make linkcheck" in commands(weekly["jobs"]["links"])
    steps = [step for job in weekly["jobs"].values() for step in job["steps"]]
    assert not any("pages" in step.get("uses", "") for step in steps)
