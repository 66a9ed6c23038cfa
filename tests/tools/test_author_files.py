"""A file that people write and that cannot be read ends in one line, before Sphinx."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from project import CATALOG, EXPECTED, PAGE, Project

CONF, TERMS, ORDER = "conf.py", "docs/terms.csv", "gallery/group/index.rst"
LANGUAGES = 'languages = {"en": "English", "zh_CN": "简体中文"}'
MARK = "\ufeff"


class Fault:
    """A change of one file, and what is said of it."""

    def __init__(self, path: str, says: str, old: str = "", new: str = "") -> None:
        """Replace ``old``, or the whole text if there is none, by ``new``."""
        self.path, self.says, self.old, self.new = path, says, old, new

    def apply(self, text: str) -> str:
        """Return the text of the file with its fault."""
        assert self.old in text
        return text.replace(self.old, self.new, 1) if self.old else self.new


FAULTS = {
    "script: does not parse": Fault(
        PAGE, "8: is no Python: '(' was never closed", "import pickle\n", "x = (\n"
    ),
    "script: empty": Fault(PAGE, "1: has no header"),
    "script: no header": Fault(PAGE, "1: has no header", new="x = 1\n"),
    "script: a blank header": Fault(PAGE, "1: has no header", new='""" """\nx = 1\n'),
    "script: only a header": Fault(PAGE, "4: has no code", new='"""\nA\n=\n"""\n'),
    "script: a null byte": Fault(PAGE, "1: is no Python", new='"""A"""\nx = "\0"\n'),
    "script: a mark": Fault(
        PAGE, "1: begins with a byte-order mark", '"""', MARK + '"""'
    ),
    "script: half merged": Fault(
        PAGE, "8: is half merged (<<<<<<<)", "import pickle", "<<<<<<< HEAD"
    ),
    "script: a title where a cell opens": Fault(
        PAGE, "has text on the line that opens a cell", "# %%\n", "# %% A title\n"
    ),
    "script: a session in the header": Fault(
        PAGE, "6: has a session in its text", "hard to run twice.\n", "\n>>> 1 + 1\n"
    ),
    "script: a session in a text": Fault(
        PAGE, "has a session in its text", "# %%\n", "# %%\n# >>> 1 + 1\n"
    ),
    "conf.py: a name": Fault(
        CONF,
        "NameError: name 'Tru' is not defined",
        "nitpicky = True",
        "nitpicky = Tru",
    ),
    "conf.py: syntax": Fault(CONF, "SyntaxError: ", "nitpicky = True", "nitpicky = ("),
    "terms: a mark": Fault(
        TERMS, "1: begins with a byte-order", "english", MARK + "english"
    ),
    "terms: a column": Fault(TERMS, "1: begins with 'english,chin", ",meaning", ""),
    "terms: a row too short": Fault(
        TERMS, "2: has 2 fields", "parameter,", "x,y\nparameter,"
    ),
    "terms: a quote": Fault(TERMS, "is no row of a table", "parameter,", '"parameter,'),
    "terms: half merged": Fault(
        TERMS, "2: is half merged", "parameter,", ">>>>>>> b\nparameter,"
    ),
    "api: a row too long": Fault(
        "docs/api.csv", "2: has 6 fields", "safetensors,", "a,b,c,d,e,f\nsafetensors,"
    ),
    "catalog: a mark": Fault(
        CATALOG, "begins with a byte-order", "msgid", MARK + "msgid"
    ),
    "catalog: half merged": Fault(
        CATALOG, "is half merged (<<<<<<<)", 'msgid "Both', '<<<<<<< a\nmsgid "Both'
    ),
    "catalog: blank": Fault(
        CATALOG, "is not translated", 'msgstr "一页"', 'msgstr " "'
    ),
    "catalog: a quote is missing": Fault(
        CATALOG, "is no line of a catalog", 'msgstr "一页"', 'msgstr "一页'
    ),
    "catalog: a message twice": Fault(
        CATALOG,
        "has a message that stands above",
        'msgid "A page"',
        'msgid "A page"\nmsgstr "一页"\n\nmsgid "A page"',
    ),
    "catalog: empty": Fault(CATALOG, "1: WARNING: is empty; delete it"),
    "order: empty": Fault(ORDER, "1: is empty; write the group's title"),
    "order: a page is left out": Fault(ORDER, "1: does not list page", "   page\n", ""),
    "order: a page that is not there": Fault(
        ORDER, "nonexisting document", "   page\n", "   page\n   nothing\n"
    ),
    "terms: no Chinese": Fault(
        TERMS, "2: has no chinese", "parameter,参数", "parameter,"
    ),
    "conf.py: no languages": Fault(
        CONF, "1: sets no languages", LANGUAGES, "languages = {}"
    ),
    "template: syntax": Fault(
        "docs/_templates/page.html",
        "expected token 'end of statement block'",
        "{% block linktags -%}",
        "{% block linktags",
    ),
    "expectation: no sections": Fault(
        EXPECTED, "does not begin with a line '%%'", new="a\n"
    ),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_is_told_in_one_line_with_its_place(
    tiny: Project, fault: Fault
) -> None:
    before = tiny.site()
    path = tiny.root / fault.path
    kept = path.read_bytes()
    path.write_text(fault.apply(kept.decode()), "utf-8")
    try:
        text = tiny.make("html").text
        assert f"{fault.path}:" in text
        assert fault.says in text
        assert not re.search("Traceback|sphinx-doc|issue", text), text
        assert len(text.splitlines()) <= 10, text
        assert tiny.site() == before
    finally:
        path.write_bytes(kept)


LOST = [
    fault for name, fault in FAULTS.items() if re.match("script|catalog: (a|h)", name)
]


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: fault.says)
def test_no_catalog_changes_if_anything_cannot_be_read(
    tiny: Project, fault: Fault
) -> None:
    catalogs = tiny.root / "docs/locale"
    path = tiny.root / fault.path
    kept = path.read_bytes()
    path.write_text(fault.apply(kept.decode()), "utf-8")
    before = {po: po.read_bytes() for po in catalogs.rglob("*.po")}
    try:
        result = tiny.make("catalogs")
        assert not result.ok
        assert fault.says in result.text
        assert {po: po.read_bytes() for po in catalogs.rglob("*.po")} == before
    finally:
        path.write_bytes(kept)


def test_a_setting_of_the_environment_is_told(tiny: Project) -> None:
    text = tiny.make("html", SOURCE_DATE_EPOCH="abc").text
    assert "SOURCE_DATE_EPOCH=abc is no number; give seconds since 1970" in text
    assert "Traceback" not in text


@pytest.mark.parametrize(
    ("folder", "says"),
    [
        (".ipynb_checkpoints", ".ipynb_checkpoints:1: is no group of pages; delete it"),
        ("new", "gallery/new/index.rst:1: is missing; write the group's title"),
    ],
)
def test_a_folder_that_is_no_group_is_told(
    tiny: Project, folder: str, says: str
) -> None:
    new = tiny.root / "gallery" / folder
    new.mkdir()
    try:
        (new / "a.py").write_text('"""\nA\n=\n"""\n\nx = 1\n')
        text = tiny.make("html").text
    finally:
        (new / "a.py").unlink()
        new.rmdir()
    assert says in text
    assert "Traceback" not in text


def test_two_pages_of_one_name_are_told(tiny: Project) -> None:
    new = tiny.root / "gallery/other"
    new.mkdir()
    (new / "index.rst").write_text("Other\n=====\n\n.. toctree::\n\n   page\n")
    (new / "page.py").write_text('"""\nA\n=\n"""\n\nx = 1\n')
    try:
        text = tiny.make("html").text
    finally:
        shutil.rmtree(new)
    assert "other/page.py:1: has the name of " in text


def test_a_page_that_raises_is_told_once_with_its_line(tiny: Project) -> None:
    with tiny.changed(PAGE, "torch.zeros(2)\n", "torch.zeros(2)\n1 / 0\n"):
        text = tiny.make("html").text
    assert f"{PAGE}:38: WARNING: raises ZeroDivisionError: division by zero" in text
    assert text.count("1 / 0") == 1


def test_what_breaks_in_the_machinery_is_told_by_its_line(tiny: Project) -> None:
    file = "docs/_ext/tested_gallery/site/cards.py"
    old = '    """Put the cards into their places."""\n'
    with tiny.changed(file, old, f"{old}    raise ValueError('broken')\n"):
        text = tiny.make("html").text
    assert re.search(rf"{file}:\d+: ValueError: broken", text)
    assert "sphinx-doc" not in text
    assert "raise ValueError" in (tiny.root / "build/work/traceback.txt").read_text()


def test_a_renamed_page_keeps_its_translation(tmp_path: Path) -> None:
    project = Project.create(tmp_path)
    for command in (
        ("init", "--quiet"),
        ("add", "docs/locale"),
        ("-c", "user.name=A", "-c", "user.email=a@b.org", "commit", "-qm", "a"),
    ):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    order = tmp_path / "gallery/group/index.rst"
    order.write_text(order.read_text().replace("page", "renamed"))
    (tmp_path / PAGE).rename((tmp_path / PAGE).with_name("renamed.py"))
    old = (tmp_path / CATALOG).read_text("utf-8")
    result = project.make("catalogs")
    assert result.ok, result.text
    assert not (tmp_path / CATALOG).exists()
    assert (tmp_path / CATALOG).with_name("renamed.po").read_text("utf-8") == old


def test_options_cannot_publish_a_language_as_another(tiny: Project) -> None:
    before = tiny.site()
    for options in ("--define=language=en", "-D language=zh_CN"):
        result = tiny.make("html", SPHINXOPTS=options)
        assert not result.ok
        assert "SPHINXOPTS sets the language" in result.text
    assert tiny.site() == before
