"""List what torch says when something goes wrong, why, and the code that mends it.

In a page, the messages of one group:

    ```{messages} load
    ```

The data lie in ``docs/messages.csv``, the most frequent of a group first: an id, which
others may link to; the group; the type of the error or warning; its message, ``…`` for
the parts that differ; the cause, a sentence; the fix; and the facts whose proofs show
it, by their labels.  A fix is code of a page: its short answer if it says
``<group>/<page>``, else the cell below the label that it says, which runs alone.  A
message that only a GPU causes is taken from a record in ``docs/recorded/``, which
``docs/_tools/record_message.py`` writes there; readers see with which torch, on which
device and when.
"""

import itertools
import re
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx_gallery.py_source_parser import remove_config_comments

from tested_gallery import author_files
from tested_gallery.author_files import FileError
from tested_gallery.languages.untranslated import link, paragraph
from tested_gallery.pages import in_short, page_texts

LIST = Path(__file__).resolve().parents[3] / "messages.csv"
RECORDED = LIST.with_name("recorded")
FIELDS = ("message", "torch", "device", "date", "command")  # of a record


class Message(NamedTuple):
    """A row of the list."""

    id: str
    group: str
    type: str
    message: str
    cause: str
    fix: str
    facts: list[str]
    line: int


class Fix(NamedTuple):
    """Code that mends, and the names of what its reader has."""

    code: str
    names: list[str]
    script: Path


def messages(path: Path = LIST) -> list[Message]:
    """Return the list of messages."""
    rows = author_files.table(path, Message._fields[:-1], ("fix",))
    return [Message(*row[:-1], row[-1].split(), line) for line, row in rows]


def records(folder: Path = RECORDED) -> list[dict[str, str]]:
    """Return what exceptions said on devices that not every machine has."""
    found = []
    for path in sorted(folder.glob("*.json")):
        one = author_files.data(path)
        texts = one.values() if isinstance(one, dict) and {*one} == {*FIELDS} else [""]
        if not all(isinstance(text, str) and text.strip() for text in texts):
            what = f"is no record of the texts {', '.join(FIELDS)}"
            remedy = "record it anew with docs/_tools/record_message.py"
            raise FileError(path, 1, f"{what}; {remedy}")
        found.append(one)
    return found


def pattern(message: str) -> re.Pattern[str]:
    """Return what finds a message, whatever stands at its ``…``.

    >>> bool(pattern("got … and (…)!").search("RuntimeError: got cuda:0 and (cpu)!"))
    True
    """
    return re.compile(".*".join(map(re.escape, message.split("…"))))


def quotes(message: Message, said: str) -> bool:
    """Return whether a line of the list quotes what was said, type and message."""
    kind, _colon, _text = said.partition(": ")
    return kind.endswith(message.type) and bool(pattern(message.message).search(said))


def fix(row: Message, root: Path = page_texts.ROOT) -> Fix | None:
    """Return the code that mends what a row of the list is about, if it names any."""
    if not row.fix:
        return None
    page = page_texts.called(f"gallery/{row.fix}", root)
    if page and (found := in_short.answer(page.script)):
        cell, names = found
        return Fix(shown(cell.code), names, page.script)
    for page in page_texts.pages(root):
        for text, code in itertools.pairwise(page_texts.blocks(page.script)):
            mark = f".. _{row.fix}:\n"
            if (text.type, code.type) == ("text", "code") and mark in text.content:
                return Fix(shown(code.content), [], page.script)
    what = f"{row.fix} is no page with a short answer that is code, and no label"
    raise FileError(LIST, row.line, f"{what} right above a cell; write one")


def shown(code: str) -> str:
    """Return the code of a cell as its page shows it."""
    return remove_config_comments(code).strip("\n")


class MessageList(SphinxDirective):
    """The messages of a group: a table is too wide for a phone."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the list; only the causes are messages of the catalog."""
        for path in (LIST, *RECORDED.glob("*.json")):
            self.env.note_dependency(path)
        self.records = records()
        found = [row for row in messages() if row.group == self.arguments[0]]
        if not found:
            raise self.warning(f"no message of {LIST.name} is of {self.arguments[0]!r}")
        return [nodes.definition_list("", *map(self.item, found), classes=["messages"])]

    def item(self, row: Message) -> nodes.definition_list_item:
        """Return a message, its cause and fix, where it was recorded, its proofs."""
        text = f"{row.type}: {row.message}"
        here = nodes.reference("", "¶", refuri=f"#{row.id}", classes=["headerlink"])
        here["reftitle"] = _("Link to this message")
        said = nodes.term("", "", nodes.literal("", text), here, translatable=False)
        said["ids"].append(row.id)
        domain = self.env.domains.standard_domain
        domain.note_hyperlink_target(row.id, self.env.docname, row.id, text)
        parsed, _problems = self.parse_inline(row.cause)
        cause, proofs = nodes.paragraph(row.cause, "", *parsed), nodes.bullet_list()
        for fact in row.facts:  # `Titles` gives the links their texts
            proof = link("ref", fact, fact, titled=True)
            proofs += nodes.list_item("", paragraph(proof))
        for part in (cause, proofs):  # for messages about them
            part.source, part.line = str(LIST), row.line
        on = _("Recorded on %(device)s with torch %(torch)s, %(date)s")
        where = [paragraph(on % r) for r in self.records if quotes(row, r["message"])]
        below = nodes.definition("", cause, *self.mending(fix(row)), *where, proofs)
        return nodes.definition_list_item("", said, below)

    def mending(self, found: Fix | None) -> list[nodes.Node]:
        """Return code that mends, below a line that says whose names it uses."""
        if not found:
            return []
        self.env.note_dependency(str(found.script))
        code = nodes.literal_block(found.code, found.code, language="python")
        if not found.names:
            return [paragraph(_("What mends it:")), code]
        before, after = _("What mends it, with your %s:").split("%s")
        names = nodes.literal("", ", ".join(found.names))
        return [paragraph(before, names, after), code]


class Titles(SphinxPostTransform):
    """Let a link to a proof say the title of its page."""

    default_priority = 5  # before Sphinx resolves references (10)

    def run(self, **kwargs: object) -> None:
        """Change the document in place."""
        labels = self.env.domains.standard_domain.anonlabels
        for proof in self.document.findall(addnodes.pending_xref):
            if proof.get("titled") and proof["reftarget"] in labels:
                title = self.env.titles[labels[proof["reftarget"]][0]]
                proof[:] = [nodes.inline("", "", *title.deepcopy().children)]


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("messages", MessageList)
    app.add_post_transform(Titles)
