"""What settings and changed pages make of what readers take along."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from built_pages import LANGUAGES, parse
from project import PAGE

if TYPE_CHECKING:
    from pathlib import Path

    from project import Project

SITE = "https://example.org/site"


def offered(page: Path) -> set[str]:
    """Return the downloads that an HTML page offers."""
    return {a["href"] for a in parse(page).select(".downloads a")}


def forms(project: Project) -> dict[str, bytes]:
    """Return all that readers take, by its place in the site."""
    html = project.root / "build/html"
    return {
        path.relative_to(html).as_posix(): path.read_bytes()
        for path in sorted(html.rglob("*"))
        if path.suffix in {".py", ".ipynb", ".zip", ".md"}
    }


def test_two_builds_make_the_same_bytes(tiny: Project) -> None:
    built = []
    for _ in range(2):
        assert tiny.make("clean").ok
        result = tiny.make("html", SOURCE_DATE_EPOCH="1700000000")
        assert result.ok, result.text
        built.append(forms(tiny))
    # of the page, of the gallery, Markdown; and the whole site
    assert len(built[0]) == 2 * (3 + 1 + 4) + 1
    assert built[0] == built[1]


def test_addresses_and_colab_appear_with_their_settings(tiny: Project) -> None:
    assert tiny.make("html").ok
    page = "gallery/group/page"
    for language in LANGUAGES:
        folder = tiny.root / "build/html" / language
        assert not any("colab" in link for link in offered(folder / f"{page}.html"))
        for suffix in ("py", "ipynb"):
            assert "](" not in (folder / f"{page}.{suffix}").read_text("utf-8")
    options = f"--define html_baseurl={SITE} --define repository=owner/name"
    result = tiny.make("html", f"SPHINXOPTS={options}")
    assert result.ok, result.text
    for language, title in (("en", "Site"), ("zh-cn", "网站")):
        folder = tiny.root / "build/html" / language
        links = offered(folder / f"{page}.html")
        (colab,) = [link for link in links if "colab" in link]
        start = "https://colab.research.google.com/github/owner/name/blob/notebooks/"
        assert (tiny.root / "build/html" / colab.removeprefix(start)).is_file()
        for suffix in ("py", "ipynb"):
            text = (folder / f"{page}.{suffix}").read_text("utf-8")
            assert f"[{title}]({SITE}/{language}/index.html)" in text
        with zipfile.ZipFile(folder / f"module-state-{language}.zip") as archive:
            readme = archive.read(f"module-state-{language}/README.md").decode()
            assert f"<{SITE}>" in readme
            taken = archive.read(f"module-state-{language}/group/page.py").decode()
            assert taken == (folder / f"{page}.py").read_text("utf-8")


def test_a_page_that_runs_a_file_is_not_offered_in_colab(tiny: Project) -> None:
    options = "SPHINXOPTS=--define repository=owner/name"
    worker = tiny.root / "gallery/group/_worker.py"
    worker.write_text("x = 1\n")
    named = '"_worker.py"\ntorch.zeros(2)\n'
    try:
        with tiny.changed(PAGE, "\ntorch.zeros(2)\n", f"\n{named}"):
            result = tiny.make("html", options)
            assert result.ok, result.text
            links = offered(tiny.root / "build/html/en/gallery/group/page.html")
            assert "_worker.py" in links
            assert not any("colab" in link for link in links)
    finally:
        worker.unlink()


def test_a_page_that_is_gone_leaves_nothing_to_take(tiny: Project) -> None:
    order = "gallery/group/index.rst"
    before = tiny.read(order)
    tiny.add_page("other", "print(1)")
    assert tiny.make("catalogs").ok
    tiny.translate()
    assert tiny.make("expected").ok
    assert tiny.make("html").ok
    assert any("other.ipynb" in name for name in forms(tiny))
    for path in tiny.root.rglob("other.*"):
        if "build" not in path.parts:
            path.unlink()
    (tiny.root / order).write_text(before)
    assert tiny.make("catalogs").ok
    result = tiny.make("html")
    assert result.ok, result.text
    assert not any("other" in name for name in forms(tiny))
    for language in LANGUAGES:
        path = tiny.root / f"build/html/{language}/module-state-{language}.zip"
        with zipfile.ZipFile(path) as archive:
            assert not any("other" in name for name in archive.namelist())
