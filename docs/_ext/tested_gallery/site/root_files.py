"""Write what stands above the languages: the choice of one, and what robots read.

Templates in ``docs/_templates/root``; the build of the first language renders each into
``_root``, from where the publishing takes them:

* ``index.html`` chooses a language, ``404.html`` says that there is no such page;
* ``robots.txt``, and where ``html_baseurl`` is set, ``sitemap.xml`` with the address of
  each page in each language; ``llms.txt`` leads to the lists of pages (`llms_list`).
"""

from urllib.parse import urlsplit

from sphinx.application import Sphinx

from tested_gallery.languages.language_switch import alternates

FOLDER = "_root"  # in the builder's output folder
FILES = ("index.html", "404.html", "robots.txt", "sitemap.xml", "llms.txt")


def path(address: str) -> str:
    """Return the path of the site on its server.

    >>> path("https://example.org/site"), path("https://example.org"), path("")
    ('/site/', '/', '/')
    """
    return f"{urlsplit(address).path.rstrip('/')}/"


def write(app: Sphinx, exception: Exception | None) -> None:
    """Render the files, in the build of the first language."""
    languages = list(app.config.languages)
    if exception or app.builder.format != "html" or app.config.language != languages[0]:
        return
    base, pages = app.config.html_baseurl.rstrip("/"), sorted(app.env.found_docs)
    found = [alternates(base, languages, page) for page in pages]
    context = {"base": base, "path": path(base), "pages": found}
    folder = app.outdir / FOLDER
    folder.mkdir(exist_ok=True)
    for name in FILES:
        (folder / name).unlink(missing_ok=True)
        if base or name != "sitemap.xml":  # which has addresses only
            text = app.builder.templates.render(f"root/{name}", context)
            (folder / name).write_text(text, "utf-8")


def setup(app: Sphinx) -> None:
    """Write at the end of a build."""
    app.connect("build-finished", write)
