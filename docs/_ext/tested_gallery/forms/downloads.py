"""Offer each gallery page to take along, in the reader's language.

Beside ``gallery/<group>/<page>.html`` lie ``<page>.ipynb``, ``<page>.py`` and, with
both and with the files that the page runs (``_<worker>.py``), ``<page>.zip``.
"""

import shutil
from functools import partial
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from tested_gallery import Context, Doctree
from tested_gallery.forms import notebooks, zips
from tested_gallery.forms.cells import notebook_cells
from tested_gallery.forms.markdown import Markdown
from tested_gallery.forms.markdown_pages import site_path
from tested_gallery.languages.language_switch import folder
from tested_gallery.pages import page_texts, run_record
from tested_gallery.pages.page_texts import Page

# The classes of sphinx-gallery's note and links about downloads.
OTHERS = {"sphx-glr-download-link-note", "sphx-glr-footer"}


class WithoutOthers(SphinxTransform):
    """Take sphinx-gallery's links out of a page: English labels, English prose.

    It also puts an empty line below a page that ends in code.
    """

    default_priority = 15  # before Sphinx looks for messages (20)

    def apply(self, **kwargs: object) -> None:
        """Change the document in place."""
        for node in list(self.document.findall(addnodes.only)):
            if any(OTHERS.intersection(part["classes"]) for part in node.children):
                node.parent.remove(node)
        for node in list(self.document.findall(nodes.line_block)):
            if not node.astext().strip():
                node.parent.remove(node)


def address_in_download(
    base: str, language: str, page: str, node: nodes.Element
) -> str | None:
    """Return where a link in a download leads: it cannot know where the site lies.

    ``base`` is the site's address; without one a link inside the site is only text.

    >>> there = nodes.reference(internal=True, refuri="b.html#move1")
    >>> address_in_download("https://example.org/", "zh_CN", "gallery/moving/a", there)
    'https://example.org/zh-cn/gallery/moving/b.html#move1'
    >>> address_in_download("", "en", "gallery/moving/a", there)
    >>> address_in_download("", "en", "a", nodes.reference(refuri="https://pytorch.org"))
    'https://pytorch.org'
    """
    if isinstance(node, nodes.image):
        return None  # the code draws it, the notebook holds it as an output
    path = site_path(page, node)
    if path is None:
        return node.get("refuri", "")
    return f"{base.rstrip('/')}/{folder(language)}/{path}" if base else None


def offer(app: Sphinx, name: str, _: str, context: Context, doctree: Doctree) -> None:
    """Write what one takes of a page, and a zip of it; tell the template."""
    page = page_texts.called(name, app.confdir)
    if page is None:
        return
    found = files(app, page)
    notebook, script, *workers = found
    script.parent.mkdir(parents=True, exist_ok=True)
    site = app.config.html_baseurl, app.config.language, name
    write = Markdown(partial(address_in_download, *site)).text
    cells, figures = notebook_cells(page, doctree), page.generated.parent / "images"
    notebook.write_text(notebooks.notebook(cells, write, figures), "utf-8")
    script.write_text(notebooks.script(cells, write), "utf-8")
    for worker in workers:
        shutil.copyfile(page.script.with_name(worker.name), worker)
    members = {path.name: path.read_bytes() for path in found}
    zips.write(script.with_suffix(".zip"), members)
    names = [worker.name for worker in workers]
    context["downloads"] = {"name": script.stem, "workers": names}


def files(app: Sphinx, page: Page) -> list[Path]:
    """Return what one takes of a page: notebook, script, the files that they run."""
    where = Path(app.outdir, "gallery", page.name)
    workers = [where.parent / path.name for path in run_record.workers(page.script)]
    return [where.with_suffix(".ipynb"), where.with_suffix(".py"), *workers]


def setup(app: Sphinx) -> None:
    """Write the downloads of a page together with the page."""
    app.add_transform(WithoutOthers)
    app.connect("html-page-context", offer)
