"""Put the labels that come from templates and themes into the page's language.

They are translated by ``docs/locale/<language>/LC_MESSAGES/sphinx.po``, which is
kept by hand: Furo's labels and our own.  ``page.html`` reaches those that Furo has in
English only.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sphinx.locale import _

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.config import Config


def note_catalog(app: Sphinx, config: Config) -> None:
    """Make the catalog a setting: Sphinx itself rebuilds nothing when it changes."""
    catalog = app.srcdir / "locale" / config.language / "LC_MESSAGES/sphinx.po"
    if catalog.exists():
        config.labels_digest = hashlib.sha256(catalog.read_bytes()).hexdigest()


def translate_names(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Translate what comes from ``conf.py``: the site's and its authors' name."""
    context["docstitle"] = _(app.config.html_title)
    context["copyright"] = _(app.config.copyright)


def setup(app: Sphinx) -> None:
    """Watch the catalog; translate the names on each page."""
    app.add_config_value("labels_digest", "", "env", str)
    app.connect("config-inited", note_catalog)
    app.connect("html-page-context", translate_names)
