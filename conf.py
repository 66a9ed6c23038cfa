"""Settings of the site: only what differs from the defaults, and why.

The source folder is ``docs``; this file stands at the root, so Sphinx is called
with ``--conf-dir .``.  Paths of Sphinx's own settings are relative to this file,
those of sphinx-gallery relative to ``docs``.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "docs/_ext"))

# Site
project = "Module State"
author = "Module State contributors"
copyright = "Module State contributors"  # no year: SOURCE_DATE_EPOCH would change it
extensions = [
    # ours, a room each; `pages` first, which adds the events that others answer
    "tested_gallery.pages",
    "tested_gallery.languages",
    "tested_gallery.outputs",
    "tested_gallery.state",
    "tested_gallery.api",
    "tested_gallery.forms",
    "tested_gallery.site",
    # others'
    "myst_parser",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_*", "**/_*", "locale"]
templates_path = ["docs/_templates"]

html_baseurl = ""  # the site's address; absolute links appear when it is set
repository = ""  # "owner/name" on GitHub; "Open in Colab" appears when it is set

# Languages: code -> name in the language itself.  Code "zh_CN" lives in "zh-cn/".
language = "en"
languages = {"en": "English", "zh_CN": "简体中文"}
locale_dirs = ["locale"]
gettext_compact = False  # one catalog a page
gettext_location = False  # generated pages have no stable line numbers

# Gallery
sphinx_gallery_conf = {
    "examples_dirs": "../gallery",
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",
    "ignore_pattern": r"(^|[\\/])_",
    "copyfile_regex": r"index\.rst",  # our own index pages: prose that catalogs reach
    "within_subsection_order": "FileNameSortKey",
    "image_scrapers": (
        "tested_gallery.pages.figures.save",
        "tested_gallery.state.watch.scrape",
        "tested_gallery.api.scraper.scrape",
        "tested_gallery.outputs.doctests.keep_promise",
    ),
    "reset_modules": ("tested_gallery.pages.boundary.reset",),
    "reset_modules_order": "both",
    "capture_repr": ("__repr__",),
    "only_warn_on_example_error": True,  # a warning is an error here, and shorter
    "css": (),
    "default_thumb_file": "docs/_static/favicon.svg",  # never shown; copied, not drawn
    "remove_config_comments": True,
    "download_all_examples": False,  # `downloads` and `download_archive` make ours
    "notebook_extensions": set(),
    "inspect_global_variables": False,  # api_scraper finds more names than it does
    "min_reported_time": float("inf"),  # run times would change the pages
    "write_computation_times": False,
    "show_signature": False,
}

# Checks
suppress_warnings = ["sphinx_gallery.space_in_filename"]  # in any folder: page_boundary
nitpicky = True
default_role = "any"  # a stray single backtick is then a broken link
doctest_default_flags = 0  # the default forgives exceptions' messages

# Links to the documentation of others; the files are made from docs/api.csv
intersphinx_mapping = {
    "PyTorch": ("https://docs.pytorch.org/docs/2.13/", "../build/work/torch.inv"),
    "safetensors": (
        "https://huggingface.co/docs/safetensors/",
        "../build/work/safetensors.inv",
    ),
}

# HTML
html_theme = "furo"
html_title = project
html_favicon = "docs/_static/favicon.svg"
html_static_path = ["docs/_static"]
html_css_files = ["site.css"]
html_js_files = ["language_switch.js", "keyboard.js", "search_box.js"]
html_additional_pages = {"search": "search.html"}
html_theme_options = {
    "top_of_page_buttons": ["view"],  # see language_switch
    # the blue of a parameter, as on the panels
    "light_css_variables": {
        "color-brand-primary": "#00598c",
        "color-brand-content": "#00598c",
    },
    "dark_css_variables": {
        "color-brand-primary": "#6cb8e6",
        "color-brand-content": "#6cb8e6",
    },
}
html_show_sphinx = False
html_copy_source = False
html_use_index = False
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
pygments_dark_style = "github-dark"
copybutton_selector = ".highlight-Python pre, .highlight-pycon pre, .doctest pre"
copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True
