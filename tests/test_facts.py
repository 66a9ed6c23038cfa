"""Each fact is proved once, under its label, in both languages.

A label is a word and a number, and stands alone in a text cell, above the proof.  That
none is lost which was published, `site.redirects` sees.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from built_pages import names, parsed
from project import ROOT
from tested_gallery.pages import page_texts

LABEL = re.compile(r"^# \.\. _([a-z]+\d+):$", re.MULTILINE)
LABELS = [
    (fact, page.name)
    for page in page_texts.pages(ROOT)
    for fact in LABEL.findall(page.script.read_text("utf-8"))
]
FACTS = dict(LABELS)


def test_no_label_stands_twice() -> None:
    assert len(FACTS) == len(LABELS) >= 40


@pytest.mark.parametrize("language", ["en", "zh-cn"])
def test_each_fact_has_its_anchor_on_its_page_and_nowhere_else(
    site: Path, language: str
) -> None:
    found: dict[str, list[str]] = {fact: [] for fact in FACTS}
    folder = site / language / "gallery"
    for path in (folder / name for name in names(folder)):
        ids = Counter(part["id"] for part in parsed(path).select("[id]"))
        name = path.relative_to(folder).with_suffix("").as_posix()
        for fact, places in found.items():
            places += [name] * ids[fact]
    assert found == {fact: [page] for fact, page in FACTS.items()}
