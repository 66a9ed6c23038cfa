"""Show a module whose state buttons walk: ``{live-module}``, on the home page.

The script `SCRIPT` runs each step in each state and prints them all; the build compares
that with `EXPECTED` as it compares pages, and runs it again when they do.  The page is
drawn from the expectation.  An item for each step, in the script's order: its button,
what is then true, and if it can raise, what is said then; below the list, a note:

    - Start again

      This is a new model.

The last step is how it begins.
"""

import difflib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from tested_gallery import Context, Doctree
from tested_gallery.languages import untranslated
from tested_gallery.languages.untranslated import entry
from tested_gallery.pages import run_record
from tested_gallery.pages.page_parts import html
from tested_gallery.state import vocabulary

logger = logging.getLogger(__name__)

SCRIPT = Path("docs/_live_module.py")
EXPECTED = Path("tests/expected/live_module.json")
SHAPE = "is not a list with an item for each of %s, each of 2 or 3 paragraphs"


class live_module(nodes.General, nodes.Element):
    """A list of steps and a note, until `draw` makes buttons of them."""


class LiveModule(SphinxDirective):
    """The words of the live module."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the words."""
        found = live_module("", *self.parse_content_to_nodes())
        self.set_source_info(found)
        self.env.note_dependency(str(self.env.app.confdir / EXPECTED))
        return [found]


def compare(app: Sphinx) -> None:
    """Run the script if it could say something new; refuse that, or accept it."""
    settings, expected = app.config.sphinx_gallery_conf, app.confdir / EXPECTED
    script, first = app.confdir / SCRIPT, next(iter(app.config.languages))
    aside = app.config.language != first or app.config.draft
    if aside or not settings["plot_gallery"] or not script.exists():
        return
    wanted = expected.read_text("utf-8") if expected.exists() else ""
    environment = run_record.environment_key(app.confdir, settings)
    key = run_record.digest(environment, script.read_bytes(), wanted)
    same = Path(app.doctreedir, "live_module")  # as it was when they were the same
    known = same.exists() and same.read_text() == key
    if known and not settings["run_stale_examples"]:
        return
    done = subprocess.run(
        [sys.executable, script],
        timeout=float(app.config.page_seconds),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        logger.warning("raises %s", done.stderr, location=f"{script}:1")
    elif done.stdout == wanted:
        same.write_text(key)
    elif app.config.accept_outputs:
        expected.write_text(done.stdout, "utf-8")
        print(f"accepted: {expected}")
    else:
        both = wanted.split("\n"), done.stdout.split("\n")
        lines = difflib.unified_diff(*both, n=0, lineterm="")
        what = "records other states\n%s\n('make expected' accepts them)"
        logger.warning(what, "\n".join([*lines][2:12]), location=f"{script}:1")


def draw(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Draw the module; say what is wrong with its words."""
    if not app.config.sphinx_gallery_conf["plot_gallery"]:
        return  # wants the messages, and has no expectations
    for node in list(doctree.findall(live_module)):
        expected = app.confdir / EXPECTED
        recorded = json.loads(expected.read_text("utf-8")) if expected.exists() else {}
        names = list(recorded.get("code", ()))
        steps, *note = node.children or [nodes.bullet_list()]
        counts = [len(step.children) for step in steps]
        if len(counts) != len(names) or not {2, 3}.issuperset(counts):
            logger.warning(SHAPE, ", ".join(names), location=node)
        words = dict(zip(names, (step.children for step in steps), strict=False))
        node.replace_self(drawn(recorded, words, note) if words else [])


def drawn(
    recorded: dict[str, Any], words: dict[str, list[nodes.Element]], note: list
) -> nodes.container:
    """Return the first state, the buttons, and all that the script may say."""
    buttons, said = [], []
    for step, (button, *texts) in words.items():
        start = html(f'<button type="button" value="{step}">')
        buttons += [start, nodes.inline("", "", *button.children), html("</button>")]
        for name, text in zip((step, f"{step}!"), texts, strict=False):
            said += [html(f'<template id="said-{name}">'), text, html("</template>")]
    *_others, first = words
    data = {
        "code": recorded["code"],
        "errors": [brief(error) for error in recorded["errors"]],
        "states": recorded["states"],
        "none": _("no values"),
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    text = text.replace("<", r"\u003c")  # may end no element
    return nodes.container(
        "",
        html(f"<pre><code>{recorded['code'][first]}</code></pre>"),
        nodes.container("", table(recorded), classes=["state"]),
        html('<div class="live-said" role="status">'),
        words[first][1].deepcopy(),
        html('</div><div class="live-buttons">'),
        *buttons,
        html("</div>"),
        *note,
        *said,
        html(f'<script type="application/json">{text}</script>'),
        classes=["live", "on-screen"],
    )


def brief(error: str) -> str:
    r"""Return the first line of an error.

    >>> brief("RuntimeError: a"), brief("RuntimeError: a\n\tb")
    ('RuntimeError: a', 'RuntimeError: a …')
    """
    first, *more = error.split("\n")
    return f"{first} …" if more else first


def table(recorded: dict[str, Any]) -> nodes.table:
    """Return the first state: a row for each name."""
    code = nodes.literal("", "model.pt")
    heads = [_("Tensor"), _("Values"), nodes.literal("", "dtype"), _("Device"), code]
    rows = []
    for (name, kind), cells in zip(
        recorded["kinds"].items(), recorded["states"][0][0], strict=True
    ):
        head = [*vocabulary.kind_words(kind), nodes.literal("", name)]
        shown = [entry(nodes.literal("", cell)) if cell else entry() for cell in cells]
        named = nodes.entry("", untranslated.paragraph(*head, classes=["state-name"]))
        rows.append(nodes.row("", named, *shown))
    found = untranslated.table(map(entry, heads), rows, [1] * 5)
    next(found.findall(nodes.colspec))["stub"] = True
    return found


def add_script(app: Sphinx, page: str, _: str, __: Context, doctree: Doctree) -> None:
    """Load the script where there is a module."""
    if doctree and any(
        "live" in n["classes"] for n in doctree.findall(nodes.container)
    ):
        app.add_js_file("live_module.js")


def setup(app: Sphinx) -> None:
    """Compare once the gallery has run (priority 500); add the directive."""
    app.add_node(live_module)
    app.add_directive("live-module", LiveModule)
    app.connect("builder-inited", compare, priority=600)
    app.connect("doctree-resolved", draw)
    app.connect("html-page-context", add_script)
