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


def pages_to_write(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return all pages if titles, tables of contents or anchors have changed."""
    titles = {name: title.astext() for name, title in env.titles.items()}
    labels = dict(env.domains.standard_domain.anonlabels)
    before = getattr(env, "shown_of_others", None)
    env.shown_of_others = titles, dict(env.toctree_includes), labels
    return [] if before == env.shown_of_others else list(env.found_docs)


def setup(app: Sphinx) -> None:
    """Add the setting; compare once all changed pages have been read."""
    sources = list(Path(tested_gallery.__file__).parent.rglob("*.py"))
    tested_gallery.depend_on(app, "machinery_digest", lambda config: sources)
    app.connect("env-updated", pages_to_write, priority=600)  # after `redirects`
