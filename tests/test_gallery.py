"""How gallery scripts are written: code without language, small cells, in order."""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

import pytest

from project import ROOT
from test_facts import LABEL
from tested_gallery.pages import page_texts
from tested_gallery.site import redirects

PAGES = page_texts.pages(ROOT)
SCRIPTS = [pytest.param(page.script, id=page.name) for page in PAGES]
QUERIES = ROOT / "tests/search/queries.txt"
SHAPE = re.compile(r"# \([\d, a-zA-Z]*\)$|# sphinx_gallery_\w+")
WORDS = re.compile(r"[A-Za-z]+ [A-Za-z]+ [A-Za-z]+|[\u3400-\u9fff]")


def words_in(code: str) -> list[str]:
    """Return the comments and strings of ``code`` that a translator would need."""
    tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    return [
        token.string
        for token in tokens
        if (token.type == tokenize.COMMENT and not SHAPE.match(token.string))
        or (token.type == tokenize.STRING and WORDS.search(without_code(token.string)))
    ]


def without_code(literal: str) -> str:
    """Return a string literal without the expressions of an f-string."""
    return re.sub(r"\{[^}]*\}", "", literal)


def test_there_are_pages() -> None:
    assert len(SCRIPTS) >= 4


@pytest.mark.parametrize("script", SCRIPTS)
def test_code_cells_hold_no_language(script: Path) -> None:
    for cell in page_texts.cells(script):
        assert words_in(cell.code) == [], f"{script}:{cell.line}"


def test_language_in_a_cell_is_found() -> None:
    assert words_in("x = 1  # the first value\n")
    assert words_in('print("this is a value")\n')
    assert words_in('print("值")\n')
    assert not words_in('x = f"{a}: {b}"  # (2, 3)\n')


@pytest.mark.parametrize("script", SCRIPTS)
def test_cells_are_small(script: Path) -> None:
    for cell in page_texts.cells(script):
        lines = [line for line in cell.code.splitlines() if line.strip()]
        assert len(lines) <= 15, f"{script}:{cell.line}"


def test_page_names_are_unique() -> None:
    names = [page.script.name for page in PAGES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_page_stands_in_the_order_of_its_group(script: Path) -> None:
    assert script.stem in (script.parent / "index.rst").read_text("utf-8").split()


@pytest.mark.parametrize("script", SCRIPTS)
def test_readers_ask_for_the_page_in_each_language(script: Path) -> None:
    lines = [line.split(" | ") for line in QUERIES.read_text("utf-8").splitlines()]
    name = f"gallery/{script.parent.name}/{script.stem}"
    asked = {line[0] for line in lines if name in line}
    for language in {"en", "zh-cn"} - asked:
        pytest.fail(f"{QUERIES}: write a line '{language} | {name} | <what is typed>'")


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_page_and_its_facts_are_noted_as_addresses(script: Path) -> None:
    noted = {a.page: a.anchors for a in redirects.read(ROOT)}
    name = f"gallery/{script.parent.name}/{script.stem}"
    labels = set(LABEL.findall(script.read_text("utf-8")))
    missing = labels - set(noted.get(name, ()))
    assert name in noted and not missing, f"{name}: 'make addresses' notes {missing}"
