"""What readers take along: Markdown, scripts, notebooks, zips.

In: pages as Sphinx has resolved them, in each language.  Out: files beside them.
Imports the ground floor; no other room imports this one.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

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
    for name in FEATURES:
        import_module(f"{__name__}.{name}").setup(app)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
