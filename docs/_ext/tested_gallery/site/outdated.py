"""Make pages outdated for what Sphinx does not look at.

Sphinx compares pages and settings with those of the build before, not the code that
makes one of the other: all pages are read again when the machinery has changed.  And it
writes the pages that were read again, not those whose side bars show them: all pages
are written again when the tree of pages has changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import tested_gallery

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

MACHINERY = Path(__file__).parents[1]


def tree(env: BuildEnvironment) -> dict[str, tuple[str, list[str]]]:
    """Return for each page its title and the pages in its tables of contents."""
    return {
        name: (title.astext(), env.toctree_includes.get(name, []))
        for name, title in env.titles.items()
    }


def pages_to_write(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return all pages if the tree is not that of the build before."""
    before = getattr(env, "tree_of_pages", None)
    env.tree_of_pages = tree(env)
    return [] if before == env.tree_of_pages else list(env.found_docs)


def setup(app: Sphinx) -> None:
    """Add the setting; compare once all changed pages have been read."""
    tested_gallery.depend_on(
        app, "machinery_digest", lambda config: MACHINERY.rglob("*.py")
    )
    app.connect("env-updated", pages_to_write)
