"""Read the notebooks that readers take along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat

if TYPE_CHECKING:
    from pathlib import Path

    from nbformat import NotebookNode

    from tested_gallery.pages.page_texts import Page


def notebook(site: Path, language: str, page: Page) -> NotebookNode:
    return nbformat.read(site / language / f"gallery/{page.name}.ipynb", as_version=4)


def code_cells(found: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in found.cells if cell.cell_type == "code"]


def text_cells(found: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in found.cells if cell.cell_type == "markdown"]


def asks(cell: NotebookNode) -> bool:
    """Return whether the reader is to run a cell, which shows nothing yet."""
    return cell.execution_count is None


def printed(cell: NotebookNode) -> str:
    """Return what a cell printed, and not what its last expression was."""
    return "".join(o.text for o in cell.outputs if o.output_type == "stream")


def value(cell: NotebookNode) -> str:
    """Return what the last expression of a cell was."""
    found = [o for o in cell.outputs if o.output_type == "execute_result"]
    return "".join(one.data["text/plain"] for one in found)


def images(cell: NotebookNode) -> int:
    """Return how many figures a cell shows."""
    kinds = [kind for o in cell.outputs for kind in o.get("data", {})]
    return sum(kind.startswith("image/") for kind in kinds)
