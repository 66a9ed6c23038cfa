"""Draw the panels of a page (`watch`) in its language.

The directive's content is what `panel_marks` writes:

    .. state-panel::

        || model: Linear
        | P | weight | (2, 2) | float32→float64 | cpu | [1 0; 0 1] | %

A panel is a table, after the output of its cell.  The rows that changed are shown, with
what they were before; the others are folded into a line that names them, as is a module
in which nothing changed.  Where the cell raised an error, the head says that something
changed before.  It is drawn when the page is written: a table has many nodes, and what
looks for messages or links in a page would walk them all, in each language.

A word that stands for a mark or a letter is `spoken`: screen readers and Markdown have
it, the page shows the mark.  Where a page has several panels, ``strip.js`` lets readers
step through them: each has the line of its cell for that, hidden on the page.
"""

import ast
import re
from collections.abc import Callable
from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from tested_gallery.languages import untranslated
from tested_gallery.languages.untranslated import Part, entry, paragraph
from tested_gallery.pages import page_texts
from tested_gallery.pages.page_parts import OUTPUT, html
from tested_gallery.state import identity_frames, panel_marks, vocabulary
from tested_gallery.state.vocabulary import arrow, spoken, symbol

LONG = 12  # rows; of more, only the bar has a colour, and a first look is folded
NAMED = 8  # unchanged rows that their line names
OTHER, SAME = " +", " ="  # at the end of a head
ERROR = "error"  # class of an output, see `caught_error`
COUNT = re.compile(r"(\d+)/(\d+) (.*)")


class state_panels(nodes.container):
    """The panels after one cell; ``text`` says what is on them."""


class StatePanel(SphinxDirective):
    """The panels after one cell."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return what `Draw` fills."""
        return [state_panels(text="\n".join(self.content), classes=["state-panels"])]


def panel(
    title: str, rows: list[list[str]], *, raised: bool = False, fold: bool = True
) -> nodes.Node:
    """Return the panel of a module; ``raised`` if its cell printed an error.

    A long one is folded, if one may ``fold``.
    """
    name, _colon, kind = title.removesuffix(OTHER).removesuffix(SAME).partition(": ")
    changed = sum(map(panel_marks.changed, rows))
    first = not changed and not title.endswith(SAME)
    seen = [row for row in rows if first or panel_marks.changed(row) or unknown(row)]
    still = [row for row in rows if row not in seen]
    count = _("%(all)s tensors") if len(rows) > 1 else _("1 tensor")
    if changed:
        count = _("%(changed)s of %(all)s changed")
    if changed and raised:
        count = _("%(changed)s of %(all)s changed, although the cell raised an error")
    count %= {"changed": changed, "all": len(rows)}
    if not seen:
        count = _("unchanged: %(tensors)s") % {"tensors": count}
    head: list[Part] = [nodes.strong("", name), " "]
    for text, *classes in (
        (kind, "state-type"),
        (_("another object") if title.endswith(OTHER) else "", "state-other"),
        (count, "state-count", *([ERROR] if changed and raised else [])),
    ):
        head += [nodes.inline("", text, classes=classes), " "] if text else []
    found = nodes.container("", classes=["state"])
    if changed > LONG:
        found["classes"].append("state-long")
    if not seen or (first and fold and len(rows) > LONG):
        found += folded(head, rows)
        return found
    key = f'<button class="state-key" type="button" popovertarget="key">{_("Key")}'
    button = html(f"{key}</button>")
    found += [paragraph(*head, button, classes=["state-head"]), table(seen)]
    if still:
        found += folded([_("unchanged:"), *names(still)], still)
    return found


def unknown(row: list[str]) -> bool:
    """Return whether a row says nothing of what the tensor holds."""
    return row[-2] == "?" or "!" in row[-1]


def names(rows: list[list[str]]) -> list[Part]:
    """Return the first names of rows, each with its kind."""
    found: list[Part] = []
    for kind, name, *_others in rows[:NAMED]:
        found += [" ", vocabulary.badge(kind), " ", code(name)]
    return found + ([f" … {len(rows)}"] if len(rows) > NAMED else [])


def folded(summary: list[Part], rows: list[list[str]]) -> list[nodes.Node]:
    """Return rows below a line that unfolds them."""
    line = paragraph(*summary).children
    return [
        html("<details><summary>"),
        nodes.inline("", "", *line),
        html("</summary>"),
        table(rows),
        html("</details>"),
    ]


def table(rows: list[list[str]]) -> nodes.table:
    """Return the rows of a panel; the columns are the same on every one."""
    heads = map(entry, (_("Tensor"), _("What happened"), code("dtype"), _("Values")))
    found = untranslated.table(heads, map(drawn, rows), [29, 26, 22, 23])
    next(found.findall(nodes.colspec))["stub"] = True
    return found


def drawn(fields: list[str]) -> nodes.row:
    """Return the row of a tensor."""
    kind, name, shape, dtype, device, values, last = fields
    found = nodes.row("", classes=["changed"] if panel_marks.changed(fields) else [])
    if "x" in last.split():
        found["classes"].append("gone")
    head = [*vocabulary.kind_words(kind), code(name)]
    if kind[-1] in panel_marks.SAVED:
        head += [" ", symbol("saved"), spoken(_("saved"))]
    form = [both(shape, local), " · ", both(device, code)]
    found += nodes.entry(
        "",
        paragraph(*head, classes=["state-name"]),
        *([paragraph(*form, classes=["state-form"])] if shape != "-" else []),
    )
    said = [how(mark) for mark in last.split() if mark != "-"]
    if "→" in kind:
        before, after = (vocabulary.kinds()[letter] for letter in kind.split("→"))
        then = becomes(nodes.Text(after))
        said.insert(0, paragraph(before, " ", then, classes=["how"]))
    found += nodes.entry("", *said)
    found += entry(both(dtype, code))
    if kind == "X" and "?" not in values:
        found += entry(both(values, code))
    else:
        found += entry(*value_nodes(values, device.split("→")))
    return found


def how(mark: str) -> nodes.paragraph:
    """Return what a mark says, behind its symbol."""
    sign, name = vocabulary.split(mark)
    drawn = [symbol(vocabulary.SYMBOLS[sign])] if sign in vocabulary.SYMBOLS else []
    words = [vocabulary.changes()[sign], *([" ", code(name)] if name else [])]
    return paragraph(*drawn, nodes.inline("", "", *texts(words)), classes=["how"])


def texts(parts: list[Part]) -> list[nodes.Node]:
    """Return parts of a line as nodes."""
    return paragraph(*parts).children


def both(field: str, draw: Callable[[str], nodes.Node]) -> nodes.inline:
    """Return a field, before and after if it changed."""
    before, *after = map(draw, field.split("→"))
    if not after:
        return nodes.inline("", "", before)
    was = nodes.inline("", "", before, classes=["was"])
    return nodes.inline("", "", was, nodes.Text(" "), becomes(*after))


def becomes(after: nodes.Node) -> nodes.inline:
    """Return an arrow and what it leads to, on one line."""
    return nodes.inline("", "", *arrow(), after, classes=["becomes"])


def local(shape: str) -> nodes.Text:
    """Return a shape; of a tensor of which a part is here, that of the part too."""
    part, *whole = shape.split("/")
    words = {"part": part, "whole": "".join(whole)}
    return nodes.Text(_("local %(part)s of %(whole)s") % words if whole else shape)


def value_nodes(text: str, devices: list[str]) -> list[nodes.Node]:
    """Return the values of a tensor, before and after if they changed."""
    was_meta, meta = devices[0] == "meta", devices[-1] == "meta"
    before, *after = text.split("→")
    found = []
    if count := COUNT.match(before):
        words = {"changed": count[1], "all": count[2]}
        line = _("%(changed)s of %(all)s changed") % words
        found += [nodes.strong("", line, classes=["state-counted"]), nodes.Text(" ")]
        before = count[3]
    found.append(held(before, meta=was_meta if after else meta))
    if after:
        found[0]["classes"].append("was")
        found += [nodes.Text(" "), becomes(held(*after, meta=meta))]
    return found


def held(text: str, *, meta: bool) -> nodes.Element:
    """Return values: rows in brackets, a range, or a word for none."""
    if text == "-":
        return nodes.inline()
    if text == "?":
        return nodes.inline("", _("no values") if meta else _("values unknown"))
    if text.startswith("["):
        first, *rows = text.strip("[]").split("; ")
        parts = [spoken("["), nodes.Text(first)]
        for row in rows:
            line = html("<br>")
            parts += [line, spoken("; "), nodes.Text(row)]
        return nodes.inline("", "", *parts, spoken("]"), classes=["v"])
    least, *most = text.split("…")
    if most == [least]:
        return nodes.inline("", _("all %(value)s") % {"value": least})
    return nodes.inline("", " … ".join([least, *most]), classes=["range"])


def ends_in_try(code: str) -> bool:
    r"""Return whether nothing but showing comes after a ``try`` in a cell.

    >>> ends_in_try("try:\n    f()\nexcept E:\n    g()\nprint(x)\nassert x")
    True
    >>> ends_in_try("try:\n    f()\nexcept E:\n    g()\nh()"), ends_in_try("1")
    (False, False)
    """
    step = page_texts.last_step(code)
    while isinstance(step, ast.With):
        step = step.body[-1]
    return isinstance(step, ast.Try)


def code(text: str) -> nodes.Node:
    """Return an identifier, nothing for a dash."""
    return nodes.Text("") if text == "-" else nodes.literal(text, text)


class BelowTheOutput(SphinxTransform):
    """Put panels below what their cell printed: sphinx-gallery has them above."""

    default_priority = 500  # after docutils has set classes

    def apply(self, **kwargs: object) -> None:
        """Change the document in place."""
        for panels in list(self.document.findall(state_panels)):
            output = panels.next_node(descend=False, siblings=True)
            if output and OUTPUT in output.get("classes", []):
                panels.parent.remove(panels)
                output.parent.insert(output.parent.index(output) + 1, panels)


class Draw(SphinxPostTransform):
    """Draw the panels of a page that is written."""

    default_priority = 600  # after Furo lets tables scroll (500): these need not

    def run(self, **kwargs: object) -> None:
        """Change the document in place."""
        found: list[nodes.Element] = []
        for panels in list(self.document.findall(state_panels)):
            above = panels.parent[: panels.parent.index(panels)][-2:]
            cells = [part for part in above if part.get("language") == "Python"]
            raised = (
                [part.get("language") for part in above] == ["Python", "none"]
                and {OUTPUT, ERROR} <= {*above[1]["classes"]}
                and ends_in_try(above[0].astext())
            )
            drawn = nodes.container("", classes=panels["classes"])
            if cells:
                line = escape(identity_frames.did(cells[-1].astext()))
                drawn += html(f'<code class="strip-line" hidden>{line}</code>')
            fold = "in-fold" not in panels["classes"]
            for title, rows in panel_marks.read(panels["text"]):
                drawn += panel(title, rows, raised=raised, fold=fold)
            panels.replace_self(drawn)
            found += [part for part in drawn if isinstance(part, nodes.container)]
        for number, one in enumerate(found, start=1):
            one["ids"] = [f"state-{number}"]  # for links to it


def setup(app: Sphinx) -> None:
    """Add the directive and the transform."""
    app.add_directive("state-panel", StatePanel)
    app.add_node(state_panels)
    app.add_transform(BelowTheOutput)
    app.add_post_transform(Draw)
