"""What the tests share: the built site, a browser, a small project to break."""

from __future__ import annotations

import functools
import http.server
import re
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

import asking
import browser as browser_program
from project import ROOT, Project, alone
from trial_table import pytest_terminal_summary  # noqa: F401 - a hook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

collect_ignore = ["tiny", "recipes/old"]  # pages, not tests


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add options for all pages where one of each kind would do, and for one page."""
    parser.addoption("--every-page", action="store_true", help="check all pages")
    parser.addoption("--page", default="", help="check this page, group/page, alone")


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Keep what is about the one page: by its name, or marked as looking for it."""
    if page := config.getoption("--page"):
        about = [
            item
            for item in items
            if item.get_closest_marker("each_page")
            or page in re.split(r"[\[\]-]", item.name)[1:]
        ]
        items[:] = about


@pytest.fixture
def every_page(request: pytest.FixtureRequest) -> bool:
    """Return whether all pages are wanted where one of each kind would do."""
    return request.config.getoption("--every-page")


@pytest.fixture(scope="session")
def only(request: pytest.FixtureRequest) -> str:
    """Return the name of the one page that is wanted, ``group/page``, or ``""``."""
    return request.config.getoption("--page")


@pytest.fixture(scope="session")
def site(only: str) -> Path:
    """Return the folder of the site, built as users do, or of the draft of a page."""
    if only:
        return ROOT / "build/work/draft"  # 'make check' has made it
    with alone():
        done = subprocess.run(
            ["make", "html"], cwd=ROOT, capture_output=True, text=True
        )
    assert done.returncode == 0, done.stdout + done.stderr
    return ROOT / "build/html"


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Return the address of a local server that shows the site."""
    handler = functools.partial(QuietHandler, directory=site)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """A file server that does not report each request."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Return a real Chromium."""
    program = browser_program.chromium()
    assert program, browser_program.ADVICE
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--disable-background-networking"],
        )
        yield started
        started.close()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a small project of one page, translated and built.

    Its folder is one that people have: with a blank, with Chinese, with brackets.
    """
    project = Project.create(tmp_path_factory.mktemp("my 模块 [1]"))
    built = project.make("html")
    assert built.ok, built.text
    return project


@pytest.fixture(scope="session")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a small project with a page that asks, folds and has an answer to copy."""
    project = Project.create(tmp_path_factory.mktemp("asked"))
    asking.add(project)
    built = project.make("html")
    assert built.ok, built.text
    return project
