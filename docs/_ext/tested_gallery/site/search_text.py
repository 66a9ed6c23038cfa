"""Cut the article of a page into the words that Pagefind is to index.

Pagefind cuts texts in its own way.  Chinese has no words that two programs cut alike,
and in code readers search for parts of names.  It is therefore given, in place of each
page, the words of its article as ``search_query.js`` cuts a query, one by one: Chinese
characters, runs of letters and digits.

    缓冲区的 state_dict    ->    缓 ~冲 ~区 ~的 stateǀ^ ~dictǀ

The mark closes a word, so that it can be asked for exactly and not only as the
beginning of others; the tilde says that no blank stood before it, so that
``search_excerpt.js`` can put the text together again.
"""

import html
import itertools
import re
from collections.abc import Iterator
from html.parser import HTMLParser

# A letter, that of a click: all who cut words, Pagefind and browsers, leave it on.
MARK = "ǀ"
JOINED = "~"
# Pagefind takes an underscore for a letter; what then stands for something else yields.
PLAIN = str.maketrans({"_": "^", "^": "＾", "~": "∼"})
HAN = "\u3400-\u9fff"
PIECE = re.compile(
    r"(?P<blank>\s*)(?:"
    rf"(?:(?P<han>[{HAN}])|(?P<word>[^\W_{HAN}]+))"
    r"(?P<after>[!-/:-@\[-`{-~]*)"
    r"|(?P<other>(?:[^\w\s]|_)+))"
)
ARTICLE = re.compile(r'<article role="main".*?</article>', re.DOTALL)
CODE, TAG = re.compile(r"(?<=<pre>).*?(?=</pre>)", re.DOTALL), re.compile(r"<[^>]*>")
# What is no text of the page: links to others, panels, drawings, what was built with
# what, what one can take along, and what a reader is asked.
LEFT_OUT = {
    *("headerlink", "toctree-wrapper", "cards", "state-panels", "sphx-glr-footer"),
    *("provenance", "downloads", "identity", "key", "check-output"),
    *("check-answers", "live", "above", "strip"),
}
INLINE = {"a", "b", "code", "em", "i", "span", "strong"}
EMPTY = {"br", "col", "hr", "img", "input", "wbr"}
MADE = re.compile(r"id\d+|sphx-glr-.*|furo-main-content")  # anchors that Sphinx made


def record(page: str) -> str | None:
    """Return the HTML that Pagefind is given for a page's, ``None`` without an article.

    >>> print(record('<article role="main"><h1>T</h1><p>a b</p></article>'))
    <html> <span data-pagefind-meta="title">Tǀ</span> <span>aǀ bǀ</span>
    """
    article = ARTICLE.search(page)
    if article is None:
        return None
    reader = Reader()
    reader.feed(CODE.sub(lambda code: TAG.sub("", code[0]), article[0]))
    return " ".join(reader.record())


class Reader(HTMLParser):
    """Read an article: its title, its text, and the anchors in it."""

    def __init__(self) -> None:
        """Begin before the article."""
        super().__init__()
        self.open: list[tuple[str, bool]] = []  # tag, and whether it is left out
        self.parts: list[tuple[str, str]] = []  # "title", "text" or "anchor"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an anchor, and what is left out."""
        given = {"class": "", "id": "", **{name: value or "" for name, value in attrs}}
        left_out = self.leaves_out() or not LEFT_OUT.isdisjoint(given["class"].split())
        if given["id"] and not left_out and not MADE.fullmatch(given["id"]):
            self.parts.append(("anchor", given["id"]))
        if tag not in EMPTY:
            self.open.append((tag, left_out))

    def handle_endtag(self, tag: str) -> None:
        """Close an element; the text of a block ends with a blank."""
        while self.open and self.open.pop()[0] != tag:
            pass
        if tag not in INLINE:
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        """Note text."""
        if not self.leaves_out():
            inside = any(tag == "h1" for tag, _ in self.open)
            self.parts.append(("title" if inside else "text", data))

    def leaves_out(self) -> bool:
        """Return whether what comes now is left out."""
        return bool(self.open) and self.open[-1][1]

    def record(self) -> Iterator[str]:
        """Yield the parts of what Pagefind reads."""
        yield "<html>"
        for kind, parts in itertools.groupby(self.parts, key=lambda part: part[0]):
            values = [value for _, value in parts]
            if kind == "anchor":
                yield from (f'<span id="{html.escape(id_)}"></span>' for id_ in values)
            elif words := html.escape(" ".join(pieces("".join(values)))):
                meta = ' data-pagefind-meta="title"' if kind == "title" else ""
                yield f"<span{meta}>{words}</span>"


def pieces(text: str) -> Iterator[str]:
    """Yield a text word by word, as Pagefind is to index it.

    >>> " ".join(pieces("键 load_state_dict(x)。"))
    '键 loadǀ^ ~stateǀ^ ~dictǀ( ~xǀ) ~。'
    """
    for piece in PIECE.finditer(text.replace("\u200b", "")):
        joined = "" if piece["blank"] or not piece.start() else JOINED
        plain = (piece["after"] or piece["other"] or "").translate(PLAIN)
        word = f"{piece['word']}{MARK}" if piece["word"] else piece["han"] or ""
        yield joined + word + plain
