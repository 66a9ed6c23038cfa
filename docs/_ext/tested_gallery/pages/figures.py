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
from sphinx.util import logging as sphinx_logging

from tested_gallery.pages import gallery_settings, page_texts, run_record

logger = sphinx_logging.getLogger(__name__)

MOST = 500_000  # bytes of a figure, which each language has

os.environ["MATPLOTLIBRC"] = str(Path(__file__).with_name("matplotlibrc"))

# Where no cache of fonts is yet, matplotlib makes one and says so in the page's output.
logging.getLogger("matplotlib.font_manager").addFilter(
    lambda record: "font cache" not in record.msg
)


def reset() -> None:
    """Close what is open and set the site's style, if a page imported matplotlib."""
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
    if mpl := sys.modules.get("matplotlib"):
        mpl.rc_file_defaults()
        mpl.use("agg")  # of the defaults this alone stays as it is


def save(block: object, variables: dict[str, Any], settings: dict[str, Any]) -> str:
    """Save the figures that a cell drew; return no reST, since the page has it.

    A scraper of sphinx-gallery: ``variables["image_path_iterator"]`` gives the paths.
    """
    pyplot = sys.modules.get("matplotlib.pyplot")
    for number in pyplot.get_fignums() if pyplot else ():
        path = Path(next(variables["image_path_iterator"])).with_suffix(".svg")
        path.parent.mkdir(parents=True, exist_ok=True)
        pyplot.figure(number).savefig(path, metadata={"Date": None})
        pyplot.close(number)
        if (size := path.stat().st_size) > MOST:
            from tested_gallery.pages import boundary  # which imports this module

            text = f"draws a figure of {size:,} bytes; draw fewer points, or rasterize"
            boundary.run.faults.append(text)
    return ""


def compare(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of figures that a page draws and does not show, or shows again."""
    page = page_texts.called(app.env.docname, app.confdir)
    shown = [Path(image["uri"]).name for image in doctree.findall(nodes.image)]
    for figure in run_record.figures(page) if page else ():
        if (times := shown.count(figure.name)) != 1:
            text = "draws %s and shows it %d times; show it once, as a figure"
            place = f"{page.script}:1"
            logger.warning(text, figure.name, times, location=place)


def drop_stale(app: Sphinx, exception: Exception | None) -> None:
    """Delete the copies of figures that no page shows any more: Sphinx keeps them."""
    if exception is None and app.builder.format == "html":
        known = {name for _pages, name in app.env.images.values()}
        for path in (app.outdir / app.builder.imagedir).glob("*.*"):
            if path.name not in known:
                path.unlink()


def setup(app: Sphinx) -> None:
    """Look at each cell after it ran."""
    gallery_settings.add_scraper(app, f"{__name__}.save")
    app.connect("doctree-read", compare)
    app.connect("build-finished", drop_stale)
