"""Say from which release of torch on a fact holds.

On a page, below the label of the fact, with what came then, if it has a name:

    .. since:: 2.5 nn.Buffer

The badge links to the release, label ``torch-2.5``, on the page of what changed when.
"""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.util.docutils import SphinxDirective

from tested_gallery.languages.untranslated import link, paragraph

RELEASE = re.compile(r"\d+\.\d+")


class Since(SphinxDirective):
    """A badge with a release of torch, and the name of what it brought."""

    required_arguments = 1
    optional_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return the badge: data and a label, nothing that a catalog translates."""
        release, *names = self.arguments
        if not RELEASE.fullmatch(release):
            raise self.error(f"not a release of torch: {release!r} (expected 2.5)")
        text = _("Since torch %(release)s") % {"release": release}
        brought = [part for n in names for part in (" ", nodes.literal(n, n))]
        badge = link("ref", f"torch-{release}", text)
        return [paragraph(badge, *brought, classes=["since"])]


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("since", Since)
