"""What a page's text may show beside words: badges of releases, figures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pytest
from bs4 import BeautifulSoup, Tag

from project import ROOT, TRANSLATIONS, Project
from tested_gallery.pages import page_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = re.compile(
    r"^# \.\. (?:_([a-z]+\d+):|since:: ([\d.]+)(?: (.+))?)$", re.MULTILINE
)
RELEASE = re.compile(r"^\(torch-([\d.]+)\)=\n(.+?)(?=^\(|\Z)", re.MULTILINE | re.DOTALL)
DRAWN = "gallery/group/drawn.py"
FIGURE = "docs/gallery/group/images/sphx_glr_drawn_001.svg"
CODE = """\
import matplotlib.pyplot as plt

_, axes = plt.subplots()
axes.plot([0, 1], [0, 1])
print(len(plt.get_fignums()))

# %%
# .. _fact:
#
# .. since:: 2.5 nn.Buffer
#
# .. figure:: images/sphx_glr_drawn_001.svg
#    :alt: A line
#       that rises.
#
# It rises.

plt.get_fignums()
"""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project with a page that draws."""
    project = Project.create(tmp_path_factory.mktemp("drawn"))
    project.add_page("drawn", CODE)
    TRANSLATIONS["A line that rises."] = "一条上升的线。"
    TRANSLATIONS["It rises."] = "它在上升。"
    made = project.make("catalogs")
    assert made.ok, made.text  # draws nothing, and does not miss the figure
    project.translate()
    accepted = project.make("expected")
    assert accepted.ok, accepted.text
    built = project.make("html")
    assert built.ok, built.text
    return project


def page(project: Project, language: str) -> BeautifulSoup:
    """Return the built page."""
    path = project.root / f"build/html/{language}/gallery/group/drawn.html"
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


def figure(project: Project, language: str) -> Tag:
    """Return the image of the built page."""
    (image,) = page(project, language).select("article figure img")
    return image


def test_a_figure_is_shown_with_alternative_text_in_both_languages(
    drawn: Project,
) -> None:
    assert figure(drawn, "en")["alt"] == "A line that rises."
    assert figure(drawn, "zh-cn")["alt"] == "一条上升的线。"
    for language in ("en", "zh-cn"):
        folder = drawn.root / f"build/html/{language}/gallery/group"
        assert (folder / figure(drawn, language)["src"]).read_text().count("<svg") == 1


def test_a_figure_is_closed_after_its_cell(drawn: Project) -> None:
    outputs = page(drawn, "en").select(".highlight-none")
    assert [part.text.strip() for part in outputs] == ["1", "[]"]


def test_a_figure_that_is_lost_is_drawn_again_with_the_same_bytes(
    drawn: Project,
) -> None:
    before = drawn.read(FIGURE)
    (drawn.root / FIGURE).unlink()
    assert drawn.make("html").ok
    assert drawn.read(FIGURE) == before


def test_a_figure_that_no_cell_draws_fails_by_name(drawn: Project) -> None:
    with drawn.changed(DRAWN, "print(len(plt.get_fignums()))", "plt.close(); print(1)"):
        result = drawn.make("html")
    assert not result.ok
    assert "image file not readable" in result.text
    assert "sphx_glr_drawn_001.svg" in result.text


def test_the_figures_of_a_page_are_renamed_with_it_and_the_old_ones_are_nowhere(
    drawn: Project,
) -> None:
    names = ("group/drawn", "group/renamed")
    for old, new in (names, names[::-1]):
        moved = drawn.make("move", FROM=old, TO=new)
        assert moved.ok, moved.text
        built = drawn.make("expected", "html")
        assert built.ok, built.text
        drew = {
            path.name
            for folder in ("docs/gallery", "build/html")
            for path in (drawn.root / folder).rglob("sphx_glr_*_001.svg")
        }
        assert drew == {f"sphx_glr_{new.partition('/')[2]}_001.svg"}


def test_a_badge_names_the_release_in_the_language_of_the_page(drawn: Project) -> None:
    texts = {"en": "Since torch 2.5 nn.Buffer", "zh-cn": "torch 2.5 起 nn.Buffer"}
    for language, text in texts.items():
        (badge,) = page(drawn, language).select("p.since")
        assert badge.text == text
        assert badge.a["href"].endswith("index.html#torch-2-5")
        assert badge["id"] == "fact"


def test_a_badge_of_a_release_that_is_not_listed_fails(drawn: Project) -> None:
    with drawn.changed(DRAWN, "since:: 2.5", "since:: 2.4"):
        result = drawn.make("html")
    assert not result.ok
    assert "undefined label: 'torch-2.4'" in result.text


def test_a_badge_of_no_release_fails_with_file_and_line(drawn: Project) -> None:
    with drawn.changed(DRAWN, "since:: 2.5", "since:: soon"):
        result = drawn.make("html")
    assert not result.ok
    assert "not a release of torch: 'soon'" in result.text
    assert "drawn.py:" in result.text


class Badge(NamedTuple):
    """A badge of a page, and the fact under whose label it stands."""

    page: str
    release: str
    words: set[str]
    fact: str


def badges(page: page_texts.Page) -> Iterator[Badge]:
    """Yield the badges of a page's script."""
    fact = ""
    for label, release, name in MARK.findall(page.script.read_text("utf-8")):
        fact = label or fact
        if release:
            yield Badge(page.name, release, words(name), fact)


def words(code: str) -> set[str]:
    """Return the names in a piece of code that say what is meant."""
    return set(re.findall(r"\w+", code)) - {"torch", "nn", "Module", "True", "False"}


def test_each_badge_leads_to_a_release_that_names_it_or_links_to_its_fact() -> None:
    releases = dict(RELEASE.findall((ROOT / "docs/changes.md").read_text("utf-8")))
    found = [b for page in page_texts.pages(ROOT) for b in badges(page)]
    assert len(found) >= 60
    for badge in found:
        text = releases[badge.release]
        named = badge.words & words(" ".join(re.findall(r"`([^`]+)`", text)))
        assert named or f"<{badge.fact}>" in text, badge
