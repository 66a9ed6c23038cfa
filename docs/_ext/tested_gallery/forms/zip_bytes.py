"""Make zip archives whose bytes depend on nothing but their members."""

from __future__ import annotations

import zipfile
import zlib
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


def outdated(archive: Path, sources: Mapping[str, Path]) -> bool:
    """Return whether ``archive`` lacks or exceeds ``sources``, or is older than one."""
    if not archive.exists():
        return True
    with zipfile.ZipFile(archive) as file:
        if set(file.namelist()) != set(sources):
            return True
    made = archive.stat().st_mtime_ns
    return any(path.stat().st_mtime_ns > made for path in sources.values())


def holds(archive: Path, members: Mapping[str, bytes]) -> bool:
    """Return whether ``archive`` is there and has these members."""
    if not archive.exists():
        return False
    with zipfile.ZipFile(archive) as file:
        found = {entry.filename: entry.CRC for entry in file.infolist()}
    return found == {name: zlib.crc32(data) for name, data in members.items()}
