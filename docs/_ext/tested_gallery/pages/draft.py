"""Run one page of the gallery and leave the others as they were: ``make draft``.

The setting ``draft`` names the page, ``group/page``.  A page that never ran is run too,
since the site is built of all.
"""

import re

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from tested_gallery.pages import page_texts
from tested_gallery.pages.page_texts import Page


def pages(app: Sphinx) -> list[Page]:
    """Return the pages that a build is about, as long as none has run."""
    return [
        page
        for page in page_texts.pages(app.confdir)
        if app.config.draft in ("", page.name) or not page.generated.exists()
    ]


def leave_others(app: Sphinx) -> None:
    """Let sphinx-gallery see the scripts of these pages and no others."""
    settings, wanted = app.config.sphinx_gallery_conf, pages(app)
    for page in page_texts.pages(app.confdir):
        if page not in wanted:
            settings["ignore_pattern"] += rf"|(^|[\\/]){re.escape(page.script.name)}$"


def read_again(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], _: set[str]
) -> list[str]:
    """Read the page again each time, and so tell each time what is wrong with it.

    Of other pages of the gallery nothing is told: Sphinx reads what is left in
    ``changed``.
    """
    if not app.config.draft:
        return []
    changed.difference_update(page_texts.named(app.confdir))
    return [f"gallery/{app.config.draft}"]


def setup(app: Sphinx) -> None:
    """Come before sphinx-gallery runs (priority 500)."""
    app.add_config_value("draft", "", "", str)
    app.connect("builder-inited", leave_others, priority=460)
    app.connect("env-get-outdated", read_again)
