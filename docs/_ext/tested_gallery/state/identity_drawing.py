"""Draw which name refers to which object, before and after a cell.

In the text cell below it, the names that the drawing is about, at most eight, and what
is to be said below it:

    .. identity:: model.weight, weight, state["weight"]

       ``weight`` was taken from the module before the cell ran.

A name is one of the page's globals, with attributes and keys.  The build looks it up
after the cell before and after the cell itself; a name that is not there yet has no
place in the first frame.  What was found is an output of the cell, in lines that stand
in the expectation (`identity_frames`).  Tensors of another process are drawn from such
lines, with any numbers, which it prints: name the page's variable that holds this text.

    .. identity:: printed

Readers see it drawn (`identity_svg`), and as a list where nothing can be drawn.
"""

import re
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from textwrap import indent
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator
from sphinx_gallery.py_source_parser import Block

from tested_gallery.languages.untranslated import paragraph
from tested_gallery.pages import gallery_settings, page_texts
from tested_gallery.state import identity_frames, identity_svg
from tested_gallery.state.identity_frames import MOST, Frames

SEEN = "identity"  # in sphinx-gallery's variables of a page: what is before
FOUND = "identity-found"  # the directive with what was found
DIRECTIVE = re.compile(r"^ *\.\. identity::(.*(?:\n +\S.*)*)", re.MULTILINE)


def below(blocks: Iterable[Block]) -> dict[int, list[str]]:
    r"""Return for each code cell, by its line, what is drawn below it.

    >>> text = ".. identity:: a,\n   b\n\n   Said.\n\n.. identity:: c\n"
    >>> below([Block("code", "x", 1), Block("text", text, 3)])
    {1: ['a, b', 'c']}
    """
    found: dict[int, list[str]] = {}
    here: list[str] = []
    for block in blocks:
        if block.type == "code":
            here = found[block.lineno] = []
        else:
            here += [" ".join(one.split()) for one in DIRECTIVE.findall(block.content)]
    return found


def scrape(block: tuple[str, str, int], variables: dict[str, Any], _: object) -> str:
    """Return what the drawings below a cell show: a scraper."""
    _kind, code, line = block
    page, seen = variables["example_globals"], variables.get(SEEN, {})
    cells = below(page_texts.blocks(Path(variables["src_file"])))
    drawn = chain.from_iterable(cells.values())
    now = {argument: identity_frames.look(argument, page) for argument in drawn}
    head, data = f"after {identity_frames.did(code)}".strip(), ""
    asked = line in page_texts.checked(Path(variables["src_file"]))
    for argument in [] if asked else cells[line]:  # it would be in the answer
        frames = [("before", seen.get(argument, {})), (head, now[argument])]
        if isinstance(lines := page.get(argument), str):
            frames = identity_frames.read(lines)
        found = indent(identity_frames.text(frames), "    ")
        data += f"\n.. {FOUND}:: {argument}\n\n{found}\n\n"
    variables[SEEN] = now
    return data


class drawing(nodes.bullet_list):
    """What a drawing shows, a frame an item: HTML draws it, other forms list it."""


class Found(SphinxDirective):
    """What was found for the drawing of an argument: `scrape` writes it."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Keep it for the drawing further below."""
        found = identity_frames.read("\n".join(self.content))
        self.env.current_document[f"{FOUND} {''.join(self.arguments)}"] = found
        return []


class Identity(Found):
    """A drawing of what the cell above did, and what is said of it."""

    def run(self) -> list[nodes.Node]:
        """Return the drawing, and the text below it."""
        said = self.parse_content_to_nodes()
        for part in said:
            part["classes"].append("identity-legend")
        if not self.config.sphinx_gallery_conf["plot_gallery"]:
            return said  # the messages are wanted, and nothing has run
        argument = " ".join("".join(self.arguments).split())
        frames = self.env.current_document.pop(f"{FOUND} {argument}", None)
        if what := fault(argument, frames):
            raise self.error(f"identity {what}")
        return [filled(frames), *said]


def fault(argument: str, frames: Frames | None) -> str:
    """Return what is wrong with a drawing, "" if nothing is.

    >>> fault("a, gone", [("before", {}), ("after", {"a": ...})]).rpartition(": ")[2]
    'gone'
    >>> fault("printed", [("before", {}), ("after", dict.fromkeys("abcdefghi"))])
    'draws 1 to 8 names, with attributes and keys, not printed'
    """
    if frames is None:
        return "stands below no code cell: write it in the text cell after one"
    after, wanted = frames[1][1] if frames else {}, identity_frames.names(argument)
    if after.keys() < set(wanted):
        missing = ", ".join(name for name in wanted if name not in after)
        lines = "':: before', ': name | …', ':: after'"
        what = f"no tensor after its cell, another one each time, or no lines {lines}"
        return f"names what is {what}: {missing}"
    if not 1 <= len(after) <= MOST:
        given = argument or "none"
        return f"draws 1 to {MOST} names, with attributes and keys, not {given}"
    return ""


def filled(frames: Frames) -> drawing:
    """Return a drawing of frames, but for one without names, and the text of each."""
    kept = [frame for frame in frames if frame[1]]
    said = (paragraph(identity_svg.facts(*frame, kept[0][1])) for frame in kept)
    items = [nodes.list_item("", one) for one in said]
    return drawing("", *items, frames=kept, support_smartquotes=False)  # names are code


def visit_html(self: HTML5Translator, node: drawing) -> None:
    """Draw; the text is in the drawing too."""
    self.body.append(f"{identity_svg.drawn(node['frames'])}\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Look at each cell after it ran; add the directives."""
    gallery_settings.add_scraper(app, f"{__name__}.scrape")
    app.add_node(drawing, html=(visit_html, None))
    app.add_directive("identity", Identity)
    app.add_directive(FOUND, Found)
