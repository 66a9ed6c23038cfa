"""Forget a gallery page whose script is gone.

sphinx-gallery never deletes what it generated: a page that was renamed would stay
in ``docs/gallery``, stand in no table of contents and fail the build.
"""

from sphinx.application import Sphinx


def forget(app: Sphinx) -> None:
    """Delete the generated files that have no script, or no original, any more."""
    for path in (app.srcdir / "gallery").glob("*/*.*"):
        folder = app.confdir / "gallery" / path.parent.name
        script = folder / f"{path.name.partition('.')[0]}.py"
        if not script.exists() and not (folder / path.name).exists():
            path.unlink()


def setup(app: Sphinx) -> None:
    """Run before sphinx-gallery (priority 500)."""
    app.connect("builder-inited", forget, priority=400)
