"""Link the names of torch's API to their documentation, in code and in prose.

What `scraper` wrote below a code block gives the block its links.  It is written as
Sphinx writes others, with links in it.  Addresses stand in ``docs/api.csv``
(`inventory`); a name without one fails the build, also in a role.  A link in code has
no title: its text is the name.
"""

import html
import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from operator import itemgetter
from typing import NamedTuple

from docutils import nodes
from pygments.lexer import Lexer
from pygments.token import STANDARD_TYPES
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.locale import _
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from tested_gallery.api import inventory, scraper
from tested_gallery.api.scraper import Name
from tested_gallery.pages import page_texts

logger = logging.getLogger(__name__)

NO_ADDRESS = (
    "%s has no address in docs/api.csv: is it spelled so?  'make inventory' looks it up"
)


class Link(NamedTuple):
    """A part of a code block, in characters from its start, and where it leads."""

    start: int
    end: int
    address: str


class api_names(nodes.Invisible, nodes.Element):
    """The names in the code block before it."""


class ApiNames(SphinxDirective):
    """Names in the code block before it, as `scrape` writes them."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the names, for the transform."""
        names = list(map(scraper.read, self.content))
        return [api_names(first=int(self.arguments[0]), names=names)]


class AttachLinks(SphinxTransform):
    """Give each code block its links, and report names without an address."""

    default_priority = 15  # before Sphinx looks for messages (20)

    def apply(self, **kwargs: object) -> None:
        """Change the document in place."""
        found = list(self.document.findall(api_names))
        addresses = inventory.addresses() if found else {}
        for node in found:
            block = self.block(node)
            block["links"] = links(block.astext(), node["names"], addresses)
            for name in node["names"]:
                if name.name not in addresses:
                    script = page_texts.ROOT / f"{self.env.docname}.py"
                    where = f"{script}:{node['first'] + name.line - 1}"
                    logger.warning(NO_ADDRESS, name.name, location=where)
            node.parent.remove(node)

    def block(self, node: api_names) -> nodes.Element:
        """Return the code block that the names are in."""
        cells = [c for c in node.parent if c.get("language") == "Python"]
        # sphinx-gallery puts the output above the only cell of a page
        place = node.parent.index
        return max([c for c in cells if place(c) < place(node)] or cells[:1], key=place)


def links(code: str, names: list[Name], addresses: dict[str, str]) -> list[Link]:
    r"""Return where ``names`` stand in ``code``, and where they lead.

    >>> found = [Name(2, 0, 10, "torch.ones")]
    >>> links("import torch\ntorch.ones(2)", found, {"torch.ones": "a"})
    [Link(start=13, end=23, address='a')]
    """
    lengths = map(len, code.splitlines(keepends=True))
    starts = list(itertools.accumulate(lengths, initial=0))
    found = []
    for line, column, length, name in names:
        if address := addresses.get(name):
            start = starts[line - 1] + column
            found.append(Link(start, start + length, address))
    return found


def lead_role(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, text: nodes.Element
) -> nodes.Element | None:
    """Lead a role that names the API to its address; leave others to Sphinx.

    The link says of which release the documentation is, the end of where that begins.
    """
    name = node["reftarget"]
    if node.get("refdomain") != "py" or not name.startswith(inventory.PACKAGES):
        return None
    entry = inventory.entries().get(name)
    kinds = env.domains.python_domain.objtypes_for_role(node["reftype"])
    address = entry.address if entry and entry.role in kinds else ""
    for project, base in app.config.api_documentation.items():
        if address.startswith(base):
            if version := re.search(r"[\d.]+(?=/$)", base):
                title = _("(in %s %s)") % (project, f"v{version[0]}")
            else:
                title = _("(in %s)") % project
            return nodes.reference("", "", text, refuri=address, reftitle=title)
    if entry and entry.role not in kinds:
        says = "%s is a %s in docs/api.csv: take the role for that"
        logger.warning(says, name, entry.role, location=node)
    else:
        logger.warning(NO_ADDRESS, name, location=node)
    return text


class ListLinks(SphinxPostTransform):
    """Show links in code to what checks links."""

    default_priority = 4
    builders = ("linkcheck",)

    def run(self, **kwargs: object) -> None:
        """Change the document in place."""
        for block in self.document.findall(nodes.FixedTextElement):
            for link in block.get("links", ()):
                block += nodes.reference("", "", refuri=link.address)


def visit_html(self: HTML5Translator, node: nodes.FixedTextElement) -> None:
    """Write a block with links as Sphinx writes others."""
    if not node.get("links"):
        HTML5Translator.visit_literal_block(self, node)
        return
    language = node.get("language", "default")
    code, kind = node.astext(), f"highlight-{language} notranslate"
    lexer = self.highlighter.get_lexer(code, language)
    self.body += [
        self.starttag(node, "div", suffix="", CLASS=kind),
        '<div class="highlight"><pre><span></span>',
        *highlighted(code, node["links"], lexer),
        "</pre></div>\n</div>\n",
    ]
    raise nodes.SkipNode


def highlighted(code: str, found: list[Link], lexer: Lexer) -> Iterator[str]:
    """Yield the HTML of ``code``, with links around what they cover.

    Blanks need no class.

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
            part = html.escape(text[first - place : last - place], quote=False)
            name = STANDARD_TYPES.get(kind) if part.strip() else None
            yield f'<span class="{name}">{part}</span>' if name else part
            if last in closed:
                yield "</a>"
        place = end


def setup(app: Sphinx) -> None:
    """Add the directive, what links code, and what leads roles."""
    app.add_node(api_names)
    written = visit_html, HTML5Translator.depart_literal_block
    app.add_node(nodes.literal_block, override=True, html=written)
    app.add_directive("api-names", ApiNames)
    app.add_transform(AttachLinks)
    app.add_post_transform(ListLinks)
    app.connect("missing-reference", lead_role)
