"""Write all pages anew when the navigation changes that each of them shows.

Sphinx writes the pages that were read again.  A page that was added, renamed or moved
would be missing in the side bars of all others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata


def navigation(env: BuildEnvironment) -> dict[str, tuple[str, list[str]]]:
    """Return for each page its title and the pages in its tables of contents."""
    return {
        name: (title.astext(), env.toctree_includes.get(name, []))
        for name, title in env.titles.items()
    }


def pages_to_write(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return all pages if the navigation is not that of the build before."""
    before = getattr(env, "module_state_navigation", None)
    env.module_state_navigation = navigation(env)
    return [] if before == env.module_state_navigation else list(env.found_docs)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Compare once all changed pages have been read."""
    app.connect("env-updated", pages_to_write)
    return {
        "env_version": 1,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
