"""Save the figures that a page draws, for the page's text to show.

A cell draws with matplotlib; the next text cell shows the page's first figure, with
alternative text that is translated as all text is:

    # .. figure:: images/sphx_glr_<page>_001.svg
    #    :alt: What is to be seen.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from cycler import cycler

# Readable in grey (each line has a style of its own) and on any background; the
# style sheet inverts it in the dark.
STYLE = {
    "axes.prop_cycle": (
        cycler(color=["#0072b2", "#d55e00", "#009e73", "#000000"])
        + cycler(linestyle=["-", "--", "-.", ":"])
    ),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.figsize": (6.4, 3.2),
    "figure.constrained_layout.use": True,
    "font.size": 11,
    "legend.frameon": False,
    "lines.linewidth": 2,
    "savefig.transparent": True,
    "svg.hashsalt": "module-state",  # the same bytes in each build
}


def reset() -> None:
    """Close what is open and set the site's style, without importing pyplot."""
    import matplotlib as mpl

    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
    mpl.rcdefaults()
    mpl.use("agg")
    mpl.rcParams.update(STYLE)


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
