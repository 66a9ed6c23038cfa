"""What readers take along: in their language, the same code, offered on the page."""

from __future__ import annotations

import ast
import io
import json
import re
import sys
import tokenize
import zipfile
from typing import TYPE_CHECKING

import nbformat
import pytest

from built_pages import LANGUAGES, parsed
from notebooks import code_cells, images, notebook, printed, text_cells, value
from project import ROOT
from running import SEEN
from tested_gallery.forms.gallery_zip import requirements
from tested_gallery.outputs.comparison import same_output
from tested_gallery.pages import page_texts
from tested_gallery.pages.page_texts import Page, tidy

if TYPE_CHECKING:
    from pathlib import Path

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


def expected(page: Page) -> list[str]:
    """Return what each cell should show, without panels; nothing if it asks."""
    cells = [b for b in page_texts.blocks(page.script) if b.type == "code"]
    asked = page_texts.checked(page.script)
    sections = page_texts.read_expectation(page.expectation)
    return [
        "" if block.lineno in asked else tidy(SEEN.sub("", section))
        for block, section in zip(cells, sections, strict=True)
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
    assert wanted
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
    assert 0 < len(english) == len(chinese)
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
    assert texts
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
        html = parsed(site / language / f"gallery/{page.name}.html")
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
    return {a["href"]: a.text for a in parsed(page).select(".downloads a")}


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
    wanted = {"README.md", "distributed/_ranks.py", *forms}
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
