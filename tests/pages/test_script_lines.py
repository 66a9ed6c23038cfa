"""What is wrong with the text of a page is told by its script and the line there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from project import CATALOG, PAGE, ROOT

if TYPE_CHECKING:
    from project import Project

TEXT = "See :doc:`/index` about the ``weight`` parameter."
FAULTS = {
    "a link to nowhere": ":ref:`nowhere`",
    "a page that is not there": ":doc:`nowhere`",
    "a role that is none": ":nowhere:`text`",
    "a backtick too few": "``open",
    "a name without an address": ":py:func:`torch.nowhere`",
}


def line_of(text: str, script: str) -> int:
    lines = script.splitlines()
    return next(n for n, line in enumerate(lines, start=1) if text in line)


@pytest.mark.parametrize("markup", FAULTS.values(), ids=FAULTS)
def test_a_fault_in_a_text_names_the_script(tiny: Project, markup: str) -> None:
    with tiny.changed(PAGE, "A class is of", f"A class {markup} is of"):
        line = line_of(markup, tiny.read(PAGE))
        told = tiny.make("html").text
        assert told.count(f"{tiny.root / PAGE}:{line}: ") == 1, told
        assert "docs/gallery" not in told, told
        assert told.count(": WARNING: ") + told.count(": ERROR: ") == 1, told


def test_a_fault_in_the_header_names_the_script(tiny: Project) -> None:
    with tiny.changed(PAGE, "A page with the ways", "A page :ref:`nowhere` the ways"):
        line = line_of("`nowhere`", tiny.read(PAGE))
        assert f"{tiny.root / PAGE}:{line}: " in tiny.make("html").text


def test_make_catalogs_names_the_script_too(tiny: Project) -> None:
    catalog = tiny.read(CATALOG)
    with tiny.changed(PAGE, "A class is of", "A class :nowhere:`text` is of"):
        line = line_of(":nowhere:", tiny.read(PAGE))
        told = tiny.make("catalogs").text
    assert f"{tiny.root / PAGE}:{line}: " in told, told
    assert tiny.read(CATALOG) == catalog


def test_each_line_of_text_is_found_in_its_script() -> None:
    from tested_gallery.pages import page_texts
    from tested_gallery.pages.script_lines import places

    pages = page_texts.pages(ROOT)
    assert pages
    for page in pages:
        script = page.script.read_text("utf-8").splitlines()
        text = page.generated.read_text("utf-8").splitlines()
        comments = {n for n, line in enumerate(script) if line.startswith("# ")}
        found = dict(places(text, script))
        for at, line in found.items():
            if line in comments and script[line][2:] in text:
                assert any(
                    text[near] == script[line][2:]
                    for near, there in found.items()
                    if there == line
                ), (page.name, at)
