"""The ground floor: the pages of the gallery as texts, and how they are run.

In: scripts, ``gallery/<group>/<page>.py``, which sphinx-gallery runs, and what is
expected of them.  Out: the texts of a page (`page_texts`), its record (`run_record`),
and events for the rooms above: a page begins, a page's picture is asked for.  All rooms
may import this one; it imports none.
"""

import tested_gallery

FEATURES = (
    "gallery_settings",
    "limits",
    "draft",
    "boundary",
    "figures",
    "run_record",
    "script_lines",
    "progress",
    "folded_cells",
    "in_short",
)

setup = tested_gallery.room(__name__, FEATURES)
