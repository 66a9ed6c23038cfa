"""A Chinese page is wholly and rightly translated, or the build fails."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from babel.messages import Catalog

import catalogs
from project import CATALOG, PAGE, Project

if TYPE_CHECKING:
    from pathlib import Path

PROSE = "两个流和最后的值都会显示。"


def test_a_failure_is_repeated_until_it_is_mended(tiny: Project) -> None:
    with tiny.changed(CATALOG, f'"{PROSE}"', '""'):
        assert not tiny.make("html").ok
        assert not tiny.make("html").ok
    assert tiny.make("html").ok


def test_a_missing_catalog_fails(tiny: Project) -> None:
    with tiny.without(CATALOG):
        (tiny.root / CATALOG).with_suffix(".mo").unlink(missing_ok=True)
        result = tiny.make("html")
        assert not result.ok
        assert f"{CATALOG}:1: is missing; 'make catalogs' writes it" in result.text


def test_a_catalog_of_no_page_fails(tiny: Project) -> None:
    stray = (tiny.root / CATALOG).with_name("gone.po")
    stray.write_text('msgid "a"\nmsgstr "b"\n')
    result = tiny.make("html")
    assert not result.ok
    assert "gone.po:1: WARNING: belongs to no page" in result.text
    told = "gone.po:1: belongs to no page; delete it by hand, git has it not"
    assert told in tiny.make("catalogs").text
    stray.unlink()


LINKS = """---
orphan: true
---

# Links

See <https://example.org/路径?a=1>.

See [the paper][p].

[p]: https://example.org/paper
"""
TRANSLATED = {
    "True": "True",  # what the head of the page says
    "Links": "链接",
    "See <https://example.org/路径?a=1>.": "见 <https://example.org/路径?a=1>。",
    "See [the paper][p].": "见[论文][p]。",
}


def test_a_bare_address_is_no_prose_and_an_address_elsewhere_is_named(
    tiny: Project,
) -> None:
    page = tiny.root / "docs/links.md"
    page.write_text(LINKS, "utf-8")
    catalog = Catalog()
    for message, text in TRANSLATED.items():
        catalog.add(message, text)
    path = tiny.root / "docs/locale/zh_CN/LC_MESSAGES/links.po"
    path.write_text(catalogs.catalog_text(catalog, "zh_CN"), "utf-8")
    try:
        text = tiny.make("html").text
        assert "路径" not in text
        assert "link 'https://example.org/paper'; write the address in the" in text
        page.write_text(LINKS.replace("[p].", "(https://example.org/paper)."), "utf-8")
        written = path.read_text("utf-8").replace("[p]", "(https://example.org/paper)")
        path.write_text(written, "utf-8")
        result = tiny.make("html")
        assert result.ok, result.text
    finally:
        page.unlink()
        path.unlink()


def test_an_untranslated_label_fails(tiny: Project) -> None:
    labels = "docs/locale/zh_CN/LC_MESSAGES/sphinx.po"
    with tiny.changed(labels, '"下一页"', '""'):
        result = tiny.make("html")
        assert not result.ok
        assert "sphinx.po:" in result.text
        assert "'Next'" in result.text


def test_a_changed_label_changes_the_pages(tiny: Project) -> None:
    labels = "docs/locale/zh_CN/LC_MESSAGES/sphinx.po"
    with tiny.changed(labels, '"下载 Python 脚本"', '"取走 Python 脚本"'):
        assert tiny.make("html").ok
        page = tiny.read("build/work/zh_CN/gallery/group/page.html")
        assert "取走 Python 脚本" in page


def test_a_changed_extension_changes_the_pages(tiny: Project) -> None:
    with tiny.changed("docs/_ext/tested_gallery/state/panel.py", '"dtype"', '"d-type"'):
        assert tiny.make("html").ok
        for language in ("en", "zh_CN"):
            page = tiny.read(f"build/work/{language}/gallery/group/page.html")
            assert "d-type" in page


def test_a_changed_term_is_checked_without_other_changes(tiny: Project) -> None:
    with tiny.changed("docs/terms.csv", "parameter,参数", "parameter,变量"):
        result = tiny.make("html")
        assert not result.ok
        assert "'parameter' is 变量 here" in result.text


def digests(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return {str(f): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def test_refreshing_catalogs_changes_nothing_when_nothing_changed(
    tiny: Project,
) -> None:
    assert tiny.make("catalogs").ok  # forgets the compiled ones of other tests
    before = digests(tiny.root / "docs/locale")
    result = tiny.make("catalogs")
    assert result.ok
    assert "changed" not in result.text
    assert digests(tiny.root / "docs/locale") == before


def test_refreshing_catalogs_leaves_the_outputs_alone(tiny: Project) -> None:
    outputs = digests(tiny.root / "docs/gallery")
    catalog = tiny.read(CATALOG)
    with tiny.changed(PAGE, "the last value are shown", "the last value are there"):
        assert "changed" in tiny.make("catalogs").text
        assert "#, fuzzy" in tiny.read(CATALOG)
        assert digests(tiny.root / "docs/gallery") == outputs
    (tiny.root / CATALOG).write_text(catalog, "utf-8")
    result = tiny.make("html")
    assert result.ok, result.text
    assert "tensor([0., 0.])" in tiny.read("build/html/en/gallery/group/page.html")
