"""Install what a command needs: ``environment.py FOLDER REQUIREMENTS``.

``FOLDER`` is a virtual environment, made with the Python that runs this if none that
works is there; ``REQUIREMENTS`` is a file for pip.  What pip does is told in a few
lines, since torch alone takes minutes; on a terminal, each step while it is done.
"""

import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs/_ext"))

from tested_gallery.pages import terminal  # noqa: E402

# What of pip's lines is told: what is large, and that all is there.
TOLD = re.compile(r"\s*(Downloading .* \(\d{3,}\S* [MG]B\)|Installing .* packages)")
COLLECTING = re.compile(r"(Collecting \S+)")
LISTED = re.compile(r" \(from versions: .*\)")  # hundreds
PATIENCE = 15  # seconds of silence, after which any package is told of
ADVICE = """\
Nothing could be installed.  Is there a network, and does pip reach its index?
README.md says how to take torch's smaller CPU build, README.zh-CN.md how to use a
mirror."""


def main(folder: str, requirements: str) -> int:
    """Bring the environment up to date; return the exit status."""
    python = Path(folder, "bin/python")
    if not works(python):
        release = sys.version.split()[0]
        print(f"Making an environment in {folder}, Python {release}", flush=True)
        made = [sys.executable, "-m", "venv", "--clear", folder]
        if subprocess.run(made, stdout=subprocess.PIPE).returncode:
            package = f"python3.{sys.version_info.minor}-venv"
            print(f"Python's venv is needed; on Debian: apt-get install {package}")
            return 1
    what = f"{requirements} and what it needs"
    print(f"Installing {what}: the first time takes minutes", flush=True)
    began = time.monotonic()
    errors = install(python, requirements)
    terminal.clear()
    if errors:
        print(*errors, ADVICE, sep="\n", file=sys.stderr)
        return 1
    print(f"Installed in {time.monotonic() - began:.0f} s", flush=True)
    return 0


def works(python: Path) -> bool:
    """Return whether an environment's Python is there and has pip.

    It may be gone after an upgrade of the system, or half made.
    """
    try:
        done = subprocess.run([python, "-m", "pip", "--version"], capture_output=True)
    except OSError:
        return False
    return done.returncode == 0


def install(python: Path, requirements: str) -> list[str]:
    """Run pip; return its errors, if it failed."""
    command = [
        *(python, "-m", "pip", "install", "--disable-pip-version-check"),
        *("--progress-bar", "off", "--requirement", requirements),
        *("--constraint", "constraints.txt"),
    ]
    errors, said = [], time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        for line in pip.stdout:
            terminal.show(line.strip())
            silent = time.monotonic() - said > PATIENCE
            if told := TOLD.match(line) or (silent and COLLECTING.match(line)):
                print(f"  {told[1]}", flush=True)
                said = time.monotonic()
            if line.startswith("ERROR: ") and "Ignored the following" not in line:
                errors.append(LISTED.sub("", line.strip()))
    return (errors or ["pip failed."]) if pip.returncode else []


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("\nInterrupted.  Run the command again.")
