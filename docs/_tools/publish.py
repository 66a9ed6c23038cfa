"""Put a finished site in the place of the last one: ``build/work`` -> ``build/html``.

Sphinx works in ``build/work/<language>``, which stays, so that builds are
incremental.  A site is finished when every page is there in every language; only
then is it copied, with the root page that chooses a language, and swapped in by
renaming, so that ``build/html`` is whole at any time.
"""

from __future__ import annotations

import runpy
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK, NEXT, HTML, LAST = (
    ROOT / "build" / name for name in ("work", "next", "html", "last")
)
NOT_PUBLISHED = shutil.ignore_patterns(
    ".buildinfo*", ".doctrees", "objects.inv", "_sphinx_*"
)


def pages(docs: Path) -> set[str]:
    """Return the names of all pages, from their sources.

    A page is ``docs/**/*.md`` or, generated from the gallery, ``*.rst``; what begins
    with an underscore is none.
    """
    sources = [*docs.rglob("*.md"), *docs.rglob("*.rst")]
    names = [path.relative_to(docs).with_suffix("") for path in sources]
    return {
        name.as_posix()
        for name in names
        if not any(part.startswith("_") for part in name.parts)
    }


def built(folder: Path) -> set[str]:
    """Return the names of the pages that Sphinx wrote into ``folder``."""
    found = folder.rglob("*.html")
    names = [path.relative_to(folder).with_suffix("") for path in found]
    return {name.as_posix() for name in names if not name.parts[0].startswith("_")}


def missing(languages: list[str], wanted: set[str]) -> list[str]:
    """Return what keeps the site from being whole, a line each."""
    if not wanted:
        return ["docs: there are no pages"]
    return [
        f"{WORK / language}: the page {name}.html is missing"
        for language in languages
        for name in sorted(wanted - built(WORK / language))
    ]


def assemble(languages: dict[str, str], wanted: set[str]) -> None:
    """Copy the pages of all languages, and the root page, to ``build/next``."""
    shutil.rmtree(NEXT, ignore_errors=True)
    for language, folder in languages.items():
        for stale in built(WORK / language) - wanted:
            (WORK / language / f"{stale}.html").unlink()
        shutil.copytree(WORK / language, NEXT / folder, ignore=NOT_PUBLISHED)
    shutil.copy(ROOT / "docs/_templates/root.html", NEXT / "index.html")


def swap() -> None:
    """Put ``build/next`` in the place of ``build/html``."""
    shutil.rmtree(LAST, ignore_errors=True)
    if HTML.exists():
        HTML.rename(LAST)
    NEXT.rename(HTML)
    shutil.rmtree(LAST, ignore_errors=True)


def main() -> int:
    """Publish; return the exit status."""
    sys.path.insert(0, str(ROOT / "docs/_ext"))
    from language_switch import folder

    settings = runpy.run_path(str(ROOT / "conf.py"))
    languages = {language: folder(language) for language in settings["languages"]}
    wanted = pages(ROOT / "docs")
    if problems := missing(list(languages), wanted):
        print(*problems, sep="\n", file=sys.stderr)
        print("Not published; run 'make html' again.", file=sys.stderr)
        return 1
    assemble(languages, wanted)
    swap()
    print(f"Published {len(wanted)} pages in {len(languages)} languages: {HTML}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
