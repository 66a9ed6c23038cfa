"""What is measured, in order: how each gallery is built, and after which change."""

from __future__ import annotations

import contextlib
import importlib.metadata
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import galleries
from galleries import catalogs, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PYTHON = sys.executable
SPHINX = [PYTHON, "-m", "sphinx", "--quiet"]
MAKE = [PYTHON, "docs/_tools/build.py", "html"]  # as 'make html' does
RUN = """\
import runpy, sys
for script in sys.argv[1:]:
    runpy.run_path(script, run_name="__main__")
"""
ONE_LANGUAGE = """\
import sys
sys.path[:0] = ["docs/_ext", "docs/_tools"]
import build
name = sys.argv[1]
sys.exit(not build.sphinx(name, "--builder=html", f"--define=language={name}"))
"""


class Step(NamedTuple):
    """A command to measure; ``before`` makes its beginning, and undoes afterwards.

    ``name`` is ``<pages>/<way of building>/<what happens>``.
    """

    name: str
    command: list[str]
    folder: Path
    before: Callable[[], contextlib.AbstractContextManager[None]]


def steps(folder: Path, sizes: list[int]) -> Iterator[Step]:
    """Yield all steps; the galleries are written below ``folder``.

    With more than a hundred pages only our own way is measured.
    """
    for size in sizes:
        place = folder / str(size)
        if size <= 100:
            yield from of_the_floor(place / "floor", size)
        yield from of_ours(
            f"{size}/ours",
            place / "ours",
            lambda root, size=size: galleries.ours(root, size),
            "group_001/page_0001",
        )
        if size <= 100:
            yield from of_others(place, size)
    yield from of_ours(
        "real/ours", folder / "real", galleries.real, "start/saving_a_model"
    )


def of_the_floor(root: Path, size: int) -> Iterator[Step]:
    """Yield what no way of building can do without."""

    def cold() -> contextlib.AbstractContextManager[None]:
        galleries.plain(root, size)
        for language in galleries.LANGUAGES:
            shutil.rmtree(root / language / "build", ignore_errors=True)
        return contextlib.nullcontext()

    scripts = [str(root / name) for name in script_names(size)]
    command = [PYTHON, "-c", RUN, *scripts]
    yield Step(f"{size}/floor/scripts", command, root, cold)
    for language in galleries.LANGUAGES:
        command = [*SPHINX, language, f"{language}/build"]
        yield Step(f"{size}/floor/{language}", command, root, cold)
        yield Step(
            f"{size}/floor/{language} unchanged", command, root, warm(command, root)
        )


def script_names(size: int) -> list[str]:
    """Return the paths of a gallery's scripts.

    >>> script_names(10)[0]
    'scripts/group_001/page_0001.py'
    """
    return [
        f"scripts/{group}/{page.name}.py"
        for group, members in galleries.groups(size).items()
        for page in members
    ]


def warm(
    command: list[str], root: Path
) -> Callable[[], contextlib.AbstractContextManager[None]]:
    """Return what builds once, so that nothing is left to do."""

    def build() -> contextlib.AbstractContextManager[None]:
        run(command, root)
        return contextlib.nullcontext()

    return build


def of_others(place: Path, size: int) -> Iterator[Step]:
    """Yield the other ways of building, one language each."""
    ways = {
        "sphinx-gallery": galleries.sphinx_gallery,
        "myst-nb": galleries.notebooks,
        "nbsphinx": galleries.notebooks,
    }
    for way, writer in ways.items():
        root = place / way

        def cold(
            root: Path = root, writer: Callable = writer
        ) -> contextlib.AbstractContextManager[None]:
            shutil.rmtree(root, ignore_errors=True)
            writer(root, size)
            return contextlib.nullcontext()

        command = [*SPHINX, ".", "build"]
        yield Step(f"{size}/{way}/cold", command, root, cold)
        # what 'cold' left is there, or is made first
        yield Step(f"{size}/{way}/unchanged", command, root, warm(command, root))


def of_ours(
    name: str, root: Path, writer: Callable[[Path], None], page: str
) -> Iterator[Step]:
    """Yield our own way of building; ``page`` is the one that is edited."""

    def cold() -> contextlib.AbstractContextManager[None]:
        accepted(root, writer)
        for made in ("build/work", "build/html", "docs/gallery"):
            shutil.rmtree(root / made, ignore_errors=True)
        return contextlib.nullcontext()

    def built(
        change: Callable[[], contextlib.AbstractContextManager[None]],
    ) -> Callable[[], contextlib.AbstractContextManager[None]]:
        def before() -> contextlib.AbstractContextManager[None]:
            accepted(root, writer)
            run(MAKE, root)
            return change()

        return before

    def no_second_language() -> contextlib.AbstractContextManager[None]:
        for made in ("zh_CN", "doctrees/zh_CN"):
            shutil.rmtree(root / "build/work" / made)
        return contextlib.nullcontext()

    one = [PYTHON, "-c", ONE_LANGUAGE]
    yield Step(f"{name}/cold", MAKE, root, cold)
    yield Step(f"{name}/first language", [*one, "en"], root, cold)
    yield Step(
        f"{name}/second language", [*one, "zh_CN"], root, built(no_second_language)
    )
    yield Step(f"{name}/unchanged", MAKE, root, built(contextlib.nullcontext))
    for what, change in (
        ("one code cell", lambda: code_edited(root, page)),
        ("one sentence", lambda: message_edited(root, page, english=True)),
        ("one message", lambda: message_edited(root, page, english=False)),
        ("another torch", torch_changed),
    ):
        yield Step(f"{name}/{what}", MAKE, root, built(change))


def accepted(root: Path, writer: Callable[[Path], None]) -> None:
    """Write a project as it was before any change, with its expectations."""
    writer(root)
    if not (root / "tests/expected").exists():
        run([PYTHON, "docs/_tools/build.py", "expected"], root)


def run(command: list[str], root: Path) -> None:
    """Run a command that is not measured."""
    from measure import measure

    measure(command, root, environment())


def environment() -> dict[str, str]:
    """Return the environment of all commands: this one, with pandoc for nbsphinx."""
    import os

    import pypandoc

    folders = [Path(pypandoc.get_pandoc_path()).parent, Path(PYTHON).parent]
    path = os.pathsep.join([*map(str, folders), os.environ["PATH"]])
    outer = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    return {**outer, "PATH": path}


@contextlib.contextmanager
def edited(path: Path, text: str) -> Iterator[None]:
    """Give a file another text, and put the old one back afterwards."""
    before = path.read_text("utf-8")
    assert text != before
    path.write_text(text, "utf-8")
    try:
        yield
    finally:
        write(path, before)


def code_edited(root: Path, page: str) -> contextlib.AbstractContextManager[None]:
    """Edit the last code cell of a page so that it prints the same."""
    path, mark = root / f"gallery/{page}.py", "\n\n# %%\n"
    cells = path.read_text("utf-8").split(mark)
    last = max(n for n, cell in enumerate(cells) if "\n\n" in cell)
    cells[last] = cells[last].replace("\n\n", "\n\npass\n", 1)
    return edited(path, mark.join(cells))


@contextlib.contextmanager
def message_edited(root: Path, page: str, *, english: bool) -> Iterator[None]:
    """Edit a sentence and its translation, or its translation alone."""
    script = root / f"gallery/{page}.py"
    path = root / f"docs/locale/zh_CN/LC_MESSAGES/gallery/{page}.po"
    text = script.read_text("utf-8")
    catalog = catalogs.read(path)
    message = next(m for m in catalog if m.id and f"\n# {m.id}\n" in text)
    new = f"Indeed, {message.id}"
    message.string = f"的确，{message.string}"
    with contextlib.ExitStack() as undo:
        if english:
            changed = text.replace(f"\n# {message.id}\n", f"\n# {new}\n")
            undo.enter_context(edited(script, changed))
            catalog.delete(message.id)
            catalog.add(new, message.string)
        undo.enter_context(edited(path, catalogs.catalog_text(catalog, "zh_CN")))
        yield


def torch_changed() -> contextlib.AbstractContextManager[None]:
    """Change what torch says of itself, as an upgrade does, in this environment."""
    file = importlib.metadata.distribution("torch").locate_file("torch/version.py")
    path = Path(str(file))
    return edited(path, f"{path.read_text('utf-8')}# another build\n")
