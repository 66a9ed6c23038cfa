"""Make zip archives whose bytes depend on nothing but their members."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)  # the first time that a zip can tell
MODE = 0o644


def write(archive: Path, members: Mapping[str, bytes]) -> None:
    """Write ``members``, contents by name, in the order of their names."""
    with zipfile.ZipFile(archive, "w") as file:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system = 3  # Unix, whatever builds
            entry.external_attr = MODE << 16
            file.writestr(entry, members[name], zipfile.ZIP_DEFLATED, compresslevel=9)
