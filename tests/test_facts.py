"""What the site owes: each fact proved once, under its label, in both languages."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from built_pages import parsed
from project import ROOT

LABEL = re.compile(r"^# \.\. _([a-z]+\d+):$", re.MULTILINE)


def owed(text: str) -> dict[str, str]:
    """Return the page of each fact."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    places = [line.partition(": ") for line in lines]
    return {fact: page for page, _, facts in places for fact in facts.split()}


OWED = owed((ROOT / "tests/facts.txt").read_text("utf-8"))


@pytest.mark.parametrize("language", ["en", "zh-cn"])
def test_each_fact_has_its_anchor_on_its_page_and_nowhere_else(
    site: Path, language: str
) -> None:
    assert len(OWED) >= 40
    found: dict[str, list[str]] = {fact: [] for fact in OWED}
    folder = site / language / "gallery"
    for path in folder.rglob("*.html"):
        ids = Counter(part["id"] for part in parsed(path).select("[id]"))
        name = path.relative_to(folder).with_suffix("").as_posix()
        for fact, places in found.items():
            places += [name] * ids[fact]
    assert found == {fact: [page] for fact, page in OWED.items()}


def test_each_label_of_a_page_is_a_fact_that_it_owes() -> None:
    scripts = (ROOT / "gallery").glob("*/[!_]*.py")
    labels = {
        fact: script.relative_to(ROOT / "gallery").with_suffix("").as_posix()
        for script in scripts
        for fact in LABEL.findall(script.read_text("utf-8"))
    }
    assert labels == OWED
