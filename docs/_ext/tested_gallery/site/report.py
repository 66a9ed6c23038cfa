"""Lead from each page to a report of a fault on it, where ``repository`` is set.

The form ``.github/ISSUE_TEMPLATE/wrong.yml`` is filled with the page; ``place.js`` adds
the address and the cell at which one reads.
"""

from urllib.parse import urlencode

from sphinx.application import Sphinx

from tested_gallery import Context, Doctree


def address(repository: str, page: str) -> str:
    """Return where a fault of a page is reported.

    >>> address("owner/name", "zh_CN/about")
    'https://github.com/owner/name/issues/new?template=wrong.yml&page=zh_CN%2Fabout'
    """
    fields = urlencode({"template": "wrong.yml", "page": page})
    return f"https://github.com/{repository}/issues/new?{fields}"


def offer(app: Sphinx, page: str, _: str, context: Context, doctree: Doctree) -> None:
    """Tell the template where a fault of the page is reported."""
    if app.config.repository and doctree:
        place = f"{app.config.language}/{page}"
        context["report"] = address(app.config.repository, place)


def setup(app: Sphinx) -> None:
    """Add the link."""
    app.connect("html-page-context", offer)
