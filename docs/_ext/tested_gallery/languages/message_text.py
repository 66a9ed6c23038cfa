"""Read a message as it is rendered: its prose, its markup, and faults in both.

What is looked at is the document's nodes, so that markup which silently failed to be
markup is seen.
"""

import re
from collections import Counter
from collections.abc import Iterator

from docutils import nodes
from sphinx import addnodes

HAN = "\u3400-\u9fff"
FULL = "，。；：？！、（）《》“”"
RAW = re.compile(r"`|\*\*|:[a-z]+:|\{\w+\}|\]\(|\|\w+\|")
UNSPACED = re.compile(rf"[{HAN}][A-Za-z0-9]|[A-Za-z0-9][{HAN}]")
HALF_WIDTH = re.compile(
    rf"[{HAN}]\s?[,;:!?]|[{HAN}]\.(?!\w)|[,;:!?.]\s?[{HAN}]"
    rf"|[{HAN}]\s?\([A-Za-z_ -]+\)"
)
STRAY_BLANK = re.compile(rf"\s[{FULL}]|[，。；：？！、]\s|[{HAN}]\s+[{HAN}]")
INLINE = re.compile(
    r"``[^`]+``|:math:`[^`]+`|\$[^$]+\$|<?https?://[^\s>]+>?"
    r"|(?::[\w:]+:)?`(?P<words>[^`<]+?)(?: <[^`>]*>)?`|\[(?P<label>[^\]]+)\]\([^)]*\)"
)
REFERENCE = (nodes.reference, addnodes.pending_xref, addnodes.download_reference)


def without_markup(message: str) -> str:
    """Return a message with a word for each piece of code and what each link says.

    autocorrect takes what stands between two pieces of code for code, at times.

    >>> without_markup("见 :ref:`规则 <move2>`：``to`` 与 :doc:`/index`。")
    '见 规则：code 与 /index。'
    >>> without_markup("见[论文](https://example.org)，<https://example.org/路径?a=1>。")
    '见论文，code。'
    """
    return INLINE.sub(lambda m: m["words"] or m["label"] or "code", message)


def faults(node: nodes.Element) -> Iterator[str]:
    """Yield what is wrong with a text as the reader sees it.

    >>> list(faults(nodes.paragraph("", "参数和缓冲区。", nodes.literal())))
    []
    >>> list(faults(nodes.paragraph("", "参数:", nodes.literal())))
    ["half-width punctuation: '数:'"]
    >>> list(faults(nodes.paragraph("", "调用:meth:`to` 时")))[0]
    "markup that is not rendered: ':meth:'"
    """
    parts = list(texts(node))
    text = "".join(parts)
    if match := RAW.search(text):
        yield f"markup that is not rendered: {match[0]!r}"
    if match := UNSPACED.search(text):
        yield f"no space between Chinese and Latin: {match[0]!r}"
    if match := HALF_WIDTH.search(text):
        yield f"half-width punctuation: {match[0]!r}"
    for part in parts:  # around markup reST wants blanks
        if match := STRAY_BLANK.search(part):
            yield f"a space that does not belong: {match[0]!r}"


def prose(node: nodes.Element) -> str:
    """Return the text of a node as a reader sees it, code as one word."""
    return "".join(texts(node))


def texts(node: nodes.Element) -> Iterator[str]:
    """Yield the texts of a node, as ``prose``, one for each piece of markup."""
    if isinstance(node, nodes.image):
        yield node.get("alt", "")
    elif isinstance(node, nodes.literal | nodes.math) or is_title(node):
        yield "code"
    elif isinstance(node, nodes.reference) and "://" in node.astext():
        yield "code"  # an address
    else:
        for child in node.children:
            if isinstance(child, nodes.Text):
                yield child.astext()
            else:
                yield from texts(child)


def is_title(node: nodes.Element) -> bool:
    """Return whether a link shows the title of a page: its text is still a path."""
    is_link = isinstance(node, addnodes.pending_xref)
    return is_link and node["reftype"] == "doc" and not node["refexplicit"]


def markup(node: nodes.Element) -> Counter[tuple[str, str]]:
    """Return the inline markup of a node: code, links by target, emphasis."""
    found: Counter[tuple[str, str]] = Counter()
    for child in node.children:
        if isinstance(child, nodes.literal):
            found["code", child.astext()] += 1
        elif isinstance(child, nodes.math):
            found["formula", child.astext()] += 1
        elif isinstance(child, REFERENCE):
            found["link", target(child)] += 1
        elif isinstance(child, nodes.Inline):
            found[child.tagname, ""] += 1
            found += markup(child)
    return found


def target(link: nodes.Element) -> str:
    """Return where a link leads, whatever kind of node it still is."""
    keys = ("refuri", "reftarget", "refid", "refname")
    return next((str(link[key]) for key in keys if key in link), "")


def listed(found: Counter[tuple[str, str]]) -> str:
    """Return markup for a message.

    >>> listed(Counter({("code", "a.b"): 1}))
    "code 'a.b'"
    """
    return ", ".join(f"{kind} {text!r}" for kind, text in sorted(found))
