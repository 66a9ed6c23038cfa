"""List what torch says when something goes wrong, why, and the cell that cures it.

In a page:

    ```{messages}
    ```

The data lie in ``docs/messages.csv``: the type of the error or warning; its message,
``…`` for the parts that differ; the cause, a sentence; and the facts whose proofs show
it, by their labels.  A message that only a GPU causes is taken from a record in
``docs/recorded/``, which ``docs/_tools/record_message.py`` writes there; readers see
with which torch, on which device and when.
"""

import re
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from tested_gallery import author_files
from tested_gallery.author_files import FileError
from tested_gallery.languages.untranslated import link, paragraph

LIST = Path(__file__).resolve().parents[3] / "messages.csv"
RECORDED = LIST.with_name("recorded")
FIELDS = ("message", "torch", "device", "date", "command")  # of a record


class Message(NamedTuple):
    """A row of the list."""

    type: str
    message: str
    cause: str
    facts: list[str]
    line: int


def messages(path: Path = LIST) -> list[Message]:
    """Return the list of messages."""
    rows = author_files.table(path, Message._fields[:-1])
    return [Message(*row[:3], row[3].split(), line) for line, row in rows]


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


class MessageList(SphinxDirective):
    """A list of the messages, by their types: a table is too wide for a phone."""

    def run(self) -> list[nodes.Node]:
        """Return the list; only the causes are messages of the catalog."""
        for path in (LIST, *RECORDED.glob("*.json")):
            self.env.note_dependency(path)
        self.records = records()
        ordered = sorted(messages(), key=lambda row: (row.type, row.message.lower()))
        items = map(self.item, ordered)
        return [nodes.definition_list("", *items, classes=["messages"])]

    def item(self, row: Message) -> nodes.definition_list_item:
        """Return a message, its cause, where it was recorded, links to its proofs."""
        text = f"{row.type}: {row.message}"
        said = nodes.term("", "", nodes.literal("", text), translatable=False)
        parsed, _problems = self.parse_inline(row.cause)
        cause, proofs = nodes.paragraph(row.cause, "", *parsed), nodes.bullet_list()
        for fact in row.facts:  # `Titles` gives the links their texts
            proof = link("ref", fact, fact, titled=True)
            proofs += nodes.list_item("", paragraph(proof))
        for part in (cause, proofs):  # for messages about them
            part.source, part.line = str(LIST), row.line
        on = _("Recorded on %(device)s with torch %(torch)s, %(date)s")
        where = [paragraph(on % r) for r in self.records if quotes(row, r["message"])]
        below = nodes.definition("", cause, *where, proofs)
        return nodes.definition_list_item("", said, below)


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
