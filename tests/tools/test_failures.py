"""Whatever goes wrong ends in one clear message, and the last good site stays."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from project import CATALOG, EXPECTED, PAGE, Project

LAST = "torch.zeros(2)\n"


def fails_well(tiny: Project, *says: str, **environment: str) -> str:
    """Build, and check that it failed, said so, and left the last good site."""
    before = tiny.site()
    result = tiny.make("html", **environment)
    assert not result.ok, result.text
    for text in says:
        assert text in result.text
    assert tiny.site() == before
    return result.text


def mended(tiny: Project) -> None:
    """Build again without 'make clean'; the site is what it was."""
    before = tiny.site()
    result = tiny.make("html")
    assert result.ok, result.text
    assert tiny.site() == before


def test_a_project_that_is_mended_builds_what_it_built(tiny: Project) -> None:
    with tiny.changed(PAGE, LAST, "import os\nos._exit(0)\n"):
        fails_well(tiny)
    with tiny.changed(CATALOG, 'msgstr "一页"', "msgstr"):
        fails_well(tiny)
    mended(tiny)
    with tiny.changed("conf.py", "nitpicky = True", "nitpicky = Tru"):
        fails_well(tiny)
    mended(tiny)


DEATHS = {
    "sys.exit(0)": ("import sys\nsys.exit(0)\n", "exit status 0"),
    "os._exit(0)": ("import os\nos._exit(0)\n", "exit status 0"),
    "kills itself": (
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n",
        "killed by SIGKILL",
    ),
}


@pytest.mark.parametrize(("code", "how"), DEATHS.values(), ids=DEATHS)
def test_a_page_that_ends_the_build_is_named(
    tiny: Project, code: str, how: str
) -> None:
    with tiny.changed(PAGE, LAST, code):
        fails_well(tiny, f"{PAGE}:1: ended the build while it ran ({how}")
        assert not tiny.make("doctest").ok


HANGS = {
    "in Python": "while True:\n    pass\n",
    "in a sleep": "import time\ntime.sleep(1000)\n",
    "in torch": "x = torch.ones(6000, 6000)\nfor _ in range(999):\n    x = x @ x\n",
}


@pytest.mark.parametrize("code", HANGS.values(), ids=HANGS)
def test_a_page_that_hangs_is_ended_with_its_children(tiny: Project, code: str) -> None:
    child = "import subprocess\nchild = subprocess.Popen(['sleep', '1234'])\n"
    with tiny.changed(PAGE, LAST, child + code):
        options = {"SPHINXOPTS": "--define=page_seconds=3"}
        text = fails_well(tiny, f"{PAGE}:1: ended the build while it ran", **options)
        assert "Timeout (0:00:03)!" in text
        assert f'{PAGE}", line ' in text  # where it hung
    left = subprocess.run(["pgrep", "-f", "sleep 1234"], capture_output=True, text=True)
    assert left.stdout == ""


NOT_SHOWN = {
    "50 MB": ("print('x' * 50_000_000)\n", f"{PAGE}:1: prints too much"),
    "a control character": ("print('\\x00')\n", f"{PAGE}:37: prints what is not text"),
    "half a character": ("print('\\udcff')\n", f"{PAGE}:1: ended the build"),
}


@pytest.mark.parametrize(("code", "says"), NOT_SHOWN.values(), ids=NOT_SHOWN)
def test_an_output_that_no_page_can_show_is_refused(
    tiny: Project, code: str, says: str
) -> None:
    with tiny.changed(PAGE, LAST, code):
        text = fails_well(tiny, says)
        assert len(text) < 20_000


def test_a_page_may_talk_to_its_own_machine(tiny: Project) -> None:
    code = (
        "import socket\nwith socket.create_server(('127.0.0.1', 0)) as server:\n"
        "    socket.create_connection(server.getsockname()).close()\ntorch.zeros(2)\n"
    )
    with tiny.changed(PAGE, LAST, code):
        result = tiny.make("html", "doctest")
        assert result.ok, result.text
    assert tiny.make("html").ok


BROKEN_FILES = {
    "catalog": (CATALOG, 'msgid "Both', 'nonsense\nmsgid "Both', f"{CATALOG}:"),
    "catalog cut off": (CATALOG, 'msgstr "一页"', "msgstr", f"{CATALOG}:"),
    "expectation cut off": (EXPECTED, "tensor([0., 0.])\n", "tens", f"{PAGE}:37"),
    "script": (PAGE, "import pickle\n", "import pickle (\n", PAGE),
    "setting": ("conf.py", "nitpicky = True", "nitpicky = Tru", "conf.py"),
    "unknown page": (
        "gallery/group/index.rst",
        "   page",
        "   page\n   nothing",
        "nothing",
    ),
}


@pytest.mark.parametrize(
    ("file", "old", "new", "says"), BROKEN_FILES.values(), ids=BROKEN_FILES
)
def test_a_broken_file_is_named(
    tiny: Project, file: str, old: str, new: str, says: str
) -> None:
    with tiny.changed(file, old, new):
        fails_well(tiny, says)


def test_bytes_that_are_not_text_in_a_catalog_are_named(tiny: Project) -> None:
    path = tiny.root / CATALOG
    before = path.read_bytes()
    path.write_bytes(before + b'\nmsgid "\xff"\n')
    try:
        fails_well(tiny, "WARNING: is not UTF-8; save it as UTF-8")
    finally:
        path.write_bytes(before)


def test_a_missing_package_is_named(tiny: Project) -> None:
    with tiny.changed("conf.py", '"myst_parser"', '"not_installed"'):
        fails_well(tiny, "not_installed")


def test_a_disk_that_takes_no_more_is_said(tiny: Project) -> None:
    before = tiny.site()
    make = f"make VENV={sys.prefix} --old-file={sys.prefix}/site html"
    with tiny.changed(PAGE, "out", "out out"):
        # no file above 8 kB can be written: what a full disk does, without filling one
        done = subprocess.run(
            ["bash", "-c", f"ulimit -f 8; {make}"],
            cwd=tiny.root,
            capture_output=True,
            text=True,
        )
    assert done.returncode != 0
    assert "File too large" in done.stdout + done.stderr
    assert "build/html is as it was" in done.stdout + done.stderr
    assert tiny.site() == before
    mended(tiny)


def test_two_builds_at_once_do_not_meet(tiny: Project) -> None:
    code = "import time\ntime.sleep(6)\ntorch.zeros(2)\n"
    with tiny.changed(PAGE, LAST, code):
        first = start(tiny)
        time.sleep(2)
        second = tiny.make("html")
        output, _ = first.communicate()
    assert first.returncode == 0, output
    assert not second.ok
    assert "Another build is at work in this folder" in second.text
    assert tiny.make("html").ok


def start(tiny: Project) -> subprocess.Popen[str]:
    """Start a build in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "docs/_tools/build.py", "html"],
        cwd=tiny.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_says_so(tiny: Project, stop: int) -> None:
    code = "import time\ntime.sleep(60)\ntorch.zeros(2)\n"
    before = tiny.site()
    with tiny.changed(PAGE, LAST, code):
        build = start(tiny)
        time.sleep(4)
        build.send_signal(stop)
        output, _ = build.communicate(timeout=20)
    assert build.returncode != 0
    assert "interrupted" in output
    assert tiny.site() == before


def test_a_build_that_is_killed_at_any_moment_does_no_harm(tiny: Project) -> None:
    assert tiny.make("html").ok
    good = tiny.site()
    moments = random.Random(0)
    page = tiny.read(PAGE)
    for _ in range(6):
        with tiny.changed(PAGE, '"out"', '"other"'):
            build = start(tiny)
            time.sleep(moments.uniform(0.5, 5.0))
            os.killpg(build.pid, signal.SIGKILL)
            build.communicate()
        assert tiny.site() == good
    assert tiny.read(PAGE) == page
    mended(tiny)
