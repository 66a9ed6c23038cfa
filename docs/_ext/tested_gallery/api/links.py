"""Link the names of torch's API to their documentation, in code and in prose.

What `scraper` wrote below a code block gives the block its links (`linked_code`).
Addresses stand in ``docs/api.csv`` (`inventory`); a name without one fails the
build, in code and in a role.  A link in code has no title: its text is the name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from tested_gallery.api import inventory
from tested_gallery.api.linked_code import Link
from tested_gallery.pages import page_texts

if TYPE_CHECKING:
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.domains import Domain

logger = logging.getLogger(__name__)

NO_ADDRESS = "%s has no address in docs/api.csv: 'make inventory' looks it up"


class api_names(nodes.Invisible, nodes.Element):
    """The names in the code block before it."""


class ApiNames(SphinxDirective):
    """Names in the code block before it, or in the promise, as `scrape` writes them."""

    required_arguments = 1
    optional_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the names, for the transform."""
        first, *promise = self.arguments
        lines = list(self.content)
        return [api_names(first=int(first), promise=bool(promise), lines=lines)]


class AttachLinks(SphinxTransform):
    """Give each code block its links, and report names without an address."""

    default_priority = 15  # before Sphinx looks for messages (20)

    def apply(self, **kwargs: object) -> None:
        """Change the document in place."""
        found = list(self.document.findall(api_names))
        addresses = inventory.addresses() if found else {}
        for node in found:
            block = self.block(node)
            block["links"] = links(block.astext(), node["lines"], addresses)
            self.report(node, addresses)
            node.parent.remove(node)

    def block(self, node: api_names) -> nodes.Element:
        """Return the code block that the names are in."""
        if node["promise"]:
            return next(self.document.findall(nodes.doctest_block))
        siblings = node.parent.children
        cells = [
            at
            for at, other in enumerate(siblings)
            if isinstance(other, nodes.literal_block)
            and other.get("language") == "Python"
        ]
        # sphinx-gallery puts the output above the only cell of a page
        above = [at for at in cells if at < siblings.index(node)]
        return siblings[(above[-1:] or cells[:1])[0]]

    def report(self, node: api_names, addresses: dict[str, str]) -> None:
        """Warn of each name without an address, at its line of the script."""
        script = page_texts.ROOT / f"{self.env.docname}.py"
        for text in node["lines"]:
            line, _column, _length, name = text.split()
            if name not in addresses:
                where = f"{script}:{node['first'] + int(line) - 1}"
                logger.warning(NO_ADDRESS, name, location=where)


def links(code: str, lines: list[str], addresses: dict[str, str]) -> list[Link]:
    r"""Return where the names in ``lines`` stand in ``code``, and where they lead.

    >>> links("import torch\ntorch.ones(2)", ["2 0 10 torch.ones"], {"torch.ones": "a"})
    [Link(start=13, end=23, address='a')]
    """
    starts = [0]
    for line in code.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = []
    for text in lines:
        line, column, length, name = text.split()
        if address := addresses.get(name):
            start = starts[int(line) - 1] + int(column)
            found.append(Link(start, start + int(length), address))
    return found


def report_role(app: Sphinx, domain: Domain, node: pending_xref) -> bool | None:
    """Warn of a role that names the API without an address; leave others to Sphinx."""
    name = node["reftarget"]
    if node.get("refdomain") != "py" or not name.startswith(inventory.PACKAGES):
        return None
    logger.warning(NO_ADDRESS, name, location=node)
    return True


def setup(app: Sphinx) -> None:
    """Add the directive and the transform; look at roles that lead nowhere."""
    app.add_node(api_names)
    app.add_directive("api-names", ApiNames)
    app.add_transform(AttachLinks)
    app.connect("warn-missing-reference", report_role)
