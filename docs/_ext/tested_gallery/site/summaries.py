"""Sum up each page: its first paragraph, for cards and for those who only see a link.

Search engines and previews of links get it as the page's description, with the page's
title, language and picture, by the tags that ``page.html`` writes;
addresses must be absolute there, so picture and address need ``html_baseurl``.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from tested_gallery import Context, Doctree
from tested_gallery.languages.language_switch import folder, tag


def note(app: Sphinx, doctree: nodes.document) -> None:
    """Note the first paragraph of a page, empty if it has none, for later."""
    first = next(map(inline, doctree.findall(nodes.paragraph)), [])
    app.env.metadata[app.env.docname]["summary"] = nodes.paragraph("", "", *first)


def inline(node: nodes.Element) -> list[nodes.Node]:
    """Return the text of a title or paragraph, with its code and without its links.

    >>> code = nodes.literal("", "to")
    >>> inline(nodes.paragraph("", "", code, nodes.emphasis("", "moves")))
    [<literal: <#text: 'to'>>, <#text: 'moves'>]
    """
    return [
        child.deepcopy() if isinstance(child, nodes.literal) else nodes.Text(text)
        for child in node.children
        if (text := child.astext())
    ]


def text(env: BuildEnvironment, docname: str) -> str:
    """Return the summary of a page as text."""
    return " ".join(env.metadata[docname]["summary"].astext().split())


def tell(app: Sphinx, page: str, _: str, context: Context, doctree: Doctree) -> None:
    """Give ``page.html`` what it tells of a page."""
    if doctree is None:
        return
    language = app.config.language
    context["summary"] = text(app.env, page)
    context["locale"] = tag(language).replace("-", "_")
    if base := app.config.html_baseurl.rstrip("/"):
        context["picture"] = f"{base}/{folder(language)}/_static/preview.png"


def setup(app: Sphinx) -> None:
    """Collect while pages are read; tell when they are written."""
    app.connect("doctree-read", note)
    app.connect("html-page-context", tell)
