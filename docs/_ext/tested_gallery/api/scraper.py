"""Write down the names of torch's API in a cell, when it has run.

sphinx-gallery calls `scrape` after each code cell.  The generated page gets the line of
the script on which the cell begins and the names that were found in it (`cell_names`):
line, column, length, name.  So a page that is not executed again keeps them:

    .. api-names:: 25

        7 6 15 torch.nn.Module.load_state_dict

After the last cell come the names in the page's promise: ``.. api-names:: 11 promise``.
"""

import doctest
from pathlib import Path
from typing import Any, NamedTuple

from sphinx.application import Sphinx
from sphinx_gallery.py_source_parser import remove_config_comments

from tested_gallery.pages import gallery_settings, page_texts
from tested_gallery.pages.gallery_settings import Block

PROMPT = len(">>> ")


class Name(NamedTuple):
    """A name of the API in a cell: where it stands, and what it names."""

    line: int
    column: int
    length: int
    name: str


def scrape(block: Block, variables: dict[str, Any], _: object) -> str:
    """Return the names in a cell as reST: a scraper of sphinx-gallery."""
    # here: a build that executes nothing need not import torch
    from tested_gallery.api import cell_names

    script, names = Path(variables["src_file"]), variables["example_globals"]
    line = page_texts.cell(block[1], block[2]).line
    code = remove_config_comments(block[1]).strip("\n")
    text = directive(str(line), cell_names.names(code, names))
    if line != page_texts.cells(script)[-1].line:
        return text
    first, promise = promised(script)
    found = [
        name._replace(line=name.line + example.lineno, column=name.column + PROMPT)
        for example in doctest.DocTestParser().get_examples(promise)
        for name in cell_names.names(example.source, names)
    ]
    return text + directive(f"{first} promise", found)


def directive(arguments: str, found: list[Name]) -> str:
    r"""Return the directive that holds names.

    >>> directive("25", [(7, 6, 5, "torch")])
    '\n.. api-names:: 25\n\n    7 6 5 torch\n\n'
    """
    lines = "".join(f"    {' '.join(map(str, name))}\n" for name in found)
    return f"\n.. api-names:: {arguments}\n\n{lines}\n" if found else ""


def read(line: str) -> Name:
    """Return the name in a line of the directive.

    >>> read("7 6 5 torch")
    Name(line=7, column=6, length=5, name='torch')
    """
    *numbers, name = line.split()
    return Name(*map(int, numbers), name)


def promised(script: Path) -> tuple[int, str]:
    """Return the lines of a script's promise, and on which line they begin."""
    lines = script.read_text("utf-8").splitlines()
    start = next((i for i, line in enumerate(lines) if line.startswith(">>> ")), 0)
    end = next((i for i in range(start, len(lines)) if not lines[i]), len(lines))
    return start + 1, "\n".join(lines[start:end])


def setup(app: Sphinx) -> None:
    """Look at each cell after it ran."""
    gallery_settings.add_scraper(app, f"{__name__}.scrape")
