"""Run every page once more as a doctest: ``make doctest``.

Sphinx's doctest builder runs the ``{doctest}`` fences of prose pages.  This one
also runs the cells of gallery pages, read from the scripts, as sphinx-gallery runs
them, and compares what they print with the same expectations; then, in the same
namespace, the promise in the page's header.  All are compared by `TensorChecker`.
"""

from __future__ import annotations

import ast
import contextlib
import doctest
import functools
import importlib.util
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.ext.doctest import DocTestBuilder
from sphinx.util import logging

import gallery_script
import page_boundary
import state_panel
from doctest_differences import Difference, Runner
from gallery_script import Cell, ExpectationError, Page, tidy
from tensor_output import TensorChecker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, ModuleType

    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.ext.doctest import TestGroup
    from sphinx.util.typing import ExtensionMetadata

logger = logging.getLogger(__name__)

REPORT = "report.json"  # in the builder's output folder
TERMINAL_ESCAPE = re.compile(r"\x1B(?:[@-Z\\-_]|\[[0-?]*[ -/]*[@-~])")


class CellChecker(TensorChecker):
    """Compare what a cell printed as the page shows it."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        """Return whether ``got``, as the page would show it, is ``want``."""
        shown = tidy(TERMINAL_ESCAPE.sub("", got.expandtabs()))
        return super().check_output(want, shown, optionflags)


class CellTestBuilder(DocTestBuilder):
    """Sphinx's doctest builder, which also knows gallery pages."""

    def init(self) -> None:
        """Find the gallery pages."""
        super().init()
        pages = gallery_script.pages(self.confdir)
        self.pages = {f"gallery/{page.name}": page for page in pages}
        self.cell: Cell | None = None  # the one that runs now
        self.page: Page | None = None
        self.docname = ""
        self.tested: set[str] = set()  # pages that have examples
        self.differences: list[Difference] = []

    def test_doc(self, docname: str, doctree: nodes.Node) -> bool:
        """Test one page, of either kind, between two page boundaries."""
        tries = self.total_tries
        page = self.pages.get(docname)
        self.docname = docname
        script = page.script if page else Path(self.env.doc2path(docname))
        page_boundary.begin(script)
        try:
            if page is None:
                return super().test_doc(docname, doctree)
            return self.test_page(page)
        finally:
            page_boundary.end(script)
            if self.total_tries > tries:
                self.tested.add(docname)

    def test_group(self, group: TestGroup) -> bool:
        """Test a group of fences with our runner; Sphinx gives no public way in."""
        runner = Runner(TensorChecker(), self.opt, self.docname)
        runner._fakeout = self.test_runner._fakeout
        self.test_runner = runner
        held = super().test_group(group)
        self.differences += runner.differences
        return held

    def test_page(self, page: Page) -> bool:
        """Run a page's cells and its promise; return whether all held."""
        cells = gallery_script.cells(page.script)
        wanted = self.expectation(page, len(cells))
        promised = doctest.DocTestParser().get_doctest(
            gallery_script.promise(page.script), {}, page.name, str(page.script), 0
        )
        if not promised.examples:
            self.fail(f"{page.script}:1: the header promises nothing (no '>>>' line)")
        runner = Runner(CellChecker(), self.opt, self.docname)
        before, self.page = self.total_failures, page
        with as_sphinx_gallery(page) as main:
            for cell, want in zip(cells, wanted, strict=False):
                example = doctest.Example(cell.code, want, lineno=cell.line - 1)
                test = doctest.DocTest(
                    [example], {}, page.name, str(page.script), 0, None
                )
                self.cell, self.type = cell, "exec"
                main.__panels__ = functools.partial(print_panels, page, cell, main)
                self.run(runner, test, main)
            self.cell, self.type = None, "single"
            self.run(runner, promised, main)
        self.differences += runner.differences
        failures, tries = runner.summarize(self._out, verbose=False)
        self.total_failures += failures
        self.total_tries += tries
        return self.total_failures == before

    def run(
        self, runner: doctest.DocTestRunner, test: doctest.DocTest, main: ModuleType
    ) -> None:
        """Run ``test`` in ``main``, with stderr beside stdout as on the page."""
        test.globs = main.__dict__  # DocTest copies what it is given
        with contextlib.redirect_stderr(runner._fakeout):
            runner.run(test, out=self._warn_out, clear_globs=False)

    def finish(self) -> None:
        """Say how many were run, in quiet builds too, and write down what differed."""
        super().finish()
        report = {
            "pages": len(self.tested),
            "tests": self.total_tries,
            "differences": [found._asdict() for found in self.differences],
        }
        text = json.dumps(report, indent=1, ensure_ascii=False)
        Path(self.outdir, REPORT).write_text(text, "utf-8")
        print(f"doctest: {self.total_tries} tests, {self.total_failures} failures")

    def expectation(self, page: Page, cells: int) -> list[str]:
        """Return what a page's cells should print; report one that does not fit."""
        try:
            wanted = gallery_script.read_expectation(page.expectation)
        except (OSError, ExpectationError) as error:
            self.fail(f"{page.expectation}: {error}; 'make expected' writes it")
            return [""] * cells
        if len(wanted) != cells:
            self.fail(
                f"{page.expectation}: {len(wanted)} sections for {cells} code cells; "
                "'make expected' renews them"
            )
        return wanted + [""] * (cells - len(wanted))

    def fail(self, message: str) -> None:
        """Report a failure that is not a comparison."""
        self.total_failures += 1
        self._warn_out(f"{message}\n")

    def compile(
        self, code: str, name: str, type: str, flags: int, dont_inherit: bool
    ) -> CodeType:
        """Compile what doctest runs: a cell so that its last expression is shown."""
        if self.cell is None or self.page is None:
            return super().compile(code, name, type, flags, dont_inherit)
        # blank lines before it, and the script's path: true tracebacks
        padded = "\n" * (self.cell.line - 1) + code
        tree = ast.parse(padded)
        if tree.body and isinstance(last := tree.body[-1], ast.Expr):
            last.value = ast.Call(
                ast.Name("__show__", ast.Load()), [last.value], keywords=[]
            )
        tree.body.append(ast.parse("__panels__()").body[0])
        tree = ast.fix_missing_locations(tree)
        return compile(tree, str(self.page.script), "exec", flags, dont_inherit)


@contextlib.contextmanager
def as_sphinx_gallery(page: Page) -> Iterator[ModuleType]:
    """Run a page as sphinx-gallery does: as ``__main__``, in its own folder."""
    spec = importlib.util.spec_from_loader("__main__", None)
    main = importlib.util.module_from_spec(spec)
    main.__doc__ = ""
    main.__show__ = show
    before = sys.modules["__main__"], sys.argv, sys.path[:]
    sys.modules["__main__"] = main
    sys.argv = [str(page.script)]
    sys.path.append(str(page.script.parent))
    try:
        with contextlib.chdir(page.script.parent):
            yield main
    finally:
        sys.modules["__main__"], sys.argv, sys.path[:] = before


def show(value: object) -> None:
    """Print the value of a cell's last expression as sphinx-gallery would."""
    if value is not None:
        print(f"\n{value!r}")


def print_panels(page: Page, cell: Cell, main: ModuleType) -> None:
    """Print the panels after a cell, as they follow its output in the expectation."""
    place = f"{page.script}:{cell.line}"
    print(state_panel.panels(cell.code, vars(main), place), end="")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Put the builder in the place of Sphinx's own."""
    app.setup_extension("sphinx.ext.doctest")
    app.add_builder(CellTestBuilder, override=True)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
