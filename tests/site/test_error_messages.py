"""The list of messages has what the gallery prints, all of it and nothing else."""

from __future__ import annotations

import re

from project import ROOT
from test_facts import FACTS, LABEL
from tested_gallery.pages import page_texts
from tested_gallery.site.error_messages import Message, messages

OWN = re.compile(r"^\s+table: ")  # what a hook of a page adds to torch's list
CAUGHT = re.compile(
    r"^(?:\w*(?:Error|Exception|Warning)|\w+ error): .*(?:\n(?:\t| {1,8})\S.*)*",
    re.MULTILINE,
)


def pattern(message: Message) -> re.Pattern[str]:
    """Return what finds a message, whatever stands at its ``…``."""
    parts = [re.escape(part) for part in message.message.split("…")]
    return re.compile(".*".join(parts))


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
    listed = [(row.type, pattern(row)) for row in messages()]
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


def test_each_listed_message_is_printed_below_each_label_that_it_links_to() -> None:
    printed = proofs()
    assert len(messages()) >= 40
    for row in messages():
        where = f"docs/messages.csv:{row.line}"
        assert set(row.facts) <= set(FACTS), f"{where}: no page has these labels"
        pages = [FACTS[fact] for fact in row.facts]
        assert pages and len(pages) == len(set(pages)), where
        for fact in row.facts:
            kinds = [
                caught.partition(": ")[0]
                for caught in CAUGHT.findall(printed[fact])
                if pattern(row).search(caught)
            ]
            assert any(kind.endswith(row.type) for kind in kinds), (row, fact, kinds)
