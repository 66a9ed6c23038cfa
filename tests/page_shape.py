"""What the shape of a page asks for: the answer first, questions, checks, the gist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tested_gallery.pages import in_short, page_texts

if TYPE_CHECKING:
    from pathlib import Path

FIRST, ASKS, LAST = "In short", "Check yourself", "Remember"
HEADING = re.compile(r"^(\S.*)\n(-{3,})$", re.MULTILINE)
EMPTY = re.compile(
    r"(the )?(overview|background|details?|introduction|examples?|notes?|summary)"
    r"|概述|背景|(代码)?示例|例子|细节|详情|介绍|简介|说明|总结|小结",
    re.IGNORECASE,
)
BADGE = re.compile(r"^\.\. since::.*\n(?:\.\. .*\n)*\n\S.*\n-{3,}$", re.MULTILINE)
SENTENCE = re.compile(r"(?<=[.!?:])\s+")
MARKUP = re.compile(r"^(\.\.| +:) .*$|^ *- ", re.MULTILINE)
CODE = re.compile(r"``[^`]*``")
SHORT = 5  # words of a sentence that may be said again
WORDS = 3  # of a heading that is no question: a claim has a subject and a verb


class Section(NamedTuple):
    """A section of a page: its heading, its text, its cells of code."""

    heading: str
    text: str
    code: int


def sections(script: Path) -> list[Section]:
    """Return the sections of a page; what stands before the first has no heading."""
    found = [Section("", "", 0)]
    for block in page_texts.blocks(script)[1:]:
        if block.type == "code":
            found[-1] = found[-1]._replace(code=found[-1].code + 1)
            continue
        before, *parts = HEADING.split(block.content)
        found[-1] = found[-1]._replace(text=found[-1].text + before)
        for heading, _line, text in zip(*[iter(parts)] * 3, strict=True):
            found.append(Section(heading, text, 0))
    return found


def faults(script: Path) -> list[str]:
    """Return what a page lacks of the shape that CONTRIBUTING.md describes."""
    return [fault for fault, there in wanted(script).items() if not there]


def wanted(script: Path) -> dict[str, bool]:
    """Return what the shape asks for, and whether a page has it."""
    before, *rest = sections(script)
    headings = [section.heading for section in rest]
    between = headings[1:-2]
    title = page_texts.blocks(script)[0].content
    header = [part for part in title.split("\n\n") if part.strip()]
    asked = page_texts.checked(script)
    by_name = {section.heading: section for section in rest}
    nothing = Section("", "", 0)
    answer, checks = by_name.get(FIRST, nothing), by_name.get(ASKS, nothing)
    kept = by_name.get(LAST, nothing)
    return {
        "has an answer and nothing else below its title": len(header) == 2,
        f"has nothing but folded cells above '{FIRST}'": before.code
        == before.text.count(".. folded::"),
        f"begins with '{FIRST}', ends with '{ASKS}' and '{LAST}'": headings[:1]
        + headings[-2:]
        == [FIRST, ASKS, LAST],
        f"marks '{FIRST}' by '.. in-short::'": ".. in-short::" in answer.text,
        f"has code in '{FIRST}', or says what it shows": bool(
            in_short.answer(script) or ":shows:" in answer.text
        ),
        "has three to six sections besides": 3 <= len(between) <= 6,
        "has headings that are questions or claims": all(map(says_something, between)),
        f"asks two to four times, in '{ASKS}' alone": 2 <= len(asked) <= 4
        and checks.code == len(asked),
        "has its badges below headings, not above": not any(
            BADGE.search(b.content) for b in page_texts.blocks(script)
        ),
        f"says nothing twice{said_twice(script)}": not said_twice(script),
        f"has two to four lines in '{LAST}'": 2
        <= len(re.findall(r"^- ", kept.text, re.MULTILINE))
        <= 4
        and not kept.code,
    }


def said_twice(script: Path) -> str:
    """Return the first sentence of a page that another place of it has too."""
    texts = [b.content for b in page_texts.blocks(script) if b.type == "text"]
    found: set[str] = set()
    for text in texts:
        for paragraph in MARKUP.sub("", text).split("\n\n"):
            for sentence in SENTENCE.split(" ".join(paragraph.split())):
                words = len(CODE.sub("", sentence).split())  # choices may come again
                if sentence in found and words >= SHORT:
                    return f": {sentence}"
                found.add(sentence)
    return ""


def says_something(heading: str) -> bool:
    """Return whether a heading is a question or a claim.

    >>> [says_something(h) for h in ("Why?", "A move keeps it", "Overview", "Buffers")]
    [True, True, False, False]
    """
    if EMPTY.fullmatch(heading.strip()):
        return False
    return heading.endswith(("?", "？")) or len(re.findall(r"\w+", heading)) >= WORDS
