"""Save the figures that a page draws, for the page's text to show.

A cell draws with matplotlib; the next text cell shows the page's first figure, with
alternative text that is translated as all text is:

    # .. figure:: images/sphx_glr_<page>_001.svg
    #    :alt: What is to be seen.

They look as ``matplotlibrc`` says, which matplotlib reads when a page imports it.
"""

import logging
import os
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging as sphinx_logging

from tested_gallery.pages import boundary, gallery_settings, page_texts, run_record

logger = sphinx_logging.getLogger(__name__)

DRAWN = "drawn: "  # begins the comment at which a figure was drawn
MOST = 500_000  # bytes of a figure, which each language has

os.environ["MATPLOTLIBRC"] = str(Path(__file__).with_name("matplotlibrc"))

# Where no cache of fonts is yet, matplotlib makes one and says so in the page's output.
logging.getLogger("matplotlib.font_manager").addFilter(
    lambda record: "font cache" not in record.msg
)


def reset(*_: object) -> None:
    """Close what is open and set the site's style, if a page imported matplotlib."""
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
    if mpl := sys.modules.get("matplotlib"):
        mpl.rc_file_defaults()
        mpl.use("agg")  # of the defaults this alone stays as it is


def save(block: object, variables: dict[str, Any], settings: dict[str, Any]) -> str:
    """Save the figures that a cell drew; return a comment that says where.

    A scraper of sphinx-gallery: ``variables["image_path_iterator"]`` gives the paths.
    """
    pyplot, drawn = sys.modules.get("matplotlib.pyplot"), ""
    for number in pyplot.get_fignums() if pyplot else ():
        path = Path(next(variables["image_path_iterator"])).with_suffix(".svg")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            pyplot.figure(number).savefig(path, metadata={"Date": None})
        except Exception as error:  # a warning, as of a glyph that no font has
            boundary.run.faults.append(f"draws a figure that cannot be saved: {error}")
            path.unlink(missing_ok=True)
        else:
            if (size := path.stat().st_size) > MOST:
                what = f"draws a figure of {size:,} bytes"
                boundary.run.faults.append(f"{what}; draw less, or rasterize it")
        pyplot.close(number)
        drawn += f"\n.. {DRAWN}{path.name}\n"
    return drawn


class OneLine(SphinxTransform):
    """Make an alternative text one line: where it is broken is no part of a message."""

    default_priority = 15  # before Sphinx looks for messages (20)

    def apply(self, **kwargs: object) -> None:
        """Change the document in place."""
        for image in self.document.findall(nodes.image):
            if "alt" in image:
                image["alt"] = " ".join(image["alt"].split())


def compare(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of images without words, and of figures that are not shown once, below."""
    for image in doctree.findall(nodes.image):
        if not image.get("alt", "").strip():
            text = "has no alternative text; write ':alt: what is to be seen' below it"
            logger.warning("%s %s", image["uri"], text, location=image)
    page = page_texts.called(app.env.docname, app.confdir)
    figures = run_record.figures(page) if page else []
    found = [*map(figure_at, doctree.findall())] if figures else []
    for figure in figures:
        drawn, shown = DRAWN + figure.name, found.count(figure.name)
        if shown != 1:
            text = f"draws {figure.name} and shows it {shown} times; show it once,"
            text += f" '.. figure:: images/{figure.name}', below its cell"
        elif drawn in found[found.index(figure.name) :]:
            text = f"shows {figure.name} above the cell that draws it; show it below"
        else:
            continue
        logger.warning("%s", text, location=f"{page.script}:1")


def figure_at(node: nodes.Node) -> str:
    """Return the figure that a node shows, or after ``DRAWN`` the one drawn there."""
    if isinstance(node, nodes.image):
        return Path(node["uri"]).name
    return node.astext() if isinstance(node, nodes.comment) else ""


def drop_stale(app: Sphinx, exception: Exception | None) -> None:
    """Delete the copies of figures that no page shows any more: Sphinx keeps them."""
    if exception is None and app.builder.format == "html":
        known = {name for _pages, name in app.env.images.values()}
        for path in (app.outdir / app.builder.imagedir).glob("*.*"):
            if path.name not in known:
                path.unlink()


def setup(app: Sphinx) -> None:
    """Look at each cell after it ran; forget a page when the next one begins."""
    gallery_settings.add_scraper(app, f"{__name__}.save")
    app.connect("gallery-page-begins", reset)
    app.add_transform(OneLine)
    app.connect("doctree-read", compare)
    app.connect("build-finished", drop_stale)
