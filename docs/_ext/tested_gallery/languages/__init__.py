"""The ground floor: one text in several languages.

In: catalogs, ``docs/locale``, and the table of terms.  Out: pages in each language,
links between them, and a build that fails if one is incomplete.  All rooms may import
this one; it imports none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import tested_gallery

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

FEATURES = (
    "check",
    "labels",
    "switch",
    "term_table",
)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Set up each feature of the room."""
    return tested_gallery.set_up(app, __name__, FEATURES)
