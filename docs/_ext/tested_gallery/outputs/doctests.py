"""Run every page once more: ``make doctest``.

sphinx-gallery runs the gallery again (its setting ``run_stale_examples``), so that
cells run as they ran for the page, and `expectation` compares what they print.  Here,
by `TensorChecker`: the ``{doctest}`` fences of prose pages, which Sphinx's own builder
runs, also when a page is read for the site.
"""

import contextlib
import json
from doctest import DocTest, Example
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.ext.doctest import DocTestBuilder, SphinxDocTestRunner, TestGroup
from sphinx.util import logging

from tested_gallery.author_files import FileError
from tested_gallery.outputs import expectation, releases
from tested_gallery.outputs.comparison import TensorChecker
from tested_gallery.pages import boundary, page_texts
from tested_gallery.pages.page_texts import Page

logger = logging.getLogger(__name__)

REPORT = "report.json"  # in the builder's output folder
DIFFERENCE = ("page", "line", "wanted", "got")  # got, or raised
broken: list[tuple[str, int, str, str]] = []  # fences of this build


class Runner(SphinxDocTestRunner):
    """Sphinx's runner, which also remembers what differed."""

    def remember(self, test: DocTest, example: Example, got: str) -> None:
        """Note a difference, under the name of the file's page."""
        page = Path(test.filename).with_suffix("").as_posix()
        line = (test.lineno or 0) + example.lineno + 1
        broken.append((page, line, example.want, got))

    def report_failure(self, out: object, *found: Any) -> None:  # noqa: ANN401
        """Report and remember an output that differs."""
        self.remember(*found)
        super().report_failure(out, *found)

    def report_unexpected_exception(self, out: object, *found: Any) -> None:  # noqa: ANN401
        """Report and remember an example that raises."""
        test, example, (kind, error, _traceback) = found
        self.remember(test, example, f"{kind.__name__}: {error}\n")
        super().report_unexpected_exception(out, *found)


class FenceBuilder(DocTestBuilder):
    """Sphinx's doctest builder, for prose pages: those of the gallery have run."""

    def test_doc(self, docname: str, doctree: nodes.Node) -> bool:
        """Test a prose page, between two page boundaries."""
        if page_texts.called(docname, self.confdir):
            return True
        run = boundary.Run(self.app, Path(self.env.doc2path(docname)))
        try:
            return super().test_doc(docname, doctree)
        finally:
            run.end()

    def test_group(self, group: TestGroup) -> bool:
        """Test a group of fences with our runner; Sphinx gives no public way in."""
        runner = Runner(TensorChecker(), verbose=False, optionflags=self.opt)
        runner._fakeout = self.test_runner._fakeout
        self.test_runner = runner
        return super().test_group(group)

    def _warn_out(self, text: str) -> None:
        """Report a difference, without the line of stars above it."""
        super()._warn_out(text.lstrip("*\n"))

    def finish(self) -> None:
        """Say how many were run, in quiet builds too, and write down what differed."""
        super().finish()
        tests, found, ran = self.total_tries, broken[:], {}
        for page in page_texts.pages(self.confdir):
            ran[page.name] = releases.as_it_is(page.script)
            tests += len(page_texts.cells(page.script))
            found += self.unexpected(page)
        differences = [dict(zip(DIFFERENCE, one, strict=True)) for one in found]
        report = {"pages": ran, "differences": differences}
        text = json.dumps(report, indent=1, ensure_ascii=False)
        Path(self.outdir, REPORT).write_text(text, "utf-8")
        print(f"doctest: {tests} tests, {len(found)} failures")

    def unexpected(self, page: Page) -> list[tuple[str, int, str, str]]:
        """Return what a page's cells printed otherwise; one that raised ends a page."""
        failed = map(Path, self.config.sphinx_gallery_conf["failing_examples"])
        most = 1 if page.script in failed else None
        with contextlib.suppress(FileError):  # which was reported
            found = list(expectation.unexpected(page))[:most]
            return [(f"gallery/{page.name}", *one) for one in found]
        return []


def try_prose(app: Sphinx, doctree: nodes.document) -> None:
    """Run the fences of prose that is read for the site; warn of other sessions."""
    if page_texts.called(app.env.docname, app.confdir):
        return  # `author_files` reads it
    texts = list(doctree.findall(nodes.FixedTextElement))
    for block in texts:
        if ">>> " in block.astext() and "testnodetype" not in block:
            text = "has a session that never runs; open its fence with ```{doctest}"
            logger.warning(text, location=block)
    first = app.config.language == next(iter(app.config.languages))
    fences = any("testnodetype" in block for block in texts)
    if first and fences and app.builder.format == "html":
        builder = FenceBuilder(app, app.env)
        builder.outdir = app.doctreedir  # for the builder's own report
        builder.init()
        builder.test_doc(app.env.docname, doctree)


def setup(app: Sphinx) -> None:
    """Try prose when it is read; put the builder in the place of Sphinx's."""
    app.connect("doctree-read", try_prose)
    app.setup_extension("sphinx.ext.doctest")
    app.add_builder(FenceBuilder, override=True)
