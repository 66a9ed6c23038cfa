"""A formula is drawn when the site is built, and stays what it is in every form."""

from __future__ import annotations

import json

import pytest

from built_pages import parsed
from project import PAGE, TRANSLATIONS, Project

SENTENCE = "It costs :math:`O(n^2)`, or :math:`\\sqrt{d_1}`."
CHINESE = "代价是 :math:`O(n^2)`，或者 :math:`\\sqrt{d_1}`。"
PROSE, PROSE_IN_CHINESE = "So $x_{1}$ is small.", "因此 $x_{1}$ 很小。"
FOREIGN = '```{raw} html\n<script src="https://example.org/a.js"></script>\n```\n'


@pytest.fixture(scope="module")
def formulas(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project with formulas on a page and in prose."""
    project = Project.create(tmp_path_factory.mktemp("formulas"))
    page, prose = project.root / PAGE, project.root / "docs/index.md"
    block = f"# {SENTENCE}\n#\n# .. math:: y = \\frac{{a}}{{b}}\n#\n# Both streams"
    page.write_text(page.read_text("utf-8").replace("# Both streams", block), "utf-8")
    text = prose.read_text("utf-8")
    prose.write_text(text.replace("```{toc", f"{PROSE}\n\n```{{toc", 1), "utf-8")
    TRANSLATIONS.update({SENTENCE: CHINESE, PROSE: PROSE_IN_CHINESE})
    assert project.make("catalogs").ok
    project.translate()
    assert project.make("expected").ok
    result = project.make("html")
    assert result.ok, result.text
    return project


@pytest.mark.parametrize("language", ["en", "zh-cn"])
def test_a_formula_is_mathml_markdown_and_in_the_notebook(
    formulas: Project, language: str
) -> None:
    built = formulas.root / "build/html" / language
    page = built / "gallery/group/page"
    inline, fraction = "$O(n^2)$", "$$\ny = \\frac{a}{b}\n$$"
    html = parsed(page.with_suffix(".html"))
    assert [len(html.select(tag)) for tag in ("math", "msqrt", "mfrac")] == [3, 1, 1]
    assert not html.select('script[src*="//"]')
    markdown = page.with_suffix(".md").read_text("utf-8")
    assert inline in markdown
    assert fraction in markdown
    cells = json.loads(page.with_suffix(".ipynb").read_text("utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells)
    assert inline in text
    assert fraction in text
    assert len(parsed(built / "index.html").select("math msub")) == 1


def test_a_translation_has_the_formulas_of_the_original(formulas: Project) -> None:
    catalog = PAGE.replace("gallery", "docs/locale/zh_CN/LC_MESSAGES/gallery", 1)
    catalog = catalog.replace(".py", ".po")
    with formulas.changed(catalog, "d_1}`。", "d_2}`。"):
        text = formulas.make("html").text
    assert "lacks markup of the original: formula" in text


def test_a_formula_that_cannot_be_drawn_is_told(formulas: Project) -> None:
    with formulas.changed(PAGE, ":math:`O(n^2)`", ":math:`\\nonsense{`"):
        text = formulas.make("html").text
    assert "has a formula that cannot be drawn: " in text
    assert f"{PAGE}:" in text


def test_a_page_that_loads_from_another_host_is_not_published(
    formulas: Project,
) -> None:
    before = formulas.site()
    with formulas.changed("docs/index.md", "```{toc", f"{FOREIGN}\n```{{toc"):
        text = formulas.make("html").text
    assert "en/index.html: loads https://example.org/a.js" in text
    assert formulas.site() == before
