"""What readers take along: Markdown, scripts, notebooks, zips.

In: pages as Sphinx has resolved them, in each language.  Out: files beside them.
Imports the ground floor; no other room imports this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import tested_gallery

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

FEATURES = (
    "downloads",
    "gallery_zip",
    "markdown_pages",
)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Set up each feature of the room."""
    return tested_gallery.set_up(app, __name__, FEATURES)
