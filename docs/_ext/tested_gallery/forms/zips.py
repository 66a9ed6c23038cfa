"""Make zip archives whose bytes depend on nothing but their members.

That of the whole site is to be read from files, so it is without the search index:
browsers load none from a file; the search page says so there and lists the pages.
"""

import zipfile
from collections.abc import Mapping
from pathlib import Path

SITE = "module-state"  # the archive of the site, and the folder in it


def write(archive: Path, members: Mapping[str, bytes]) -> None:
    """Write ``members``, contents by name, in the order of their names."""
    with zipfile.ZipFile(archive, "w") as file:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name)  # of 1980, the first time that a zip can tell
            entry.external_attr = 0o644 << 16
            file.writestr(entry, members[name], zipfile.ZIP_DEFLATED, compresslevel=9)


def write_site(site: Path, without: str) -> None:
    """Put the archive of ``site`` at its root, without the folder ``without``."""
    members = {
        f"{SITE}/{path.relative_to(site).as_posix()}": path.read_bytes()
        for path in site.rglob("*")
        if path.is_file() and path.relative_to(site).parts[0] != without
    }
    write(site / f"{SITE}.zip", members)
