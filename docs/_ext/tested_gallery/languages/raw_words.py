"""Refuse words in raw HTML: no catalog has them, and no Markdown."""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)


def check(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of raw HTML in a page that was read: ours comes later."""
    for raw in doctree.findall(nodes.raw):
        if words := TAG.sub("", raw.astext()).strip():
            text = "has words in raw HTML, which stay English: %r; write them as text"
            logger.warning(text, words[:40], location=raw)


def setup(app: Sphinx) -> None:
    """Look at each page when it is read."""
    app.connect("doctree-read", check)
