"""What differs in another release of torch is noted, cell by cell, and shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import torch
from bs4 import BeautifulSoup

from project import PAGE, ROOT, Project

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = "docs/releases.json"


@pytest.fixture
def listed(tiny: Project) -> Iterator[Project]:
    """Return the small project with a list of releases that were run, and remove it."""
    fence = "```{releases}\n```\n\n```{toctree}"
    (tiny.root / DATA).write_text("{}")
    made = tiny.make("releases")
    assert made.ok, made.text
    with tiny.changed("docs/index.md", "```{toctree}", fence):
        yield tiny
    (tiny.root / DATA).unlink()


def rows(project: Project, language: str = "en") -> list[list[str]]:
    """Return the rows of the list, its head first."""
    text = project.read(f"build/html/{language}/index.html")
    table = BeautifulSoup(text, "html.parser").find("table")
    return [
        [part.text.strip() for part in row.select("th, td")]
        for row in table.select("tr")
    ]


def test_a_run_is_noted_with_each_difference(listed: Project) -> None:
    release = torch.__version__.partition("+")[0]
    run = json.loads(listed.read(DATA))[release]
    cells = {page: cells for page, (_digest, cells) in run["pages"].items()}
    assert cells == {"group/page": 4}
    assert run["differences"] == []
    with listed.changed(PAGE, "torch.zeros(2)\n", "torch.ones(2)\n"):
        result = listed.make("releases")
    assert not result.ok
    told = "gallery/group/page:37: wanted 'tensor([0., 0.])', got 'tensor([1., 1.])'"
    assert told in result.text
    (difference,) = json.loads(listed.read(DATA))[release]["differences"]
    assert difference["page"] == "gallery/group/page"


def test_differences_stand_on_the_page_in_both_languages(listed: Project) -> None:
    (newest,) = json.loads(listed.read(DATA)).values()
    run = newest | {"python": "3.11", "date": "2026-01-02"}
    one = {"page": "gallery/group/page", "line": 42, "wanted": "a\n", "got": "b\n"}
    gone = one | {"page": "gallery/group/gone", "got": "c\n"}
    runs = {"2.9.0": run | {"differences": [one, gone]}, "2.13.0": run}
    (listed.root / DATA).write_text(json.dumps(runs))
    result = listed.make("html")
    assert result.ok, result.text
    for language, word in (("en", "Differences"), ("zh-cn", "差异")):
        head, newer, older = rows(listed, language)
        assert head[4] == word
        assert newer == ["2.13.0", "3.11", "1", "4", "0", "2026-01-02", "0"]
        assert older[:5] == ["2.9.0", "3.11", "1", "4", "1"]
        text = listed.read(f"build/html/{language}/index.html")
        (code,) = BeautifulSoup(text, "html.parser").select(".highlight-diff")
        assert "- a\n+ b" in code.text


def test_a_page_whose_code_has_changed_was_not_run(listed: Project) -> None:
    assert listed.make("html").ok
    assert [row[2:5] + row[6:] for row in rows(listed)[1:]] == [["1", "4", "0", "0"]]
    with listed.changed(PAGE, "torch.zeros(2)\n", "torch.zeros(2) + 0\n"):
        built = listed.make("html")
        assert built.ok, built.text
        found = [row[2:5] + row[6:] for row in rows(listed)[1:]]
    assert found == [["0", "0", "0", "1"]]
    assert "not run since they changed" in rows(listed)[0][6]


def test_the_data_hold_the_pinned_release_without_a_difference() -> None:
    runs = json.loads((ROOT / DATA).read_text("utf-8"))
    release = torch.__version__.partition("+")[0]
    assert runs[release]["differences"] == []
    assert len(runs[release]["pages"]) > 30
