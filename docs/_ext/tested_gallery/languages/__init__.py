"""The ground floor: one text in several languages.

In: catalogs, ``docs/locale``, and the table of terms.  Out: pages in each language,
links between them, and a build that fails if one is incomplete.  All rooms may import
this one; it imports none.
"""

import tested_gallery

FEATURES = ("translation_check", "labels", "language_switch", "raw_words", "term_table")

setup = tested_gallery.room(__name__, FEATURES)
