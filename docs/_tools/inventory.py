"""Keep ``docs/api.csv``: the names that the site uses, and where they are documented.

Used are the names in the generated pages of the gallery (`scraper`) and those in
roles.  Each is looked up in the ``objects.inv`` that its project publishes; what that
does not have keeps the line that it has.  Without a network all lines are kept.  Names
without a line are listed: write one by hand, with the nearest page that you have seen.
"""

import re
import runpy
import sys
from pathlib import Path

import sphobjinv

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs/_ext"))

import network  # noqa: E402
from tested_gallery.api import inventory, scraper  # noqa: E402
from tested_gallery.api.inventory import Entry  # noqa: E402

PUBLISHED = "objects.inv"
DIRECTIVE = re.compile(r"^\.\. api-names:: .*\n\n((?:    .*\n)+)", re.MULTILINE)
ROLE = re.compile(r"[:{]py:\w+[:}]`(?:[^`<]*<)?[~!]?([\w.]+)>?`")


def main() -> int:
    """Bring the table up to date; return the exit status."""
    names = used(ROOT)
    if not names:
        print("Nothing built yet: 'make html' finds the names.", file=sys.stderr)
        return 1
    known = published()
    old = inventory.entries()
    new = {
        name: entry for name in names if (entry := look_up(name, old.get(name), known))
    }
    inventory.write(new.values())
    changed = sum(new[name] != old[name] for name in new.keys() & old.keys())
    gone, come = len(old.keys() - new.keys()), len(new.keys() - old.keys())
    counts = f"{come} new, {changed} changed, {gone} no longer used"
    print(f"docs/api.csv: {len(new)} names: {counts}")
    for name in sorted(names - new.keys()):
        print(f"{name}: nowhere found; add a line to docs/api.csv", file=sys.stderr)
    return 1 if names - new.keys() else 0


def used(root: Path) -> set[str]:
    """Return the names that the site uses, in code and in roles."""
    pages = [path.read_text("utf-8") for path in (root / "docs/gallery").rglob("*.rst")]
    prose = [path.read_text("utf-8") for path in (root / "docs").glob("*.md")]
    blocks = [block for text in pages for block in DIRECTIVE.findall(text)]
    found = {scraper.read(line).name for block in blocks for line in block.splitlines()}
    roles = {name for text in pages + prose for name in ROLE.findall(text)}
    return found | {name for name in roles if name.startswith(inventory.PACKAGES)}


def published() -> dict[str, Entry]:
    """Return what the projects have published, by name; say which have nothing."""
    settings = runpy.run_path(str(ROOT / "conf.py"))
    found: dict[str, Entry] = {}
    for project, base in settings["api_documentation"].items():
        try:
            data = network.fetch(base + PUBLISHED)
        except network.NoNetworkError as error:
            print(f"{project}: {error}; its lines are kept as they are")
            continue
        if not data:
            print(f"{project}: publishes no {PUBLISHED}; its lines are kept")
            continue
        for item in sphobjinv.Inventory(zlib=data).objects:
            if item.domain == "py":
                address = base + item.uri_expanded
                entry = Entry(item.name, "", item.role, address, PUBLISHED)
                found.setdefault(item.name, entry)
    return found


def look_up(name: str, old: Entry | None, known: dict[str, Entry]) -> Entry | None:
    """Return the entry of a name: the published one, the nearest, or the old one.

    >>> known = {"a.B": Entry("a.B", "", "class", "new", "objects.inv")}
    >>> look_up("a.C", Entry("a.C", "a.B", "class", "old", "1.0, nearest"), known)
    Entry(name='a.C', documented='a.B', role='class', address='new', seen='objects.inv')
    >>> look_up("a.C", None, known) is None
    True
    """
    if name in known:
        return known[name]
    if old and old.documented in known:
        address = known[old.documented].address
        return old._replace(address=address, seen=PUBLISHED)
    return old


if __name__ == "__main__":
    sys.exit(main())
