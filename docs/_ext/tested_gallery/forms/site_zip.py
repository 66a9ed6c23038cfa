"""Pack the whole site into one zip, to be read from files: all but the search index.

Browsers load no index from a file; the search page says so there and lists the pages.
"""

from __future__ import annotations

from pathlib import Path

from tested_gallery.forms import zip_bytes

NAME = "module-state.zip"
FOLDER = "module-state"  # all that is in the archive


def build(site: Path, without: str) -> None:
    """Put the archive of ``site`` at its root, without the folder ``without``."""
    files = [path for path in site.rglob("*") if path.is_file()]
    places = {path: path.relative_to(site) for path in files}
    members = {
        f"{FOLDER}/{place.as_posix()}": path.read_bytes()
        for path, place in places.items()
        if place.parts[0] != without
    }
    zip_bytes.write(site / NAME, members)
