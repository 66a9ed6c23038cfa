"""Settings of the site: only what differs from the defaults, and why.

The source folder is ``docs``; this file stands at the root, so Sphinx is called
with ``--conf-dir .``, and paths are relative to this file.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "docs/_ext"))

# Site
project = "Module State"
author = copyright = f"{project} contributors"  # no year: SOURCE_DATE_EPOCH changes it
extensions = [
    # ours, a room each: `pages` first, which adds events that the others answer
    "tested_gallery.pages",
    "tested_gallery.languages",
    "tested_gallery.state",
    "tested_gallery.api",
    "tested_gallery.outputs",
    "tested_gallery.forms",
    "tested_gallery.site",
    "myst_parser",
    "sphinx_copybutton",
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

# Checks
nitpicky = True
default_role = "any"  # a stray single backtick is then a broken link
doctest_default_flags = 0  # the default forgives exceptions' messages

# Where the documentation begins to which docs/api.csv leads
api_documentation = {
    "PyTorch": "https://docs.pytorch.org/docs/2.13/",
    "safetensors": "https://huggingface.co/docs/safetensors/",
}

# HTML
html_theme = "furo"
html_title = f"PyTorch {project}"
html_favicon = "docs/_static/favicon.svg"
html_static_path = ["docs/_static"]
html_css_files = ["site.css"]
html_js_files = ["place.js", "memory.js", "keyboard.js", "search_box.js"]
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
pygments_dark_style = "github-dark"
copybutton_selector = ".highlight-Python pre, .highlight-pycon pre, .doctest pre"
copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True
