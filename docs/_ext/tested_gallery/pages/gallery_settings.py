"""Set up sphinx-gallery as the machinery needs it, whatever the site.

Scripts lie in ``gallery`` beside ``docs``, pages are generated into ``docs/gallery``.
A room that is to see each cell after it ran adds a function with `add_scraper`.

sphinx-gallery imports matplotlib whenever its configuration is read, half of what a
build with nothing to do imports, and does without it where it is not installed.  So it
is shown none then; a page that runs finds it as always (`figures`).
"""

import sys

from sphinx.application import Sphinx
from sphinx.config import Config

Block = tuple[str, str, int]  # its kind, its text, the line on which it begins

SETTINGS = {
    "examples_dirs": "../gallery",
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",
    "ignore_pattern": r"(^|[\\/])_",
    "copyfile_regex": r"index\.rst",  # our own index pages: prose that catalogs reach
    "within_subsection_order": "FileNameSortKey",
    "image_scrapers": (),
    "reset_modules": ("tested_gallery.pages.boundary.reset",),
    "reset_modules_order": "both",
    "capture_repr": ("__repr__",),
    "only_warn_on_example_error": True,  # a warning is an error here, and shorter
    "css": (),
    "default_thumb_file": "docs/_static/favicon.svg",  # never shown; copied, not drawn
    "remove_config_comments": True,
    "download_all_examples": False,  # `downloads` and `gallery_zip` make ours
    "notebook_extensions": set(),
    "inspect_global_variables": False,  # the room `api` finds more names than it does
    "min_reported_time": float("inf"),  # run times would change the pages
    "write_computation_times": False,
    "show_signature": False,
}


def fill(app: Sphinx, config: Config) -> None:
    """Give the settings; a site may add others of sphinx-gallery."""
    config.sphinx_gallery_conf = {**config.sphinx_gallery_conf, **SETTINGS}
    # `boundary` looks at names of pages, since the checkout may lie in any folder, and
    # tells of a page that raised once and by its line
    known = ["sphinx_gallery.space_in_filename", "sphinx_gallery.example_error"]
    config.suppress_warnings = [*config.suppress_warnings, *known]


def add_scraper(app: Sphinx, function: str) -> None:
    """Let sphinx-gallery call a function, by its full name, after each cell.

    It comes after those that were added before.  sphinx-gallery wants names: a function
    could not be kept with the other settings.
    """

    def add(app: Sphinx, config: Config) -> None:
        config.sphinx_gallery_conf["image_scrapers"] += (function,)

    app.connect("config-inited", add, priority=9)


def show(app: Sphinx, config: Config) -> None:
    """Let matplotlib be imported again."""
    if sys.modules["matplotlib"] is None:
        del sys.modules["matplotlib"]


def setup(app: Sphinx) -> None:
    """Come before and after sphinx-gallery reads its settings (priority 10)."""
    app.setup_extension("sphinx_gallery.gen_gallery")
    app.connect("config-inited", fill, priority=8)
    hide = sys.modules.setdefault  # an import of a module that is None fails
    app.connect("config-inited", lambda *_: hide("matplotlib", None), priority=9)
    app.connect("config-inited", show, priority=11)
