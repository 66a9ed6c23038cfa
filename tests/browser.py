"""Find the browser of the tests, or install one: ``python tests/browser.py``.

A Chromium that is there is taken; else Debian's package, if we may install it; else
the one that Playwright downloads; else a message says what to type.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Without the fonts Chinese is boxes, without the library Playwright does not start.
PACKAGES = ("chromium", "fonts-noto-cjk", "libatomic1")
ADVICE = f"""\
The tests need Chromium, and none could be installed.  Type one of
    apt-get install {" ".join(PACKAGES)}
    {sys.executable} -m playwright install --with-deps chromium
and run the tests again."""


def chromium() -> Path | None:
    """Return the program of a Chromium that is here, if Playwright can drive it."""
    works = [sys.executable, "-m", "playwright", "--version"]
    if subprocess.run(works, capture_output=True).returncode:
        return None
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return own if own.exists() else None


def install() -> None:
    """Try Debian's packages, then Playwright's download."""
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "--quiet", "update"], env=quiet, check=False)
        subprocess.run(
            ["apt-get", "--quiet", "--yes", "install", *PACKAGES],
            env=quiet,
            check=False,
        )
    if chromium() is None:
        command = [sys.executable, "-m", "playwright", "install", "chromium"]
        subprocess.run(command, check=False)


def main() -> int:
    """Make sure that there is a browser; return the exit status."""
    if chromium() is None:
        install()
    found = chromium()
    print(f"browser: {found}" if found else ADVICE)
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
