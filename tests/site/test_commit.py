"""Pages tell what they ran with, and only the about page and one file the commit."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup

from built_pages import parsed
from project import PAGE, ROOT, Project

if TYPE_CHECKING:
    from pathlib import Path

BASE = {"SPHINXOPTS": "--define=html_baseurl=https://example.org/site/"}


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project under git, with an about page, built on a given day."""
    project = Project.create(tmp_path_factory.mktemp("committed"))
    (project.root / "docs/about.md").write_text("# Gallery\n")
    order = project.read("docs/index.md").replace(
        "gallery/index\n", "gallery/index\nabout\n"
    )
    (project.root / "docs/index.md").write_text(order)
    (project.root / ".gitignore").write_text("build\ndocs/gallery\n*.mo\n__pycache__\n")
    assert project.make("catalogs").ok
    project.translate()
    git(project, "init", "--quiet")
    commit(project)
    return project


def git(project: Project, *words: str) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    command = ["git", *identity, *words]
    done = subprocess.run(
        command, cwd=project.root, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(project: Project) -> str:
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--allow-empty", "--message", "A")
    return git(project, "rev-parse", "HEAD")


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_commit_alone_changes_the_about_page_the_file_and_their_zip_only(
    committed: Project,
) -> None:
    html = committed.root / "build/html"
    assert committed.make("html").ok
    first, before = commit(committed), digests(html)
    assert committed.make("html").ok
    assert json.loads(committed.read("build/html/provenance.json"))["commit"] == first
    second, before = commit(committed), digests(html)
    assert first != second
    assert committed.make("html").ok
    after = digests(html)
    changed = {name for name in after if after[name] != before.get(name)}
    about = {"en/about.html", "zh-cn/about.html"}
    assert changed == {*about, "provenance.json", "module-state.zip"}
    for language in ("en", "zh-cn"):
        assert second in committed.read(f"build/html/{language}/about.html")


def test_a_changed_checkout_is_marked(committed: Project) -> None:
    head = commit(committed)
    (committed.root / "new.txt").write_text("")
    assert committed.make("html").ok
    told = json.loads(committed.read("build/html/provenance.json"))
    assert told["commit"] == f"{head}+"
    (committed.root / "new.txt").unlink()


def test_dates_obey_the_epoch_and_are_those_of_the_execution(
    committed: Project,
) -> None:
    day = {"SOURCE_DATE_EPOCH": "86400"}
    with committed.changed(PAGE, '"out"', '"out" ""'):
        assert committed.make("html", **day).ok
    told = json.loads(committed.read("build/html/provenance.json"))
    assert told["date"] == "1970-01-02"
    assert told["pages"]["group/page"]["executed"] == "1970-01-02"
    assert committed.make("html").ok  # the script is as it was, so it runs again
    told = json.loads(committed.read("build/html/provenance.json"))
    assert told["pages"]["group/page"]["executed"] > "2026"
    page = committed.read("build/html/en/gallery/group/page.html")
    assert told["pages"]["group/page"]["executed"] in page


def test_each_gallery_page_tells_what_it_ran_with(site: Path) -> None:
    told = json.loads((site / "provenance.json").read_text())["pages"]
    assert len(told) == len(list((ROOT / "gallery").glob("*/[!_]*.py")))
    for name, run in told.items():
        for language in ("en", "zh-cn"):
            page = parsed(site / language / f"gallery/{name}.html")
            shown = page.select_one(".provenance").text
            assert all(value in shown for value in run.values())


def test_no_catalog_and_no_other_page_tells_it(site: Path) -> None:
    for path in (ROOT / "docs/locale").rglob("*.po"):
        if path.name != "sphinx.po":
            assert not re.search(
                r"20\d\d-\d\d-\d\d|[0-9a-f]{40}", path.read_text("utf-8")
            )
    about = {"en/about.html", "zh-cn/about.html"}
    for path in site.rglob("*.html"):
        has_commit = re.search(r"\b[0-9a-f]{40}\b", path.read_text("utf-8"))
        assert bool(has_commit) == (path.relative_to(site).as_posix() in about), path


def test_nothing_absolute_without_the_address_of_the_site(site: Path) -> None:
    for path in site.rglob("*.html"):
        for link in parsed(path).select("link[href]"):
            assert "//" not in link["href"], path


def test_hreflang_and_canonical_links_with_the_address_of_the_site(
    tiny: Project,
) -> None:
    assert tiny.make("html", **BASE).ok
    name = "gallery/group/page.html"
    for language in ("en", "zh-cn"):
        soup = BeautifulSoup(tiny.read(f"build/html/{language}/{name}"), "html.parser")
        own = f"https://example.org/site/{language}/{name}"
        assert soup.select_one("link[rel=canonical]")["href"] == own
        links = soup.select("head link[rel=alternate][hreflang]")
        assert {link["hreflang"]: link["href"] for link in links} == {
            "en": f"https://example.org/site/en/{name}",
            "zh-CN": f"https://example.org/site/zh-cn/{name}",
            "x-default": f"https://example.org/site/en/{name}",
        }
    assert tiny.make("html").ok
    assert "example.org" not in tiny.read(f"build/html/en/{name}")
