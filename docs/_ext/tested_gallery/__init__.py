"""A gallery whose outputs are tested, as a site in several languages.

Seven rooms: pages and languages on the ground, and side by side above them outputs,
state, api, forms and site, none of which knows another.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


def set_up(app: Sphinx, room: str, features: Iterable[str]) -> ExtensionMetadata:
    """Set up the features of a room, and say what Sphinx asks of an extension.

    They are imported here, so that who imports one feature need not import all.
    """
    for name in features:
        import_module(f"{room}.{name}").setup(app)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
