"""Tell on the about page which commit the site shows, and when it was built.

No other page knows them, so that a commit alone changes no page.  What a gallery page
ran with is its own: see `run_record`.
"""

import subprocess
from functools import partial
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
    git = partial(subprocess.check_output, cwd=root, text=True, stderr=subprocess.PIPE)
    try:
        commit = git(["git", "rev-parse", "HEAD"]).strip()
        commit += "+" if git(["git", "status", "--porcelain"]) else ""
    except (OSError, subprocess.CalledProcessError):
        commit = None
    return {"commit": commit, "date": run_record.today()}


def renew(app: Sphinx, env: BuildEnvironment, *changed: set[str]) -> list[str]:
    """Name the about page outdated when what it tells has changed."""
    now = of_build(Path(app.confdir))
    shown = getattr(env, "provenance_shown", None)
    env.provenance_shown = now
    return [PAGE] if PAGE in env.found_docs and now != shown else []


def add_build(app: Sphinx, page: str, _: str, context: Context, __: Doctree) -> None:
    """Give the template commit and date."""
    if page == PAGE:
        context["build"] = app.env.provenance_shown


def setup(app: Sphinx) -> None:
    """Renew the about page where it must be."""
    app.connect("env-get-outdated", renew)
    app.connect("html-page-context", add_build)
