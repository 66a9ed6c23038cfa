"""Show the pages of the gallery as cards: ``.. gallery-cards::``.

A card is a link with the page's title, its first sentence and its picture
(`page_picture`), in the language of the page.  The directive shows the pages in the
tables of contents of the page that it stands on, or of the one that it names:

    .. gallery-cards:: gallery/start/index

What is no page of the gallery is a group, under a head, with its own pages as cards.
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.locale import _
from sphinx.util.docutils import SphinxDirective

import gallery_script
import page_picture
import page_summary
import state_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

    from gallery_script import Page
    from page_picture import Happening, Line


class cards(nodes.General, nodes.Element):
    """Where cards are drawn once all pages have been read."""


class GalleryCards(SphinxDirective):
    """The cards of a page's table of contents."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the place of the cards."""
        of = self.arguments[0] if self.arguments else self.env.docname
        for path in sources(Path(self.env.srcdir), of, self.config.language):
            self.env.note_dependency(path)
        return [cards(of=of)]


def sources(docs: Path, of: str, language: str) -> Iterator[Path]:
    """Yield the files that shape the cards of ``of``: pages and their catalogs."""
    folder = Path(of).parent
    yield from (docs / folder).rglob("*.rst")
    yield from (docs / "locale" / language / "LC_MESSAGES" / folder).rglob("*.mo")


def draw(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the cards into their places."""
    for place in list(doctree.findall(cards)):
        place.replace_self(list(drawn(app, docname, place["of"])))


def drawn(app: Sphinx, docname: str, of: str) -> Iterator[nodes.Node]:
    """Yield the cards of the pages below ``of``, the groups among them with heads."""
    below = app.env.toctree_includes.get(of, [])
    pages = {name: gallery_script.called(name, app.confdir) for name in below}
    if any(pages.values()):
        yield card_list(app, docname, {name: p for name, p in pages.items() if p})
    for group in (name for name, page in pages.items() if page is None):
        name = group.split("/")[-2]
        yield nodes.section(
            "",
            nodes.title("", "", link(app, docname, group)),
            *sentence(app, group),
            *drawn(app, docname, group),
            ids=[name],
        )


def card_list(app: Sphinx, docname: str, pages: dict[str, Page]) -> nodes.bullet_list:
    """Return a list of cards."""
    items = [
        nodes.list_item(
            "",
            picture(docname, name, page),
            nodes.paragraph("", "", link(app, docname, name), classes=["card-title"]),
            *sentence(app, name),
        )
        for name, page in pages.items()
    ]
    return nodes.bullet_list("", *items, classes=["cards"])


def link(app: Sphinx, docname: str, page: str) -> nodes.reference:
    """Return a link to a page, by its title."""
    address = app.builder.get_relative_uri(docname, page)
    title = page_summary.inline(app.env.titles[page])
    return nodes.reference("", "", *title, internal=True, refuri=address)


def sentence(app: Sphinx, page: str) -> list[nodes.paragraph]:
    """Return the first paragraph of a page, if it has one."""
    found = [node.deepcopy() for node in page_summary.summaries(app.env).get(page, [])]
    return [nodes.paragraph("", "", *found)] if found else []


def picture(docname: str, name: str, page: Page) -> nodes.raw:
    """Return the picture of a page, which Sphinx calls ``name``."""
    source = "../" * docname.count("/") + page_picture.address(name)
    width, height = (pixels // 2 for pixels in page_picture.SIZE)
    what = page_picture.happening(gallery_script.captured(page))
    text = html.escape(alternative(what))
    tag = (
        f'<img src="{source}" alt="{text}" width="{width}" height="{height}" '
        'loading="lazy">'
    )
    return nodes.raw("", tag, format="html")


def alternative(what: Happening | None) -> str:
    """Return what a picture shows, in words.

    >>> from page_picture import Happening, Line
    >>> alternative(Happening("m: M", [Line("B", "mean", "→∗"), Line("P", "bias", "")]))
    'buffer mean: changed, other values; parameter bias'
    """
    if what is None:
        return _("the results of the table, as a grid")
    return _("; ").join(words(line) for line in page_picture.chosen(what.lines))


def words(line: Line) -> str:
    """Return the row of a picture in words.

    >>> from page_picture import Line
    >>> words(Line("-", "-", "!"))  # a module that cannot be looked at
    '-: cannot be looked at'
    """
    tensor = f"{state_table.kinds().get(line.kind, '')} {line.name}".strip()
    if not line.signs:
        return tensor
    signs = page_picture.SIGNS
    said = {signs.get(mark, mark): text for mark, text in state_table.marks().items()}
    said["→"] = _("changed")
    changes = _(", ").join(said[sign].rstrip(":：") for sign in line.signs)
    return _("%(tensor)s: %(changes)s") % {"tensor": tensor, "changes": changes}


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the directive, and draw when all titles are known."""
    app.add_node(cards)
    app.add_directive("gallery-cards", GalleryCards)
    app.connect("doctree-resolved", draw)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
