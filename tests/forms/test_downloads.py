"""What readers take along: in their language, the same code, and it runs."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import subprocess
import sys
import tokenize
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat import NotebookNode

from project import PAGE, ROOT, Project
from tested_gallery.forms.gallery_zip import requirements
from tested_gallery.outputs.comparison import same_output
from tested_gallery.pages import page_texts
from tested_gallery.pages.page_texts import Page, tidy

LANGUAGES = ("en", "zh-cn")
PAGES = page_texts.pages(ROOT)
IDS = [page.name for page in PAGES]
CHINESE = re.compile(r"[\u3400-\u9fff]")
FENCE = re.compile(r"^(`{3,})[^\n]*\n.*?^\1$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(`+)(?!`)(.*?)(?<!`)\1(?!`)", re.DOTALL)
# reST or MyST that was not turned into Markdown
SOURCE = re.compile(
    r":[\w:+-]+:`|\{[\w:-]+\}`|^\s*\.\. |>>>|``|`_|::$|\|\w+\||^[=~^-]{4,}$",
    re.MULTILINE,
)
SITE = "https://example.org/site"


def notebook(site: Path, language: str, page: Page) -> NotebookNode:
    return nbformat.read(site / language / f"gallery/{page.name}.ipynb", as_version=4)


def code_cells(found: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in found.cells if cell.cell_type == "code"]


def text_cells(found: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in found.cells if cell.cell_type == "markdown"]


def script_texts(text: str) -> list[str]:
    """Return the text cells of a script in the percent format."""
    found = re.findall(r"^# %% \[markdown\]\n((?:#.*\n)+)", text, re.MULTILINE)
    return [re.sub("^# ?", "", cell, flags=re.MULTILINE) for cell in found]


def tokens(code: str) -> list[str]:
    """Return the tokens of a script, but for comments and where lines are blank."""
    silent = {tokenize.COMMENT, tokenize.NL, tokenize.ENCODING}
    read = tokenize.generate_tokens(io.StringIO(code).readline)
    return [token.string for token in read if token.type not in silent]


def code_of(script: Path) -> str:
    """Return a gallery script without its docstring."""
    text = script.read_text("utf-8")
    end = ast.parse(text).body[0].end_lineno
    return "".join(text.splitlines(keepends=True)[end:])


def shown(text: str) -> str:
    """Return what was printed as a page shows it."""
    return tidy(text.expandtabs())


def printed(cell: NotebookNode) -> str:
    """Return what a cell printed, and not what its last expression was."""
    return "".join(o.text for o in cell.outputs if o.output_type == "stream")


def value(cell: NotebookNode) -> str:
    """Return what the last expression of a cell was."""
    found = [o for o in cell.outputs if o.output_type == "execute_result"]
    return "".join(one.data["text/plain"] for one in found)


def images(cell: NotebookNode) -> int:
    """Return how many figures a cell shows."""
    kinds = [kind for o in cell.outputs for kind in o.get("data", {})]
    return sum(kind.startswith("image/") for kind in kinds)


def expected(page: Page) -> list[str]:
    """Return what each cell should print, without panels."""
    return [
        tidy(re.sub(r"^\|.*\n", "", section, flags=re.MULTILINE))
        for section in page_texts.read_expectation(page.expectation)
    ]


def without_code(text: str) -> str:
    """Return Markdown with a mark in the place of code, two where that is reST's."""
    return CODE.sub(
        lambda m: "`" if m[1] == "`" or "`" in m[2] else "``", FENCE.sub("", text)
    )


# Language and code


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_the_code_is_the_page_s_to_the_token(site: Path, page: Page) -> None:
    wanted = tokens(code_of(page.script))
    assert len(wanted) > 50
    for language in LANGUAGES:
        taken = site / language / f"gallery/{page.name}.py"
        assert tokens(taken.read_text("utf-8")) == wanted
        cells = code_cells(notebook(site, language, page))
        assert tokens("\n".join(f"{cell.source}\n" for cell in cells)) == wanted


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_the_text_is_in_the_reader_s_language(site: Path, page: Page) -> None:
    found = {}
    for language in LANGUAGES:
        script = (site / language / f"gallery/{page.name}.py").read_text("utf-8")
        cells = text_cells(notebook(site, language, page))
        found[language] = [cell.source for cell in cells]
        assert [t.rstrip("\n") for t in script_texts(script)] == found[language]
    english, chinese = found.values()
    assert len(english) == len(chinese) >= 3
    assert not CHINESE.search("".join(english))
    for text in chinese:
        assert CHINESE.search(text), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_is_markdown_and_nothing_else(site: Path, language: str) -> None:
    texts = [page.read_text("utf-8") for page in (site / language).rglob("*.md")]
    for page in PAGES:
        found = notebook(site, language, page)
        texts += [cell.source for cell in text_cells(found)]
        for cell in code_cells(found):
            texts += [o.get("data", {}).get("text/markdown", "") for o in cell.outputs]
    assert len(texts) > 500
    for text in texts:
        bare = without_code(text)
        assert not SOURCE.search(bare), (SOURCE.search(bare), text)


@pytest.mark.parametrize(
    "left", [":ref:`a <b>`", "{ref}`a <b>`", ".. note::", "``x``", ">>> x", "a::"]
)
def test_what_is_left_of_the_source_is_found(left: str) -> None:
    assert SOURCE.search(without_code(left))
    assert not SOURCE.search(without_code(f"````\n{left}\n````\nand `x`: `` `y` ``"))


# Notebooks


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_notebooks_are_valid_and_show_what_the_page_should(
    site: Path, page: Page
) -> None:
    wanted = expected(page)
    for language in LANGUAGES:
        path = site / language / f"gallery/{page.name}.ipynb"
        raw = json.loads(path.read_text("utf-8"))  # nbformat mends what it reads
        assert len({cell["id"] for cell in raw["cells"]}) == len(raw["cells"])
        nbformat.validate(raw)
        found = notebook(site, language, page)
        assert found.metadata.kernelspec.name == "python3"
        cells = code_cells(found)
        assert len(cells) == len(wanted)
        for cell, want in zip(cells, wanted, strict=True):
            both = f"{printed(cell)}\n{value(cell)}"
            assert same_output(want, tidy(both)), cell.source


@pytest.mark.parametrize("language", LANGUAGES)
def test_notebooks_hold_figures_and_panels(site: Path, language: str) -> None:
    for page in PAGES:
        html = BeautifulSoup(
            (site / language / f"gallery/{page.name}.html").read_text("utf-8"),
            "html.parser",
        )
        cells = code_cells(notebook(site, language, page))
        assert sum(map(images, cells)) == len(html.select("article figure img"))
        panels = [
            line
            for cell in cells
            for output in cell.outputs
            for line in output.get("data", {}).get("text/markdown", "").splitlines()
            if line.startswith("| --- |")
        ]
        assert len(panels) == len(html.select(".state-panels table")), page.name


# On the page


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_offers_its_downloads_in_its_language(
    site: Path, language: str
) -> None:
    first = {"en": "Download as a Jupyter notebook", "zh-cn": "下载 Jupyter 笔记本"}
    for page in PAGES:
        where = site / language / f"gallery/{page.name}.html"
        links = offered(where)
        assert next(iter(links.values())) == first[language]
        workers = {"_ranks.py"} if page.script.stem == "ddp_and_buffers" else set()
        forms = {
            f"{page.script.stem}.{suffix}" for suffix in ("ipynb", "py", "zip", "md")
        }
        assert {*links} == forms | workers
        with zipfile.ZipFile(where.with_suffix(".zip")) as archive:
            for name in forms - {f"{page.script.stem}.zip", f"{page.script.stem}.md"}:
                assert archive.read(name) == (where.parent / name).read_bytes()
            for name in workers:
                assert archive.read(name) == (page.script.parent / name).read_bytes()
                assert (where.parent / name).read_bytes() == archive.read(name)


def offered(page: Path) -> dict[str, str]:
    """Return the downloads that an HTML page offers, and what each link says."""
    soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
    return {a["href"]: a.text for a in soup.select(".downloads a")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_gallery_offers_all_pages_of_a_language(site: Path, language: str) -> None:
    ((address, text),) = offered(site / language / "gallery/index.html").items()
    assert bool(CHINESE.search(text)) == (language == "zh-cn")
    path = (site / language / "gallery" / address).resolve()
    assert path == site / language / f"module-state-{language}.zip"
    with zipfile.ZipFile(path) as archive:
        names = {*archive.namelist()}
        readme = archive.read(f"module-state-{language}/README.md").decode()
    forms = {f"{page.name}.{suffix}" for page in PAGES for suffix in ("py", "ipynb")}
    wanted = {"README.md", "scale/_ranks.py", *forms}
    assert names == {f"module-state-{language}/{name}" for name in wanted}
    assert bool(CHINESE.search(readme)) == (language == "zh-cn")
    assert f"pip install {' '.join(needed())}\n" in readme


def needed() -> list[str]:
    return requirements((ROOT / "requirements.txt").read_text("utf-8"))


def test_what_the_pages_import_is_what_the_readme_installs() -> None:
    scripts = [*(ROOT / "gallery").rglob("*.py")]
    imported = {
        name.split(".")[0]
        for script in scripts
        for node in ast.walk(ast.parse(script.read_text("utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    installed = {line.split("==")[0] for line in needed()}
    assert imported - sys.stdlib_module_names | {"numpy"} == installed


# Settings


def forms(project: Project) -> dict[str, bytes]:
    """Return all that readers take, by its place in the site."""
    html = project.root / "build/html"
    return {
        path.relative_to(html).as_posix(): path.read_bytes()
        for path in sorted(html.rglob("*"))
        if path.suffix in {".py", ".ipynb", ".zip", ".md"}
    }


def test_two_builds_make_the_same_bytes(tiny: Project) -> None:
    built = []
    for _ in range(2):
        assert tiny.make("clean").ok
        result = tiny.make("html", SOURCE_DATE_EPOCH="1700000000")
        assert result.ok, result.text
        built.append(forms(tiny))
    # of the page, of the gallery, Markdown; and the whole site
    assert len(built[0]) == 2 * (3 + 1 + 4) + 1
    assert built[0] == built[1]


def test_addresses_and_colab_appear_with_their_settings(tiny: Project) -> None:
    assert tiny.make("html").ok
    page = "gallery/group/page"
    for language in LANGUAGES:
        folder = tiny.root / "build/html" / language
        assert not any("colab" in link for link in offered(folder / f"{page}.html"))
        for suffix in ("py", "ipynb"):
            assert "](" not in (folder / f"{page}.{suffix}").read_text("utf-8")
    options = f"--define html_baseurl={SITE} --define repository=owner/name"
    result = tiny.make("html", f"SPHINXOPTS={options}")
    assert result.ok, result.text
    for language, title in (("en", "Site"), ("zh-cn", "网站")):
        folder = tiny.root / "build/html" / language
        links = offered(folder / f"{page}.html")
        (colab,) = [link for link in links if "colab" in link]
        start = "https://colab.research.google.com/github/owner/name/blob/notebooks/"
        assert (tiny.root / "build/html" / colab.removeprefix(start)).is_file()
        for suffix in ("py", "ipynb"):
            text = (folder / f"{page}.{suffix}").read_text("utf-8")
            assert f"[{title}]({SITE}/{language}/index.html)" in text
        with zipfile.ZipFile(folder / f"module-state-{language}.zip") as archive:
            readme = archive.read(f"module-state-{language}/README.md").decode()
            assert f"<{SITE}>" in readme
            taken = archive.read(f"module-state-{language}/group/page.py").decode()
            assert taken == (folder / f"{page}.py").read_text("utf-8")


def test_a_page_that_runs_a_file_is_not_offered_in_colab(tiny: Project) -> None:
    options = "SPHINXOPTS=--define repository=owner/name"
    worker = tiny.root / "gallery/group/_worker.py"
    worker.write_text("x = 1\n")
    named = '"_worker.py"\ntorch.zeros(2)\n'
    try:
        with tiny.changed(PAGE, "\ntorch.zeros(2)\n", f"\n{named}"):
            result = tiny.make("html", options)
            assert result.ok, result.text
            links = offered(tiny.root / "build/html/en/gallery/group/page.html")
            assert "_worker.py" in links
            assert not any("colab" in link for link in links)
    finally:
        worker.unlink()


def test_a_page_that_is_gone_leaves_nothing_to_take(tiny: Project) -> None:
    order = "gallery/group/index.rst"
    before = tiny.read(order)
    tiny.add_page("other", "print(1)")
    assert tiny.make("catalogs").ok
    tiny.translate()
    assert tiny.make("expected").ok
    assert tiny.make("html").ok
    assert any("other.ipynb" in name for name in forms(tiny))
    for path in tiny.root.rglob("other.*"):
        if "build" not in path.parts:
            path.unlink()
    (tiny.root / order).write_text(before)
    assert tiny.make("catalogs").ok
    result = tiny.make("html")
    assert result.ok, result.text
    assert not any("other" in name for name in forms(tiny))
    for language in LANGUAGES:
        path = tiny.root / f"build/html/{language}/module-state-{language}.zip"
        with zipfile.ZipFile(path) as archive:
            assert not any("other" in name for name in archive.namelist())


# They run


class Run(NamedTuple):
    """What a page's script printed, and its notebook, run anew."""

    script: subprocess.CompletedProcess[str]
    notebook: NotebookNode


def run_both(folders: dict[str, Path], page: Page) -> Run:
    """Run the script of one language and the notebook of the other.

    Their code is the same, by the tests above.  The notebook is run by nbclient, in a
    process of its own: in this one it would leave its event loops behind.
    """
    script = folders["en"] / f"{page.name}.py"
    found = folders["zh-cn"] / f"{page.name}.ipynb"
    program = Path(sys.prefix, "bin/jupyter-execute")
    options = ("--inplace", "--allow-errors", "--timeout=300", "--startup_timeout=300")
    executed = run(found.parent, program, *options, found.name)
    assert executed.returncode == 0, executed.stderr
    done = run(script.parent, sys.executable, script.name)
    return Run(done, nbformat.read(found, as_version=4))


def run(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a reader would, in the folder of the file."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def runs(site: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Run all pages, two at a time, from the archives that readers take."""
    folders = {}
    for language in LANGUAGES:
        folder = tmp_path_factory.mktemp(language)
        name = f"module-state-{language}"
        with zipfile.ZipFile(site / language / f"{name}.zip") as archive:
            archive.extractall(folder)
        folders[language] = folder / name
    with ThreadPoolExecutor(max_workers=2) as pool:
        ran = pool.map(lambda page: run_both(folders, page), PAGES)
        return dict(zip(IDS, ran, strict=True))


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_the_script_prints_what_it_should(
    site: Path, page: Page, runs: dict[str, Run]
) -> None:
    done = runs[page.name].script
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    cells = code_cells(notebook(site, "en", page))
    assert same_output(tidy("".join(map(printed, cells))), shown(done.stdout))


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_the_notebook_shows_what_it_should(
    site: Path, page: Page, runs: dict[str, Run]
) -> None:
    published = code_cells(notebook(site, "zh-cn", page))
    ran = code_cells(runs[page.name].notebook)
    for cell, again in zip(published, ran, strict=True):
        assert not [o for o in again.outputs if o.output_type == "error"], again.outputs
        assert same_output(tidy(printed(cell)), shown(printed(again))), cell.source
        assert same_output(tidy(value(cell)), shown(value(again))), cell.source
        assert images(cell) == images(again), cell.source
