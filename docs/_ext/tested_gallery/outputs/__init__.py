"""What the pages print is what they should, in this release of torch and in others.

In: what the cells printed, ``tests/expected`` and ``docs/releases.json``.  Out: a build
that fails at what is unexpected, and the badges that say since when a fact holds.
Imports the ground floor; no other room imports this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import tested_gallery

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

FEATURES = (
    "expectation",
    "doctests",
    "releases",
    "since_badge",
)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Set up each feature of the room."""
    return tested_gallery.set_up(app, __name__, FEATURES)
