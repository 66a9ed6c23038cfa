"""The files for GitHub and Read the Docs are valid and do what hosting needs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from project import ROOT
from tested_gallery.forms import colab

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


def test_each_python_that_is_supported_is_built_checked_and_tested() -> None:
    """The Makefile, both readmes and the workflow name the same ones."""
    job = workflow("build")["jobs"]["cpu"]
    pythons = job["strategy"]["matrix"]["python"]
    assert len(pythons) >= 4
    assert not job["strategy"]["fail-fast"]
    setup = next(s for s in job["steps"] if "setup-python" in s.get("uses", ""))
    assert setup["with"]["python-version"] == "${{ matrix.python }}"
    makefile = (ROOT / "Makefile").read_text("utf-8")
    oldest, newest = re.search(
        r"not \(3, (\d+)\) <= sys.version_info\[:2\] < \(3, (\d+)\)", makefile
    ).groups()
    assert pythons == [f"3.{minor}" for minor in range(int(oldest), int(newest))]
    assert f"Python {pythons[0]} to {pythons[-1]} is needed" in makefile
    for name in ("README.md", "README.zh-CN.md"):
        table = re.findall(r"^\| (3\.\d+) \|", (ROOT / name).read_text("utf-8"), re.M)
        assert table == pythons
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]
    assert lint["target-version"] == f"py3{oldest}"


def test_deploying_needs_html_doctest_and_tests() -> None:
    build = workflow("build")
    jobs = build["jobs"]
    assert jobs["deploy"]["needs"] == "cpu"  # with every Python
    run = commands(jobs["cpu"])
    assert run.index("make html doctest") < run.index("make test")
    (upload,) = [s for s in jobs["cpu"]["steps"] if "upload" in s.get("uses", "")]
    assert jobs["cpu"]["steps"][-1] is upload  # after all that can fail
    assert upload["with"]["path"] == "build/html"
    assert upload["if"].endswith("matrix.python == env.PAGES")
    assert build["env"]["PAGES"] in jobs["cpu"]["strategy"]["matrix"]["python"]


def test_what_lacks_chinese_passes_a_job_that_says_so_and_is_not_deployed() -> None:
    jobs = workflow("build")["jobs"]
    job = jobs["english"]
    assert job["if"] == "github.event_name == 'pull_request'"
    run = commands(job)
    assert run.index("make draft | tee") < run.index("make doctest")
    assert "make html" not in run
    steps = [step for step in job["steps"] if "make draft" in step.get("run", "")]
    assert [step["shell"] for step in steps] == ["bash"]  # with pipefail
    assert jobs["deploy"]["needs"] == "cpu"  # which publishes nothing without Chinese


def test_no_job_may_do_more_than_it_does() -> None:
    for path in WORKFLOWS:
        read = yaml.safe_load(path.read_text("utf-8"))
        assert read["permissions"] == {"contents": "read"}
        more = {
            name: {what for what, may in job["permissions"].items() if may == "write"}
            for name, job in read["jobs"].items()
            if "permissions" in job
        }
        writes = {"deploy": {"pages", "id-token"}, "notebooks": {"contents"}}
        assert more == {name: writes.get(name, set()) for name in more}
        steps = [step for job in read["jobs"].values() for step in job["steps"]]
        for step in steps:
            if "checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False
        for job in read["jobs"].values():
            assert job["timeout-minutes"] <= 90


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
    run("git", "clone", "--quiet", "--branch", colab.BRANCH, remote, pushed)
    notebooks = {p.relative_to(site) for p in site.rglob("*.ipynb")}
    assert len(notebooks) > 70
    found = {p.relative_to(pushed) for p in pushed.rglob("*") if p.is_file()}
    assert {path for path in found if path.parts[0] != ".git"} == notebooks
    for language, page in (("en", "start/matrix"), ("zh_CN", "scale/tied_weights")):
        place = colab.address("o/n", language, page).removeprefix(colab.COLAB)
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


def test_the_weekly_jobs_take_what_is_newest_and_publish_nothing() -> None:
    jobs = workflow("weekly")["jobs"]
    assert "--upgrade torch" in commands(jobs["torch"])
    assert "make releases" in commands(jobs["torch"])
    newest = commands(jobs["newest"])
    assert "sed 's/==.*//' requirements.txt" in newest
    assert "make html doctest" in newest
    setup = next(s for s in jobs["newest"]["steps"] if "setup-py" in s.get("uses", ""))
    assert setup["with"]["python-version"] == "3.x"
    assert jobs["nightly"]["continue-on-error"] is True
    assert "--pre --upgrade torch" in commands(jobs["nightly"])
    assert "make linkcheck" in commands(jobs["links"])
    for name in ("torch", "newest", "nightly"):  # what differs is told
        assert '| tee -a "$GITHUB_STEP_SUMMARY"' in commands(jobs[name])
    steps = [step for job in jobs.values() for step in job["steps"]]
    assert not any("pages" in step.get("uses", "") for step in steps)


def test_no_two_files_differ_in_the_case_of_their_letters_alone() -> None:
    """As on the file systems of macOS and Windows."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = listed.stdout.splitlines()
    assert len(names) > 100
    assert len({name.lower() for name in names}) == len(names)
