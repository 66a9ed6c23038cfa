"""Write code with links in it, highlighted as Sphinx highlights other code.

A code block has them in its attribute ``links``.
"""

from __future__ import annotations

import html
import itertools
from bisect import bisect_left, bisect_right
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from docutils import nodes
from pygments.token import STANDARD_TYPES
from sphinx.transforms.post_transforms import SphinxPostTransform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pygments.lexer import Lexer
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator


class Link(NamedTuple):
    """A part of a code block, in characters from its start, and where it leads."""

    start: int
    end: int
    address: str


class linked_code(nodes.literal_block):
    """A highlighted code block with links in it."""


def highlighted(code: str, found: list[Link], lexer: Lexer) -> Iterator[str]:
    """Yield the HTML of ``code``, with links around what they cover.

    >>> from pygments.lexers import PythonLexer
    >>> found = highlighted("a b", [Link(2, 3, "c.html")], PythonLexer(ensurenl=False))
    >>> print(*list(found)[2:])
    <a class="reference external" href="c.html"> <span class="n">b</span> </a>
    """
    cuts = sorted({end for link in found for end in link[:2]})
    opened = {link.start: link.address for link in found}
    closed = {link.end for link in found}
    place = 0
    for kind, tokens in itertools.groupby(lexer.get_tokens(code), itemgetter(0)):
        text = "".join(token for _, token in tokens)
        end = place + len(text)
        inside = cuts[bisect_right(cuts, place) : bisect_left(cuts, end)]
        for first, last in itertools.pairwise([place, *inside, end]):
            if address := opened.get(first):
                yield f'<a class="reference external" href="{html.escape(address)}">'
            part = text[first - place : last - place]
            yield piece(STANDARD_TYPES.get(kind, ""), part)
            if last in closed:
                yield "</a>"
        place = end


def piece(kind: str, text: str) -> str:
    """Return the HTML of a part of a code block; blanks need no class."""
    plain = html.escape(text, quote=False)
    return f'<span class="{kind}">{plain}</span>' if kind and text.strip() else plain


class LinkCode(SphinxPostTransform):
    """Put what writes links in the place of code blocks that have some."""

    formats = ("html",)
    default_priority = 4  # before sphinx-gallery links fewer names

    def run(self, **kwargs: object) -> None:
        """Change the document in place."""
        for block in list(self.document.findall(nodes.FixedTextElement)):
            if block.get("links"):
                code = block.astext()
                new = linked_code(code, code, classes=block["classes"])
                new["links"] = block["links"]
                new["language"] = block.get("language", "default")
                block.replace_self(new)


class ListLinks(SphinxPostTransform):
    """Show links in code to what checks links."""

    default_priority = 4
    builders = ("linkcheck",)

    def run(self, **kwargs: object) -> None:
        """Change the document in place."""
        for block in self.document.findall(nodes.FixedTextElement):
            for link in block.get("links", ()):
                block += nodes.reference("", "", refuri=link.address)


def visit_html(self: HTML5Translator, node: linked_code) -> None:
    """Write the block as Sphinx writes others."""
    code, kind = node.astext(), f"highlight-{node['language']} notranslate"
    lexer = self.highlighter.get_lexer(code, "default")  # a session if it begins so
    self.body += [
        self.starttag(node, "div", suffix="", CLASS=kind),
        '<div class="highlight"><pre><span></span>',
        *highlighted(code, node["links"], lexer),
        "</pre></div>\n</div>\n",
    ]
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Add the block, what writes it, and what puts it in the place of another."""
    app.add_node(linked_code, html=(visit_html, None))
    app.add_post_transform(LinkCode)
    app.add_post_transform(ListLinks)
