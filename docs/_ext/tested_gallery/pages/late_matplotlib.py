"""Leave matplotlib out of builds that draw nothing.

sphinx-gallery imports it whenever its configuration is read, half of what a build with
nothing to do imports, and does without it where it is not installed.  So it is shown
none then; a page that runs finds it as always (`figures`).
"""

import sys

from sphinx.application import Sphinx
from sphinx.config import Config

NAME = "matplotlib"


def show(app: Sphinx, config: Config) -> None:
    """Let it be imported again."""
    if sys.modules[NAME] is None:
        del sys.modules[NAME]


def setup(app: Sphinx) -> None:
    """Come before and after sphinx-gallery reads its configuration (priority 10)."""
    hide = sys.modules.setdefault  # an import of a module that is None fails
    app.connect("config-inited", lambda *_: hide(NAME, None), priority=9)
    app.connect("config-inited", show, priority=11)
