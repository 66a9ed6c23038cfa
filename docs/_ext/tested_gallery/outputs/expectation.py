"""Hold what the gallery printed to what it should: ``tests/expected/**/*.txt``.

Each build compares, for every gallery page and not only for those that it
executed, the outputs on the generated page with the page's expectation.  A
difference is a warning, and so an error.  With the setting ``accept_outputs`` (``make
expected``) the outputs that differ are accepted instead; all others keep their text, so
that two authors, on two Pythons, do not turn the files over and over.
"""

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

from tested_gallery.author_files import FileError
from tested_gallery.outputs.comparison import on_cpu, same_output
from tested_gallery.pages import boundary, page_texts
from tested_gallery.pages.page_texts import Page

logger = logging.getLogger(__name__)

REMEDY = "'make expected' accepts what the page prints"
MOST = 1_000_000  # bytes of a generated page; ours have some ten thousand
NOT_TEXT = re.compile(r"[^\n\t\x20-\x7e\x85\xa0-\U0010ffff]")


def differences(page: Page) -> Iterator[tuple[str, int, str]]:
    """Yield file, line and description of all that differs on ``page``."""
    cells = page_texts.cells(page.script)
    if not page.expectation.exists():
        what = f"has no expectation: {page.expectation} is missing"
        yield str(page.script), 1, f"{what}; {REMEDY}"
        return
    try:
        wanted = page_texts.read_expectation(page.expectation)
    except FileError as error:
        yield str(error.path), error.line, error.text
        return
    if len(wanted) != len(cells):
        counts = f"{len(wanted)} sections for the {len(cells)} code cells"
        yield str(page.expectation), 1, f"{counts} of {page.script}; {REMEDY}"
    for line, want, has in unexpected(page):
        text = f"unexpected output\n{diff(want, has)}\n({REMEDY})"
        yield str(page.script), line, text


def unexpected(page: Page) -> Iterator[tuple[int, str, str]]:
    """Yield line, wanted and got of each cell that prints what it should not."""
    cells = page_texts.cells(page.script)
    wanted = page_texts.read_expectation(page.expectation)
    got = page_texts.captured(page)
    for cell, want, has in zip(cells, wanted, got, strict=False):
        if not same_output(want, has):
            yield cell.line, want, has


def diff(want: str, got: str) -> str:
    r"""Return the lines that are wanted (``-``) and got (``+``).

    >>> print(diff("a\nb\n", "a\nc\n"))
      a
    - b (wanted)
    + c (got)
    """
    notes = {"- ": " (wanted)", "+ ": " (got)"}
    lines = difflib.ndiff(want.splitlines(), got.splitlines())
    return "\n".join(
        f"{line}{notes.get(line[:2], '')}" for line in lines if line[:2] != "? "
    )


def compare(app: Sphinx) -> None:
    """Compare all pages with their expectations, or accept what they print.

    The build of the first language, which executes the gallery, does it for all.
    """
    if app.config.language != next(iter(app.config.languages)):
        return
    pages = page_texts.pages(app.confdir)
    for page in pages:
        refuse_what_is_not_text(page)
    if app.builder.name == "gettext":
        return  # needs no outputs
    known = {page.expectation for page in pages}
    stray = sorted({*(app.confdir / "tests/expected").rglob("*.txt")} - known)
    # sphinx-gallery has reported these, and they stopped halfway
    failed = {Path(p) for p in app.config.sphinx_gallery_conf["failing_examples"]}
    built = boundary.build.pages.values()
    pages = [page for page in built if page.script not in failed]
    if app.config.accept_outputs:
        accept(pages, stray)
        return
    for path in stray:
        logger.warning("belongs to no gallery page: delete it", location=f"{path}:1")
    for page in pages:
        for file, line, text in differences(page):
            logger.warning("%s", text, location=f"{file}:{line}")


def refuse_what_is_not_text(page: Page) -> None:
    """Raise `FileError` if a page prints too much, or what no page can show."""
    if not page.generated.exists():
        return
    if (size := page.generated.stat().st_size) > MOST:
        raise FileError(page.script, 1, f"prints too much: its page has {size:,} bytes")
    cells = page_texts.cells(page.script)
    for cell, text in zip(cells, page_texts.captured(page), strict=True):
        if match := NOT_TEXT.search(text):
            what = f"prints what is not text: {match[0]!r}"
            raise FileError(page.script, cell.line, what)


def accept(pages: list[Page], stray: list[Path]) -> None:
    """Make what the pages print their expectation; delete what belongs to none."""
    for path in stray:
        path.unlink()
    for page in pages:
        if any(differences(page)):
            got = [on_cpu(output) for output in page_texts.captured(page)]
            page_texts.write_expectation(page, renewed(page, got))
            print(f"accepted: {page.expectation}")


def renewed(page: Page, got: list[str]) -> list[str]:
    """Return what cells printed, in the words of the expectation where it has them."""
    try:
        old = page_texts.read_expectation(page.expectation)
    except FileError:
        return got
    found = []
    for at, text in enumerate(got):
        known = [*old[at : at + 1], *old]
        found.append(next((one for one in known if same_output(one, text)), text))
    return found


def setup(app: Sphinx) -> None:
    """Compare once sphinx-gallery has executed what it must (priority 500)."""
    app.add_config_value("accept_outputs", False, "", bool)
    app.connect("builder-inited", compare, priority=600)
