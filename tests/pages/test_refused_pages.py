"""A page that does what it must not is refused by name, and so are all of one build."""

from __future__ import annotations

import pytest

from project import Project

FAULTS = {
    "file": ('open("left.txt", "w").close()', "leaves a file behind", "left.txt"),
    "elsewhere": (
        'open("../left.txt", "w").close()',
        "leaves a file behind",
        "gallery/left.txt",
    ),
    "temporary": (
        "import tempfile\ntempfile.NamedTemporaryFile(delete=False, prefix='left')",
        "leaves a temporary file behind",
        "left",
    ),
    "thread": (
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(60,), name='left', daemon=True)"
        ".start()",
        "leaves a thread behind",
        "left",
    ),
    "child": (
        "import subprocess\nchild = subprocess.Popen(['sleep', '61'])",
        "leaves a child process behind",
        "sleep 61",
    ),
    "prints": (
        "import subprocess\nchild = subprocess.run(['echo', 'lost'])",
        "prints past the page",
        "'lost\\n'",
    ),
    "connects": (
        "import socket\ntry:\n    socket.create_connection(('192.0.2.1', 80))\n"
        "except OSError:\n    pass\n",
        "opens the network",
        "'192.0.2.1'",
    ),
    "resolves": (
        "import socket\ntry:\n    socket.getaddrinfo('example.org', 80)\n"
        "except OSError:\n    pass\n",
        "opens the network",
        "'example.org'",
    ),
}
RAISES = {
    "raises": "import socket\nsocket.getaddrinfo('example.org', 80)\n",
    "refuses": "import socket\nsocket.create_connection(('192.0.2.1', 80))\n",
}
GOALS = ("html", "html", "doctest")  # each time again


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, list[str]]:
    """Return a project of such pages, and what the goals say of it."""
    project = Project.create(tmp_path_factory.mktemp("refused"))
    assert project.make("html").ok
    good = project.site()
    project.add_pages({name: code for name, (code, *_) in FAULTS.items()})
    project.add_pages(RAISES)
    told = []
    for goal in GOALS:
        result = project.make(goal)
        assert not result.ok
        told.append(result.text)
    assert project.site() == good
    return project, told


@pytest.mark.parametrize("name", FAULTS)
def test_a_page_that_does_what_it_must_not_is_named(
    refused: tuple[Project, list[str]], name: str
) -> None:
    _code, says, what = FAULTS[name]
    for text in refused[1]:
        lines = [line for line in text.splitlines() if f"/{name}.py:1: WARNING" in line]
        assert any(says in line and what in line for line in lines), text


def test_the_network_is_refused_with_an_error(
    refused: tuple[Project, list[str]],
) -> None:
    for text in refused[1]:
        assert "raises.py:1: WARNING: opens the network: 'example.org'" in text
        assert "refuses.py:1: WARNING: opens the network: '192.0.2.1'" in text
        assert "PermissionError: a page must not open the network" in text


def test_what_a_page_left_is_gone(refused: tuple[Project, list[str]]) -> None:
    assert not list((refused[0].root / "gallery").rglob("left.txt"))
