"""Trials of recipes: modules that a page tells readers to copy.

An author names them in ``tests/recipes/<group>/<page>.toml``, which no reader sees::

    [Shift]                       # what the table of results calls it
    make = "Shift()"              # builds a new one, among the names of the page
    input = "torch.ones(4, 2)"    # what it is called with, or a tuple of that
    after = "move2"               # optional: run the page up to the cell of this label
    materialised = "reset(module)"  # optional: what the page calls after to_empty
    [Shift.exempt]                # optional: a trial, and where the page says so
    pickle = "a sentence of the English page, as it is read there"

Each trial ends with the output as it was before, within the precision of its dtype.
Two modules of one recipe are made from one seed and used alike, and one of them goes
through the trial; they are compared in evaluation mode, since dropout and averages
that move with each call would differ for no fault of the recipe.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import io
import tomllib
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized

from project import ROOT
from running import as_main
from tested_gallery import author_files
from tested_gallery.author_files import FileError
from tested_gallery.pages import figures, page_texts, reset_torch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

FOLDER = ROOT / "tests/recipes"
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
# After a few roundings, of what is as large as the largest number of the output.
PRECISION = {torch.float32: 1e-5, torch.bfloat16: 1.6e-2}
SERIALIZED = "Serialization of parametrized modules is only supported through"


class Recipe(NamedTuple):
    """What a page tells readers to copy, as its table has it."""

    script: Path
    name: str
    make: str
    input: str
    after: str = ""
    materialised: str = ""
    exempt: dict[str, str] = {}  # noqa: RUF012 - nobody writes to it

    @property
    def page(self) -> str:
        """Return the name of the page, ``group/page``."""
        return f"{self.script.parent.name}/{self.script.stem}"

    @property
    def main(self) -> ModuleType:
        """Return the module in which the page has run."""
        return ran(self.script, self.after)

    def made(self, device: str = "cpu") -> nn.Module:
        """Return a new module as the page makes it: always the same one."""
        names = vars(self.main)
        torch.manual_seed(0)
        with torch.device(device):
            return eval(self.make, names)

    def used(self) -> nn.Module:
        """Return a module that was trained a little."""
        module = self.made()
        train(self, module)
        return module

    def arguments(self, dtype: torch.dtype, device: str = "cpu") -> list[Any]:
        """Return what the module is called with."""
        torch.manual_seed(1)
        given = eval(self.input, vars(self.main))
        given = given if isinstance(given, tuple) else (given,)
        return [x.to(device, dtype) if floats(x) else x for x in given]

    def outputs(
        self, module: nn.Module, dtype: torch.dtype = torch.float32, device: str = "cpu"
    ) -> list[Tensor]:
        """Return what a module makes of the input, without dropout and the like."""
        with torch.no_grad():
            return tensors(module.eval()(*self.arguments(dtype, device)))


@functools.cache
def ran(script: Path, after: str) -> ModuleType:
    """Run the cells of a page, or those up to a label's; return their ``__main__``."""
    reset_torch.reset()
    with as_main(script) as main, contextlib.redirect_stdout(io.StringIO()):
        for code in codes(script, after):
            exec(code, vars(main))
    reset_torch.reset()
    figures.reset()
    return main


def codes(script: Path, after: str) -> Iterator[str]:
    """Yield the code cells of a page, or those up to the first below a label."""
    reached = False
    for block in page_texts.blocks(script)[1:]:
        reached = reached or (bool(after) and f".. _{after}:" in block.content)
        if block.type == "code":
            yield block.content
            if reached:
                return


def floats(value: object) -> bool:
    """Return whether a value is a tensor of floating numbers.

    >>> [floats(value) for value in (torch.ones(1), torch.tensor(1), 1.0)]
    [True, False, False]
    """
    return isinstance(value, Tensor) and value.is_floating_point()


def tensors(output: object) -> list[Tensor]:
    """Return the tensors of an output.

    >>> tensors((torch.tensor(1), {"a": torch.tensor(2)}, None))
    [tensor(1), tensor(2)]
    """
    if isinstance(output, Tensor):
        return [output]
    parts = output.values() if isinstance(output, dict) else output
    nested = isinstance(output, (dict, list, tuple))
    return [tensor for part in parts for tensor in tensors(part)] if nested else []


def assert_same(
    found: list[Tensor], expected: list[Tensor], cast: torch.dtype | None = None
) -> None:
    """Hold outputs to others, in another dtype if the module was cast to one.

    >>> assert_same([torch.ones(1) * 1.01], [torch.ones(1)], torch.bfloat16)
    >>> assert_same([torch.tensor(torch.nan)], [torch.tensor(torch.nan)])
    Traceback (most recent call last):
    AssertionError: Scalars are not close!
    ...
    """
    precision = PRECISION[torch.bfloat16 if cast is torch.bfloat16 else torch.float32]
    for ours, theirs in zip(found, expected, strict=True):
        finite = theirs[theirs.isfinite()].double().abs()
        tolerance = precision * max([1.0, *finite.tolist()])
        torch.testing.assert_close(
            ours.cpu(), theirs, rtol=0, atol=tolerance, check_dtype=not cast
        )


def train(recipe: Recipe, module: nn.Module, iterations: int = 1) -> Tensor:
    """Train a module behind a layer, as one deep in a model; return how it changed."""
    given = recipe.arguments(torch.float32)
    size = next(x.shape[-1] for x in given if floats(x))
    layer = nn.Linear(size, size)
    before = layer.weight.detach().clone()
    learning = [p for p in module.train().parameters() if p.requires_grad]
    optimizer = torch.optim.SGD([*layer.parameters(), *learning], lr=0.1)
    for _ in range(iterations):
        optimizer.zero_grad()
        behind = (layer(x) if floats(x) and x.shape[-1] == size else x for x in given)
        outputs = [y.flatten() for y in tensors(module(*behind)) if floats(y)]
        # Weighted, since the plain sum of what was normalised has no gradient.
        sum(y @ torch.linspace(1, 2, len(y)) for y in outputs).backward()
        optimizer.step()
    change = layer.weight.detach() - before
    assert change.isfinite().all(), "the layer before it is no number any more"
    return change


def saved(module: nn.Module) -> dict[str, Any]:
    """Return the ``state_dict`` as a file gives it back."""
    return reread(module.state_dict(), weights_only=True)


def reread(value: object, *, weights_only: bool) -> Any:  # noqa: ANN401 - anything
    """Save a value, and return what is loaded."""
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return torch.load(file, weights_only=weights_only)


def refusal(act: Callable[[], object]) -> str:
    """Return what a ``RuntimeError`` says, or ``""`` if there is none.

    >>> refusal(lambda: torch.ones(2) @ torch.ones(3))[:25]
    'inconsistent tensor size,'
    >>> refusal(lambda: 1)
    ''
    """
    try:
        act()
    except RuntimeError as error:
        return str(error)
    return ""


def give_memory(recipe: Recipe, module: nn.Module) -> None:
    """Take a module from ``meta``; what nobody fills then is no number."""
    torch.use_deterministic_algorithms(True)
    try:
        module.to_empty(device="cpu")
    finally:
        torch.use_deterministic_algorithms(False)
    exec(recipe.materialised, {**vars(recipe.main), "module": module})


def storages(module: nn.Module) -> set[int]:
    """Return where a module's tensors have their values, plain ones included."""
    plain = (value for m in module.modules() for value in vars(m).values())
    found = (*module.parameters(), *module.buffers(), *plain)
    held = (tensor for tensor in found if isinstance(tensor, Tensor) and tensor.numel())
    return {tensor.untyped_storage().data_ptr() for tensor in held}


def trained(recipe: Recipe) -> None:
    """Train it for two iterations."""
    module = recipe.made()
    assert train(recipe, module, iterations=2).any(), (
        "the layer before it does not learn"
    )
    learning = [(n, p.grad) for n, p in module.named_parameters() if p.requires_grad]
    without = [name for name, gradient in learning if gradient is None]
    assert not without, f"without a gradient: {without}"


def cast(recipe: Recipe) -> None:
    """Cast it to a wider and to a narrower dtype."""
    for dtype in (torch.float64, torch.bfloat16):
        module = recipe.used()
        module = module.double() if dtype is torch.float64 else module.bfloat16()
        expected = recipe.outputs(recipe.used())
        assert_same(recipe.outputs(module, dtype), expected, dtype)


def moved(recipe: Recipe) -> None:
    """Move it to a device and another dtype; then to ``meta`` and back with a file."""
    expected = recipe.outputs(recipe.used())
    module = recipe.used().to(DEVICE, torch.float64)
    found = recipe.outputs(module, torch.float64, DEVICE)
    assert_same(found, expected, torch.float64)
    module = recipe.used()
    state = saved(module)
    give_memory(recipe, module.to("meta"))
    module.load_state_dict(state)
    assert_same(recipe.outputs(module), expected)


def copied(recipe: Recipe) -> None:
    """Copy it after it was used."""
    module = recipe.used()
    other = copy.deepcopy(module)
    assert not storages(module) & storages(other), "the copy shares a tensor"
    assert_same(recipe.outputs(other), recipe.outputs(module))


def pickled(recipe: Recipe) -> str | None:
    """Save the whole module and load it, or see torch refuse a parametrized one."""
    module = recipe.used()
    if any(is_parametrized(part) for part in module.modules()):
        assert SERIALIZED in refusal(lambda: torch.save(module, io.BytesIO()))
        return "torch"
    other = reread(module, weights_only=False)
    assert_same(recipe.outputs(other), recipe.outputs(module))
    return None


def materialised(recipe: Recipe) -> None:
    """Build it on ``meta``, give it memory, load."""
    module = recipe.made("meta")
    give_memory(recipe, module)
    module.load_state_dict(saved(recipe.used()))
    assert_same(recipe.outputs(module), recipe.outputs(recipe.used()))


def loaded(recipe: Recipe) -> None:
    """Load from another one: copied, assigned, and from a file of another dtype."""
    state = saved(recipe.used())
    wide = {key: x.double() if floats(x) else x for key, x in state.items()}
    for source, assign in ((state, False), (state, True), (wide, False)):
        module = recipe.made()
        module.load_state_dict(source, assign=assign)
        assert_same(recipe.outputs(module), recipe.outputs(recipe.used()))


def inferred(recipe: Recipe) -> None:
    """Call it under ``inference_mode`` in either mode, then train it."""
    for mode in (True, False):
        module = recipe.made().train(mode)
        with torch.inference_mode():
            module(*recipe.arguments(torch.float32))
        train(recipe, module)


def missed(recipe: Recipe) -> None:
    """Load without each of its keys: strictly, which must fail, then not."""
    state = saved(recipe.used())
    for key in state:
        rest = {name: value for name, value in state.items() if name != key}
        said = refusal(functools.partial(recipe.made().load_state_dict, rest))
        assert key in said, f"a strict load does not say that {key!r} is missing"
        module = recipe.made()
        module.load_state_dict(rest, strict=False)
        train(recipe, module)


TRIALS: dict[str, Callable[[Recipe], str | None]] = {
    **{"train": trained, "cast": cast, "move": moved, "copy": copied},
    **{"pickle": pickled, "meta": materialised, "load": loaded},
    **{"inference": inferred, "missing": missed},
}


def end(recipe: Recipe, trial: str) -> str:
    """Try a recipe; return ``ok``, ``torch`` or ``exempt``, or raise the fault."""
    try:
        with as_main(recipe.script, recipe.main):
            ended = TRIALS[trial](recipe) or "ok"
    except Exception:
        if trial in recipe.exempt:
            return "exempt"
        raise
    assert trial not in recipe.exempt, (
        f"{recipe.name}.exempt: {trial}: exemption is no longer needed; delete the line"
    )
    return ended


def read(path: Path, gallery: Path = ROOT / "gallery") -> list[Recipe]:
    """Return the recipes of a page's table."""
    script = gallery / path.parent.name / f"{path.stem}.py"
    if not script.exists():
        raise FileError(path, 1, f"there is no {script}; rename or delete this file")
    table = tomllib.loads(author_files.text(path))
    return [Recipe(script, name, **checked(path, name, table[name])) for name in table]


def checked(path: Path, name: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry of a table if nothing in it is missing or unknown."""
    needed, optional = {"make", "input"}, Recipe._field_defaults
    wrong = needed - entry.keys() or entry.keys() - needed - optional.keys()
    if wrong := wrong or entry.get("exempt", {}).keys() - TRIALS:
        lines = path.read_text("utf-8").splitlines()
        message = (
            f"[{name}] lacks or has {', '.join(sorted(wrong))}; it has make, input"
        )
        may = f"may have {', '.join(optional)}, and exempt of {', '.join(TRIALS)}"
        raise FileError(path, lines.index(f"[{name}]") + 1, f"{message}, {may}")
    return entry


def recipes(folder: Path = FOLDER) -> list[Recipe]:
    """Return the recipes of all pages."""
    return [recipe for path in sorted(folder.glob("*/*.toml")) for recipe in read(path)]
