"""What differs in another release of torch is noted, cell by cell, and shown."""

from __future__ import annotations

import json

import torch
from bs4 import BeautifulSoup

from project import PAGE, ROOT, Project

DATA = "docs/releases.json"


def test_a_run_is_noted_with_each_difference(tiny: Project) -> None:
    (tiny.root / DATA).write_text("{}")
    assert tiny.make("releases").ok
    release = torch.__version__.partition("+")[0]
    run = json.loads(tiny.read(DATA))[release]
    assert (run["tests"], run["pages"], run["differences"]) == (8, 2, [])
    with tiny.changed(PAGE, "torch.zeros(2)\n", "torch.ones(2)\n"):
        result = tiny.make("releases")
    assert not result.ok
    told = "gallery/group/page:42: wanted 'tensor([0., 0.])', got 'tensor([1., 1.])'"
    assert told in result.text
    (difference,) = json.loads(tiny.read(DATA))[release]["differences"]
    assert difference["page"] == "gallery/group/page"
    (tiny.root / DATA).unlink()


def test_differences_stand_on_the_page_in_both_languages(tiny: Project) -> None:
    one = {"page": "gallery/group/page", "line": 42, "wanted": "a\n", "got": "b\n"}
    run = {"python": "3.11", "date": "2026-01-02", "pages": 2, "tests": 8}
    runs = {"2.9.0": run | {"differences": [one]}, "2.13.0": run | {"differences": []}}
    (tiny.root / DATA).write_text(json.dumps(runs))
    with tiny.changed(
        "docs/index.md", "```{toctree}", "```{releases}\n```\n\n```{toctree}"
    ):
        result = tiny.make("html")
        assert result.ok, result.text
        for language, head in (("en", "Differences"), ("zh-cn", "差异")):
            text = tiny.read(f"build/html/{language}/index.html")
            soup = BeautifulSoup(text, "html.parser")
            assert head in soup.select_one("table thead").text
            rows = [row.text.split() for row in soup.select("table tbody tr")]
            assert rows[0] == ["2.13.0", "3.11", "2", "8", "0", "2026-01-02"]
            assert rows[1][:1] + rows[1][4:5] == ["2.9.0", "1"]
            assert "- a\n+ b" in soup.select_one(".highlight-diff").text
    (tiny.root / DATA).unlink()


def test_the_data_hold_the_pinned_release_without_a_difference() -> None:
    runs = json.loads((ROOT / DATA).read_text("utf-8"))
    release = torch.__version__.partition("+")[0]
    assert runs[release]["differences"] == []
    assert runs[release]["tests"] > 50
