"""A gallery whose outputs are tested, as a site in several languages.

Seven rooms: pages and languages on the ground, and side by side above them outputs,
state, api, forms and site, none of which knows another.  Here is what all of them are
set up with.  It imports nothing that must be installed: `environment` installs it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.util.typing import ExtensionMetadata

# of a handler of html-page-context
Context = dict[str, Any]
Doctree = "docutils.nodes.document | None"


def room(name: str, features: Iterable[str]) -> Callable[[Sphinx], ExtensionMetadata]:
    """Return what sets up a room, by setting up its features.

    They are imported then, so that who imports one feature need not import all.
    """

    def setup(app: Sphinx) -> ExtensionMetadata:
        for feature in features:
            import_module(f"{name}.{feature}").setup(app)
        safe = {"parallel_read_safe": True, "parallel_write_safe": True}
        return {"env_version": 1, **safe}

    return setup


def depend_on(
    app: Sphinx, setting: str, files: Callable[[Config], Iterable[Path]]
) -> None:
    """Read all pages again when the text of a file changes: it becomes a setting.

    Sphinx compares pages and settings with those of the build before, nothing else.
    """

    def note(app: Sphinx, config: Config) -> None:
        texts = [path.read_bytes() for path in sorted(files(config)) if path.exists()]
        config[setting] = hashlib.sha256(b"".join(texts)).hexdigest()

    app.add_config_value(setting, "", "env", str)
    app.connect("config-inited", note)
