"""What readers take along runs outside of the site and prints what the pages show."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import nbformat
import pytest

from notebooks import asks, code_cells, images, notebook, printed, value
from project import ROOT
from tested_gallery.forms.cells import ends_in_value
from tested_gallery.outputs.comparison import same_output
from tested_gallery.pages import page_texts
from tested_gallery.pages.page_texts import Page, tidy

if TYPE_CHECKING:
    from nbformat import NotebookNode

PAGES = page_texts.pages(ROOT)
IDS = [page.name for page in PAGES]


def shown(text: str) -> str:
    """Return what was printed as a page shows it."""
    return tidy(text.expandtabs())


class Run(NamedTuple):
    """How a script ended, and what it printed."""

    status: int
    stdout: str
    stderr: str


def unpacked(site: Path, language: str, page: Page, target: Path) -> Path:
    """Unpack what readers take of a page into a folder of its own, and return that."""
    folder = target / page.script.stem
    with zipfile.ZipFile(site / language / f"gallery/{page.name}.zip") as archive:
        archive.extractall(folder)
    return folder


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command that does not see our folders."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def runs(
    site: Path, tmp_path_factory: pytest.TempPathFactory, only: str
) -> dict[str, Run]:
    """Run the scripts of one language, or the one that is wanted."""
    target = tmp_path_factory.mktemp("scripts")
    pages = [page for page in PAGES if only in ("", page.name)]
    folders = [unpacked(site, "en", page, target) for page in pages]
    scripts = [folder / f"{folder.name}.py" for folder in folders]
    done = run(sys.executable, ROOT / "tests/forms/run_scripts.py", *scripts)
    assert done.returncode == 0, done.stderr
    return {
        page.name: Run(
            status,
            *(
                folder.with_suffix(suffix).read_text("utf-8")
                for suffix in (".stdout", ".stderr")
            ),
        )
        for page, folder, status in zip(
            pages, folders, json.loads(done.stdout), strict=True
        )
    }


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_the_script_prints_what_it_should(
    site: Path, page: Page, runs: dict[str, Run]
) -> None:
    done = runs[page.name]
    assert done.status == 0, done.stderr
    assert done.stderr == ""
    sections = page_texts.read_expectation(page.expectation)
    wanted = [
        section if asks(cell) and not ends_in_value(cell.source) else printed(cell)
        for cell, section in zip(
            code_cells(notebook(site, "en", page)), sections, strict=True
        )
    ]
    assert same_output(tidy("".join(wanted)), shown(done.stdout))


def kinds(found: NotebookNode, page: Page) -> set[str]:
    """Return what a page has that a kernel could show in another way than the site."""
    cells = code_cells(found)
    outputs = [output for cell in cells for output in cell.outputs]
    text = "".join(map(printed, cells))
    has = {
        "text": bool(text),
        "value": any(map(value, cells)),
        "figure": any(map(images, cells)),
        "panel": any("text/markdown" in output.get("data", {}) for output in outputs),
        "warning": bool(re.search(r"^\w*Warning: ", text, re.MULTILINE)),
        "worker": bool(re.search(r"\b_\w+\.py\b", page.script.read_text("utf-8"))),
    }
    return {kind for kind, there in has.items() if there}


def one_of_each_kind(site: Path) -> list[Page]:
    """Return pages that together have all that any page has."""
    chosen, seen = [], set()
    for page in PAGES:
        more = kinds(notebook(site, "zh-cn", page), page) - seen
        if more:
            chosen.append(page)
            seen |= more
    return chosen


@pytest.mark.each_page
def test_the_notebook_shows_what_it_should(
    site: Path, tmp_path: Path, only: str, *, every_page: bool
) -> None:
    """Run notebooks of the other language in kernels of their own.

    They are run by nbclient's program: in this process it would leave its event loops
    behind.  Their code is that of the scripts, so those of some pages will do.
    """
    pages = PAGES if every_page else [page for page in PAGES if page.name == only]
    pages = pages or one_of_each_kind(site)
    paths = [
        unpacked(site, "zh-cn", page, tmp_path) / f"{page.script.stem}.ipynb"
        for page in pages
    ]
    program = Path(sys.prefix, "bin/jupyter-execute")
    options = ("--inplace", "--allow-errors", "--timeout=300", "--startup_timeout=300")
    done = run(program, *options, *paths)
    assert done.returncode == 0, done.stderr
    for page, path in zip(pages, paths, strict=True):
        published = code_cells(notebook(site, "zh-cn", page))
        ran = code_cells(nbformat.read(path, as_version=4))
        for cell, again in zip(published, ran, strict=True):
            errors = [o for o in again.outputs if o.output_type == "error"]
            assert not errors, (page.name, errors)
            if asks(cell):
                continue
            where = page.name, cell.source
            assert same_output(tidy(printed(cell)), shown(printed(again))), where
            assert same_output(tidy(value(cell)), shown(value(again))), where
            assert images(cell) == images(again), where
