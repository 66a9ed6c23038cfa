"""Put the labels that come from templates and themes into the page's language.

They are translated by ``docs/locale/<language>/LC_MESSAGES/sphinx.po``, which is
kept by hand: Furo's labels and our own.  ``page.html`` reaches those that Furo has in
English only.
"""

from sphinx.application import Sphinx
from sphinx.locale import _

import tested_gallery
from tested_gallery import Context, Doctree


def translate_names(
    app: Sphinx, pagename: str, templatename: str, context: Context, doctree: Doctree
) -> None:
    """Translate what comes from ``conf.py``: the site's and its authors' name."""
    context["docstitle"] = _(app.config.html_title)
    context["copyright"] = _(app.config.copyright)


def setup(app: Sphinx) -> None:
    """Watch the catalog; translate the names on each page."""
    name = "locale/{}/LC_MESSAGES/sphinx.po".format
    tested_gallery.depend_on(
        app, "labels_digest", lambda config: [app.srcdir / name(config.language)]
    )
    app.connect("html-page-context", translate_names)
