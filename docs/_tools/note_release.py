"""Note what the last ``make doctest`` found for the torch that ran it.

``make releases`` runs every page with the installed torch, whether all holds or not,
and puts the result into ``docs/releases.json``, of which the site makes a page.  What
differs is printed, a line each, and makes the exit status 1.
"""

import importlib.metadata
import json
import platform
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs/_ext"))

from tested_gallery import author_files  # noqa: E402
from tested_gallery.author_files import FileError  # noqa: E402
from tested_gallery.pages import run_record  # noqa: E402

REPORT = ROOT / "build/work/doctest/report.json"
DATA = ROOT / "docs/releases.json"


def main() -> int:
    """Renew the data; return the exit status."""
    if not REPORT.exists():
        print("The pages could not be run: see above.", file=sys.stderr)
        return 1
    release = importlib.metadata.version("torch").partition("+")[0]
    run = {"python": platform.python_version(), "date": run_record.today()}
    run |= json.loads(REPORT.read_text("utf-8"))
    known = author_files.data(DATA) if DATA.exists() else {}
    known[release] = run
    text = json.dumps(known, indent=1, sort_keys=True, ensure_ascii=False)
    DATA.write_text(f"{text}\n", "utf-8")
    cells = sum(cells for _digest, cells in run["pages"].values())
    print(f"torch {release}: {cells} examples, {len(run['differences'])} differ")
    for one in run["differences"]:
        wanted, got = one["wanted"].strip(), one["got"].strip()
        print(f"{one['page']}:{one['line']}: wanted {wanted!r}, got {got!r}")
    return 1 if run["differences"] else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except FileError as error:
        sys.exit(f"{error}.")
