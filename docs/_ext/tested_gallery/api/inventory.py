"""Keep the addresses of the API's documentation in ``docs/api.csv``, a name a line.

Names in code and roles in prose, ``:py:class:`torch.nn.Module```, lead there without a
network (`links`).  The setting ``api_documentation`` says where that of each project
begins.  ``make inventory`` keeps the table: see `docs/_tools/inventory.py`.

``name`` is as the site writes it; ``documented`` is the name that the documentation has
instead, if it has another: of a re-export, or of the nearest thing that has a place.
``seen`` says in which release's documentation the address was seen: ``objects.inv`` is
the published one.  ``anchor derived``: the page was seen, what follows the ``#`` is the
name, by Sphinx's rule.  ``anchor in``: it was seen in another release.  ``nearest``: a
name that has no place of its own.
"""

import csv
import functools
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from sphinx.application import Sphinx

import tested_gallery
from tested_gallery import author_files

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


def setup(app: Sphinx) -> None:
    """Add the setting; read all pages again when the table changes."""
    app.add_config_value("api_documentation", {}, "env", dict)
    tested_gallery.depend_on(app, "api_digest", lambda config: [TABLE])
