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

from __future__ import annotations

import csv
import functools
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.util.typing import ExtensionMetadata

PACKAGES = ("torch", "safetensors")  # those whose names are linked
TABLE = Path(__file__).resolve().parents[1] / "api.csv"


class Entry(NamedTuple):
    """A name of the API and where it is documented."""

    name: str
    documented: str  # the name there, if it is another
    role: str  # class, method, function, ...
    address: str
    seen: str


def entries(path: Path = TABLE) -> dict[str, Entry]:
    """Return the table's entries by name."""
    with path.open(encoding="utf-8", newline="") as file:
        found = [Entry(**row) for row in csv.DictReader(file)]
    return {entry.name: entry for entry in found}


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


def inventory(project: str, version: str, base: str, found: Iterable[Entry]) -> bytes:
    """Return a project's ``objects.inv``: the addresses that begin with ``base``.

    >>> import sphobjinv
    >>> entry = Entry("a.B", "", "class", "https://x.org/a.html#a.B", "")
    >>> text = inventory("a", "1", "https://x.org/", [entry])
    >>> sphobjinv.Inventory(zlib=text).objects[0].as_rst
    ':py:class:`a.B`'
    """
    import sphobjinv  # here: it takes long, and most builds need no new file

    made = sphobjinv.Inventory()
    made.project, made.version = project, version
    for entry in sorted(found):
        if entry.address.startswith(base):
            made.objects.append(
                sphobjinv.DataObjStr(
                    name=entry.name,
                    domain="py",
                    role=entry.role,
                    priority="1",
                    uri=entry.address.removeprefix(base),
                    dispname="-",
                )
            )
    return sphobjinv.compress(made.data_file())


def make_inventories(app: Sphinx, config: Config) -> None:
    """Write what intersphinx reads, unless it is there; two builds may do so at once.

    The version of such a file is the digest of what it was made of.
    """
    table, code = TABLE.read_bytes(), Path(__file__).read_bytes()
    config.api_digest = hashlib.sha256(table).hexdigest()
    for project, (base, file) in config.intersphinx_mapping.items():
        path = (app.srcdir / file).resolve()
        version = hashlib.sha256(table + code + base.encode()).hexdigest()
        if path.exists() and version.encode() in path.read_bytes():
            continue
        new = path.with_suffix(f".{os.getpid()}")
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(inventory(project, version, base, entries().values()))
        Path(new).replace(path)  # in one step; Sphinx's paths have no such method


def setup(app: Sphinx) -> ExtensionMetadata:
    """Make the files before intersphinx looks at its setting."""
    app.setup_extension("sphinx.ext.intersphinx")
    app.add_config_value("api_digest", "", "env", str)
    app.connect("config-inited", make_inventories, priority=700)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
