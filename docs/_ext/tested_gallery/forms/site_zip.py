"""Pack the whole site into one zip, to be read from files: all but the search index.

Browsers load no index from a file; the search page says so there and lists the pages.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from tested_gallery.forms import zip_bytes

NAME = "module-state.zip"
FOLDER = "module-state"  # all that is in the archive


def build(site: Path, without: str, kept: Path) -> None:
    """Put the archive of ``site`` at its root, without the folder ``without``.

    ``kept`` holds the archive of the build before: it is made anew where it differs.
    """
    files = {
        f"{FOLDER}/{path.relative_to(site).as_posix()}": path
        for path in site.rglob("*")
        if path.is_file() and path.relative_to(site).parts[0] != without
    }
    members = {name: path.read_bytes() for name, path in files.items()}
    if not zip_bytes.holds(kept, members):
        zip_bytes.write(kept, members)
    shutil.copy2(kept, site / NAME)
