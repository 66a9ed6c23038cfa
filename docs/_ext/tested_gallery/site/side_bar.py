"""Give each page the tree of pages, for ``sidebar/navigation.html`` to draw.

From the tree come also the way to the page, above its title, and the names of the
groups at the links to the page before and the next.

Sphinx and Furo draw the whole tree anew for each page, which takes most of the time
that it takes to write one.  On a site of more pages than the setting
``side_bar_pages`` only the branch of the page unfolds: a tree in each page would be
longer than the page.
"""

import functools
from typing import NamedTuple

from sphinx.application import Sphinx

from tested_gallery import Context, Doctree

GROUPED = 2  # a page stands in a group, which stands in the gallery


class Entry(NamedTuple):
    """A page in the tree: its name, its title as HTML and as text, what is below it."""

    name: str
    title: str
    text: str
    below: "list[Entry]"


@functools.cache
def tree(app: Sphinx, root: str) -> list[Entry]:
    """Return the tree of all pages below one."""
    below, html = app.env.toctree_includes.get(root, []), app.builder.render_partial
    titles = {page: app.env.titles[page] for page in below}
    return [
        Entry(page, html(title)["title"], title.astext(), tree(app, page))
        for page, title in titles.items()
    ]


def branch(entries: list[Entry], page: str) -> list[Entry]:
    """Return the entries from the root of the tree down to ``page``.

    >>> found = branch([Entry("a", "", "", [Entry("b", "", "", [])])], "b")
    >>> [entry.name for entry in found]
    ['a', 'b']
    """
    for entry in entries:
        below = branch(entry.below, page)
        if below or entry.name == page:
            return [entry, *below]
    return []


def add_tree(app: Sphinx, page: str, _: str, context: Context, __: Doctree) -> None:
    """Give the template the tree, and Furo none to draw."""
    context["toctree"] = lambda **options: ""
    context["tree"] = all_pages = tree(app, app.config.root_doc)
    way = branch(all_pages, page)
    context["branch"] = [entry.name for entry in way]
    context["above"] = way[:-1]
    if len(way) > GROUPED:
        among = way[-2].below
        context["place"] = among.index(way[-1]) + 1, len(among)
    _parent, *beside = app.builder.relations.get(page, [None])
    for side, other in zip(("prev", "next"), beside, strict=False):
        if len(way := branch(all_pages, other)) > GROUPED:
            group = f'<span class="of-group">{way[-2].title}</span>'
            context[side]["title"] = f"{group} {context[side]['title']}"
    context["whole"] = len(app.env.found_docs) <= app.config.side_bar_pages


def setup(app: Sphinx) -> None:
    """Add the setting; come before Furo (priority 500)."""
    app.add_config_value("side_bar_pages", 200, "html", int)
    app.connect("html-page-context", add_tree, priority=400)
