"""Write what stands on a page as Markdown: CommonMark, with the tables of GitHub.

``Markdown(address).text(parts)`` takes parts of a document that Sphinx has resolved,
so translated, and knows nothing of pages: ``address`` gives where a link leads, or
``None``, and then the link is only its text.  It warns of what it does not know:
nothing is lost in silence.
"""

import re
from collections.abc import Callable, Iterable
from functools import singledispatchmethod

from docutils import nodes
from sphinx import addnodes
from sphinx.locale import admonitionlabels
from sphinx.util import logging

Address = Callable[[nodes.Element], str | None]

logger = logging.getLogger(__name__)

# Says nothing to a reader, or only to HTML; lists of pages are bullet lists by now.
SILENT = (
    nodes.comment,
    nodes.raw,
    nodes.colspec,
    addnodes.toctree,
    addnodes.highlightlang,
    nodes.problematic,  # which was reported
    nodes.system_message,
)
LANGUAGES = {"Python": "python", "default": "python", "none": "text"}  # of code

SPECIAL = re.compile(r"[\\`*\[\]<$~]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)")
OPENING = re.compile(r"^([#>+=-]|\d+(?=[.)]))", re.MULTILINE)  # of a heading, a list
BREAK = "\u200b"  # where a long identifier may break in a narrow column


class Markdown:
    """The writer: `text` for blocks, `line` for what stands inside one."""

    def __init__(self, address: Address, anchors: bool = False) -> None:
        """Write links to where ``address`` says; targets of links, if ``anchors``."""
        self.address = address
        self.anchors = anchors

    def text(self, parts: Iterable[nodes.Node]) -> str:
        """Return blocks, a blank line between them."""
        return "\n\n".join(filter(None, map(self.write, parts)))

    def line(self, parts: Iterable[nodes.Node]) -> str:
        """Return what stands in one block."""
        return "".join(map(self.write, parts))

    @singledispatchmethod
    def write(self, node: nodes.Node) -> str:
        """Return a part of a page, without a line end; "" for what says nothing."""
        return "" if isinstance(node, SILENT) else refuse(node)

    # Blocks

    @write.register(nodes.document)
    @write.register(nodes.section)
    @write.register(nodes.compound)
    @write.register(nodes.container)
    @write.register(nodes.figure)
    @write.register(nodes.legend)
    @write.register(nodes.definition_list)  # Markdown has none: term, then what it is
    @write.register(nodes.definition_list_item)
    @write.register(nodes.definition)
    def all_of(self, node: nodes.Element) -> str:
        """Return the blocks in ``node``, if they are not for a screen only."""
        return "" if "on-screen" in node["classes"] else self.text(node.children)

    @write.register(nodes.title)
    @write.register(nodes.rubric)
    def heading(self, node: nodes.TextElement) -> str:
        """Return a heading; a table's title stands above it as a paragraph."""
        words = self.line(node.children).replace("\n", " ")
        if isinstance(node.parent, nodes.table):
            return words
        if isinstance(node.parent, nodes.Admonition):
            return emphasised(words, "**")
        level = len(node.section_hierarchy()) + isinstance(node, nodes.rubric)
        return f"{'#' * level} {words}"

    @write.register(nodes.paragraph)
    @write.register(nodes.caption)
    @write.register(nodes.term)
    def paragraph(self, node: nodes.TextElement) -> str:
        """Return a paragraph, with the line ends of its source."""
        if node.get("toctree"):  # Sphinx puts the list of pages into one
            return self.text(node.children)
        own = node["ids"] if isinstance(node, nodes.term) and self.anchors else []
        targets = "".join(f'<a id="{name}"></a>' for name in own)
        return targets + opening_escaped(self.line(node.children).strip())

    @write.register(nodes.bullet_list)
    @write.register(nodes.enumerated_list)
    def items(self, node: nodes.Element) -> str:
        """Return a list; one is tight whose items are one paragraph, and a list."""
        numbers = isinstance(node, nodes.enumerated_list)
        first = node.get("start", 1)
        # Sphinx leaves a hidden list of pages in a list of pages that it shows
        items = [item for item in node.children if isinstance(item, nodes.list_item)]
        whole = "\n\n".join(
            indented(self.text(item), f"{first + n}. " if numbers else "- ")
            for n, item in enumerate(items)
        )
        others = [part for item in items for part in item.children[1:]]
        tight = all(isinstance(part, nodes.bullet_list) for part in others)
        return whole.replace("\n\n", "\n") if tight else whole

    @write.register(nodes.literal_block)  # with links in it too
    @write.register(nodes.doctest_block)
    def code(self, node: nodes.TextElement) -> str:
        """Return code, an output, or a session with Python, in a fence."""
        language = node.get("language") or node.get("lang", "default")
        if isinstance(node, nodes.doctest_block) or "doctest" in node["classes"]:
            language = "pycon"
        return fenced(node.astext(), LANGUAGES.get(language, language))

    @write.register(nodes.target)
    def anchor(self, node: nodes.target) -> str:
        """Return a place that links lead to."""
        anchor = node.get("refid", "")
        if not self.anchors or not anchor or anchor.startswith("sphx-glr-"):
            return ""  # sphinx-gallery's own is one a page: nothing leads there
        return f'<a id="{anchor}"></a>'

    @write.register(nodes.table)
    def table(self, node: nodes.table) -> str:
        """Return a table, its title above it."""
        titles = [part for part in node if isinstance(part, nodes.title)]
        head, *body = [self.row(row) for row in node.findall(nodes.row)]
        if not any(node.findall(nodes.thead)):
            return refuse(node)
        rule = f"|{' --- |' * len(next(node.findall(nodes.row)))}"
        return "\n\n".join([*map(self.heading, titles), "\n".join([head, rule, *body])])

    def row(self, node: nodes.row) -> str:
        """Return a row of a table."""
        return f"| {' | '.join(map(self.entry, node.children))} |"

    def entry(self, node: nodes.entry) -> str:
        """Return an entry of a table: its paragraphs on one line.

        Empty ones follow the entry of a row that is as wide as the table.
        """
        if "morerows" in node or ("morecols" in node and len(node.parent) > 1):
            return refuse(node)
        parts = [part for part in node.children if not isinstance(part, SILENT)]
        lines = (self.line(part.children).strip() for part in parts)
        found = "<br>".join(lines).replace("\n", " ").replace("|", r"\|")
        return found + " |" * node.get("morecols", 0)

    @write.register(nodes.math_block)
    def formula(self, node: nodes.math_block) -> str:
        """Return a formula that stands alone."""
        return f"$$\n{node.astext().strip()}\n$$"

    @write.register(nodes.transition)
    def rule(self, node: nodes.transition) -> str:
        """Return a line between two parts."""
        return "---"

    @write.register(nodes.block_quote)
    @write.register(nodes.Admonition)
    def quote(self, node: nodes.Element) -> str:
        """Return a quotation; a note or a warning is one, with its label."""
        label = admonitionlabels.get(node.tagname)
        text = "\n\n".join(filter(None, [label and f"**{label}**", self.text(node)]))
        return re.sub("^", "> ", text, flags=re.MULTILINE)

    @write.register(nodes.footnote)
    def footnote(self, node: nodes.footnote) -> str:
        """Return a footnote, below its number."""
        number, *parts = node.children
        return indented(self.text(parts), f"[^{number.astext()}]: ")

    @write.register(nodes.image)
    def picture(self, node: nodes.image) -> str:
        """Return an image, or only what it shows."""
        if address := self.address(node):
            return f"![{escaped(node['alt'])}]({address})"
        return emphasised(escaped(node["alt"]), "*")

    # Within a block

    @write.register(nodes.Text)
    def words(self, node: nodes.Text) -> str:
        """Return text."""
        return escaped(node.astext().replace(BREAK, ""))

    @write.register(nodes.inline)
    def as_it_is(self, node: nodes.inline) -> str:
        """Return what has a class only; nothing if the page does not show it."""
        return "" if "unseen" in node["classes"] else self.line(node.children)

    @write.register(nodes.math)
    def term_of_formula(self, node: nodes.math) -> str:
        """Return a formula in a sentence."""
        return f"${node.astext()}$"

    @write.register(nodes.footnote_reference)
    def note_number(self, node: nodes.footnote_reference) -> str:
        """Return the number of a footnote."""
        return f"[^{node.astext()}]"

    @write.register(nodes.superscript)
    @write.register(nodes.subscript)
    def raised(self, node: nodes.TextElement) -> str:
        """Return what stands higher or lower: HTML, as GitHub shows it."""
        tag = "sup" if isinstance(node, nodes.superscript) else "sub"
        return f"<{tag}>{self.line(node.children)}</{tag}>"

    @write.register(nodes.literal)
    def literal(self, node: nodes.literal) -> str:
        """Return an identifier."""
        return code_span(node.astext().replace(BREAK, ""))

    @write.register(nodes.emphasis)
    @write.register(nodes.strong)
    def emphasis(self, node: nodes.TextElement) -> str:
        """Return what is in italics, or bold."""
        mark = "**" if isinstance(node, nodes.strong) else "*"
        return emphasised(self.line(node.children), mark)

    @write.register(nodes.reference)
    @write.register(addnodes.download_reference)
    def link(self, node: nodes.Element) -> str:
        """Return a link, or only its text; a link to where it stands says nothing."""
        if "headerlink" in node["classes"]:
            return ""
        words = self.line(node.children).replace("\n", " ")
        address = self.address(node)
        return f"[{words}]({address})" if address else words


def refuse(node: nodes.Node) -> str:
    """Warn of a part that has no Markdown here; return nothing of it."""
    message = "%s cannot write this as Markdown: %s"
    logger.warning(message, __name__, type(node).__name__, location=node)
    return ""


def indented(text: str, marker: str) -> str:
    r"""Return a list's item.

    >>> indented("a\n\nb", "- ")
    '- a\n\n  b'
    """
    return marker + re.sub(r"\n(?=.)", "\n" + " " * len(marker), text)


def fenced(code: str, language: str) -> str:
    r"""Return code in a fence that is longer than any within.

    >>> print(fenced("```\n", "text"))
    ````text
    ```
    ````
    """
    fence = "`" * max(3, longest_run(code) + 1)
    return f"{fence}{language}\n{code.rstrip()}\n{fence}"


def code_span(code: str) -> str:
    r"""Return an identifier between backticks, more than any within.

    >>> code_span("x"), code_span("`x` is"), code_span("a\nb")
    ('`x`', '`` `x` is ``', '`a b`')
    """
    code = code.replace("\n", " ")
    marks = "`" * (longest_run(code) + 1)
    space = " " if code.startswith("`") or code.endswith("`") else ""
    return f"{marks}{space}{code}{space}{marks}"


def longest_run(text: str) -> int:
    """Return the length of the longest run of backticks.

    >>> longest_run("a `` b `"), longest_run("")
    (2, 0)
    """
    return max(map(len, re.findall("`+", text)), default=0)


def escaped(text: str) -> str:
    r"""Return text in which nothing is markup.

    >>> escaped("2 * x[0] in __init__ and named_parameters: <b>, $x$")
    '2 \\* x\\[0\\] in \\_\\_init\\_\\_ and named_parameters: \\<b>, \\$x\\$'
    """
    return SPECIAL.sub(r"\\\g<0>", text)


def opening_escaped(text: str) -> str:
    r"""Return a paragraph of which no line opens a heading, a list or a quotation.

    >>> opening_escaped("1. is a number\n- is a sign")
    '1\\. is a number\n\\- is a sign'
    >>> opening_escaped("3 tensors")
    '3 tensors'
    """
    return OPENING.sub(lambda m: m[0] + "\\" if m[0].isdigit() else "\\" + m[0], text)


def emphasised(text: str, mark: str) -> str:
    r"""Return text in emphasis; punctuation at its ends stands outside.

    CommonMark does not see the end of emphasis between punctuation and a letter, and
    in Chinese no blank follows.

    >>> emphasised("看这里。", "**"), emphasised("`x`", "*")
    ('**看这里**。', '*`x`*')
    """
    found = re.fullmatch(r"([^\w`]*)(.*?)([^\w`]*)", text, re.DOTALL)
    return f"{found[1]}{mark}{found[2]}{mark}{found[3]}" if found[2] else text
