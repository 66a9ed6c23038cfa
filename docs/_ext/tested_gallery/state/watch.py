"""Show after a cell what the modules of the page now hold.

sphinx-gallery calls `scrape` after each code cell.  Where a module is new, or differs
from what was last shown, the page gets a panel: data without words (`panel_marks`),
in a directive of ours that draws them in the language of the page.

In a cell, ``# sphinx_gallery_hide_state`` shows no panel after it, and
``# sphinx_gallery_hide_state = "name, other"`` none of these modules from there on;
``# sphinx_gallery_show_state = "name"`` shows one also where nothing changed.  What
``# sphinx_gallery_uninitialised = "name"`` names has unknown values until they are
written: its memory shows what was there before.  Readers see none of these.

What a ``for`` statement of the page names is not shown.
"""

import re
import sys
import weakref
from pathlib import Path
from textwrap import indent
from typing import Any

from sphinx.application import Sphinx

from tested_gallery.pages import gallery_settings, page_texts
from tested_gallery.state import panel_marks
from tested_gallery.state.panel_marks import Panel

LOOP = re.compile(r"^for (.+?) in ", re.MULTILINE)
COMMENT = r"(?m)^# sphinx_gallery_{}(?: = \"(.+)\")?$"  # the names in it, or none

# Of the page that runs now: what was last shown of each module; names never shown.
last: dict[str, Panel] = {}
hidden: set[str] = set()


def reset(*_: object) -> None:
    """Forget the page before."""
    from tested_gallery.state import identity

    last.clear()
    hidden.clear()
    identity.reset()


def scrape(block: tuple[str, str, int], variables: dict[str, Any], _: object) -> str:
    """Return the panels after a cell as reST: a scraper of sphinx-gallery."""
    _kind, code, line = block
    if line in page_texts.checked(Path(variables["src_file"])):
        return ""  # the reader is asked
    place = f"{variables['src_file']}:{line}"
    text = panels(code, variables["example_globals"], place)
    return f"\n.. state-panel::\n\n{indent(text, '    ')}\n\n" if text else ""


def panels(code: str, names: dict[str, Any], place: str) -> str:
    """Return the text of the panels after a cell.

    ``code`` is the cell's, ``names`` the page's globals after it; ``place`` is for
    the log.
    """
    import torch  # here: a build that executes nothing need not import it

    orders, shown, unfilled = (
        re.findall(COMMENT.format(order), code)
        for order in ("hide_state", "show_state", "uninitialised")
    )
    hidden.update(names_in([*orders, *LOOP.findall(code)]))
    modules = {
        name: value
        for name, value in names.items()
        if isinstance(value, torch.nn.Module) and not name.startswith("_")
    }
    for name in last.keys() - modules.keys():
        del last[name]
    if "" in orders:
        return ""
    text = ""
    for panel in look(outermost(modules), place):
        name, before = panel.name, last.get(panel.name)
        panel = panel_marks.unfilled(panel, before, now=name in names_in(unfilled))
        new = panel_marks.text(panel, before, always=name in names_in(shown))
        if new and panel.name not in hidden:
            last[panel.name] = panel
            text += new
    return text


def names_in(texts: list[str]) -> list[str]:
    """Return the names in texts.

    >>> names_in(["model, x", ""])
    ['model', 'x']
    """
    return re.findall(r"\w+", " ".join(texts))


def outermost(modules: dict[str, Any]) -> dict[str, Any]:
    """Return the modules that no other one holds, each under its first name.

    Of modules that hold each other, the first.
    """
    parts = {id(module): parts_of(module) for module in modules.values()}
    found: dict[str, Any] = {}
    for name, module in modules.items():
        own = id(module)
        holders = {other for other in parts if own in parts[other]}
        if holders <= parts[own] and holders.isdisjoint(map(id, found.values())):
            found[name] = module
    return found


def parts_of(module: object) -> set[int]:
    """Return the ids of a module and what it holds; if it breaks, `look` says so."""
    try:
        return {id(module), *map(id, module.modules())}
    except Exception:
        return {id(module)}


def look(modules: dict[str, Any], place: str) -> list[Panel]:
    """Look at the modules; one that breaks gets a row that says so, and a log line."""
    from tested_gallery.state import snapshot

    looks = {}
    for name, module in modules.items():
        try:
            looks[name] = snapshot.look(module)
        except Exception as error:
            kind = type(error).__name__
            print(f"{place}: cannot look at {name}: {kind}: {error}", file=sys.stderr)
            looks[name] = [snapshot.Row("-", "-", error=kind)]
    marks = panel_marks.shared(looks)
    return [
        Panel(
            name, type(module).__name__, weakref.ref(module), looks[name], marks[name]
        )
        for name, module in modules.items()
    ]


def setup(app: Sphinx) -> None:
    """Look at each cell after it ran; forget a page when the next one begins."""
    gallery_settings.add_scraper(app, f"{__name__}.scrape")
    app.connect("gallery-page-begins", reset)
