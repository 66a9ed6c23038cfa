"""The site's terms: one Chinese form for each English sense (``docs/terms.csv``).

Columns: the English term; its Chinese forms, of which a translation must use one;
forms that are wrong; a word of the English text that excuses a wrong form ("cache"
excuses 缓存); "yes" where the English word is also an everyday word, so that only the
wrong forms are looked for; and a sentence that says what the term means, which the
page of terms shows, empty for a second spelling.  Several forms are separated by
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


def faults(english: str, chinese: str) -> Iterator[str]:
    """Yield what is wrong with the terms of a translated message.

    >>> list(faults("A buffer is saved.", "缓冲区会保存。"))
    []
    >>> list(faults("A buffer is saved.", "缓存会保存。"))
    ["'buffer' is 缓冲区 here", '缓存 is not used here (buffer: 缓冲区)']
    >>> list(faults("A key and value cache", "键值缓存"))
    []
    """
    for term in terms():
        forms = " or ".join(term.chinese)
        used = not term.everyday and word(term.name).search(english)
        if used and not any(form in chinese for form in term.chinese):
            yield f"{term.name!r} is {forms} here"
        if term.unless and word(term.unless).search(english):
            continue
        for form in term.wrong:
            if form in chinese:
                yield f"{form} is not used here ({term.name}: {forms})"
