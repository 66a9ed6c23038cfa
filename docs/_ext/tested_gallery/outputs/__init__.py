"""What the pages print is what they should, in this release of torch and in others.

In: what the cells printed, ``tests/expected`` and ``docs/releases.json``.  Out: a build
that fails at what is unexpected, and the badges that say since when a fact holds.
Imports the ground floor; no other room imports this one.
"""

import tested_gallery

FEATURES = (
    "expectation",
    "doctests",
    "check_yourself",
    "caught_error",
    "releases",
    "since_badge",
)

setup = tested_gallery.room(__name__, FEATURES)
