"""Ask axe, a checker of accessibility, about a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page


def violations(tab: Page, *, contrast: bool = True) -> list[str]:
    """Return what axe finds; the contrast of colours takes half of its time."""
    rules = {"color-contrast": {"enabled": contrast}}
    found = Axe().run(tab, options={"resultTypes": ["violations"], "rules": rules})
    return [
        f"{rule['id']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in found.response["violations"]
        for node in rule["nodes"]
    ]
