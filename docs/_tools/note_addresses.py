"""Note each address of the built site in ``docs/addresses.txt``, and delete none.

The pages and the anchors on them are those of the ``objects.inv`` that is published.
"""

from __future__ import annotations

import sys
from pathlib import Path

import sphobjinv

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs/_ext"))

from tested_gallery.site import redirects  # noqa: E402
from tested_gallery.site.redirects import Address  # noqa: E402

INVENTORY = ROOT / "build/html/en/objects.inv"
HEAD = """\
# Each page that was ever published and, behind it, the anchors that others may link to.
# 'make addresses' adds; nothing is deleted.  A page that is gone says where it went:
# 'page -> another: anchors'.  See docs/_ext/tested_gallery/site/redirects.py.
"""


def main() -> int:
    """Bring the file up to date; return the exit status."""
    if not INVENTORY.exists():
        print("Nothing built yet: 'make html'", file=sys.stderr)
        return 1
    old = redirects.read(ROOT)
    for address in old:
        if not address.page or "\ufffd" in address.text():
            print(f"{redirects.FILE}:{address.line}: cannot be read", file=sys.stderr)
            return 1
    new = merged(old, published(INVENTORY))
    text = HEAD + "".join(f"{address.text()}\n" for address in new)
    (ROOT / redirects.FILE).write_text(text, "utf-8")
    known = {(a.page, anchor) for a in old for anchor in ["", *a.anchors]}
    added = {(a.page, anchor) for a in new for anchor in ["", *a.anchors]} - known
    print(f"{redirects.FILE}: {len(added)} new")
    return 0


def published(inventory: Path) -> dict[str, set[str]]:
    """Return the anchors of each page of the site."""
    found: dict[str, set[str]] = {}
    for item in sphobjinv.Inventory(inventory).objects:
        page, _, anchor = item.uri_expanded.partition(".html")
        anchors = found.setdefault(page, set())
        if anchor:
            anchors.add(anchor.removeprefix("#"))
    return found


def merged(old: list[Address], now: dict[str, set[str]]) -> list[Address]:
    """Return the addresses that were and those that are, in the order of the pages.

    >>> merged([Address("b", "a", ["x"])], {"a": {"x", "y"}})
    [Address(page='a', target='', anchors=['x', 'y'], line=0), \
Address(page='b', target='a', anchors=['x'], line=0)]
    """
    targets = {address.page: address.target for address in old}
    anchors = {address.page: set(address.anchors) for address in old}
    return [
        Address(
            page,
            targets.get(page, ""),
            sorted(anchors.get(page, set()) | now.get(page, set())),
        )
        for page in sorted(targets.keys() | now.keys())
    ]


if __name__ == "__main__":
    sys.exit(main())
