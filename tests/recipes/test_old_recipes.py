"""Recipes that broke when they were copied: each trial is seen red by one of them."""

from __future__ import annotations

import contextlib
import io
import pickle

import pytest
import torch
import trials
from torch import nn
from trials import Recipe

from running import as_main

OLD = trials.FOLDER / "old"
ROWS = "torch.randn(4, 2)"
SQUARE = "torch.randn(2, 2)"
ATTENDED = "torch.eye(3), torch.eye(3), torch.eye(3)"
TWICE = "backward through the graph a second time"
LEAVES = "Only Tensors created explicitly by the user"
EMPTY = "Cannot copy out of meta tensor"
OTHER = "not close"
NAN = "no number any more"
RED = [
    ("checkpointing", "Once()", ROWS, "train", AttributeError, "no attribute 'args'"),
    ("teacher", "taught()", SQUARE, "train", AssertionError, NAN),
    ("teacher", "taught()", SQUARE, "cast", AssertionError, NAN),
    ("teacher", "averaged()", SQUARE, "train", AssertionError, NAN),
    ("teacher", "averaged()", SQUARE, "copy", AssertionError, NAN),
    ("detached_mean", "RunningMean()", ROWS, "train", RuntimeError, TWICE),
    ("detached_mean", "RunningMean()", ROWS, "copy", RuntimeError, LEAVES),
    (
        *("detached_mean", "Multiplied()", ROWS, "inference"),
        *(RuntimeError, "Inference tensors cannot be saved for backward"),
    ),
    ("slots", "Scale()", ROWS, "train", RuntimeError, TWICE),
    ("slots", "Scale()", ROWS, "copy", RuntimeError, LEAVES),
    ("slots", "Scale()", ROWS, "load", RuntimeError, "Unexpected key"),
    ("slots", "Attention()", ATTENDED, "train", RuntimeError, TWICE),
    ("slots", "Attention()", ATTENDED, "copy", RuntimeError, LEAVES),
    ("slots", "Loadable(torch.ones(2))", ROWS, "load", AssertionError, "float64"),
    ("slots", "Loadable(torch.ones(2))", ROWS, "missing", AssertionError, "'factor'"),
    ("slots", "hooked()", ROWS, "load", AssertionError, "float64"),
    ("slots", "hooked()", ROWS, "missing", AssertionError, "'factor'"),
    ("kept", "Rotary(64)", "torch.arange(1024.0)", "cast", AssertionError, OTHER),
    ("kept", "CastBack(64)", "torch.arange(1024.0)", "cast", AssertionError, OTHER),
    ("kept", "Kept(8)", "torch.arange(16.0)", "meta", NotImplementedError, EMPTY),
    ("kept", "Kept(8)", "torch.arange(16.0)", "move", NotImplementedError, EMPTY),
    ("checkpointing", "Once()", ROWS, "pickle", TypeError, "cannot pickle 'generator'"),
    ("unpublished", "Cut()", ROWS, "train", AssertionError, "does not learn"),
    ("unpublished", "Unused()", ROWS, "train", AssertionError, "without a gradient"),
    ("unpublished", "Sharing()", ROWS, "copy", AssertionError, "shares a tensor"),
    ("unpublished", "Forgotten()", ROWS, "meta", AssertionError, OTHER),
    ("unpublished", "Forgotten()", ROWS, "move", AssertionError, OTHER),
    ("unpublished", "Plain()", ROWS, "meta", RuntimeError, "device"),
    ("unpublished", "Narrow()", ROWS, "cast", RuntimeError, "double != float"),
    ("unpublished", "Held()", ROWS, "load", AssertionError, OTHER),
    ("unpublished", "Remembering()", ROWS, "inference", RuntimeError, "Inference"),
    ("unpublished", "Emptied()", ROWS, "missing", TypeError, "NoneType"),
]


def old(file: str, make: str, argument: str = ROWS) -> Recipe:
    """Return a recipe as a page had it."""
    return Recipe(OLD / f"{file}.py", make, make, argument)


@pytest.mark.parametrize(
    ("file", "make", "argument", "trial", "error", "message"),
    [pytest.param(*row, id=f"{row[1]}-{row[3]}") for row in RED],
)
def test_a_recipe_that_broke_is_red(
    file: str,
    make: str,
    argument: str,
    trial: str,
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message) as raised:
        trials.end(old(file, make, argument), trial)
    assert raised.type is error


def test_each_trial_is_seen_red() -> None:
    assert {row[3] for row in RED} == set(trials.TRIALS)


def test_a_reassignment_before_the_use_survives() -> None:
    # The cure as it stood: only a use before the update meets the inference tensor.
    recipe = old("detached_mean", "DetachedMean()")
    assert {trials.end(recipe, trial) for trial in trials.TRIALS} == {"ok"}


# What follows is no module that could be put on trial, or breaks in another place.


def test_a_teacher_leaves_out_what_is_not_persistent() -> None:
    names = vars(old("teacher", "").main)
    student = names["Masked"]()
    teacher = names["Teacher"](student)
    for _ in range(3):
        student(torch.ones(2, 2))
    teacher.update(student)
    assert (student.calls, teacher.module.calls) == (3, 0)


def test_a_reset_leaves_garbage_in_attention_and_draws_random_numbers() -> None:
    # The load of the trial fills what the reset forgot, so the trial cannot see it.
    recipe = old("resettable", "Attention()")._replace(materialised="reset(module)")
    assert trials.end(recipe, "meta") == "ok"
    module, before = recipe.made("meta"), torch.get_rng_state()
    trials.give_memory(recipe, module)
    assert module.attention.in_proj_weight.isnan().all()
    assert module.first.weight.isfinite().all()
    assert not torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(("make", "fails"), [("Shift()", False), ("Deep()", True)])
def test_one_safe_global_allows_no_layers(make: str, fails: bool) -> None:
    # The trial loads with weights_only=False, as the file is one's own.
    recipe = old("safe_globals", make)
    module, file = recipe.made(), io.BytesIO()
    with as_main(recipe.script, recipe.main):
        torch.save(module, file)
        file.seek(0)
        refused = pytest.raises(pickle.UnpicklingError, match="Linear was not an allow")
        with (
            torch.serialization.safe_globals([type(module)]),
            refused if fails else contextlib.nullcontext(),
        ):
            torch.load(file)


def test_a_comparison_of_tables_fails_on_meta_and_for_a_rounded_one() -> None:
    # The trial loads after to_empty, and what it saves was computed by the same code.
    recipe = old("compare_table", "compared()")
    state = vars(recipe.main)["Positions"](persistent=True).state_dict()
    with pytest.raises(NotImplementedError, match="Meta tensors"):
        recipe.made("meta").load_state_dict(state, assign=True)
    state["table"] = state["table"].clone() * (1 + 1e-6)
    with pytest.raises(RuntimeError, match="table: "):
        recipe.made().load_state_dict(state)


def test_names_without_a_prefix_load_nothing() -> None:
    names = vars(old("wrappers", "").main)
    assert names["renamed"] == ["0.weight", "0.bias"]
    with pytest.raises(TypeError, match="dict-like"):
        nn.Sequential(names["layer"]).load_state_dict(names["renamed"])
