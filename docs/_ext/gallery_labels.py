"""Give sphinx-gallery's download links labels in the page's language.

sphinx-gallery writes its labels into each generated page, where every catalog
would have to repeat them.  They are taken out here, before the page's messages are
looked at, and put back from the site's labels (``sphinx.po``).
"""

from __future__ import annotations

from pathlib import PurePosixPath

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.transforms import SphinxTransform
from sphinx.util.typing import ExtensionMetadata


def label(suffix: str) -> str:
    """Return what a download link says, by its file's suffix."""
    return {
        ".py": _("Download as a Python script"),
        ".ipynb": _("Download as a Jupyter notebook"),
        ".zip": _("Download both, zipped"),
    }[suffix]


class GalleryLabels(SphinxTransform):
    """Take out the note above a page; relabel the links below it."""

    default_priority = 15  # before Sphinx looks for messages (20)

    def apply(self, **kwargs: object) -> None:
        """Change the document in place."""
        for node in list(self.document.findall(addnodes.only)):
            if any(has_class(n, "download-link-note") for n in node.children):
                node.parent.remove(node)
        for node in self.document.findall(nodes.container):
            if has_class(node, "download"):
                relabel(node)


def has_class(node: nodes.Node, name: str) -> bool:
    """Return whether a node has one of sphinx-gallery's classes."""
    classes = node.get("classes", []) if isinstance(node, nodes.Element) else []
    return f"sphx-glr-{name}" in classes


def relabel(container: nodes.container) -> None:
    """Replace the text of the download link in ``container``."""
    for paragraph in container.findall(nodes.paragraph):
        paragraph["translatable"] = False
    for link in container.findall(addnodes.download_reference):
        text = label(PurePosixPath(link["reftarget"]).suffix)
        link.children = []
        link += nodes.inline(text, text)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the transform."""
    app.add_transform(GalleryLabels)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
