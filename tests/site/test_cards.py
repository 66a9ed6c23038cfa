"""The cards of the gallery: one a page, with its title, its sentence, its picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup, Tag

from project import PAGE, ROOT, Project
from tested_gallery.pages import page_texts
from tested_gallery.state import page_picture
from visitors import visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser

INDEX = "gallery/index.html"


def soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


def cards(site: Path, language: str, page: str = INDEX) -> dict[str, Tag]:
    """Return the cards on a page by the name of the page that they lead to."""
    folder = (site / language / page).parent
    found = {}
    for card in soup(site / language / page).select(".cards > li"):
        target = (folder / card.a["href"]).resolve()
        found[target.relative_to(site / language / "gallery").as_posix()] = card
    return found


def words(part: Tag) -> str:
    return " ".join(part.text.replace("¶", "").split())


@pytest.mark.parametrize("language", ["en", "zh-cn"])
def test_each_page_has_one_card_with_its_title_and_sentence(
    site: Path, language: str
) -> None:
    found = cards(site, language)
    wanted = {f"{page.name}.html" for page in page_texts.pages(ROOT)}
    assert len(wanted) >= 38
    assert set(found) == wanted
    for name, card in found.items():
        page = soup(site / language / "gallery" / name).article
        assert words(card.a) == words(page.h1)
        assert words(card.find_all("p")[1]) == words(page.p)


def test_a_group_shows_its_own_cards(site: Path) -> None:
    found = cards(site, "en", "gallery/loading/index.html")
    assert set(found) == {n for n in cards(site, "en") if n.startswith("loading/")}
    assert len(found) == 6


def test_no_two_pages_have_the_same_picture(site: Path) -> None:
    pictures = {}
    for language in ("en", "zh-cn"):
        for name, card in cards(site, language).items():
            shown = card.select_one(".card-picture")
            assert shown["aria-label"]
            pictures.setdefault(str(shown.contents), set()).add(name)
    assert len(pictures) == len(cards(site, "en"))
    assert all(len(names) == 1 for names in pictures.values())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_picture_has_the_colours_of_light_and_dark(
    chromium: Browser, address: str, scheme: str
) -> None:
    with visitor(chromium, color_scheme=scheme) as tab:
        tab.goto(f"{address}/en/{INDEX}")
        row = tab.locator(".card-picture .changed").first
        style = row.evaluate(
            "e => [getComputedStyle(e), getComputedStyle(e.parentNode)]"
            ".map(s => [s.backgroundColor, s.filter])"
        )
        changed = {"light": "rgb(255, 245, 209)", "dark": "rgb(51, 41, 12)"}[scheme]
        assert style == [[changed, "none"], ["rgba(0, 0, 0, 0)", "none"]]


def test_a_picture_shows_the_last_thing_that_happened() -> None:
    first = "|| model: PReLU\n| P | weight | (1,) | float32 | cpu | g | s | -\n"
    then = first.replace("float32", "float32→float64")
    found = page_picture.happening([first, then, first, "no panel\n"])
    assert found == page_picture.happening([then]) != page_picture.happening([first])


def test_a_changed_page_changes_its_card(tiny: Project) -> None:
    sentence = "A page with the ways of printing"
    path = "build/html/en/gallery/index.html"
    assert sentence in tiny.read(path)
    with tiny.changed(PAGE, sentence, "Some ways of printing"):
        tiny.make("html")  # English is written, and the Chinese then fails
        assert "Some ways of printing" in tiny.read("build/work/en/gallery/index.html")
    assert tiny.make("html").ok


def drawn(tiny: Project, language: str = "en") -> str:
    """Return the picture of the page."""
    (card,) = cards(tiny.root / "build/html", language).values()
    return str(card.select_one(".card-picture"))


def test_a_changed_panel_changes_the_picture(tiny: Project) -> None:
    before = drawn(tiny, "zh-cn")
    with tiny.changed(PAGE, "torch.zeros(2)", "torch.zeros(2)\nmodel.double()"):
        accepted = tiny.make("expected", "html")
        assert accepted.ok, accepted.text
        assert drawn(tiny, "zh-cn") != before
    assert tiny.make("expected", "html").ok
    assert drawn(tiny, "zh-cn") == before


def test_the_author_chooses_which_panel_is_on_the_card(tiny: Project) -> None:
    more = "torch.zeros(2)\nmodel.double()"
    with tiny.changed(PAGE, "torch.zeros(2)", more):
        assert tiny.make("expected", "html").ok
        assert "changed" in drawn(tiny)
        with tiny.changed(
            PAGE, "model = Model()", "# sphinx_gallery_card\nmodel = Model()"
        ):
            built = tiny.make("html")
            assert built.ok, built.text
            assert "changed" not in drawn(tiny)
            assert "gallery_card" not in tiny.read(
                "build/html/en/gallery/group/page.html"
            )
    assert tiny.make("expected", "html").ok


def test_a_page_that_shows_no_panel_has_a_card_without_a_picture(tiny: Project) -> None:
    built = tiny.root / "build/html"
    hidden = '# sphinx_gallery_hide_state = "model, copied"\nmodel = Model()'
    with tiny.changed(PAGE, "model = Model()", hidden):
        accepted = tiny.make("expected", "html")
        assert accepted.ok, accepted.text
        (card,) = cards(built, "zh-cn").values()
        assert card.a.text
        assert card.select_one(".card-picture") is None
    assert tiny.make("expected", "html").ok
    (card,) = cards(built, "zh-cn").values()
    assert card.select_one(".card-picture")
