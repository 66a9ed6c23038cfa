"""Names of torch's API lead to their documentation.

In: the code of a cell that has run, roles in prose, ``docs/api.csv``.  Out: links.
Imports torch and the ground floor; no other room imports this one, and a site may do
without it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

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
    for name in FEATURES:
        import_module(f"{__name__}.{name}").setup(app)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
