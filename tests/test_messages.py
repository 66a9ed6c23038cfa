"""The index of messages lists what the gallery prints, all of it and nothing else."""

from __future__ import annotations

import re

import gallery_script
from message_table import Message, messages
from project import ROOT
from test_facts import OWED

OWN = re.compile(r"^\s+table: ")  # what a hook of a page adds to torch's list
CAUGHT = re.compile(
    r"^\w*(?:Error|Exception): .*(?:\n(?:\t| {1,8})\S.*)*", re.MULTILINE
)


def pattern(message: Message) -> re.Pattern[str]:
    """Return what finds a message, whatever stands at its ``…``."""
    parts = [re.escape(part) for part in message.message.split("…")]
    return re.compile(".*".join(parts))


def expectations() -> dict[str, str]:
    """Return what each page should print."""
    return {
        page.name: page.expectation.read_text("utf-8")
        for page in gallery_script.pages(ROOT)
    }


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


def test_each_listed_message_is_printed_on_each_page_that_it_links_to() -> None:
    printed = expectations()
    assert len(messages()) >= 40
    for row in messages():
        pages = [OWED[fact] for fact in row.facts]
        assert pages and len(pages) == len(set(pages)), row
        for fact in row.facts:
            assert pattern(row).search(printed[OWED[fact]]), (row.message, fact)
