"""What a page tells readers to copy survives what readers do with it."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import torch
import trials
from torch import nn
from trials import TRIALS, Recipe

from built_pages import parsed
from project import ROOT
from tested_gallery.author_files import FileError
from tested_gallery.pages import page_texts

if TYPE_CHECKING:
    from pathlib import Path

RECIPES = trials.recipes()
IN_SHORT = re.compile(r"^\.\. in-short::.*\n(?:[ \t]+\S.*\n?)*", re.MULTILINE)
QUOTED = [(r, trial) for r in RECIPES for trial in r.exempt]
SCRIPT = '''"""
A page
======
"""
import torch
from torch.nn.utils import parametrizations

Gain = torch.nn.PReLU

# %%
# .. _some1:
#
# A sentence.

count = 1

# %%
# Another one.

count = 2
'''


def test_there_are_recipes() -> None:
    assert len(RECIPES) >= 3


@pytest.mark.parametrize("trial", TRIALS)
@pytest.mark.parametrize(
    "recipe", [pytest.param(r, id=f"{r.page}-{r.name}") for r in RECIPES]
)
def test_a_recipe_survives_what_readers_do_with_it(
    recipe: Recipe, trial: str, request: pytest.FixtureRequest
) -> None:
    noted = [f"{recipe.page} {recipe.name}", trial, "FAILED"]
    request.node.user_properties.append(("tried", noted))
    noted[2] = trials.end(recipe, trial)


def test_the_table_stands_before_the_last_line_where_two_processes_test() -> None:
    chosen = ["-k", "what_to_does and Shift and train", "tests/recipes/test_recipes.py"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--numprocesses=1", "--color=no", *chosen],
        **{"cwd": ROOT, "capture_output": True, "text": True},
    )
    *before, last = done.stdout.strip().splitlines()
    assert "1 recipe, 1 trial, 0 exemptions (1 ok)" in before, done.stdout
    assert re.fullmatch(r"=+ 1 passed.* in [\d.]+s =+", last)


def says(page: Path, sentence: str) -> bool:
    """Return whether a sentence stands in the text of a built page."""
    text = parsed(page).find("article").get_text()
    return " ".join(sentence.split()) in " ".join(text.split())


@pytest.mark.parametrize(
    ("recipe", "trial"),
    [pytest.param(r, t, id=f"{r.page}-{r.name}-{t}") for r, t in QUOTED],
)
def test_the_page_says_what_a_recipe_does_not_survive(
    recipe: Recipe, trial: str, site: Path
) -> None:
    page = site / f"en/gallery/{recipe.page}.html"
    assert says(page, recipe.exempt[trial]), f"{page} does not say it ({trial})"


def test_a_sentence_is_found_as_it_is_read(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<article><p>It does <code>not</code>\nmove.</p></article>", "utf-8"
    )
    assert says(page, "It does not\n   move.")
    assert not says(page, "It does move.")


def owes_a_recipe(script: Path) -> bool:
    """Return whether the short answer of a page is code, which readers copy."""
    texts = [b.content for b in page_texts.blocks(script) if b.type == "text"]
    found = IN_SHORT.findall("\n".join(texts))
    return any(":shows:" not in directive for directive in found)


@pytest.mark.parametrize(
    "page", [pytest.param(page, id=page.name) for page in page_texts.pages(ROOT)]
)
def test_the_code_of_a_short_answer_is_a_recipe(page: page_texts.Page) -> None:
    table = trials.FOLDER / f"{page.name}.toml"
    assert not owes_a_recipe(page.script) or any(
        r.page == page.name for r in RECIPES
    ), f"{table}: write [<name>], make and input of what 'In short' tells to copy"


@pytest.mark.parametrize(
    ("text", "owed"),
    [
        ("# .. in-short::", True),
        ("# .. in-short:: A title", True),
        ("# .. in-short::\n#    :shows:", False),
        ("# .. in-short::\n#    :other: a\n#    :shows:", False),
        ("# .. in-short::\n#\n# It says :shows: here.", True),
        ("# The words in-short:: are no directive.", False),
    ],
)
def test_a_short_answer_of_code_is_seen(tmp_path: Path, text: str, owed: bool) -> None:
    script = tmp_path / "page.py"
    script.write_text(f'"""A header."""\n\n# %%\n{text}\n\nx = 1\n', "utf-8")
    assert owes_a_recipe(script) is owed


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    """Return a recipe of a made-up page, a layer that survives."""
    script = tmp_path / "page.py"
    script.write_text(SCRIPT, "utf-8")
    return Recipe(script, "Gain", "Gain()", "torch.ones(4, 2)")


def test_an_exemption_that_is_not_needed_is_a_fault(recipe: Recipe) -> None:
    assert trials.end(recipe, "copy") == "ok"
    spared = recipe._replace(exempt={"copy": "A sentence."})
    with pytest.raises(AssertionError, match="copy: exemption is no longer needed"):
        trials.end(spared, "copy")
    broken = spared._replace(make="Gain(0)(1)")
    assert trials.end(broken, "copy") == "exempt"
    with pytest.raises(TypeError):
        trials.end(broken, "pickle")


def test_that_torch_pickles_no_parametrized_module_is_an_end(recipe: Recipe) -> None:
    make = "parametrizations.weight_norm(torch.nn.Linear(2, 2))"
    normed = recipe._replace(make=make)
    assert [trials.end(normed, trial) for trial in ("pickle", "copy")] == [
        "torch",
        "ok",
    ]


def test_a_page_runs_up_to_the_cell_of_a_label(recipe: Recipe) -> None:
    assert [recipe._replace(after=a).main.count for a in ("", "some1")] == [2, 1]


def test_each_trial_changes_no_setting_of_torch(recipe: Recipe) -> None:
    for trial in TRIALS:
        trials.end(recipe, trial)
    assert not torch.are_deterministic_algorithms_enabled()
    assert nn.Linear(1, 1).weight.device.type == "cpu"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('[Gain]\nmake = "Gain()"\n', r"page\.toml:1: \[Gain\] lacks or has input;"),
        ('\n[Gain]\nmake = ""\ninput = ""\nmade = 1\n', r"page\.toml:2: .* has made;"),
        (
            '[Gain]\nmake = ""\ninput = ""\n[Gain.exempt]\nfly = ""\n',
            r"page\.toml:1: \[Gain\] lacks or has fly;",
        ),
    ],
)
def test_a_fault_in_a_table_is_one_line(recipe: Recipe, table: str, said: str) -> None:
    folder = recipe.script.parent
    path = folder / "page.toml"
    path.write_text(table, "utf-8")
    with pytest.raises(FileError, match=said) as raised:
        trials.read(path, folder.parent)
    assert "\n" not in str(raised.value)
    with pytest.raises(FileError, match="rename or delete this file"):
        trials.read(path)
