"""What is around the pages: cards, navigation, search, addresses, what is at the root.

In: the titles and the tree of all pages.  Out: what leads from one page to another.
Imports the ground floor; no other room imports this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import tested_gallery

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

FEATURES = (
    "cards",
    "llms_list",
    "messages",
    "outdated",
    "provenance",
    "redirects",
    "root_files",
    "search_page",
    "side_bar",
    "summaries",
)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Set up each feature of the room."""
    return tested_gallery.set_up(app, __name__, FEATURES)
