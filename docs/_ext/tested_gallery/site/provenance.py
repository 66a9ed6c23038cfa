"""Tell on the about page which commit the site shows, and when it was built.

No other page knows them, so that a commit alone changes no page.  What a gallery page
ran with is its own: see `run_record`.
"""

import subprocess
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from tested_gallery import Context, Doctree
from tested_gallery.pages import run_record

PAGE = "about"


def of_build(root: Path) -> dict[str, str | None]:
    """Return the commit in ``root`` and today's date.

    The commit is ``None`` outside of a git checkout, and ends in "+" if files differ
    from it.
    """
    return {"commit": commit(root), "date": run_record.today()}


def commit(root: Path) -> str | None:
    """Return the commit that is checked out in ``root``."""
    head = git(root, "rev-parse", "HEAD")
    if head is None:
        return None
    return head + ("+" if git(root, "status", "--porcelain") else "")


def git(root: Path, *words: str) -> str | None:
    """Return what a git command prints, ``None`` if there is no git here."""
    try:
        done = subprocess.run(
            ["git", *words], cwd=root, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def renew(app: Sphinx, env: BuildEnvironment, *changed: set[str]) -> list[str]:
    """Name the about page outdated when what it tells has changed."""
    now = of_build(Path(app.confdir))
    shown = getattr(env, "provenance_shown", None)
    env.provenance_shown = now
    return [PAGE] if PAGE in env.found_docs and now != shown else []


def add_to_context(
    app: Sphinx, pagename: str, templatename: str, context: Context, doctree: Doctree
) -> None:
    """Give the template commit and date."""
    if pagename == PAGE:
        context["build"] = app.env.provenance_shown


def setup(app: Sphinx) -> None:
    """Renew the about page where it must be."""
    app.connect("env-get-outdated", renew)
    app.connect("html-page-context", add_to_context)
