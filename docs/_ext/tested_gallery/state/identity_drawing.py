"""Draw which name refers to which object, before and after a cell.

In the text cell below it, the names that the drawing is about, at most eight, and what
is to be said below it:

    .. identity:: model.weight, weight, state["weight"]

       ``weight`` was taken from the module before the cell ran.

A name is one of the page's globals, with attributes and keys.  The build looks it up
after the cell before and after the cell itself; a name that is not there yet has no
place in the first frame.  What was found is an output of the cell, in lines that stand
in the expectation (`identity_frames`).  Tensors of another process are drawn from such
lines, with any numbers, which it printed, if the only name is that of their text.
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
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator
from sphinx_gallery.py_source_parser import Block

from tested_gallery.languages.untranslated import paragraph
from tested_gallery.pages import gallery_settings, page_texts
from tested_gallery.state import identity_frames, identity_svg
from tested_gallery.state.identity_frames import MOST, Frames

logger = logging.getLogger(__name__)

SEEN = "identity"  # in sphinx-gallery's variables of a page: what is before
DATA = "identity: "  # begins the comment with what was found
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
    """Return what the drawings below a cell show, in comments: a scraper."""
    _kind, code, line = block
    page, seen = variables["example_globals"], variables.get(SEEN, {})
    cells = below(page_texts.blocks(Path(variables["src_file"])))
    data, variables[SEEN] = (
        "",
        {
            argument: identity_frames.look(argument, page)
            for argument in chain.from_iterable(cells.values())
        },
    )
    for argument in cells[line]:
        before, after = seen.get(argument, {}), variables[SEEN][argument]
        head = f"after {identity_frames.did(code)}".strip()
        if isinstance(lines := page.get(argument), str):
            frames = identity_frames.read(lines)
        else:
            frames = [("before", before), (head, after)]
        found = indent(identity_frames.text(frames), "    ")
        data += f"\n.. {DATA}{argument}\n{found}\n\n"
    return data


class drawing(nodes.bullet_list):
    """What a drawing shows, a frame an item: HTML draws it, other forms list it."""


class Identity(SphinxDirective):
    """A drawing of what the cell above did, and what is said of it."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return what `Fill` fills, and the text below it."""
        found = drawing(key=" ".join(self.arguments[0].split()))
        self.set_source_info(found)
        said = self.parse_content_to_nodes()
        for part in said:
            part["classes"].append("identity-legend")
        return [found, *said]


class Fill(SphinxTransform):
    """Give each drawing what was found for it: the comment above with its names."""

    default_priority = 490  # before panels look for the output beside them (500)

    def apply(self, **kwargs: object) -> None:
        """Change the document in place."""
        if not self.config.sphinx_gallery_conf["plot_gallery"]:
            return  # wants the messages, and has no outputs
        data: dict[str, Frames] = {}
        for node in list(self.document.findall()):
            if isinstance(node, nodes.comment) and node.astext().startswith(DATA):
                name, _end, lines = node.astext()[len(DATA) :].partition("\n")
                data[name] = identity_frames.read(lines)
                node.parent.remove(node)
            elif isinstance(node, drawing):
                frames = data.pop(node["key"], None)
                if found := fault(node["key"], frames):
                    logger.warning("identity %s", found, location=node)
                    node.parent.remove(node)
                else:
                    fill(node, frames)


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
        return f"draws 1 to {MOST} names, with attributes and keys, not {argument}"
    return ""


def fill(node: drawing, frames: Frames) -> None:
    """Give a drawing its frames, but for one without names, and the text of each."""
    node["frames"] = [frame for frame in frames if frame[1]]
    for head, state in node["frames"]:
        said = paragraph(identity_svg.facts(head, state, node["frames"][0][1]))
        node += nodes.list_item("", said)


def visit_html(self: HTML5Translator, node: drawing) -> None:
    """Draw; the text is in the drawing too."""
    self.body.append(f"{identity_svg.drawn(node['frames'])}\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Look at each cell after it ran; add the directive and what fills it."""
    gallery_settings.add_scraper(app, f"{__name__}.scrape")
    app.add_node(drawing, html=(visit_html, None))
    app.add_directive("identity", Identity)
    app.add_transform(Fill)
