"""Lead from each page to the same page in the other languages.

The setting ``languages`` maps language codes to names.  The pages of "zh_CN" lie in
the folder "zh-cn" beside those of "en" in "en", under the same names, so the link is
relative and works without JavaScript; ``language_switch.js`` adds the anchor and
remembers the choice for the site's root page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


class Translation(NamedTuple):
    """The same page in another language."""

    tag: str  # as in the HTML attribute lang: "zh-CN"
    folder: str
    name: str
    href: str


def folder(language: str) -> str:
    """Return the folder of a language's pages.

    >>> folder("zh_CN")
    'zh-cn'
    """
    return language.lower().replace("_", "-")


def translations(page: str, current: str, languages: dict[str, str]) -> list:
    """Return ``page`` in all languages but the current one.

    >>> translations("start/a", "en", {"en": "English", "zh_CN": "中文"})
    ... # doctest: +NORMALIZE_WHITESPACE
    [Translation(tag='zh-CN', folder='zh-cn', name='中文',
                 href='../../zh-cn/start/a.html')]
    """
    up = "../" * (page.count("/") + 1)
    return [
        Translation(
            language.replace("_", "-"),
            folder(language),
            name,
            f"{up}{folder(language)}/{page}.html",
        )
        for language, name in languages.items()
        if language != current
    ]


def add_to_context(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Give the template ``components/view-this-page.html`` its links."""
    context["translations"] = translations(
        pagename, app.config.language, app.config.languages
    )


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the setting and the links."""
    app.add_config_value("languages", {}, "html", dict)
    app.connect("html-page-context", add_to_context)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
