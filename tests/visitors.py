"""New visitors of the site, each in a browser that knows nothing of it yet."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page


@contextlib.contextmanager
def visitor(chromium: Browser, **options: object) -> Iterator[Page]:
    """Open a tab as a new visitor; errors of scripts fail the test."""
    faults: list[str] = []
    context = chromium.new_context(**options)
    try:
        context.on("weberror", lambda error: faults.append(str(error.error)))
        yield context.new_page()
    finally:
        context.close()
    assert not faults
