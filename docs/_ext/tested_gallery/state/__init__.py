"""What the modules of a page hold: panels, drawings, tables of results, pictures.

In: the names of a cell that has run.  Out: panels and drawings in the generated page,
in the language of a reader, and a picture of each page.  Imports torch and the ground
floor; no other room imports this one, and a site may do without it.
"""

import tested_gallery

FEATURES = (
    "watch",
    "panel",
    "identity_drawing",
    "result_table",
    "kind_questions",
    "kinds_table",
    "live_module",
    "page_picture",
)

setup = tested_gallery.room(__name__, FEATURES)
