"""Leave out Sphinx's own search.

On Sphinx 9.0 it answers no Chinese query: its script stops with an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


def leave_out(app: Sphinx) -> None:
    """Build neither the search page nor its index; there is no setting for it."""
    app.builder.search = False


def setup(app: Sphinx) -> ExtensionMetadata:
    """Switch the search off once the builder is known."""
    app.connect("builder-inited", leave_out)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
