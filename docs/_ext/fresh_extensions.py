"""Read and write all pages anew when an extension of ours has changed.

Sphinx compares pages and settings with those of the build before, not the code that
makes one of the other.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.util.typing import ExtensionMetadata


def digest(folder: Path) -> str:
    """Return a digest of the Python files in a folder."""
    found = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()


def note(app: Sphinx, config: Config) -> None:
    """Make the extensions' text a setting: a changed one makes all pages outdated."""
    config.extensions_digest = digest(Path(__file__).parent)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the setting."""
    app.add_config_value("extensions_digest", "", "env", str)
    app.connect("config-inited", note)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
