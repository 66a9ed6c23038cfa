"""Whose the site is, and what may be done with it, is said where people take it."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest
import yaml

from built_pages import pages, parsed
from project import ROOT

if TYPE_CHECKING:
    from pathlib import Path

LANGUAGES = ("en", "zh-cn")
LICENCES = ("CC BY 4.0", "MIT")


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_says_so_and_leads_to_the_terms(site: Path, language: str) -> None:
    about = site / language / "about.html"
    terms = parsed(about).find(id="whose-it-is")
    assert all(licence in terms.text for licence in LICENCES)
    for name, page in pages(site, language).items():
        said = page.select_one("footer .whose")
        assert all(licence in said.text for licence in LICENCES), name
        assert "PyTorch" in said.text
        address, _, anchor = said.a["href"].partition("#")
        where = site / language / name
        assert (where.parent / (address or where.name)).resolve() == about, name
        assert anchor == "whose-it-is"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_taken_along_says_so(site: Path, language: str) -> None:
    name = f"module-state-{language}"
    with zipfile.ZipFile(site / language / f"{name}.zip") as archive:
        text = archive.read(f"{name}/README.md").decode()
    assert all(licence in text for licence in LICENCES)
    assert all(licence in (site / "llms.txt").read_text() for licence in LICENCES)


def test_it_can_be_cited() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= cited.keys()
    assert set(cited["license"]) == {"CC-BY-4.0", "MIT"}


def test_the_forms_of_issues_ask_in_both_languages() -> None:
    forms = [*(ROOT / ".github/ISSUE_TEMPLATE").glob("[!c]*.yml")]
    assert forms
    for form in forms:
        asked = yaml.safe_load(form.read_text("utf-8"))
        assert {"name", "description", "body"} <= asked.keys()
        labels = [part["attributes"]["label"] for part in asked["body"]]
        assert all(" / " in label for label in [asked["name"], *labels])
