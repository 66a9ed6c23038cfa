"""Make pages outdated for what Sphinx does not look at.

Sphinx compares pages and settings with those of the build before, not the code that
makes one of the other: all pages are read again when the machinery has changed.  And it
writes the pages that were read again, not those whose side bars show them or that lead
on to them: all are written again when titles, tree or anchors have changed.
"""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

import tested_gallery

MACHINERY = Path(__file__).parents[1]


def tree(env: BuildEnvironment) -> tuple[dict, ...]:
    """Return what pages show of others: titles, tables of contents, anchors."""
    titles = {name: title.astext() for name, title in env.titles.items()}
    labels = dict(env.domains.standard_domain.anonlabels)
    return titles, dict(env.toctree_includes), labels


def pages_to_write(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return all pages if the tree is not that of the build before."""
    before = getattr(env, "tree_of_pages", None)
    env.tree_of_pages = tree(env)
    return [] if before == env.tree_of_pages else list(env.found_docs)


def setup(app: Sphinx) -> None:
    """Add the setting; compare once all changed pages have been read."""
    sources = list(MACHINERY.rglob("*.py"))
    tested_gallery.depend_on(app, "machinery_digest", lambda config: sources)
    app.connect("env-updated", pages_to_write, priority=600)  # after `redirects`
