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
from tested_gallery.pages import page_texts


def note(app: Sphinx, doctree: nodes.document) -> None:
    """Note the first paragraph of a page that was read: Sphinx forgets it in time."""
    if first := next(doctree.findall(nodes.paragraph), None):
        app.env.metadata[app.env.docname]["summary"] = inline(first)


def summary(env: BuildEnvironment, docname: str) -> list[nodes.Node]:
    """Return the first paragraph of a page, empty if it has none."""
    return env.metadata[docname].get("summary", [])


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
    found = "".join(node.astext() for node in summary(env, docname))
    return " ".join(found.split())


def picture_of(app: Sphinx, docname: str) -> tuple[str, str, tuple[int, int]] | None:
    """Return the picture of a page: its own, or that of the gallery's first page."""
    first = f"gallery/{page_texts.pages(app.confdir)[0].name}"
    event = "gallery-page-picture"
    return app.emit_firstresult(event, docname) or app.emit_firstresult(event, first)


def add_to_context(
    app: Sphinx, pagename: str, templatename: str, context: Context, doctree: Doctree
) -> None:
    """Give ``page.html`` what it tells of a page."""
    if doctree is None:
        return
    language = app.config.language
    context["summary"] = text(app.env, pagename)
    context["locale"] = tag(language).replace("-", "_")
    base = app.config.html_baseurl.rstrip("/")
    if base and (picture := picture_of(app, pagename)):
        address, _, context["picture_size"] = picture
        context["picture"] = f"{base}/{folder(language)}/{address}"


def setup(app: Sphinx) -> None:
    """Collect while pages are read; tell when they are written."""
    app.connect("doctree-read", note)
    app.connect("html-page-context", add_to_context)
