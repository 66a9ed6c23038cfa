"""Draw the side bar's tree of pages once, and mark the current page in it.

Sphinx and Furo draw the whole tree for each page, which takes most of the time that it
takes to write a page, and the square of it with the number of pages.  Here they draw
it once; for each page its links are made relative and its branch is opened.

On a site of more than ``MOST`` pages only the branch of the page unfolds: a tree in
each page would be longer than the page.
"""

from __future__ import annotations

import functools
import posixpath
from typing import TYPE_CHECKING, Any, NamedTuple

from bs4 import BeautifulSoup, Tag
from furo.navigation import get_navigation_tree
from sphinx.environment.adapters.toctree import global_toctree_for_doc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

MOST = 200  # pages


class Entry(NamedTuple):
    """A page in the tree: its address, seen from the root, and what Furo drew."""

    address: str
    classes: str  # of the list item
    kind: str  # the classes of the link: of this site, or not
    link: str
    fold: str  # what folds the entries below it, "" if there are none
    below: list[Entry]


Part = list[Entry] | str  # of the tree: a list of pages, or what stands between two
Branch = tuple[str, frozenset[str]]


def parts(tree: str) -> list[Part]:
    """Return the parts of a tree as Furo drew it.

    >>> parts('<ul><li class="l1"><a class="k" href="a.html">A</a></li></ul>')
    [[Entry(address='a.html', classes='l1', kind='k', link='A', fold='', below=[])]]
    """
    soup = BeautifulSoup(tree, "html.parser")
    return [
        entries(part) if isinstance(part, Tag) and part.name == "ul" else str(part)
        for part in soup.children
    ]


def entries(listed: Tag) -> list[Entry]:
    """Return the entries of a list."""
    found = []
    for item in listed.find_all("li", recursive=False):
        below = item.find("ul", recursive=False)
        link = item.a.extract()
        inner = entries(below.extract()) if below else []
        found.append(
            Entry(
                link["href"],
                " ".join(item["class"]),
                " ".join(link["class"]),
                link.decode_contents(),
                item.decode_contents().strip(),
                inner,
            )
        )
    return found


def branches(found: list[Entry], above: frozenset[str]) -> Iterator[Branch]:
    """Yield the address of each page with those of its branch, down to itself."""
    for entry in found:
        branch = above | {entry.address}
        yield entry.address, branch
        yield from branches(entry.below, branch)


def relative(address: str, folder: str) -> str:
    """Return the address of a page as seen from ``folder``.

    >>> relative("gallery/index.html", "gallery/start"), relative("a.html", "")
    ('../index.html', 'a.html')
    """
    return address if ":" in address else posixpath.relpath(address, folder or ".")


def closed(entry: Entry, folder: str, whole: bool) -> str:
    """Return the list item of a page outside of the current page's branch."""
    classes, fold, below = entry.classes, entry.fold, ""
    if not whole:
        classes, fold = classes.removesuffix(" has-children"), ""
    elif entry.below:
        below = "".join(closed(inner, folder, whole) for inner in entry.below)
        below = f"<ul>{below}</ul>"
    link = f'<a class="{entry.kind}" href="{relative(entry.address, folder)}">'
    return f'<li class="{classes}">{link}{entry.link}</a>{fold}{below}</li>'


class SideBar:
    """The tree of a site, to be drawn for one page after the other."""

    def __init__(self, tree: str) -> None:
        """Take the tree as Furo drew it, with links as seen from the root."""
        self.parts = parts(tree)
        lists = [part for part in self.parts if not isinstance(part, str)]
        self.branches = {
            address: branch
            for found in lists
            for address, branch in branches(found, frozenset())
        }
        self.whole = len(self.branches) <= MOST
        self.folder = ""
        self.closed: dict[str, str] = {}  # items seen from the folder, by address

    def drawn(self, page: str) -> str:
        """Return the tree for the page at an address."""
        if (folder := posixpath.dirname(page)) != self.folder:
            self.folder, self.closed = folder, {}
        branch = self.branches.get(page, frozenset())
        return "\n".join(
            part if isinstance(part, str) else self.opened(part, page, branch)
            for part in self.parts
        )

    def opened(self, found: list[Entry], page: str, branch: frozenset[str]) -> str:
        """Return a list of pages, unfolded along the branch of ``page``."""
        items = "\n".join(self.item(entry, page, branch) for entry in found)
        on_it = any(entry.address in branch for entry in found)
        mark = ' class="current"' if on_it else ""
        return f"<ul{mark}>\n{items}\n</ul>"

    def item(self, entry: Entry, page: str, branch: frozenset[str]) -> str:
        """Return the list item of a page; what is closed is drawn once a folder."""
        if entry.address not in branch:
            if entry.address not in self.closed:
                self.closed[entry.address] = closed(entry, self.folder, self.whole)
            return self.closed[entry.address]
        here = entry.address == page
        address = "#" if here else relative(entry.address, self.folder)
        return (
            f'<li class="{entry.classes} current{" current-page" if here else ""}">'
            f'<a class="{entry.kind}{" current" if here else ""}" '
            f'href="{address}">{entry.link}</a>'
            + entry.fold.replace("<input ", '<input checked="" ')
            + (self.opened(entry.below, page, branch) if entry.below else "")
            + "</li>"
        )


@functools.lru_cache(maxsize=1)
def side_bar(app: Sphinx) -> SideBar:
    """Return the side bar of the site, drawn by Sphinx and Furo."""
    tree = global_toctree_for_doc(
        app.env,
        app.config.root_doc,
        app.builder,
        tags=app.tags,
        collapse=False,
        includehidden=True,
        maxdepth=-1,
        titles_only=True,
    )
    html = app.builder.render_partial(tree)["fragment"] if tree else ""
    return SideBar(get_navigation_tree(html))


def leave_out(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Give Furo no tree to draw."""
    context["toctree"] = lambda **options: ""


def add(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Give the template the side bar."""
    address = app.builder.get_target_uri(pagename)
    context["furo_navigation_tree"] = side_bar(app).drawn(address)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Come before and after Furo (priority 500)."""
    app.connect("html-page-context", leave_out, priority=400)
    app.connect("html-page-context", add, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
