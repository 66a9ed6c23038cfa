"""The line between two pages: what one leaves in the process, the next must not see.

sphinx-gallery (setting ``reset_modules``) and the doctest builder call ``reset``
before and after each page.
"""

from __future__ import annotations

import warnings
from typing import Any

outside: list[warnings.catch_warnings] = []  # the filters to go back to


def reset(gallery_conf: dict[str, Any], fname: str | None, when: str) -> None:
    """Begin or end a page; ``when`` is "before" or "after".

    Within a page a warning is an error: uncaught, it would print the path of the
    machine that built the site.  A page shows one by catching it.  torch prints
    most of its warnings once a process; a page must see them whatever ran before.
    """
    if fname is None:  # sphinx-gallery enters a folder, not a page
        return
    import torch  # here: a build that executes nothing need not pay for it

    torch.set_warn_always(True)
    torch.seed()  # random numbers on a page come from its own, visible seed
    if when == "before":
        outside.append(warnings.catch_warnings())
        outside[-1].__enter__()
        warnings.simplefilter("error")
    else:
        outside.pop().__exit__()
