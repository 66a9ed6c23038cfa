"""What `make bench` measures is a real gallery, and the same one each way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import galleries
import pages
import table
from project import Project
from tested_gallery.pages import page_texts

if TYPE_CHECKING:
    from pathlib import Path


def test_generated_pages_are_built_in_both_languages(tmp_path: Path) -> None:
    galleries.ours(tmp_path, 10)
    project = Project(tmp_path)
    for goal in ("expected", "html", "doctest"):
        result = project.make(goal)
        assert result.ok, result.text
    for number in (1, 10):
        page = pages.page(number)
        place = f"gallery/group_001/{page.name}.html"
        assert page.definition.en in project.read(f"build/html/en/{place}")
        assert page.definition.zh_CN in project.read(f"build/html/zh-cn/{place}")
        expected = tmp_path / f"tests/expected/group_001/{page.name}.txt"
        printed = page_texts.read_expectation(expected)
        for ours, plain in zip(printed, pages.outputs(page), strict=True):
            assert ours.startswith(plain)  # a panel may follow
            assert plain


def test_plain_pages_hold_the_outputs_that_ours_execute(tmp_path: Path) -> None:
    galleries.plain(tmp_path, 10)
    page = pages.page(4)
    for language in galleries.LANGUAGES:
        text = (tmp_path / f"{language}/group_001/{page.name}.md").read_text("utf-8")
        assert getattr(page.definition, language) in text
        assert all(output.strip() in text for output in pages.outputs(page))


def test_the_table_gives_ratios_to_the_floor(tmp_path: Path) -> None:
    one = {"wall": 1.0, "walls": [1.0], "cpu": 2.0, "peak": 3e6}
    names = ("floor/scripts", "floor/en", "floor/zh_CN", "ours/cold")
    steps = {f"100/{name}": one for name in names}
    steps["100/ours/cold"] = one | {"wall": 6.0, "walls": [9.0, 6.0]}
    results = {"date": "today", "machine": "it", "versions": "all", "steps": steps}
    page = tmp_path / "README.md"
    page.write_text("before\n<!-- figures -->\nstale\n<!-- end -->\nafter\n")
    table.write(page, results)
    text = page.read_text()
    assert "| floor | 3.0 | 6.0 | 3 | 1.00 |" in text
    assert "| ours/cold | 6.0 | 2.0 | 3 | 2.00 |" in text
    assert (
        "| cold, both languages, to the floor, 100 pages | ≤ 1.0 | 2.00 | 1.00 |"
        in text
    )
    assert "stale" not in text
    assert text.endswith("<!-- end -->\nafter\n")
