"""The list of messages has what the gallery prints, all of it.

Else it has only what a record or another release of torch has.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest
from bs4 import BeautifulSoup

import asking
import record_message
from built_pages import parsed
from project import ROOT, Project
from test_facts import FACTS, LABEL
from tested_gallery.author_files import FileError
from tested_gallery.outputs import releases
from tested_gallery.pages import page_texts, reset_torch
from tested_gallery.site.error_messages import (
    FIELDS,
    Message,
    fix,
    messages,
    pattern,
    quotes,
    records,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

OWN = re.compile(r"^\s+inv_freq: ")  # what a hook of a page adds to torch's list
CAUGHT = re.compile(
    r"^(?:\w*(?:Error|Exception|Warning)|\w+ error): .*(?:\n(?:\t| {1,8})\S.*)*",
    re.MULTILINE,
)


def expectations() -> dict[str, str]:
    """Return what each page should print."""
    return {
        page.name: page.expectation.read_text("utf-8")
        for page in page_texts.pages(ROOT)
    }


def proofs() -> dict[str, str]:
    """Return what the cells below the label of each fact print, up to the next one."""
    found = dict.fromkeys(FACTS, "")
    for page in page_texts.pages(ROOT):
        script = page.script.read_text("utf-8")
        labels = [
            (script.count("\n", 0, m.start()), m[1]) for m in LABEL.finditer(script)
        ]
        printed = page_texts.read_expectation(page.expectation)
        for cell, text in zip(page_texts.cells(page.script), printed, strict=True):
            for fact in [fact for line, fact in labels if line < cell.line][-1:]:
                found[fact] += text
    return found


def test_a_warning_is_printed_with_its_type() -> None:
    cells = [c for p in page_texts.pages(ROOT) for c in page_texts.cells(p.script)]
    printing = [cell.code for cell in cells if re.search(r"\.message\b", cell.code)]
    assert len(printing) >= 3
    for code in printing:
        assert "category.__name__" in code, code


def test_each_message_that_the_gallery_prints_is_listed() -> None:
    listed = [(row.type, pattern(row.message)) for row in messages()]
    found = 0
    for page, text in expectations().items():
        for caught in CAUGHT.findall(text):
            kind, _, said = caught.partition(": ")
            for line in said.splitlines():
                if OWN.search(line):
                    continue
                assert any(
                    (line[:1].isspace() or kind.endswith(type_)) and wanted.search(line)
                    for type_, wanted in listed
                ), f"{page}: {kind}: {line.strip()}: not in docs/messages.csv"
                found += 1
    assert found >= 60


def elsewhere() -> list[str]:
    """Return what records and other releases of torch have printed."""
    said = [record["message"] for record in records()]
    for run in releases.read(ROOT / "docs").values():
        said += [one["got"] for one in run["differences"]]
    return said


def unproved(row: Message, printed: dict[str, str], said: Iterable[str]) -> str:
    """Return what a line of the list lacks, empty if it is proved."""
    if not row.facts or not set(row.facts) <= set(printed):
        return "links to no fact, or to one that no page has"
    if any(quotes(row, caught) for text in said for caught in CAUGHT.findall(text)):
        return ""
    for fact in row.facts:
        if not any(quotes(row, caught) for caught in CAUGHT.findall(printed[fact])):
            return f"is not printed below {fact}, nor in docs/recorded or a release"
    return ""


def test_each_listed_message_is_printed_below_its_facts_or_was_recorded() -> None:
    printed, said = proofs(), elsewhere()
    assert len(messages()) >= 40
    for row in messages():
        where = f"docs/messages.csv:{row.line}"
        problem = unproved(row, printed, said)
        assert not problem, f"{where}: {problem}"
        pages = [FACTS[fact] for fact in row.facts]
        assert len(pages) == len(set(pages)), where


class Line(NamedTuple):
    """A line of the list, what is printed or recorded, and whether it is proved."""

    facts: list[str]
    printed: str
    said: list[str]
    lacks: str


SAID = "RuntimeError: no kernel on cuda:0\n"
LINES = {
    "printed": Line(["move1"], SAID, [], ""),
    "recorded": Line(["move1"], "", [SAID], ""),
    "neither": Line(["move1"], "", [], "is not printed below move1"),
    "another message": Line(["move1"], "", ["RuntimeError: full\n"], "is not printed"),
    "another type": Line(["move1"], "", [SAID.replace("Run", "A")], "is not printed"),
    "printed, without a fact": Line([], SAID, [], "links to no fact"),
    "recorded, without a fact": Line([], "", [SAID], "links to no fact"),
    "recorded, of no page": Line(["move0"], "", [SAID], "links to no fact"),
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_a_line_that_nothing_proves_is_refused(line: Line) -> None:
    texts = ("error-kernel", "device", "RuntimeError", "no kernel on …", "None.", "")
    row = Message(*texts, line.facts, 1)
    problem = unproved(row, {"move1": line.printed}, line.said)
    assert problem.startswith(line.lacks) if line.lacks else not problem


CODE = "raise RuntimeError('no kernel on cuda:0')"


CURED = """\"\"\"
Cured
=====
\"\"\"

# %%
# .. _cured1:
#
# It is cured.

x = 1  # (1,)

# sphinx_gallery_hide_state

# %%
# .. _apart1:
#
# It is not.
"""
FIXES = {  # what the list names, and the first and last line and the names of the code
    "group/asking": ("import torch", "print(kept[0].dtype, ", ["model"]),
    "cured1": ("x = 1  # (1,)", "x = 1  # (1,)", []),
    **dict.fromkeys(("apart1", "group/cured", "group/nowhere", "nowhere1")),
}


@pytest.mark.parametrize("name", FIXES)
def test_a_fix_is_the_answer_of_a_page_or_the_cell_of_a_label(
    tmp_path: Path, name: str
) -> None:
    for script, text in (("asking", asking.PAGE), ("cured", CURED)):
        path = tmp_path / f"gallery/group/{script}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    texts = ("error-a", "x", "RuntimeError", "full", "A cause.", name)
    row = Message(*texts, ["move1"], 7)
    if not FIXES[name]:
        with pytest.raises(FileError, match=rf"csv:7: {name} is no page with a short"):
            fix(row, tmp_path)
        return
    first, last, names = FIXES[name]
    code = fix(row, tmp_path).code.splitlines()
    assert (code[0], fix(row, tmp_path).names) == (first, names)
    assert code[-1].startswith(last)
    assert fix(row._replace(fix=""), tmp_path) is None


def test_each_message_has_a_fix_that_runs() -> None:
    rows = messages()
    assert rows
    for row in rows:
        assert row.fix, f"docs/messages.csv:{row.line}: says no fix: a page, or a label"
    for cell in {found.code for row in rows if not (found := fix(row)).names}:
        done = subprocess.run([sys.executable, "-c", cell], capture_output=True)
        assert done.returncode == 0, f"{cell}\n{done.stderr.decode()}"


def test_each_message_stands_once_under_its_group(site: Path) -> None:
    for language in ("en", "zh-cn"):
        page = parsed(site / language / "messages.html")
        terms = page.select(".messages dt")
        assert [term["id"] for term in terms] == [row.id for row in messages()]
        for term in terms:
            assert term.select_one("a.headerlink")["href"] == f"#{term['id']}"
        assert len(page.select("ol a.reference")) == 11


def test_no_message_is_recorded_without_cuda(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reset_torch, "device", lambda: "CPU")
    assert "no CUDA device" in record_message.main("name", CODE, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_record_has_what_was_raised_and_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reset_torch, "device", lambda: "A GPU")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    folder = tmp_path / "recorded"
    assert "raises no exception" in record_message.main("name", "1", folder)
    assert not folder.exists()
    assert record_message.main("name", CODE, folder) == ""
    (record,) = records(folder)
    assert record["message"] == SAID.strip()
    assert (record["device"], record["date"]) == ("A GPU", "1970-01-01")
    assert record["torch"][0].isdigit()
    assert record["command"].startswith("python -c 'raise RuntimeError(")


TEXTS = (SAID.strip(), "2.13.0", "A GPU", "2026-01-02", "python -c 1")
HEAD = "id,group,type,message,cause,fix,facts"
CAUSE = "A parameter is in `state_dict`."
GOOD = dict(zip(FIELDS, TEXTS, strict=True))
BAD = {
    "a list": [GOOD],
    "a field too few": {key: GOOD[key] for key in list(GOOD)[1:]},
    "a field too many": GOOD | {"more": "x"},
    "an empty field": GOOD | {"device": " "},
    "a number": GOOD | {"torch": 2},
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_a_record_that_is_none_is_refused_in_a_line(
    tmp_path: Path, data: object
) -> None:
    path = tmp_path / "recorded/name.json"
    path.parent.mkdir()
    path.write_text(json.dumps(data))
    with pytest.raises(FileError, match=r"name\.json:1: .*record it anew with docs/"):
        records(path.parent)


def test_readers_see_where_a_message_was_recorded(tiny: Project) -> None:
    table, record = tiny.root / "docs/messages.csv", tiny.root / "docs/recorded/a.json"
    table.write_text(
        f"{HEAD}\n"
        f"error-a,x,RuntimeError,no kernel on …,{CAUSE},,torch-2.5\n"
        f"error-b,x,RuntimeError,full,{CAUSE},,torch-2.5\n"
    )
    record.parent.mkdir()
    record.write_text(json.dumps(GOOD))
    fence = "```{messages} x\n```\n\n```{toctree}"
    try:
        with tiny.changed("docs/index.md", "```{toctree}", fence):
            result = tiny.make("html")
            assert result.ok, result.text
            for language, word in (("en", "Recorded on"), ("zh-cn", "记录于")):
                text = tiny.read(f"build/html/{language}/index.html")
                parts = BeautifulSoup(text, "html.parser").select(".messages dd")
                quoted, full = (part.text for part in parts)
                assert word in quoted and "A GPU" in quoted
                assert word not in full
            record.write_text(json.dumps([GOOD]))
            broken = tiny.make("html")
            assert not broken.ok
            assert "docs/recorded/a.json:1: is no record" in broken.text
            assert "Traceback" not in broken.text
    finally:
        for path in (record, table):
            path.unlink()
        record.parent.rmdir()
