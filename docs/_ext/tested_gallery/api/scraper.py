"""Write down the names of torch's API in a cell, when it has run.

sphinx-gallery calls `scrape` after each code cell.  The generated page gets the line of
the script on which the cell begins and the names that were found in it (`cell_names`):
line, column, length, name.  So a page that is not executed again keeps them:

    .. api-names:: 25

        7 6 15 torch.nn.Module.load_state_dict
"""

from typing import Any, NamedTuple

from sphinx.application import Sphinx
from sphinx_gallery.py_source_parser import remove_config_comments

from tested_gallery.pages import gallery_settings, page_texts
from tested_gallery.pages.gallery_settings import Block


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

    line = page_texts.cell(block[1], block[2]).line
    code = remove_config_comments(block[1]).strip("\n")
    return directive(line, cell_names.names(code, variables["example_globals"]))


def directive(line: int, found: list[Name]) -> str:
    r"""Return the directive that holds names.

    >>> directive(25, [(7, 6, 5, "torch")])
    '\n.. api-names:: 25\n\n    7 6 5 torch\n\n'
    """
    lines = "".join(f"    {' '.join(map(str, name))}\n" for name in found)
    return f"\n.. api-names:: {line}\n\n{lines}\n" if found else ""


def read(line: str) -> Name:
    """Return the name in a line of the directive.

    >>> read("7 6 5 torch")
    Name(line=7, column=6, length=5, name='torch')
    """
    *numbers, name = line.split()
    return Name(*map(int, numbers), name)


def setup(app: Sphinx) -> None:
    """Look at each cell after it ran."""
    gallery_settings.add_scraper(app, f"{__name__}.scrape")
