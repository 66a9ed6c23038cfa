"""Remember what doctest found to differ, for the report on a release of torch."""

from __future__ import annotations

import doctest
from typing import TYPE_CHECKING, NamedTuple

from sphinx.ext.doctest import SphinxDocTestRunner

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from tensor_output import TensorChecker


class Difference(NamedTuple):
    """What doctest found: where, and what was wanted and got (or raised)."""

    page: str
    line: int
    wanted: str
    got: str


class Runner(SphinxDocTestRunner):
    """Sphinx's runner, which also remembers what differed."""

    def __init__(self, checker: TensorChecker, flags: int, page: str) -> None:
        """Run the doctests of ``page``, its name, with ``checker``."""
        super().__init__(checker, verbose=False, optionflags=flags)
        self.page = page
        self.differences: list[Difference] = []

    def remember(
        self, test: doctest.DocTest, example: doctest.Example, got: str
    ) -> None:
        """Note a difference."""
        line = (test.lineno or 0) + example.lineno + 1
        self.differences.append(Difference(self.page, line, example.want, got))

    def report_failure(
        self,
        out: Callable[[str], object],
        test: doctest.DocTest,
        example: doctest.Example,
        got: str,
    ) -> None:
        """Report and remember an output that differs."""
        self.remember(test, example, got)
        super().report_failure(out, test, example, got)

    def report_unexpected_exception(
        self,
        out: Callable[[str], object],
        test: doctest.DocTest,
        example: doctest.Example,
        exc_info: tuple[type[BaseException], BaseException, TracebackType],
    ) -> None:
        """Report and remember an example that raises."""
        kind, error, _ = exc_info
        self.remember(test, example, f"{kind.__name__}: {error}\n")
        super().report_unexpected_exception(out, test, example, exc_info)
