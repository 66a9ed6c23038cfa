"""Give readers a search page, ``search.html``, in place of Sphinx's own search.

On Sphinx 9.0 that answers no Chinese query: its script stops with an error.  Ours asks
Pagefind: `search_index` makes the index, ``_static/search.js`` shows what is found,
``_templates/search.html`` is the page.  What the page lists in its language comes from
here: all pages by their groups, words that are found, and synonyms.
"""

from sphinx.application import Sphinx
from sphinx.locale import _

from tested_gallery import Context, Doctree
from tested_gallery.languages import terms
from tested_gallery.languages.language_switch import folder

PAGE = "search"
# Words that the site uses, but not for what readers may mean by them.
MEANT = {"缺少": "缺失"}
SUGGESTED = ("buffer", "missing key", "device", "optimizer", "meta device", "gradient")


def groups(app: Sphinx) -> list[tuple[str, dict[str, str]]]:
    """Return all pages by groups: folders of a gallery, then those that are read.

    A group is its title, and the titles of its pages by their names.
    """
    root, below = app.config.root_doc, app.env.toctree_includes
    titles = {name: title.astext() for name, title in app.env.titles.items()}
    top = below.get(root, [])
    folders = [name for gallery in top for name in below.get(gallery, [])]
    listed = [(titles[name], [name, *below.get(name, [])]) for name in folders]
    return [
        (title, {name: titles[name] for name in names})
        for title, names in [*listed, (_("Reference"), [root, *top])]
    ]


def suggested(language: str) -> list[str]:
    """Return words that are found, in a language.

    >>> suggested("en")[0], suggested("zh_CN")[0]
    ('buffer', '缓冲区')
    """
    known = {term.name: term.chinese[0].replace("``", "") for term in terms.terms()}
    chinese = language.startswith("zh")
    return [known[name] if chinese else name for name in SUGGESTED]


def synonyms(language: str) -> dict[str, str]:
    """Return words that readers may use and the site does not, with those that it uses.

    >>> synonyms("zh_CN")["载入"], synonyms("en")
    ('加载', {})
    """
    if not language.startswith("zh"):
        return {}
    return MEANT | {
        terms.plain(wrong): term.chinese[0].replace("``", "")
        for term in terms.terms()
        for wrong in term.wrong
    }


def add_to_context(
    app: Sphinx, pagename: str, templatename: str, context: Context, doctree: Doctree
) -> None:
    """Give the search page its lists."""
    if pagename != PAGE:
        return
    context["search_groups"] = groups(app)
    context["search_terms"] = suggested(app.config.language)
    context["search_synonyms"] = synonyms(app.config.language)
    context["search_folder"] = folder(app.config.language)


def leave_out(app: Sphinx) -> None:
    """Build neither Sphinx's search page nor its index; there is no setting for it."""
    app.builder.search = False


def setup(app: Sphinx) -> None:
    """Switch Sphinx's search off once the builder is known; fill in our page."""
    app.connect("builder-inited", leave_out)
    app.connect("html-page-context", add_to_context)
