"""List the pages for programs that read Markdown: ``llms.txt``, one a language.

Each page stands there by its group, with its title, its first sentence and the address
of its Markdown (`markdown_pages`); the site's root has one that leads to them.
"""

from collections.abc import Iterator

from sphinx.application import Sphinx

from tested_gallery.site import search_page, summaries


def lines(app: Sphinx) -> Iterator[str]:
    """Yield the lines of the list, in the language of the build."""
    root = app.config.root_doc
    yield f"# {app.env.titles[root].astext()}"
    yield f"\n> {summaries.text(app.env, root)}"
    for group, pages in search_page.groups(app):
        yield f"\n## {group}\n"
        for name, title in pages.items():
            summary = summaries.text(app.env, name)
            yield f"- [{title}]({name}.md){summary and f': {summary}'}"


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the list beside the pages."""
    if exception is None and app.builder.name == "html":
        text = "\n".join(lines(app))
        (app.outdir / "llms.txt").write_text(f"{text}\n", "utf-8")


def setup(app: Sphinx) -> None:
    """Write at the end of a build, when all pages are known."""
    app.connect("build-finished", write)
