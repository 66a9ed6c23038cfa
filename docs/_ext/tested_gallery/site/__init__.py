"""What is around the pages: cards, navigation, search, addresses, what is at the root.

In: the titles and the tree of all pages.  Out: what leads from one page to another.
Imports the ground floor; no other room imports this one.
"""

import tested_gallery

FEATURES = (
    "cards",
    "commit",
    "error_messages",
    "formulas",
    "llms_list",
    "outdated",
    "redirects",
    "report",
    "root_files",
    "search_page",
    "side_bar",
    "summaries",
)

setup = tested_gallery.room(__name__, FEATURES)
