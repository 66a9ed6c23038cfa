"""Know as one statement what Python's releases print in different words.

A page shows what the Python prints that runs it; one expectation serves all of them:

* an ``OrderedDict``, or a class made from it, shows a list of pairs until 3.11,
  ``OrderedDict([('a', 1)])``, and a dict since 3.12, ``OrderedDict({'a': 1})``;
* ``typing.Optional[int]`` is ``int | None`` since 3.14;
* a traceback marks other columns in each release, and more lines since 3.13;
* messages of errors were reworded, and got suggestions: ``python_wordings.txt``.
"""

import functools
import re
from pathlib import Path

# What brackets and commas mean nothing in: a string, and what an object shows of itself
# in angle brackets.  The apostrophe of a word opens no string.
STRING = r"(?<!\w)[bB]?(?:'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\")"
ATOM = re.compile(rf"{STRING}|<(?:{STRING}|[^<>'\"\n]|<[^<>\n]*>)*>")

PAIRS = re.compile(r"(?<![\w.])[A-Za-z_]\w*\((?=\[\()")
UNION = re.compile(r"(?<![\w.])(?:typing\.)?(Optional|Union)(?=\[)")

# Of a traceback: a place and its first line of source, then what is not compared.
PLACE = re.compile(
    r'^(?P<kept> *File ".*", line \d+.*\n {4,}\S.*\n)(?: {4,}.*\n)+', re.MULTILINE
)

WORDINGS = Path(__file__).with_suffix(".txt")


def alike(want: str, got: str) -> tuple[str, str]:
    r"""Return two outputs with what Python's releases print differently made equal.

    >>> want, got = alike("OrderedDict([('a', 1)])", "OrderedDict({'a': 1})")
    >>> want == got
    True
    >>> alike("ValueError: math domain error\n", "ValueError: expected a number\n")[0]
    'ValueError: expected a number\n'
    """
    want, got = (PLACE.sub(r"\g<kept>", text) for text in (want, got))
    wanted, has = (text.splitlines(keepends=True) for text in (want, got))
    if len(wanted) == len(has):
        pairs = zip(wanted, has, strict=True)
        want = "".join(b if same_statement(a, b) else a for a, b in pairs)
    return unions(dicts(want)), unions(dicts(got))


def same_statement(a: str, b: str) -> bool:
    """Return whether two lines say one thing in the words of two releases.

    >>> old, new = "unhashable type: 'list'", "cannot use 'list' as a dict key"
    >>> new = f"TypeError: {new} (unhashable type: 'list')"
    >>> same_statement(f"TypeError: {old}", new)
    True
    >>> same_statement(new, new.replace("dict key", "set element"))
    False
    """
    if a == b or "Error: " not in a + b:
        return False
    return any(
        agree(one, other)
        for group in wordings()
        for one in [pattern(wording).fullmatch(a.rstrip()) for wording in group]
        for other in [pattern(wording).fullmatch(b.rstrip()) for wording in group]
    )


def agree(one: re.Match[str] | None, other: re.Match[str] | None) -> bool:
    """Return whether two lines match two wordings, with the same text for each name."""
    if not one or not other or one.re is other.re:
        return False
    texts, others = one.groupdict(), other.groupdict()
    shared = texts.keys() & others.keys()
    pairs = [(texts[name], others[name]) for name in shared]
    return all(a.replace("'", "") == b.replace("'", "") for a, b in pairs)


@functools.cache
def wordings() -> list[list[str]]:
    """Return the wordings of each statement, as ``python_wordings.txt`` has them."""
    _comment, *groups = WORDINGS.read_text("utf-8").split("\n\n")
    return [group.splitlines() for group in groups]


@functools.cache
def pattern(wording: str) -> re.Pattern[str]:
    """Return the pattern of a wording, with any text before it.

    >>> pattern("{a}: {b} and {a}").fullmatch("so x: y and x").groupdict()
    {'before': 'so ', 'a': 'x', 'b': 'y'}
    """
    text = re.escape(wording).replace(r"\{", "{").replace(r"\}", "}")
    seen: set[str] = set()

    def group(match: re.Match[str]) -> str:
        again = match[1] in seen
        seen.add(match[1])
        return f"(?P={match[1]})" if again else f"(?P<{match[1]}>.+?)"

    named = re.sub(r"{(\w+)}", group, text)
    return re.compile(f"(?P<before>(?:.* )?){named}")


def dicts(text: str) -> str:
    """Return ``text`` with lists of pairs, shown by a class, as the dicts they are.

    >>> dicts("OrderedDict([('a', OrderedDict([((1, 2), '),')])), ('b', [(3, 4)])])")
    "OrderedDict({'a': OrderedDict({(1, 2): '),'}), 'b': [(3, 4)]})"
    >>> dicts("Size([(1, 2, 3)]), cut([('a'")
    "Size([(1, 2, 3)]), cut([('a'"
    """
    for match in reversed(list(PAIRS.finditer(text))):  # from the innermost on
        pairs, end = elements(text, match.end() + 1)
        both = [elements(pair, 1)[0] for pair in pairs if pair.startswith("(")]
        if pairs and len(both) == len(pairs) and {len(pair) for pair in both} == {2}:
            inner = ", ".join(f"{key}: {value}" for key, value in both)
            text = f"{text[: match.end()]}{{{inner}}}{text[end:]}"
    return text


def unions(text: str) -> str:
    """Return ``text`` with the types of `typing` as Python 3.14 shows them.

    >>> unions("typing.Union[int, typing.List[str], NoneType]")
    'int | typing.List[str] | None'
    >>> unions("(x: Optional[int] = None)")
    '(x: int | None = None)'
    """
    for match in reversed(list(UNION.finditer(text))):
        types, end = elements(text, match.end() + 1)
        if types:
            types += ["None"] if match[1] == "Optional" else []
            inner = " | ".join("None" if t == "NoneType" else t for t in types)
            text = f"{text[: match.start()]}{inner}{text[end:]}"
    return text


def elements(text: str, start: int) -> tuple[list[str], int]:
    """Return what commas part between ``start`` and the bracket that closes it.

    And where that bracket ends; no elements if there is none.

    >>> elements("[a, (b, c), '],', <D.e: ','>] rest", 1)
    (['a', '(b, c)', "'],'", "<D.e: ','>"], 29)
    """
    found, depth, begin, at = [], 0, start, start
    while at < len(text):
        if atom := ATOM.match(text, at):
            at = atom.end()
            continue
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if depth < 0 or (depth == 0 and text[at] == ","):
            found.append(text[begin:at].strip())
            begin = at + 1
        at += 1
        if depth < 0:
            return [element for element in found if element], at
    return [], at
