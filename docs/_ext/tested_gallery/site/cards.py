"""Show the pages of the gallery as cards: ``.. gallery-cards::``.

A card is a link with the page's title, its first sentence and its picture, in the
language of the page; the picture is drawn by a room that answers the event
``gallery-page-picture``.  The directive shows the pages in the tables of contents of
the page that it stands on, or of the one that it names:

    .. gallery-cards:: gallery/start/index

What is no page of the gallery is a group, under a head, with its own pages as cards;
with the option ``:groups:`` a line a group, its title and its first paragraph.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tested_gallery.pages import page_texts
from tested_gallery.pages.page_parts import html
from tested_gallery.site import summaries


class cards(nodes.General, nodes.Element):
    """Where cards are drawn once all pages have been read."""


class GalleryCards(SphinxDirective):
    """The cards of a page's table of contents."""

    optional_arguments = 1
    option_spec: ClassVar = {"groups": directives.flag}

    def run(self) -> list[nodes.Node]:
        """Return the place of the cards."""
        of = self.arguments[0] if self.arguments else self.env.docname
        docs, folder = Path(self.env.srcdir), Path(of).parent
        catalogs = docs / f"locale/{self.config.language}/LC_MESSAGES" / folder
        for path in (*(docs / folder).rglob("*.rst"), *catalogs.rglob("*.mo")):
            self.env.note_dependency(path)
        return [cards(of=of, groups="groups" in self.options)]


def draw(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the cards into their places."""
    for place in list(doctree.findall(cards)):
        draws = group_list if place["groups"] else drawn
        place.replace_self(list(draws(app, docname, place["of"])))


def group_list(app: Sphinx, docname: str, of: str) -> Iterator[nodes.Node]:
    """Yield a list of the groups below ``of``, a line each."""
    items = nodes.bullet_list("", classes=["groups"])
    for group in app.env.toctree_includes.get(of, []):
        first = nodes.paragraph("", "", link(app, docname, group))
        items += nodes.list_item("", first, *sentence(app, group))
    yield items


def drawn(app: Sphinx, docname: str, of: str) -> Iterator[nodes.Node]:
    """Yield the cards of the pages below ``of``, the groups among them with heads."""
    below = app.env.toctree_includes.get(of, [])
    pages = [name for name in below if page_texts.called(name, app.confdir)]
    if pages:
        items = [card(app, docname, name) for name in pages]
        yield nodes.bullet_list("", *items, classes=["cards"])
    for group in (name for name in below if name not in pages):
        yield nodes.section(
            "",
            nodes.title("", "", link(app, docname, group)),
            *sentence(app, group),
            *drawn(app, docname, group),
            ids=[group.split("/")[-2]],
        )


def card(app: Sphinx, docname: str, page: str) -> nodes.list_item:
    """Return the card of a page."""
    title = nodes.paragraph("", "", link(app, docname, page), classes=["card-title"])
    return nodes.list_item("", *picture(app, page), title, *sentence(app, page))


def link(app: Sphinx, docname: str, page: str) -> nodes.reference:
    """Return a link to a page, by its title."""
    address = app.builder.get_relative_uri(docname, page)
    title = summaries.inline(app.env.titles[page])
    return nodes.reference("", "", *title, internal=True, refuri=address)


def sentence(app: Sphinx, page: str) -> list[nodes.paragraph]:
    """Return the first paragraph of a page, if it has one."""
    found = app.env.metadata[page]["summary"]
    return [found.deepcopy()] if found.children else []


def picture(app: Sphinx, name: str) -> list[nodes.Node]:
    """Return the picture of the page ``name``, if a room draws one."""
    found = app.emit_firstresult("gallery-page-picture", name)
    return [html(found)] if found else []


def setup(app: Sphinx) -> None:
    """Add the directive, and draw when all titles are known."""
    app.add_node(cards)
    app.add_directive("gallery-cards", GalleryCards)
    app.connect("doctree-resolved", draw)
