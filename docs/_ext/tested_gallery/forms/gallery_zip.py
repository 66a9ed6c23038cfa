"""Offer all gallery pages of a language as one zip: ``<project>-<language>.zip``.

It holds what `downloads` wrote, in the folders of the groups, and a short README in
the language: what is here, what to install, how to run it.  The gallery's index page
links to it.
"""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from tested_gallery import Context, Doctree
from tested_gallery.forms import downloads, zips
from tested_gallery.languages.language_switch import folder
from tested_gallery.pages import page_texts


def name(config: Config) -> str:
    """Return the name of the archive, without a suffix, and of the folder in it."""
    return f"{nodes.make_id(config.project)}-{folder(config.language)}"


def offer(app: Sphinx, page: str, _: str, context: Context, __: Doctree) -> None:
    """Tell the template of the gallery's index where the archive lies."""
    if page == "gallery/index":
        context["archive"] = f"../{name(app.config)}.zip"


def pack(app: Sphinx, exception: Exception | None) -> None:
    """Make the archive."""
    if exception is not None or app.builder.name != "html":
        return
    gallery = Path(app.outdir, "gallery")
    pages = page_texts.pages(Path(app.confdir))
    files = [file for page in pages for file in downloads.files(app, page)]
    inside = name(app.config)
    members = {
        f"{inside}/{file.relative_to(gallery).as_posix()}": file.read_bytes()
        for file in files
    }
    needed = (app.confdir / "requirements.txt").read_text("utf-8")
    context = {"address": app.config.html_baseurl, "page": pages[0]}
    context["requirements"] = requirements(needed)
    text = app.builder.templates.render("archive_readme.md", context)
    members[f"{inside}/README.md"] = text.encode()
    zips.write(app.outdir / f"{inside}.zip", members)


def requirements(text: str) -> list[str]:
    r"""Return what the pages need, the first part of ``requirements.txt``.

    >>> requirements("# pages\ntorch==2\nnumpy==2\n\n# site\nsphinx==9\n")
    ['torch==2', 'numpy==2']
    """
    lines = text.partition("\n\n")[0].splitlines()
    return [line for line in lines if not line.startswith("#")]


def setup(app: Sphinx) -> None:
    """Pack when all pages are written."""
    app.connect("html-page-context", offer)
    app.connect("build-finished", pack)
