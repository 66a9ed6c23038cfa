"""Let what is wrong with the text of a page name the script and the line in it.

sphinx-gallery writes above each block of a page which lines of the script it is from.
docutils keeps for each line of a text where it is from, and tells nodes and messages.
"""

import itertools
import re
from collections.abc import Iterator

from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.parsers import RSTParser

from tested_gallery.pages import page_texts

BLOCK = re.compile(r"\.\. GENERATED FROM PYTHON SOURCE LINES (\d+)-(\d+)")
# The text of the header begins below its label.
START = re.compile(rf"{BLOCK.pattern}|\.\. _sphx_glr_gallery_.*\.py:")


class PageParser(RSTParser):
    """Sphinx's parser of reST, which knows the lines of the gallery's scripts."""

    def decorate(self, content: StringList) -> None:
        """Give the lines of a generated page the places in the script."""
        super().decorate(content)
        docs, source = f"{page_texts.ROOT}/docs/", content.source(0) or ""
        name = source.removeprefix(docs).removesuffix(".rst")
        if name.endswith("/index"):  # sphinx-gallery copies it
            original = str(page_texts.ROOT / f"{name}.rst")
            content.items[:] = [(original, line) for _copy, line in content.items]
        if source.startswith(docs) and (page := page_texts.called(name)):
            script = page.script.read_text("utf-8").splitlines()
            for at, line in places(list(content), script):
                content.items[at] = str(page.script), line


def places(page: list[str], script: list[str]) -> Iterator[tuple[int, int]]:
    r'''Yield the lines of a page that are from the script, and the lines there, from 0.

    >>> block = ".. GENERATED FROM PYTHON SOURCE LINES 6-8"
    >>> page = [".. _sphx_glr_gallery_a_b.py:", "", "T", "=", block, "", "text"]
    >>> list(places(page, ['"""', "T", "=", '"""', "# %%", "# text"]))
    [(1, 1), (2, 1), (3, 2), (5, 5), (6, 5)]
    '''
    starts = [at for at, line in enumerate(page) if START.match(line)]
    for at, end in itertools.pairwise([*starts, len(page)]):
        text = next((n for n in range(at + 1, end) if page[n]), end - 1)
        if match := BLOCK.match(page[at]):
            first, last = int(match[1]), int(match[2])
            text += 2 if page[text].startswith(".. code-block::") else 0
        else:
            first = 1 + next(n for n, line in enumerate(script) if page[text] in line)
            last = len(script)
        for number in range(at + 1, end):
            yield number, max(first, min(first + number - text, last)) - 1


def setup(app: Sphinx) -> None:
    """Take the place of Sphinx's parser."""
    app.add_source_parser(PageParser, override=True)
