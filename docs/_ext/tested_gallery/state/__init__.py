"""What the modules of a page hold: panels, tables of results, pictures of pages.

In: the names of a cell that has run.  Out: panels in the generated page, drawn in the
language of a reader, and a picture of each page.  Imports torch and the ground floor;
no other room imports this one, and a site may do without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import tested_gallery

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

FEATURES = (
    "watch",
    "panel",
    "result_table",
    "decision",
    "page_picture",
)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Set up each feature of the room."""
    return tested_gallery.set_up(app, __name__, FEATURES)
