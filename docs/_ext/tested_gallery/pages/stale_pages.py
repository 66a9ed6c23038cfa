"""Forget a gallery page whose script is gone.

sphinx-gallery never deletes what it generated: a page that was renamed would stay
in ``docs/gallery``, stand in no table of contents and fail the build.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from sphinx.application import Sphinx


def forget(app: Sphinx) -> None:
    """Delete the generated files of pages that have no script any more."""
    root = app.confdir / "gallery"
    for path in orphans(root, app.srcdir / "gallery"):
        path.unlink()


def orphans(scripts: Path, generated: Path) -> list[Path]:
    """Return the files of ``generated`` that no file of ``scripts`` led to."""
    found = [path for path in generated.glob("*/*") if path.is_file()]
    return [path for path in found if not source_exists(path, scripts, generated)]


def source_exists(path: Path, scripts: Path, generated: Path) -> bool:
    """Return whether a generated file's script, or its copied original, exists."""
    folder = scripts / path.parent.relative_to(generated)
    stem = path.name.split(".")[0]
    return (folder / f"{stem}.py").exists() or (folder / path.name).exists()


def setup(app: Sphinx) -> None:
    """Run before sphinx-gallery (priority 500)."""
    app.connect("builder-inited", forget, priority=400)
