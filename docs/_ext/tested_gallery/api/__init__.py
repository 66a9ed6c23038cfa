"""Names of torch's API lead to their documentation.

In: the code of a cell that has run, roles in prose, ``docs/api.csv``.  Out: links.
Imports torch and the ground floor; no other room imports this one, and a site may do
without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import tested_gallery

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

FEATURES = (
    "inventory",
    "linked_code",
    "links",
    "scraper",
)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Set up each feature of the room."""
    return tested_gallery.set_up(app, __name__, FEATURES)
