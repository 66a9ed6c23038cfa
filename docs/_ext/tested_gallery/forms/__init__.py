"""What readers take along: Markdown, scripts, notebooks, zips.

In: pages as Sphinx has resolved them, in each language.  Out: files beside them.
Imports the ground floor; no other room imports this one.
"""

import tested_gallery

FEATURES = ("colab", "downloads", "gallery_zip", "markdown_pages")

setup = tested_gallery.room(__name__, FEATURES)
