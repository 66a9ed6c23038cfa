"""One expectation serves every Python, and a real difference is none of Python's."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys

import pytest
import torch

from project import ROOT
from tested_gallery.outputs.comparison import same_output
from tested_gallery.outputs.python_wordings import pattern, wordings

FOLDER = ROOT / "tests/python"
PRINTED = {path.stem: path for path in sorted(FOLDER.glob("*.txt"))}

# The output of the document that this site grew from, and in the words of Python 3.12.
SEED = """\
OrderedDict([('linear.weight', tensor([[-0.4406,  0.0370],
        [ 0.1972,  0.5418],
        [ 0.5899, -0.0691]])), ('linear.bias', tensor([ 0.2596, -0.5622, -0.2093]))])
"""
SEED_SINCE_3_12 = """\
OrderedDict({'linear.weight': tensor([[-0.4406,  0.0370],
        [ 0.1972,  0.5418],
        [ 0.5899, -0.0691]]), 'linear.bias': tensor([ 0.2596, -0.5622, -0.2093])})
"""


def sections(text: str) -> list[str]:
    """Return what was printed of each value."""
    return re.split(r"^%%\n", text, flags=re.MULTILINE)[1:]


@pytest.mark.parametrize(
    ("one", "other"), list(itertools.combinations(PRINTED, 2)), ids="-".join
)
def test_what_two_pythons_print_of_a_value_is_the_same(one: str, other: str) -> None:
    both = [sections(PRINTED[name].read_text("utf-8")) for name in (one, other)]
    pairs = list(zip(*both, strict=True))
    assert len(pairs) > 100
    assert any(a != b for a, b in pairs)
    for a, b in pairs:
        assert same_output(a, b), f"{a}\n{b}"
        assert same_output(b, a), f"{a}\n{b}"


def test_two_values_that_every_python_tells_apart_are_different() -> None:
    texts = [sections(path.read_text("utf-8")) for path in PRINTED.values()]
    compared = 0
    for one, other in itertools.combinations(zip(*texts, strict=True), 2):
        if all(a != b for a, b in zip(one, other, strict=True)):
            compared += 1
            assert not same_output(one[0], other[-1]), f"{one[0]}\n{other[-1]}"
    assert compared > 5000


def test_this_python_prints_nothing_that_no_file_knows() -> None:
    command = [sys.executable, "-B", "-W", "ignore", FOLDER / "values.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    for path in PRINTED.values():
        texts = (done.stdout, path.read_text("utf-8"))
        for a, b in zip(*map(sections, texts), strict=True):
            assert same_output(a, b), f"{path}\n{a}\n{b}"


def test_the_seed_compares_equal_to_a_run_on_any_python() -> None:
    linear = torch.nn.Linear(2, 3)
    model = torch.nn.Sequential()
    model.add_module("linear", linear)
    with torch.no_grad():
        linear.weight.copy_(
            torch.tensor([[-0.4406, 0.0370], [0.1972, 0.5418], [0.5899, -0.0691]])
        )
        linear.bias.copy_(torch.tensor([0.2596, -0.5622, -0.2093]))
    got = f"{model.state_dict()}\n"
    for want in (SEED, SEED_SINCE_3_12):
        assert same_output(want, got)
        assert not same_output(want.replace("0.5418", "0.5428"), got)
        assert not same_output(want.replace("bias", "gain"), got)


REAL = {
    "a key": ("OrderedDict([('a', 1)])", "OrderedDict({'b': 1})"),
    "a key's type": ("OrderedDict([(1, 1)])", "OrderedDict({'1': 1})"),
    "blanks in a key": ("OrderedDict([('a  b', 1)])", "OrderedDict({'a b': 1})"),
    "a value": ("OrderedDict([('a', 1)])", "OrderedDict({'a': 2})"),
    "an order": ("OrderedDict([('a', 1), ('b', 2)])", "OrderedDict({'b': 2, 'a': 1})"),
    "one more": ("OrderedDict([('a', 1)])", "OrderedDict({'a': 1, 'b': 2})"),
    "a class": ("OrderedDict([('a', 1)])", "Layers({'a': 1})"),
    "a plain dict": ("OrderedDict([('a', 1)])", "{'a': 1}"),
    "a list of pairs": ("[('a', 1)]", "{'a': 1}"),
    "a list in it": ("OrderedDict([('a', [(1, 2)])])", "OrderedDict({'a': {1: 2}})"),
    "a dict in it": ("OrderedDict([('a', {'b': 1})])", "OrderedDict({'a': {'b': 2}})"),
    "a dtype": (
        "OrderedDict([('a', tensor([1.]))])",
        "OrderedDict({'a': tensor([1.], dtype=torch.float64)})",
    ),
    "empty": ("OrderedDict()", "OrderedDict({'a': 1})"),
    "a union": ("typing.Optional[int]", "int"),
    "a union's order": ("typing.Union[int, str]", "str | int"),
    "a name": (
        "TypeError: f() got an unexpected keyword argument 'a'",
        "TypeError: f() got an unexpected keyword argument 'b'. Did you mean 'c'?",
    ),
    "a suggestion": (
        "TypeError: f() got an unexpected keyword argument 'a'. Did you mean 'b'?",
        "TypeError: f() got an unexpected keyword argument 'a'. Did you mean 'c'?",
    ),
    "a count": (
        "ValueError: too many values to unpack (expected 2)",
        "ValueError: too many values to unpack (expected 3, got 4)",
    ),
    "another error": ("TypeError: a", "ValueError: a"),
    "another type": (
        "TypeError: unhashable type: 'list'",
        "TypeError: cannot use 'dict' as a dict key (unhashable type: 'dict')",
    ),
    "no error": ("ValueError: math domain error", "no error"),
    "a place in a traceback": (
        '  File "x.py", line 1, in f\n    f()\n    ~^^\n',
        '  File "x.py", line 2, in f\n    f()\n    ^^^\n',
    ),
    "a line in a traceback": (
        '  File "x.py", line 1, in f\n    f()\n    ^^^\n',
        '  File "x.py", line 1, in f\n    g()\n    ~^^\n',
    ),
}


@pytest.mark.parametrize(("want", "got"), REAL.values(), ids=REAL)
def test_a_real_difference_still_fails(want: str, got: str) -> None:
    assert not same_output(want, got)
    assert not same_output(got, want)


def test_each_wording_was_seen() -> None:
    lines = {
        line
        for path in PRINTED.values()
        for line in path.read_text("utf-8").splitlines()
    }
    unseen = [
        wording
        for group in wordings()
        for wording in group
        if not any(pattern(wording).fullmatch(line) for line in lines)
    ]
    assert unseen == []
