"""Each page answers first, asks and ends with the gist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from babel.messages import pofile

import page_shape
from built_pages import parsed
from project import ROOT
from tested_gallery.pages import page_texts

if TYPE_CHECKING:
    from pathlib import Path

    from tested_gallery.pages.page_texts import Page

PAGES = [pytest.param(page, id=page.name) for page in page_texts.pages(ROOT)]
NEW_PAGE = ROOT / "docs/_tools/new_page.txt"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_answers_first(page: Page) -> None:
    faults = page_shape.faults(page.script)
    assert faults == [], f"{page.script}: CONTRIBUTING.md says how a page reads"


@pytest.mark.parametrize("page", PAGES)
def test_headings_say_something_in_each_language(page: Page) -> None:
    (path,) = ROOT.glob(f"docs/locale/*/LC_MESSAGES/gallery/{page.name}.po")
    with path.open("rb") as file:
        catalog = pofile.read_po(file)
    for section in page_shape.sections(page.script)[1:]:
        message = catalog.get(section.heading)
        assert message is not None, section.heading
        assert not page_shape.EMPTY.fullmatch(message.string), message.string


GLOSS = re.compile(r"（[A-Za-z][^（）]*）")
NAMED = {  # search engines see the titles alone
    *("gallery/start/parameters_and_buffers", "gallery/start/choosing"),
    "gallery/resuming/resuming_a_run",
}


def test_titles_and_first_paragraphs_have_no_gloss(site: Path) -> None:
    folder, looked = site / "zh-cn", 0
    for path in folder.rglob("*.html"):
        name = path.relative_to(folder).with_suffix("").as_posix()
        page = parsed(path)
        if not (summary := page.find("meta", {"name": "description"})):
            continue
        assert not GLOSS.search(summary["content"]), name
        assert bool(GLOSS.search(page.h1.text)) == (name in NAMED), name
        looked += 1
    assert looked >= 38


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "make sense alone.\n",
            "make.\n\nMore.\n",
            "has an answer and nothing else",
        ),
        ("# .. folded:: TODO: the", "# The", "has nothing but folded cells above"),
        ("# In short\n# --------\n", "# Answer\n# ------\n", "begins with 'In short'"),
        ("# .. in-short:: model\n#\n", "", "marks 'In short' by"),
        ("question comes next?\n# -", "comes next?\n# ~", "three to six sections"),
        ("TODO: which limits has the answer?", "Background", "questions or claims"),
        ("# .. check::\n#\n#    - ``1``", "# - ``1``", "asks two to four times"),
        ("# - TODO: the second of them.\n", "", "two to four lines in 'Remember'"),
        (
            "# TODO: which question comes next?\n# -",
            "# .. since:: 2.0\n#\n# TODO: which question comes next?\n# -",
            "has its badges below headings",
        ),
        (
            "TODO: why, in another sentence.",
            "TODO: what people meet, with torch's own message.",
            "says nothing twice: what people meet",
        ),
    ],
)
def test_what_is_not_in_shape_is_found(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    text = NEW_PAGE.read_text("utf-8").format(title="A", line="=", label="a1")
    script = tmp_path / "gallery/group/page.py"
    script.parent.mkdir(parents=True)
    script.write_text(text)
    assert page_shape.faults(script) == []
    assert old in text
    broken = script.with_name("broken.py")
    broken.write_text(text.replace(old, new, 1))
    assert any(fault in found for found in page_shape.faults(broken))
