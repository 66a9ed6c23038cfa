"""What was published once is found for ever, in both languages."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sphobjinv
from bs4 import BeautifulSoup

from project import PAGE, ROOT, Project
from test_facts import FACTS
from tested_gallery.site import redirects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

LANGUAGES = ("en", "zh-cn")
PROOF = "# %%\n# See :doc:`/index`"


def anchors(page: Path) -> set[str]:
    soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
    return {tag["id"] for tag in soup.find_all(id=True)}


def everything(site: Path, language: str) -> dict[str, set[str]]:
    """Return the anchors of each page that the published inventory names."""
    found: dict[str, set[str]] = {}
    for item in sphobjinv.Inventory(site / language / "objects.inv").objects:
        page, _, anchor = item.uri_expanded.partition(".html")
        found.setdefault(page, set()).update({anchor.removeprefix("#")} - {""})
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_inventory_leads_to_each_fact_and_to_nothing_that_is_not_there(
    site: Path, language: str
) -> None:
    found = everything(site, language)
    for fact, page in FACTS.items():
        assert fact in found[f"gallery/{page}"]
    assert len(found) > 50
    for page, wanted in found.items():
        assert wanted <= anchors(site / language / f"{page}.html"), page
    inventory = sphobjinv.Inventory(site / language / "objects.inv")
    assert inventory.project == "Module State"
    assert not [item.name for item in inventory.objects if item.dispname == "-"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_published_address_is_noted(site: Path, language: str) -> None:
    noted = {a.page: set(a.anchors) for a in redirects.read(ROOT)}
    for page, wanted in everything(site, language).items():
        assert page in noted, "'make addresses' adds it"
        assert wanted <= noted[page], "'make addresses' adds them"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_noted_address_is_found(site: Path, language: str) -> None:
    listed = redirects.read(ROOT)
    assert len(listed) > 50
    for address in listed:
        page = site / language / f"{address.page}.html"
        assert set(address.anchors) <= anchors(page)
        if address.target:
            assert 'class="goal"' in page.read_text("utf-8")


def test_the_line_of_the_readme_lets_others_link_to_a_fact(
    site: Path, tmp_path: Path
) -> None:
    for name, title in (
        ("README.md", "Does to change the module or return a new one?"),
        ("README.zh-CN.md", ""),
    ):
        text = (ROOT / name).read_text("utf-8")
        mapping = re.search(
            r"```python\n(intersphinx_mapping = .*?)```", text, re.DOTALL
        )
        language = re.search(r"example\.org/([\w-]+)/", mapping[1])[1]
        inventory = site / language / "objects.inv"
        local = mapping[1].replace("None", repr(str(inventory)))
        (tmp_path / "conf.py").write_text(
            f"extensions = ['sphinx.ext.intersphinx']\n{local}", "utf-8"
        )
        (tmp_path / "index.rst").write_text("A\n=\n\n:ref:`move1`\n")
        done = subprocess.run(
            [sys.executable, "-m", "sphinx", "-qEW", tmp_path, tmp_path / "html"],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        page = (tmp_path / "html/index.html").read_text("utf-8")
        link = BeautifulSoup(page, "html.parser").find("a", class_="external")
        assert link["href"].endswith(
            f"/{language}/gallery/moving/what_to_does.html#move1"
        )
        assert title in link.text
        assert link["title"] == "(in Module State)"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a small project whose site was published, with two facts on a page."""
    project = Project.create(tmp_path_factory.mktemp("published"))
    project.add_page("other", "1 + 1\n")
    page = project.root / PAGE
    text = page.read_text("utf-8")
    text = text.replace("# %%\n# Both", "# %%\n# .. _fact1:\n#\n# Both")
    page.write_text(
        text.replace(PROOF, PROOF.replace("# See", "# .. _fact2:\n#\n# See"))
    )
    accept(project)
    built = project.make("html", "addresses")
    assert built.ok, built.text
    assert "docs/addresses.txt: 8 new" in built.text
    assert "gallery/group/page: fact1 fact2\n" in project.read("docs/addresses.txt")
    again = project.make("addresses")
    assert "docs/addresses.txt: 0 new" in again.text
    return project


def accept(project: Project) -> None:
    made = project.make("catalogs")
    assert made.ok, made.text
    for path in re.findall(r"^(.*\.po):1: belongs to no page", made.text, re.MULTILINE):
        Path(path).unlink()
    project.translate()
    accepted = project.make("expected")
    assert accepted.ok, accepted.text


@pytest.fixture(scope="module")
def moved(published: Project) -> Iterator[Project]:
    """Return the project with the page renamed and one of its facts on another."""
    root = published.root
    renamed = root / "gallery/group/renamed.py"
    (root / PAGE).rename(renamed)
    shutil.move(
        root / "tests/expected/group/page.txt",
        root / "tests/expected/group/renamed.txt",
    )
    order = root / "gallery/group/index.rst"
    order.write_text(order.read_text().replace("   page\n", "   renamed\n"))
    renamed.write_text(renamed.read_text().replace("# .. _fact2:\n#\n", ""))
    other = root / "gallery/group/other.py"
    told = ".. _fact2:\n\nSee :doc:`/index`"
    other.write_text(other.read_text().replace("See :doc:`/index`", told))
    refused = published.make("html")
    assert not refused.ok
    assert (
        "docs/addresses.txt:6: WARNING: gallery/group/page was published and is gone: "
        "write 'gallery/group/page -> <page>'"
    ) in refused.text
    lead_on(published, "page", "renamed")
    accept(published)
    built = published.make("html", "addresses")
    assert built.ok, built.text
    assert "3 new" in built.text  # `renamed`, and a fact on each page
    return published


def lead_on(project: Project, page: str, goal: str) -> None:
    listed = project.root / "docs/addresses.txt"
    old = f"gallery/group/{page}:"
    new = f"gallery/group/{page} -> gallery/group/{goal}:"
    assert old in listed.read_text()
    listed.write_text(listed.read_text().replace(old, new))


LED = {
    "the page": ("page.html", "renamed.html"),
    "an anchor that went along": ("page.html#fact1", "renamed.html#fact1"),
    "an anchor that went elsewhere": ("page.html#fact2", "other.html#fact2"),
    "an anchor that nobody noted": ("page.html#section", "renamed.html#section"),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("old", "new"), LED.values(), ids=LED)
def test_an_old_address_leads_to_the_new_one(
    moved: Project, chromium: Browser, language: str, old: str, new: str
) -> None:
    folder = f"file://{moved.root}/build/html/{language}/gallery/group"
    tab = chromium.new_page()
    tab.goto(f"{folder}/{old}")
    tab.wait_for_url(f"{folder}/{new}")
    tab.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_javascript_there_is_a_link_to_click(
    moved: Project, chromium: Browser, language: str
) -> None:
    folder = f"file://{moved.root}/build/html/{language}/gallery/group"
    context = chromium.new_context(java_script_enabled=False)
    tab = context.new_page()
    for anchor, new in (("", "renamed.html"), ("#fact2", "other.html#fact2")):
        tab.goto(f"{folder}/page.html{anchor}")
        links = tab.locator("article a:visible:not(.headerlink)")
        assert links.count() == (2 if anchor else 1)
        links.last.click()
        tab.wait_for_url(f"{folder}/{new}")
    context.close()


def test_a_page_that_leads_on_is_found_by_nobody_else(moved: Project) -> None:
    old = "gallery/group/page.html"
    listed = moved.read("build/html/llms.txt") + moved.read("build/html/en/llms.txt")
    assert old not in listed
    base = "--define=html_baseurl=https://example.org"
    built = moved.make("html", SPHINXOPTS=base)
    assert built.ok, built.text
    assert old not in moved.read("build/html/sitemap.xml")
    goal = (
        '<link rel="canonical" href="https://example.org/en/gallery/group/renamed.html"'
    )
    assert goal in moved.read(f"build/html/en/{old}")
    assert moved.make("html").ok


def test_a_fact_that_leaves_a_page_is_found_from_it(
    moved: Project, chromium: Browser
) -> None:
    page, other = (f"gallery/group/{name}.py" for name in ("renamed", "other"))
    with (
        moved.changed(page, "# .. _fact1:\n#\n", ""),
        moved.changed(other, ".. _fact2:\n\n", ".. _fact2:\n.. _fact1:\n\n"),
    ):
        built = moved.make("html")
        assert built.ok, built.text
        for language in LANGUAGES:
            folder = f"file://{moved.root}/build/html/{language}/gallery/group"
            tab = chromium.new_page()
            tab.goto(f"{folder}/renamed.html#fact1")
            tab.wait_for_url(f"{folder}/other.html#fact1")
            tab.close()
    with moved.changed(page, "# .. _fact1:\n#\n", ""):
        assert (
            "the anchor fact1 was published and is on no page"
            in moved.make("html").text
        )
    assert moved.make("html").ok


LAST = "index: torch-2-5\n"
FAULTS = {
    "a line that is none": (LAST, "index ->\n", ":9: WARNING: is not 'page -> "),
    "a goal that is none": ("-> gallery/group/renamed", "-> gone", "leads to gone, "),
    "in a circle": ("-> gallery/group/renamed", "-> gallery/group/page", "no page"),
    "twice": (LAST, f"{LAST}index\n", ":9: WARNING: index has another line, 10:"),
    "a page that is there": (LAST, "index -> gallery/index\n", "index is a page, and"),
}


@pytest.mark.parametrize(("old", "new", "says"), FAULTS.values(), ids=FAULTS)
def test_a_fault_in_the_list_is_named(
    moved: Project, old: str, new: str, says: str
) -> None:
    with moved.changed("docs/addresses.txt", old, new):
        result = moved.make("html")
        assert not result.ok
        assert result.text.count(says) == 1, result.text


def test_make_addresses_deletes_nothing(moved: Project) -> None:
    before = moved.read("docs/addresses.txt")
    assert moved.make("html", "addresses").ok
    assert "gallery/group/page -> gallery/group/renamed: fact1 fact2\n" in before
    assert moved.read("docs/addresses.txt") == before
