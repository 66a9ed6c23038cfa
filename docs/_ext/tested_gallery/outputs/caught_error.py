"""Say of an output that it shows an error, which the cell caught: class ``error``.

The cell printed its type and its message; the reader sees the output in red.
"""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

OUTPUT = "sphx-glr-script-out"  # sphinx-gallery's class of an output
MESSAGE = re.compile(r"^[A-Za-z_.]*(Error|Exception|Warning)\b.*: ", re.MULTILINE)


def shows_error(output: str) -> bool:
    r"""Return whether a line of an output is an error with its message.

    >>> shows_error("2\ntorch.OutOfMemoryError: no memory\n")
    True
    >>> shows_error("ValueError\n"), shows_error("an Error: no\n")
    (False, False)
    """
    return bool(MESSAGE.search(output))


class MarkErrors(SphinxTransform):
    """Give the outputs of a page that show an error its class."""

    default_priority = 400  # after docutils has set classes, before panels read them

    def apply(self, **kwargs: object) -> None:
        """Change the document in place."""
        for block in self.document.findall(nodes.literal_block):
            if OUTPUT in block["classes"] and shows_error(block.astext()):
                block["classes"].append("error")


def setup(app: Sphinx) -> None:
    """Add the transform."""
    app.add_transform(MarkErrors)
