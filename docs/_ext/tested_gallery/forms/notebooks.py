"""Write the cells of a page as a notebook, or as a script that runs by itself.

Both take the text as Markdown.  The script is in the percent format, which VS Code,
Spyder and Jupytext open as cells:

    # %% [markdown]
    # The text.

    # %%
    the_code()

The notebook carries what the page shows: outputs, figures, panels.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from docutils import nodes

from tested_gallery.forms.cells import Code, Text

Write = Callable[[Iterable[nodes.Node]], str]  # parts of a document as Markdown

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "name": "python"},
}


def script(cells: list[Text | Code], write: Write) -> str:
    """Return a script in the percent format."""
    return "\n".join(
        f"# %%\n{cell.code.rstrip()}\n"
        if isinstance(cell, Code)
        else f"# %% [markdown]\n{commented(write(cell))}\n"
        for cell in cells
    )


def commented(text: str) -> str:
    r"""Return text as comments.

    >>> commented("a\n\nb")
    '# a\n#\n# b'
    """
    return "\n".join(f"# {line}".rstrip() for line in text.splitlines())


def notebook(cells: list[Text | Code], write: Write, figures: Path) -> str:
    """Return a notebook, as the text of its file; ``figures`` is where they lie."""
    ran = 0
    found = []
    for number, cell in enumerate(cells, start=1):
        if isinstance(cell, Code):
            ran += not cell.asks
            one = code_cell(cell, None if cell.asks else ran, write, figures)
        else:
            one = {"cell_type": "markdown", "source": lines(write(cell))}
        found.append({"id": f"cell-{number}", "metadata": {}, **one})
    whole = {"cells": found, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def code_cell(
    cell: Code, number: int | None, write: Write, figures: Path
) -> dict[str, Any]:
    """Return a cell of code that ran as the ``number``th, or is still to run."""
    outputs: list[dict[str, Any]] = []
    if cell.printed:
        printed = {"name": "stdout", "text": lines(cell.printed)}
        outputs.append({"output_type": "stream", **printed})
    if cell.value:
        value = displayed("text/plain", cell.value.rstrip("\n"))
        value |= {"output_type": "execute_result", "execution_count": number}
        outputs.append(value)
    for image in cell.figures:
        drawing = figures / Path(image["uri"]).name
        if drawing.exists():  # else `figures` or Sphinx has said so
            alt = image.get("alt", "")
            outputs.append(displayed("image/svg+xml", drawing.read_text("utf-8"), alt))
    if cell.panels:
        outputs.append(displayed("text/markdown", write(cell.panels)))
    return {
        "cell_type": "code",
        "execution_count": number,
        "outputs": outputs,
        "source": lines(cell.code.rstrip("\n")),
    }


def displayed(kind: str, content: str, plain: str = "") -> dict[str, Any]:
    """Return an output beside the printed ones, with a text for who cannot show it."""
    data = {kind: lines(content), "text/plain": lines(plain or content)}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def lines(text: str) -> list[str]:
    r"""Return a text as notebooks keep it.

    >>> lines("a\nb")
    ['a\n', 'b']
    """
    return text.splitlines(keepends=True)
