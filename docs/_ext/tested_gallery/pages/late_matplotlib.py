"""Leave matplotlib out of builds that draw nothing.

sphinx-gallery imports it whenever its configuration is read, half of what a build with
nothing to do imports, and does without it where it is not installed.  So it is shown
none then; a page that runs finds it as always (`figures`).
"""

import sys

from sphinx.application import Sphinx
from sphinx.config import Config

NAME = "matplotlib"


def hide(app: Sphinx, config: Config) -> None:
    """Let an import of matplotlib fail, unless it is imported already."""
    sys.modules.setdefault(NAME, None)


def show(app: Sphinx, config: Config) -> None:
    """Let it be imported again."""
    if sys.modules[NAME] is None:
        del sys.modules[NAME]


def setup(app: Sphinx) -> None:
    """Come before and after sphinx-gallery reads its configuration (priority 10)."""
    app.connect("config-inited", hide, priority=9)
    app.connect("config-inited", show, priority=11)
