"""Lead from each page to the same page in the other languages.

The setting ``languages`` maps language codes to names.  The pages of "zh_CN" lie in
the folder "zh-cn" beside those of "en" in "en", under the same names, so the link is
relative and works without JavaScript; ``place.js`` adds the anchor and
remembers the choice for the site's root page.

Where ``html_baseurl`` is set, the site's address, pages also tell search engines of
each other, by absolute addresses: ``hreflang`` and canonical links.
"""

from sphinx.application import Sphinx

from tested_gallery import Context, Doctree


def folder(language: str) -> str:
    """Return the folder of a language's pages.

    >>> folder("zh_CN")
    'zh-cn'
    """
    return language.lower().replace("_", "-")


def tag(language: str) -> str:
    """Return a language as HTML writes it.

    >>> tag("zh_CN")
    'zh-CN'
    """
    return language.replace("_", "-")


def translations(
    page: str, current: str, languages: dict[str, str]
) -> list[dict[str, str]]:
    """Return ``page`` in all languages but the current one, for templates.

    >>> translations("start/a", "en", {"en": "English", "zh_CN": "中文"})
    ... # doctest: +NORMALIZE_WHITESPACE
    [{'tag': 'zh-CN', 'folder': 'zh-cn', 'name': '中文',
      'href': '../../zh-cn/start/a.html'}]
    """
    up = "../" * (page.count("/") + 1)
    found = []
    for language, name in languages.items():
        named = {"tag": tag(language), "folder": folder(language), "name": name}
        found.append(named | {"href": f"{up}{folder(language)}/{page}.html"})
    return [one for one in found if one["tag"] != tag(current)]


def absolute_address(base: str, language: str, page: str) -> str:
    """Return the absolute address of a page.

    >>> absolute_address("https://example.org/site", "zh_CN", "about")
    'https://example.org/site/zh-cn/about.html'
    """
    return f"{base.rstrip('/')}/{folder(language)}/{page}.html"


def alternates(base: str, languages: list[str], page: str) -> dict[str, str]:
    """Return the address of ``page`` for each ``hreflang``, itself included.

    The first language is also for readers of any other, ``x-default``.

    >>> list(alternates("https://example.org", ["en", "zh_CN"], "about"))
    ['en', 'zh-CN', 'x-default']
    """
    found = {
        tag(language): absolute_address(base, language, page) for language in languages
    }
    return {**found, "x-default": absolute_address(base, languages[0], page)}


def add_links(app: Sphinx, page: str, _: str, context: Context, __: Doctree) -> None:
    """Give ``components/view-this-page.html`` and ``page.html`` their links."""
    languages = app.config.languages
    context["translations"] = translations(page, app.config.language, languages)
    if base := app.config.html_baseurl:
        # Sphinx knows the address of the site, but not that of a language
        context["pageurl"] = absolute_address(base, app.config.language, page)
        context["alternates"] = alternates(base, list(languages), page)


def setup(app: Sphinx) -> None:
    """Add the setting and the links."""
    app.add_config_value("languages", {}, "html", dict)
    app.connect("html-page-context", add_links)
