"""What an author writes or draws is on the page, once, or the build says so."""

from __future__ import annotations

import pytest

from project import Project

DRAW = """\
from matplotlib import pyplot

figure = pyplot.figure()
_ = figure.gca().plot({points})
"""
SHOW = """
# %%
#
# .. figure:: images/sphx_glr_{name}_001.svg
#    :alt: A line.
"""
TABLE = """\
# %%
# .. output-table::
#
#    A group
#       :row{marks}: it is so

print("one two")
print("{row} {results}")
"""


def table(row: str = "row", marks: str = "", results: str = "yes -") -> str:
    """Return a page with a table of results."""
    return TABLE.format(row=row, marks=marks, results=results)


PAGES = {
    "unshown": (DRAW.format(points=[1, 2]), "and shows it 0 times"),
    "twice": (
        DRAW.format(points=[1, 2]) + SHOW.format(name="twice") * 2,
        "and shows it 2 times",
    ),
    "large": (
        DRAW.format(points="range(20_000), 'o'") + SHOW.format(name="large"),
        "draws a figure of ",
    ),
    "above": (
        f"1 + 1\n{SHOW.format(name='above')}\n# %%\n# A line.\n\n"
        + DRAW.format(points=[1, 2]),
        "shows sphx_glr_above_001.svg above the cell that draws it",
    ),
    "wordless": (
        DRAW.format(points=[1, 2])
        + SHOW.format(name="wordless").replace("#    :alt: A line.\n", ""),
        "sphx_glr_wordless_001.svg has no alternative text; write ':alt:",
    ),
    "glyph": (
        DRAW.format(points=[1, 2]) + "_ = figure.gca().set_title(chr(0x5b57))\n",
        "draws a figure that cannot be saved: Glyph 23383",
    ),
    "short": (table(results="yes"), "rows that have not 2 results each"),
    "long": (table(results="yes - yes"), "rows that have not 2 results each"),
    "another": (table(row="rows"), "does not explain the rows that the cell below"),
    "unmarked": (table(marks=" ! one three"), "marks what is no column: three"),
    "words": (
        "1 + 1\n\n# %%\n# .. raw:: html\n#\n#    <summary>More</summary>\n",
        "has words in raw HTML, which stay English: 'More'",
    ),
}
PROSE = {
    "a session": ("```pycon\n>>> 1 + 1\n3\n```\n", "has a session that never runs"),
    "a bare fence": ("```\n>>> 1 + 1\n3\n```\n", "has a session that never runs"),
    "words in HTML": ("<summary>Mehr</summary>\n", "which stay English: 'Mehr'"),
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what a build says of all these pages."""
    project = Project.create(tmp_path_factory.mktemp("lost"))
    for name, (code, _says) in PAGES.items():
        project.add_page(name, code)
    for number, (text, _says) in enumerate(PROSE.values()):
        path = project.root / f"docs/prose_{number}.md"
        path.write_text(f"---\norphan: true\n---\n\n# Prose\n\n{text}", "utf-8")
    assert not project.make("expected").ok
    result = project.make("html")
    assert not result.ok
    return result.text


@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_would_lose_is_named(told: str, name: str) -> None:
    lines = [line for line in told.splitlines() if f"/{name}.py:" in line]
    assert any(PAGES[name][1] in line for line in lines), told


@pytest.mark.parametrize(("number", "name"), list(enumerate(PROSE)), ids=PROSE)
def test_what_prose_would_lose_is_named(told: str, number: int, name: str) -> None:
    lines = [line for line in told.splitlines() if f"/prose_{number}.md" in line]
    assert any(PROSE[name][1] in line for line in lines), told
