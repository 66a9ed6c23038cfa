"""A page cannot touch the next one, and leaves nothing behind."""

from __future__ import annotations

import pytest

from project import Project

# Changes all that a page can change for the process...
VANDAL = """\
import builtins
import importlib
import logging
import os
import random
import sys
import warnings

import matplotlib as mpl
import numpy as np
import torch

torch.set_default_dtype(torch.float64)
torch.set_default_device("meta")
torch.set_printoptions(precision=1)
torch.set_grad_enabled(False)
torch.use_deterministic_algorithms(True)
torch.set_float32_matmul_precision("medium")
torch.set_num_threads(1)
torch.backends.cudnn.benchmark = True
tree = importlib.import_module("torch.utils._pytree")
tree.register_pytree_node(
    type("Vandal", (), {}), lambda v: ([], None), lambda c, v: None
)
torch._dynamo.config.suppress_errors = True
together = importlib.import_module("torch.distributed")
together.init_process_group("gloo", store=together.HashStore(), rank=0, world_size=1)

# %%
# Both streams and the last value are shown.

torch.nn.modules.module.register_module_forward_hook(lambda *a: torch.zeros(1))
torch.__future__.set_overwrite_module_params_on_conversion(True)
torch.__future__.set_swap_module_params_on_conversion(True)
np.set_printoptions(precision=1)
warnings.simplefilter("ignore")
os.environ["VANDAL"] = "1"
os.environ.pop("HOME", None)
os.chdir("/")
sys.path.insert(0, "/vandal")
builtins.print = lambda *a, **k: None
builtins.sum = builtins.len
builtins.vandal = True
torch.manual_seed(0)
random.seed(0)
mpl.rcParams["font.size"] = 3
mpl.use("svg")
logging.basicConfig(level="DEBUG")
"""

# ...which this one would see.
WITNESS = """\
import builtins
import importlib
import logging
import os
import sys
import warnings
from pathlib import Path

import matplotlib as mpl
import numpy as np
import torch

print(torch.ones(1), torch.ones(1) / 3, torch.is_grad_enabled())
print(torch.are_deterministic_algorithms_enabled())
print(torch.get_float32_matmul_precision(), torch.backends.cudnn.benchmark)
print(torch.get_num_threads(), logging.root.level, logging.root.handlers)
print(torch.nn.Identity()(torch.ones(2)))
print(torch.__future__.get_overwrite_module_params_on_conversion())
print(torch.__future__.get_swap_module_params_on_conversion())
print(importlib.import_module("torch._dynamo").config.suppress_errors)
print(importlib.import_module("torch.distributed").is_initialized())
tree = importlib.import_module("torch.utils._pytree")
print([kind for kind in tree.SUPPORTED_NODES if "Vandal" in str(kind)])

# %%
# Both streams and the last value are shown.

print(np.ones(1) / 3, "VANDAL" in os.environ, "HOME" in os.environ)
print(Path.cwd().name, "/vandal" in sys.path, sum([2, 3]), "vandal" in dir(builtins))
try:
    warnings.warn("seen")
except UserWarning as warning:
    print(warning)
print(mpl.rcParams["font.size"], mpl.get_backend())

# %%
# Both streams and the last value are shown.

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    torch.ones(1, dtype=torch.complex64).to(torch.float32)
len(caught)
"""


def test_a_page_sees_nothing_of_the_one_before(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    project = Project.create(tmp_path_factory.mktemp("strangers"))
    project.add_page("witness", WITNESS)
    assert project.make("catalogs").ok
    project.translate()
    alone = project.make("expected")
    assert alone.ok, alone.text
    expectation = project.read("tests/expected/group/witness.txt")
    assert "True" in expectation.split("%%")[1]
    assert "11.0 agg\n" in expectation
    project.add_page("a_vandal", VANDAL)  # runs before the witness
    with project.changed("gallery/group/witness.py", "import sys\n", "import sys\n\n"):
        assert project.make("catalogs").ok
        project.translate()
        beside = project.make("expected")
        assert beside.ok, beside.text
        assert project.read("tests/expected/group/witness.txt") == expectation
        both = project.make("html", "doctest")
        assert both.ok, both.text


COMPILED = """\
import shutil

model = torch.nn.Linear(2, 2)
try:
    compiled = torch.compile(model)(torch.ones(2))
    print("compiled", torch.allclose(compiled, model(torch.ones(2))))
except Exception as error:
    print("no compiler" if not shutil.which("g++") else error)
torch.zeros(2)
"""


def test_what_the_compiler_keeps_is_not_left_behind(tiny: Project) -> None:
    with tiny.changed("gallery/group/page.py", "torch.zeros(2)\n", COMPILED):
        result = tiny.make("html")
    assert "+ compiled True (got)" in result.text or "+ no compiler" in result.text
    assert "left behind" not in result.text
    assert "behind" not in result.text
    assert "Deprecat" not in result.text


def test_a_deprecation_is_an_error_of_the_page_that_does_it_alone(
    tiny: Project,
) -> None:
    code = "import warnings\nwarnings.warn('{0}', DeprecationWarning, stacklevel={1})\n"
    with tiny.changed(
        "gallery/group/page.py", "torch.zeros(2)\n", code.format("own", 1)
    ):
        assert "DeprecationWarning: own" in tiny.make("html").text
    other = (
        "exec(compile({!r}, 'a.py', 'exec'), {{'__name__': 'other'}})\ntorch.zeros(2)\n"
    )
    code = other.format(code.format("quiet", 1))
    with tiny.changed("gallery/group/page.py", "torch.zeros(2)\n", code):
        result = tiny.make("html")
        assert result.ok, result.text
    assert tiny.make("html").ok


def test_a_forgotten_seed_fails(tiny: Project) -> None:
    random = "torch.rand(2)\n"
    with tiny.changed("gallery/group/page.py", "torch.zeros(2)\n", random):
        before = tiny.read("tests/expected/group/page.txt")
        assert tiny.make("expected").ok
        assert not tiny.make("doctest").ok
        (tiny.root / "tests/expected/group/page.txt").write_text(before)
    assert tiny.make("html").ok


POOL = """\
import multiprocessing

for method in multiprocessing.get_all_start_methods():
    if method != "fork":
        with multiprocessing.get_context(method).Pool(1) as pool:
            print(pool.map(abs, [-1, -2]))
torch.zeros(2)
"""


def test_what_multiprocessing_keeps_is_not_left_behind(tiny: Project) -> None:
    with tiny.changed("gallery/group/page.py", "torch.zeros(2)\n", POOL):
        shown = "[1, 2]\n[1, 2]\n\ntensor([0., 0.])"
        with tiny.changed("tests/expected/group/page.txt", "tensor([0., 0.])", shown):
            result = tiny.make("html", "doctest")
            assert result.ok, result.text
    assert tiny.make("html").ok


def test_a_traceback_has_no_colours(tiny: Project) -> None:
    """Since Python 3.13 it has, where a machine forces them."""
    said = "import traceback\ntraceback.print_exception(ValueError('x'))\n"
    with tiny.changed("gallery/group/page.py", "torch.zeros(2)\n", f"{said}1\n"):
        shown = "ValueError: x\n\n1"
        with tiny.changed("tests/expected/group/page.txt", "tensor([0., 0.])", shown):
            result = tiny.make("html", FORCE_COLOR="1")
            assert result.ok, result.text
    assert tiny.make("html").ok
