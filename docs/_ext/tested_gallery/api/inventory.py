"""Keep the addresses of the API's documentation in ``docs/api.csv``, a name a line.

Sphinx reads such addresses from a compressed file, ``objects.inv``.  A build makes one
from the table for each project of ``intersphinx_mapping``, so that roles in prose,
``:py:class:`torch.nn.Module```, lead there without a network.  ``make inventory`` keeps
the table: see `docs/_tools/inventory.py`.

``name`` is as the site writes it; ``documented`` is the name that the documentation has
instead, if it has another: of a re-export, or of the nearest thing that has a place.
``seen`` says in which release's documentation the address was seen: ``objects.inv`` is
the published one.  ``anchor derived``: the page was seen, what follows the ``#`` is the
name, by Sphinx's rule.  ``anchor in``: it was seen in another release.  ``nearest``: a
name that has no place of its own.
"""

import csv
import functools
import os
import re
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from sphinx.application import Sphinx
from sphinx.config import Config

import tested_gallery
from tested_gallery import author_files

HEAD = """\
# Sphinx inventory version 2
# Project: {project}
# Version: {version}
# The remainder of this file is compressed using zlib.
"""
PACKAGES = ("torch", "safetensors")  # those whose names are linked
TABLE = Path(__file__).resolve().parents[3] / "api.csv"


class Entry(NamedTuple):
    """A name of the API and where it is documented."""

    name: str
    documented: str  # the name there, if it is another
    role: str  # class, method, function, ...
    address: str
    seen: str


def entries(path: Path = TABLE) -> dict[str, Entry]:
    """Return the table's entries by name."""
    rows = author_files.table(path, Entry._fields, ("documented",))
    return {row[0]: Entry(*row) for _line, row in rows}


@functools.cache
def addresses() -> dict[str, str]:
    """Return where each name is documented: each page asks for it."""
    return {name: entry.address for name, entry in entries().items()}


def write(found: Iterable[Entry], path: Path = TABLE) -> None:
    """Write the table, in the order of the names."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(Entry._fields)
        table.writerows(sorted(found))


def inventory(project: str, base: str, found: Iterable[Entry]) -> bytes:
    r"""Return a project's ``objects.inv``: the addresses that begin with ``base``.

    Its version, which readers see on the links, is the end of ``base``, if it has one.

    >>> entry = Entry("a.B", "", "class", "https://x.org/1.0/a.html#a.B", "")
    >>> made = inventory("a", "https://x.org/1.0/", [entry])
    >>> head, body = made.split(b"using zlib.\n")
    >>> b"# Version: 1.0\n" in head, zlib.decompress(body)
    (True, b'a.B py:class 1 a.html#a.B -\n')
    """
    version = re.search(r"[\d.]*(?=/$)", base)
    lines = (
        f"{entry.name} py:{entry.role} 1 {entry.address.removeprefix(base)} -\n"
        for entry in sorted(found)
        if entry.address.startswith(base)
    )
    head = HEAD.format(project=project, version=version[0] if version else "")
    return head.encode() + zlib.compress("".join(lines).encode())


def make_inventories(app: Sphinx, config: Config) -> None:
    """Write what intersphinx reads, if it differs; two builds may do so at once."""
    for project, (base, file) in config.intersphinx_mapping.items():
        path = Path(app.srcdir, file).resolve()
        made = inventory(project, base, entries().values())
        if not path.exists() or path.read_bytes() != made:
            new = path.with_suffix(f".{os.getpid()}")
            path.parent.mkdir(parents=True, exist_ok=True)
            new.write_bytes(made)
            new.replace(path)  # in one step


def setup(app: Sphinx) -> None:
    """Make the files before intersphinx looks at its setting."""
    app.setup_extension("sphinx.ext.intersphinx")
    tested_gallery.depend_on(app, "api_digest", lambda config: [TABLE])
    app.connect("config-inited", make_inventories, priority=700)
