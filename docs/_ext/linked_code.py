"""Write code with links in it, highlighted as Sphinx highlights other code.

A code block has them in its attribute ``links``.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

from docutils import nodes
from docutils.utils.code_analyzer import Lexer
from sphinx.transforms.post_transforms import SphinxPostTransform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata
    from sphinx.writers.html5 import HTML5Translator


class Link(NamedTuple):
    """A part of a code block, in characters from its start, and where it leads."""

    start: int
    end: int
    address: str


class linked_code(nodes.General, nodes.TextElement):
    """A highlighted code block with links in it."""


def highlighted(code: str, found: list[Link]) -> Iterator[nodes.Node]:
    """Yield ``code`` as Pygments divides it, with links around what they cover."""
    place = 0
    pieces: list[nodes.Node] = []
    ends = sorted({end for link in found for end in link[:2]})
    opening = {link.start: link for link in found}
    link = None
    language = "pycon" if code.startswith(">>> ") else "python"
    for classes, text in Lexer(code, language, "short"):
        cuts = [0, *(e - place for e in ends if 0 < e - place < len(text)), len(text)]
        for start, end in itertools.pairwise(cuts):
            link = opening.get(place + start, link)
            part = text[start:end]
            pieces.append(piece(part, classes))
            if not link:
                yield pieces.pop()
            elif place + end == link.end:
                yield nodes.reference("", "", *pieces, refuri=link.address)
                pieces, link = [], None
        place += len(text)


def piece(text: str, classes: list[str]) -> nodes.Node:
    """Return a part of a code block; blanks need no class."""
    return (
        nodes.inline(text, text, classes=classes) if text.strip() else nodes.Text(text)
    )


class LinkCode(SphinxPostTransform):
    """Write the links into the code blocks of a page."""

    formats = ("html",)
    default_priority = 4  # before sphinx-gallery links fewer names

    def run(self, **kwargs: object) -> None:
        """Change the document in place."""
        for block in list(self.document.findall(nodes.FixedTextElement)):
            if block.get("links"):
                new = linked_code(classes=block["classes"])
                new["language"] = block.get("language", "default")
                new += highlighted(block.astext(), block["links"])
                block.replace_self(new)


class LinkCheckedCode(LinkCode):
    """The same where links are checked."""

    formats = ()
    builders = ("linkcheck",)


def visit_html(self: HTML5Translator, node: linked_code) -> None:
    """Open what Sphinx opens around a code block."""
    kind = f"highlight-{node['language']} notranslate"
    self.body.append(self.starttag(node, "div", suffix="", CLASS=kind))
    self.body.append('<div class="highlight"><pre><span></span>')


def depart_html(self: HTML5Translator, node: linked_code) -> None:
    """Close it."""
    self.body.append("\n</pre></div>\n</div>\n")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the block, what writes it, and what puts it in the place of another."""
    app.add_node(linked_code, html=(visit_html, depart_html))
    app.add_post_transform(LinkCode)
    app.add_post_transform(LinkCheckedCode)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
