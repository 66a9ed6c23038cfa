"""Read what people write by hand, whole, or say in one line what is wrong with it.

A function for each kind of file.  What cannot be read whole, or would be lost later on,
raises `FileError`: ``file:line: what is wrong; what to write instead``.
"""

import ast
import csv
import io
import json
import os
import re
import runpy
import traceback
import warnings
from collections.abc import Container, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from babel.messages import Catalog, pofile
from sphinx.errors import SphinxError

CACHE = "__pycache__"
MARK = b"\xef\xbb\xbf"
CELL = re.compile(r"(#{20,}|# ?%%)\s*(?P<text>.*)")  # as sphinx-gallery has it
TODO = re.compile(r"\bTODO\b")
CATALOG_LINE = re.compile(r'(msg(ctxt|id|str)(_plural|\[\d\])? )?"([^"\\]|\\.)*"')
MESSAGE = re.compile(r'^msgid ((?:".*"\n)+)', re.MULTILINE)
MERGE = re.compile(r"^(<{7}|>{7})( |$)", re.MULTILINE)


class FileError(SphinxError):
    """A file that cannot be used; the message names file, line and remedy."""

    category = "A file cannot be used"

    def __init__(self, path: Path, line: int, text: str) -> None:
        """Note the line, from 1, and what is wrong with it."""
        super().__init__(f"{path}:{line}: {text}")
        self.path, self.line, self.text = path, line, text


def text(path: Path) -> str:
    """Return the text of a file: UTF-8, without a mark for it, merged to its end."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FileError(path, 1, f"cannot be read: {error.strerror}") from None
    if content.startswith(MARK):
        raise FileError(path, 1, "begins with a byte-order mark; save it without")
    try:
        found = content.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileError(path, line, "is not UTF-8; save it as UTF-8") from None
    if merge := MERGE.search(found):
        line = found.count("\n", 0, merge.start()) + 1
        raise FileError(path, line, f"is half merged ({merge[1]}); keep one side of it")
    return found


def script(path: Path) -> None:
    """Refuse a page of the gallery that would be lost, or end Sphinx."""
    code = text(path)
    with warnings.catch_warnings(action="ignore"):  # it is told when the page runs
        try:
            tree = ast.parse(code)
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or 1
            message = f"is no Python: {getattr(error, 'msg', error)}"
            raise FileError(path, line, f"{message}; mend this line") from None
    if not (ast.get_docstring(tree) or "").strip():
        need = "a title and a sentence between three quotes"
        raise FileError(path, 1, f"has no header; begin it with {need}")
    if len(tree.body) == 1:
        end = tree.body[0].end_lineno
        raise FileError(path, end, "has no code; write a cell below its header")
    text_cells(path, code, tree.body[0].end_lineno)


def one_of_its_name(page: Path, other: Path) -> None:
    """Refuse a page that is called like another: links and downloads would meet."""
    if page != other:
        raise FileError(page, 1, f"has the name of {other}, which only one can have")


def text_cells(path: Path, code: str, header: int) -> None:
    """Refuse what stands in a text cell and would be on no page, or never run.

    ``header`` is the last line of the header, which is one too.
    """
    inside = False
    for number, line in enumerate(code.splitlines(), start=1):
        if marker := CELL.match(line):
            inside = True
            if marker["text"]:
                what = "has text on the line that opens a cell, which is on no page"
                raise FileError(path, number, f"{what}; write it on the next line")
        inside = inside and line.startswith("#")
        if (inside or number < header) and line.strip("# ").startswith(">>> "):
            what = "has a session in its text, which never runs"
            raise FileError(path, number, f"{what}; make it a code cell")


def settings(path: Path) -> dict[str, Any]:
    """Return what a Python file with settings sets."""
    text(path)
    try:
        found = runpy.run_path(str(path))
    except Exception as error:  # whatever is written there
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == str(path)]
        line = getattr(error, "lineno", None) or (lines or [1])[-1]
        what = f"{type(error).__name__}: {getattr(error, 'msg', error)}"
        raise FileError(path, line, f"{what}; mend this line") from None
    if not found.get("languages"):
        need = 'languages = {"en": "English", ...}'
        raise FileError(path, 1, f"sets no languages; write {need}")
    return found


def environment() -> None:
    """Refuse a setting of the environment that cannot be read."""
    date = os.environ.get("SOURCE_DATE_EPOCH", "0")
    if not (date.isascii() and date.isdigit()):
        given, remedy = f"SOURCE_DATE_EPOCH={date}", "give seconds since 1970, or none"
        raise FileError(Path("environment"), 1, f"{given} is no number; {remedy}")


def faults(root: Path) -> Iterator[FileError]:
    """Yield what is wrong with the environment and with the gallery under ``root``."""
    names: dict[str, Path] = {}
    gallery = root / "gallery"
    groups = [path for path in sorted(gallery.iterdir()) if path.is_dir()]
    checks = [environment, *(partial(group, g) for g in groups if g.name != CACHE)]
    for page in sorted(gallery.glob("*/[!_]*.py")):
        other = names.setdefault(page.name, page)
        checks += [partial(script, page), partial(one_of_its_name, page, other)]
    for check in checks:
        try:
            check()
        except FileError as error:
            yield error


def todos(root: Path, page: str = "") -> Iterator[FileError]:
    """Yield what is still to be done on a page of the gallery, or on all pages."""
    every = ("gallery/**/*.py", "gallery/**/*.rst", "docs/**/*.md")
    patterns = (f"gallery/{page}.py",) if page else every
    for path in sorted(path for pattern in patterns for path in root.glob(pattern)):
        for number, line in enumerate(text(path).splitlines(), start=1):
            if TODO.search(line):
                yield FileError(path, number, f"is still to be done: {line}")


def group(folder: Path) -> None:
    """Refuse a folder of the gallery that is no group of pages, all in its order."""
    if folder.name.startswith("."):
        raise FileError(folder, 1, "is no group of pages; delete it")
    order = folder / "index.rst"
    need = "the group's title, a sentence, and a list of its pages"
    if not order.exists():
        raise FileError(order, 1, f"is missing; write {need}")
    if not (listed := set(map(str.strip, text(order).splitlines()))):
        raise FileError(order, 1, f"is empty; write {need}")
    for page in sorted(folder.glob("[!_]*.py")):
        if page.stem not in listed:
            raise FileError(order, 1, f"does not list {page.stem}; add it to its pages")


def catalog(path: Path) -> Catalog:
    """Return a catalog, or a template of one."""
    content = text(path)
    if not content.strip():
        raise FileError(path, 1, "is empty; delete it: 'make catalogs' writes it anew")
    seen: set[str] = set()
    for number, line in enumerate(content.splitlines(), start=1):
        if line and line[0] != "#" and not CATALOG_LINE.fullmatch(line):
            raise FileError(path, number, f"is no line of a catalog; mend it: {line}")
    for message in MESSAGE.finditer(content):
        if message[1] in seen:
            line = content.count("\n", 0, message.start()) + 1
            raise FileError(path, line, "has a message that stands above too; keep one")
        seen.add(message[1])
    try:
        return pofile.read_po(io.BytesIO(content.encode()), abort_invalid=True)
    except pofile.PoFileError as error:
        raise FileError(path, error.lineno, f"cannot be read: {error}") from None
    except (LookupError, ValueError) as error:  # of the catalog's own header
        raise FileError(path, 1, f"cannot be read: {error}; mend its header") from None


def table(
    path: Path, columns: tuple[str, ...], optional: Container[str] = ()
) -> list[tuple[int, list[str]]]:
    """Return the rows of a CSV file below its head, each with its line.

    Only fields of the ``optional`` columns may be empty.
    """
    rows = csv.reader(io.StringIO(text(path)), strict=True)
    wanted = ",".join(columns)
    found: list[tuple[int, list[str]]] = []
    try:
        if (head := ",".join(next(rows, []))) != wanted:
            raise FileError(path, 1, f"begins with {head!r}; write {wanted!r}")
        for row in rows:
            if len(row) != len(columns):
                counts = f"has {len(row)} fields; write {len(columns)}"
                raise FileError(path, rows.line_num, f"{counts}: {wanted}")
            for column, field in zip(columns, row, strict=True):
                if not field.strip() and column not in optional:
                    raise FileError(path, rows.line_num, f"has no {column}; write it")
            found.append((rows.line_num, row))
    except csv.Error as error:
        raise FileError(path, rows.line_num, f"is no row of a table: {error}") from None
    return found


def data(path: Path) -> Any:  # noqa: ANN401
    """Return what a JSON file holds."""
    try:
        return json.loads(text(path))
    except json.JSONDecodeError as error:
        raise FileError(path, error.lineno, f"is no JSON: {error.msg}") from None
