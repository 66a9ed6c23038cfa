"""The answer of a page is code to copy: alone, it prints what the page expects."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

import pytest
from bs4 import BeautifulSoup

import asking
import running
from project import ROOT, Project
from running import as_main
from tested_gallery.outputs.comparison import same_output
from tested_gallery.pages import figures, in_short, page_texts, reset_torch
from tested_gallery.pages.page_texts import tidy

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from tested_gallery.pages.page_texts import Page

PAGES = [
    pytest.param(page, id=page.name)
    for page in page_texts.pages(ROOT)
    if in_short.answer(page.script)
]


class Outputs(NamedTuple):
    """What an answer should print, and what it prints alone."""

    wanted: str
    alone: str


def outputs(page: Page) -> Outputs:
    """Run the answer of a page with nothing but the names that the page lists.

    The cells before it make their values.  Panels are no output.
    """
    cell, names = in_short.answer(page.script)
    cells = page_texts.cells(page.script)
    at = [each.line for each in cells].index(cell.line)
    wanted = page_texts.read_expectation(page.expectation)[at]
    reset_torch.reset()
    figures.reset()
    try:
        with as_main(page.script) as main:
            for before in cells[:at]:
                running.printed(before.code, vars(main))
            got = running.printed(cell.code, {name: vars(main)[name] for name in names})
    finally:
        reset_torch.reset()
        figures.reset()
    return Outputs(running.SEEN.sub("", wanted), tidy(got))


def shape(code: str) -> tuple[bool, int]:
    """Return whether a cell begins with imports, and its lines that are not blank."""
    first = ast.parse(code).body[0]
    lines = [line for line in code.splitlines() if line.strip()]
    return isinstance(first, ast.Import | ast.ImportFrom), len(lines)


@pytest.mark.parametrize("page", PAGES)
def test_the_answer_runs_alone_and_prints_what_the_page_expects(page: Page) -> None:
    found = outputs(page)
    assert same_output(found.wanted, found.alone)


@pytest.mark.parametrize("page", PAGES)
def test_the_answer_begins_with_imports_and_is_short(page: Page) -> None:
    imports, lines = shape(in_short.answer(page.script)[0].code)
    assert imports
    assert 4 <= lines <= 12


def written(folder: Path, text: str) -> Page:
    """Return a page with the text, and the expectation of the page that asks."""
    script, expectation = folder / "asking.py", folder / "asking.txt"
    script.write_text(text, "utf-8")
    sections = "%%\n7\n%%\ntorch.float64 True\n|| model: Sequential\n%%\n%%\n%%\n"
    expectation.write_text(sections, "utf-8")
    return page_texts.Page("group/asking", script, script, expectation)


def test_an_answer_is_run_with_what_it_lists_and_nothing_else(tmp_path: Path) -> None:
    found = outputs(written(tmp_path, asking.PAGE))
    assert found == ("torch.float64 True\n", "torch.float64 True\n")
    assert shape(in_short.answer(tmp_path / "asking.py")[0].code) == (True, 4)


def test_an_answer_that_needs_more_or_prints_another_thing_is_found(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    def changed(old: str, new: str) -> Page:
        assert old in asking.PAGE
        text = asking.PAGE.replace(old, new)
        return written(tmp_path_factory.mktemp("page"), text)

    with pytest.raises(NameError, match="model"):
        outputs(changed("in-short:: model", "in-short::"))
    with pytest.raises(NameError, match="torch"):
        outputs(changed("import torch\n\nkept", "kept = torch\nkept"))
    found = outputs(changed("model.double()\n", "model\n"))
    assert not same_output(*found)
    page = changed("in-short:: model\n", "in-short::\n#    :shows: table\n")
    assert in_short.answer(page.script) is None
    assert shape("x = 1\n\ny = 2\n") == (False, 2)


@pytest.mark.parametrize("language", ["en", "zh-cn"])
def test_its_section_stands_in_a_frame(
    chromium: Browser, asked: Project, language: str
) -> None:
    path = asked.root / f"build/html/{language}/gallery/group/asking.html"
    page = BeautifulSoup(path.read_text("utf-8"), "html.parser").article
    (section,) = page.select(".in-short")
    assert section.name == "section"
    title = section.h2.find(string=True)
    assert title == {"en": "In short", "zh-cn": asking.CHINESE["In short"]}[language]
    context = chromium.new_context()
    tab = context.new_page()
    tab.goto(path.as_uri())
    button = tab.locator(".in-short .copybtn").first
    button.wait_for()
    assert button.evaluate("e => getComputedStyle(e).opacity") == "1"
    frame = tab.locator(".in-short").evaluate("e => getComputedStyle(e).borderTopWidth")
    assert frame == "3px"
    context.close()
