"""Each page is there as Markdown too, and says what the HTML page says."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from docutils import nodes
from docutils.core import publish_doctree
from markdown_it import MarkdownIt

from built_pages import names, parsed
from project import PAGE, Project
from tested_gallery.forms.markdown import Markdown

LANGUAGES = ("en", "zh-cn")


def html_pages(site: Path, language: str) -> dict[str, Path]:
    folder = site / language
    return {
        name.removesuffix(".html"): folder / name
        for name in names(folder)
        if name != "search.html"  # a template, not a page that is written
    }


def read(path: Path) -> Tag:
    """Return what a page says, without what only HTML needs."""
    found = BeautifulSoup(path.read_text("utf-8"), "html.parser").article
    screen = ".check-said, .check svg, .state-key, .key, .live"
    for part in found.select(f".headerlink, .unseen, .downloads, {screen}"):
        part.decompose()
    for again in found.select(".output-table td a"):  # the row has the same link
        again.unwrap()
    for group in found.select(".output-table .group"):
        group.extend([Tag(name="td") for _ in range(int(group.th["colspan"]) - 1)])
    for drawing in found.select(".identity"):  # elsewhere its alternative texts
        frames = [svg["aria-label"] for svg in drawing.select("svg")]
        items = "".join(f"<li><p>{escape(text)}</p></li>" for text in frames)
        drawing.replace_with(BeautifulSoup(f"<ul>{items}</ul>", "html.parser"))
    return found


def rendered(text: str) -> Tag:
    """Return Markdown as a reader's program would show it."""
    html = MarkdownIt("commonmark").enable("table").render(text)
    return BeautifulSoup(f"<article>{html}</article>", "html.parser").article


def said(article: Tag) -> str:
    """Return the text without blanks: they are not what is compared."""
    return re.sub(r"\s|\u200b", "", article.get_text())


def codes(article: Tag) -> list[str]:
    found = [part.get_text() for part in article.select("code") if not in_block(part)]
    return [re.sub(r"\s+|\u200b", "", code) for code in found]


def in_block(part: Tag) -> bool:
    return part.find_parent("pre") is not None


def blocks(article: Tag) -> list[str]:
    return [part.get_text().strip("\n") for part in article.select("pre")]


def headings(article: Tag) -> list[str]:
    selector = "h1, h2, h3, h4, p.rubric"
    return [said(part) for part in article.select(selector)]


def links(article: Tag, suffix: str) -> list[str]:
    """Return where links in the text lead, other pages without their suffix."""
    found = [a["href"] for a in article.select("a[href]") if not in_block(a)]
    return [re.sub(rf"{suffix}(?=#|$)", "", href) for href in found]


FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$\n]+\$", re.DOTALL)  # MathML on the page


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_there_as_markdown_and_says_the_same(
    site: Path, language: str
) -> None:
    pages = html_pages(site, language)
    assert len(pages) > 50
    for name, path in pages.items():
        html = read(path)
        text = path.with_suffix(".md").read_text("utf-8")
        if formulas := html.select("math"):
            text, count = FORMULA.subn("∎", text)
            assert count == len(formulas), name
            for formula in formulas:
                formula.replace_with("∎")
        markdown = rendered(text)
        # drawn for the cards; the way to the page, the strip, what was built: of HTML
        alone = ".card-picture, .above, template, .strip-line"
        alone += ", .provenance" if name == "about" else ""
        for part in html.select(alone):
            part.decompose()
        assert said(markdown) == said(html), name
        assert codes(markdown) == codes(html), name
        assert blocks(markdown) == blocks(html), name
        assert headings(markdown) == headings(html), name
        ours = [
            link for link in links(markdown, ".md") if not re.match("[a-z]+:", link)
        ]
        theirs = [
            link for link in links(html, ".html") if not re.match("[a-z]+:", link)
        ]
        assert ours == theirs, name
        for kind in ("li", "tr", "td, th", "strong", "em", "img[alt]"):
            assert len(markdown.select(kind)) == len(html.select(kind)), (name, kind)


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_of_markdown_lead_to_markdown(site: Path, language: str) -> None:
    checked = 0
    for path in (site / language).rglob("*.md"):
        page = rendered(path.read_text("utf-8"))
        for part in page.select("a[href], img[src]"):
            address = part.get("href") or part["src"]
            if re.match("[a-z]+:", address):
                continue
            file, _hash, anchor = address.partition("#")
            target = (path.parent / file).resolve() if file else path
            assert target.is_file(), (path, address)
            if anchor:
                assert target.suffix == ".md"
                assert f'<a id="{anchor}"></a>' in target.read_text("utf-8"), address
            checked += 1
    assert checked > 100


@pytest.mark.parametrize("language", LANGUAGES)
def test_html_names_its_markdown(site: Path, language: str) -> None:
    for path in html_pages(site, language).values():
        (link,) = parsed(path).select('link[rel=alternate][type="text/markdown"]')
        assert link["href"] == path.with_suffix(".md").name


def test_what_has_no_markdown_fails_with_its_place(tiny: Project) -> None:
    with tiny.changed(
        PAGE, "# A class is", "# .. topic:: x\n#\n#    y\n#\n# A class is"
    ):
        result = tiny.make("html")
    assert not result.ok
    assert f"{PAGE}:" in result.text
    assert "cannot write this as Markdown: topic" in result.text


SHOWN = {
    "a\n\n----\n\nb": "a\n\n---\n\nb",
    ".. note:: a\n\n   b": "> **Note**\n> \n> a\n> \n> b",
    ".. admonition:: T\n\n   a": "> **T**\n> \n> a",
    "a [1]_\n\n.. [1] b": "a [^1]\n\n[^1]: b",
    "m\\ :sup:`2` and m\\ :sub:`3`": "m<sup>2</sup> and m<sub>3</sub>",
    ":math:`\\sqrt{d}` and\n\n.. math:: a_1": "$\\sqrt{d}$ and\n\n$$\na_1\n$$",
    "`the paper <https://a.org>`_, `the paper`_": (
        "[the paper](https://a.org), [the paper](https://a.org)"
    ),
}


@pytest.mark.parametrize(("source", "shown"), SHOWN.items())
def test_what_people_write_in_a_page_has_markdown(source: str, shown: str) -> None:
    writer = Markdown(lambda link: link["refuri"])
    assert writer.text([publish_doctree(source)]) == shown


@pytest.mark.parametrize(
    "source",
    [
        "\\*a\\* \\`b\\` \\_c\\_ __init__ [d](e) <f> &amp; ~~g~~ $h$ \\\\",
        "1 \\. a\n\n\\1. b\n\n\\- c\n\n\\# d\n\n\\> e\n\n\\+ f\n\n\\=\n",
        "**看这里。**\\ 然后 *x*\\ y",
        "``a | b`` and ```c```",
        "- a\n\n  b\n\n- c\n\n  - d\n\n3. e\n4. f",
        "::\n\n    ```\n    x\n    ```",
        "    quoted\n\n    twice",
        "``a``\n    What *a* is.\n\n    - b\n\nc\n    What it is.",
        "`A link <https://example.org/a_(b)>`_",
    ],
)
def test_any_text_comes_out_as_it_went_in(source: str) -> None:
    document = publish_doctree(source, settings_overrides={"report_level": 5})
    for message in list(document.findall(nodes.system_message)):
        message.parent.remove(message)
    writer = Markdown(lambda link: link["refuri"])
    shown = rendered(writer.text([document]))
    wanted = re.sub(r"\s", "", document.astext())
    assert said(shown) == wanted
    for kind, tag in (
        (nodes.strong, "strong"),
        (nodes.emphasis, "em"),
        (nodes.list_item, "li"),
        (nodes.block_quote, "blockquote"),
        (nodes.literal_block, "pre"),
        (nodes.enumerated_list, "ol"),
        (nodes.reference, "a"),
    ):
        assert len(shown.select(tag)) == len([*document.findall(kind)]), tag
