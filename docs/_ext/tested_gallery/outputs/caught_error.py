"""Say of an output that it shows an error, which the cell caught: class ``error``.

The cell printed its type, and its message if it has one; the reader sees it in red.
"""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from tested_gallery.pages.page_parts import OUTPUT

MESSAGE = re.compile(r"^[\w.]*(Error|Exception)(\b.*: .*|:? *)$", re.MULTILINE)


class MarkErrors(SphinxTransform):
    """Give the outputs of a page that show an error its class."""

    default_priority = 400  # after docutils has set classes, before panels read them

    def apply(self, **kwargs: object) -> None:
        """Change the document in place."""
        for block in self.document.findall(nodes.literal_block):
            if OUTPUT in block["classes"] and MESSAGE.search(block.astext()):
                block["classes"].append("error")


def setup(app: Sphinx) -> None:
    """Add the transform."""
    app.add_transform(MarkErrors)
