"""Offer to open the notebook of a page in Colab.

Where the setting ``repository`` is set, "owner/name" on GitHub, notebooks open from the
branch that ``.github/workflows/build.yml`` puts them on.  Those of pages that run other
files do not: Colab takes a notebook alone.
"""

from sphinx.application import Sphinx

from tested_gallery import Context, Doctree
from tested_gallery.languages.language_switch import folder
from tested_gallery.pages import page_texts, run_record

COLAB = "https://colab.research.google.com/github/"
BRANCH = "notebooks"


def address(repository: str, language: str, page: str) -> str:
    """Return where Colab opens the notebook of ``page``, its name.

    >>> address("owner/name", "zh_CN", "start/a").removeprefix(COLAB)
    'owner/name/blob/notebooks/zh-cn/gallery/start/a.ipynb'
    """
    return f"{COLAB}{repository}/blob/{BRANCH}/{folder(language)}/gallery/{page}.ipynb"


def offer(app: Sphinx, name: str, _: str, context: Context, __: Doctree) -> None:
    """Tell the template where Colab opens the page."""
    page = page_texts.called(name, app.confdir)
    if app.config.repository and page and not run_record.workers(page.script):
        place = app.config.repository, app.config.language, page.name
        context["colab"] = address(*place)


def setup(app: Sphinx) -> None:
    """Add the setting and the link."""
    app.add_config_value("repository", "", "html", str)
    app.connect("html-page-context", offer)
