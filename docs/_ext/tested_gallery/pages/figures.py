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

from sphinx.application import Sphinx

from tested_gallery.pages import gallery_settings

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
    return ""


def setup(app: Sphinx) -> None:
    """Look at each cell after it ran."""
    gallery_settings.add_scraper(app, f"{__name__}.save")
