"""Names of torch's API lead to their documentation.

In: the code of a cell that has run, roles in prose, ``docs/api.csv``.  Out: links.
Imports torch and the ground floor; no other room imports this one, and a site may do
without it.
"""

import tested_gallery

FEATURES = ("inventory", "links", "scraper")

setup = tested_gallery.room(__name__, FEATURES)
