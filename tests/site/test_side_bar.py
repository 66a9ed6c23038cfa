"""The side bar that is drawn once is the one that Furo would draw for each page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup, Tag

from project import TRANSLATIONS, Project

if TYPE_CHECKING:
    from pathlib import Path

NAMES = {"index", "about", "gallery/index", "gallery/other/index"}
PAGES = sorted(NAMES | {"gallery/group/index", "gallery/group/page"})


@pytest.fixture(scope="module")
def grouped(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project of two groups."""
    project = Project.create(tmp_path_factory.mktemp("grouped"))
    (project.root / "docs/about.md").write_text("# About ``it``\n")
    index = project.read("docs/index.md")
    both = index.replace("gallery/index\n", "gallery/index\nabout\n")
    (project.root / "docs/index.md").write_text(both)
    gallery = project.read("gallery/index.rst")
    (project.root / "gallery/index.rst").write_text(f"{gallery}   other/index\n")
    (project.root / "gallery/other").mkdir()
    (project.root / "gallery/other/index.rst").write_text("Other\n=====\n")
    TRANSLATIONS.update(
        {
            "Other": "其他",
            "About ``it``": "关于 ``it``",
        }
    )
    made = project.make("catalogs")
    assert made.ok, made.text
    project.translate()
    return project


def side_bars(project: Project, *options: str) -> dict[str, Tag]:
    """Build, and return the side bar's tree of each page."""
    result = project.make("html", SPHINXOPTS=" ".join(options))
    assert result.ok, result.text
    return {
        f"{language}/{page}": side_bar(
            project.root / f"build/html/{language}/{page}.html"
        )
        for language in ("en", "zh-cn")
        for page in PAGES
    }


def side_bar(path: Path) -> Tag:
    """Return a page's tree, without what makes no difference."""
    tree = BeautifulSoup(path.read_text("utf-8"), "html.parser").select_one(
        ".sidebar-tree"
    )
    for tag in tree.find_all(True):
        if classes := tag.get("class"):
            tag["class"] = sorted(classes)
        if label := tag.get("aria-label"):  # Furo's is in English only
            tag["aria-label"] = label.removeprefix("Toggle navigation of ")
            tag["aria-label"] = tag["aria-label"].removeprefix("展开或收起：")
    for text in tree.find_all(string=True):
        if not text.strip():
            text.extract()
    return tree


def test_it_is_what_furo_draws_on_each_page_in_both_languages(grouped: Project) -> None:
    ours = side_bars(grouped)
    room = "docs/_ext/tested_gallery/site/__init__.py"
    with (
        grouped.changed(room, '    "side_bar",\n', ""),
        grouped.without("docs/_templates/sidebar/navigation.html"),
    ):
        assert ours == side_bars(grouped)
    page = ours["zh-cn/gallery/group/page"]
    assert page.select_one(".current-page").text == "一页"
    assert len(page.select("input[checked]")) == 2


def test_on_a_large_site_only_the_branch_of_the_page_unfolds(grouped: Project) -> None:
    whole = side_bars(grouped)
    branches = side_bars(grouped, "--define=side_bar_pages=2")
    in_group, on_about = "en/gallery/group/page", "en/about"
    assert branches[in_group] == whole[in_group]  # the other group has no pages
    assert "A page" in whole[on_about].text
    assert "A page" not in branches[on_about].text
    assert not branches[on_about].select("input")
    folded = branches["en/gallery/other/index"]
    assert "Group" in folded.text
    assert "A page" not in folded.text
