"""Make zip archives whose bytes depend on nothing but their members.

That of the whole site is to be read from files, so it is without the search index:
browsers load none from a file; the search page says so there and lists the pages.
"""

import zipfile
from collections.abc import Mapping
from pathlib import Path

SITE = "module-state"  # the archive of the site, and the folder in it
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


def write_site(site: Path, without: str) -> None:
    """Put the archive of ``site`` at its root, without the folder ``without``."""
    files = {path.relative_to(site): path for path in site.rglob("*") if path.is_file()}
    members = {
        f"{SITE}/{place.as_posix()}": path.read_bytes()
        for place, path in files.items()
        if place.parts[0] != without
    }
    write(site / f"{SITE}.zip", members)
