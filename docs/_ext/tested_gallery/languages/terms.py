"""The site's terms: one Chinese form for each English sense (``docs/terms.csv``).

Columns: the English term; its Chinese forms, of which a translation must use one;
forms that are wrong, with the borders that they need, ``(?<!释)放过``, since 释放过 is
right; a word of the English text that excuses a wrong form ("cache" excuses 缓存);
"yes" where the English word is also an everyday word, so that only the wrong forms are
looked for; and a sentence that says what the term means, which the page of terms shows,
empty for a word that is none of the site's terms.  Several forms are separated by
``|``.
"""

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tested_gallery import author_files

LIST = Path(__file__).resolve().parents[3] / "terms.csv"
COLUMNS = ("english", "chinese", "wrong", "unless", "everyday", "meaning")
BORDER = re.compile(r"\(\?<?!.*?\)")


class Term(NamedTuple):
    """A row of the list."""

    name: str
    chinese: list[str]
    wrong: list[str]
    unless: str
    everyday: bool
    meaning: str
    line: int


@functools.cache
def terms(path: Path = LIST) -> list[Term]:
    """Return the list of terms."""
    found = []
    for line, row in author_files.table(path, COLUMNS, COLUMNS[2:]):
        name, chinese, wrong, unless, everyday, meaning = row
        forms = chinese.split("|"), [form for form in wrong.split("|") if form]
        found.append(Term(name, *forms, unless, everyday == "yes", meaning, line))
    return found


@functools.cache
def word(term: str) -> re.Pattern[str]:
    """Return a pattern for a term and its inflections.

    >>> [bool(word("move").search(s)) for s in ("Moving on", "is moved", "remove")]
    [True, True, False]
    """
    stem = re.escape(term.removesuffix("e"))
    return re.compile(rf"\b{stem}(e|ed|es|s|ing|ings)?\b", re.IGNORECASE)


def plain(form: str) -> str:
    """Return a wrong form without its borders.

    >>> plain("(?<![总一])共用(?!户)")
    '共用'
    """
    return BORDER.sub("", form)


def used(english: str) -> Iterator[Term]:
    """Yield the terms of a text, the longer first: what is in it is no term by itself.

    >>> [term.name for term in used("Position encoding and rotary position embedding")]
    ['rotary position embedding', 'position encoding']
    """
    for term in sorted(terms(), key=lambda term: len(term.name), reverse=True):
        english, count = word(term.name).subn("…", english)
        if count:
            yield term


def faults(english: str, chinese: str) -> Iterator[str]:
    """Yield what is wrong with the terms of a translated message.

    >>> list(faults("A buffer is saved.", "缓冲区会保存。"))
    []
    >>> list(faults("A buffer is saved.", "缓存会保存。"))
    ["'buffer' is 缓冲区 here", '缓存 is not used here (buffer: 缓冲区)']
    >>> list(faults("A key and value cache", "键值缓存"))
    []
    """
    for term in used(english):
        if not term.everyday and not any(form in chinese for form in term.chinese):
            yield f"{term.name!r} is {' or '.join(term.chinese)} here"
    for term in terms():
        if term.unless and word(term.unless).search(english):
            continue
        for form in term.wrong:
            if re.search(form, chinese):
                forms = " or ".join(term.chinese)
                yield f"{plain(form)} is not used here ({term.name}: {forms})"
