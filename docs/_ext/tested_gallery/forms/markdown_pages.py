"""Publish each page as Markdown too: ``<page>.md`` beside ``<page>.html``.

It holds what the page shows, in the page's language: text, code, outputs, panels.  Its
links lead to the other Markdown pages.  `markdown_page` names it for whoever lists it.
"""

import posixpath
from functools import partial

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.locale import _

from tested_gallery import Context, Doctree
from tested_gallery.forms.markdown import Markdown


def site_path(page: str, node: nodes.Element) -> str | None:
    """Return where a link or an image on ``page`` leads, ``None`` if out of the site.

    The path is one in the folder of the page's language.

    >>> there = nodes.reference(internal=True, refuri="../moving/b.html#move1")
    >>> site_path("gallery/start/a", there)
    'gallery/moving/b.html#move1'
    >>> site_path("gallery/start/a", nodes.reference(internal=True, refid="reg1"))
    'gallery/start/a.html#reg1'
    >>> site_path("a", nodes.reference(refuri="https://example.org"))
    """
    if isinstance(node, addnodes.download_reference):
        return f"_downloads/{node['filename']}"  # where Sphinx puts it
    if isinstance(node, nodes.reference) and not node.get("internal"):
        return None
    if "refid" in node:
        return f"{page}.html#{node['refid']}"
    # a broken link, which was reported, leads to nothing
    to = node["uri"] if isinstance(node, nodes.image) else node.get("refuri", "")
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), to))


def address_in_markdown(page: str, node: nodes.Element) -> str:
    """Return where a link or an image leads, as seen from the Markdown of ``page``.

    >>> there = nodes.reference(internal=True, refuri="../moving/b.html#move1")
    >>> address_in_markdown("gallery/start/a", there)
    '../moving/b.md#move1'
    >>> here = nodes.reference(internal=True, refid="reg1")
    >>> address_in_markdown("gallery/start/a", here)
    '#reg1'
    """
    path = site_path(page, node)
    if path is None:
        return node.get("refuri", "")
    name, hash_, anchor = path.partition("#")
    if name == f"{page}.html" and anchor:
        return f"#{anchor}"
    if name.endswith(".html"):
        name = f"{name.removesuffix('.html')}.md"
    return posixpath.relpath(name, posixpath.dirname(page)) + hash_ + anchor


def write(app: Sphinx, page: str, __: str, context: Context, doctree: Doctree) -> None:
    """Write the Markdown of a page when its HTML is written, and link to it there."""
    if doctree is None:
        return
    writer = Markdown(partial(address_in_markdown, page), anchors=True)
    text = writer.text([doctree])
    if run := context.get("run"):  # as `page.html` says it
        words = _(
            "Executed on %(date)s with torch %(torch)s and Python %(python)s "
            "on %(device)s"
        )
        text += "\n\n" + words % {**run, "date": run["executed"]}
    path = app.outdir / f"{page}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n", "utf-8")
    context["markdown"] = path.name


def setup(app: Sphinx) -> None:
    """Come after `run_record` has given the template what a page ran with."""
    app.connect("html-page-context", write, priority=600)
