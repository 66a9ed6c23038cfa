"""Record all states of the module on the home page; print them as JSON.

Each button there is a line of code.  Breadth first, each line is run in each state that
the others lead to; a state is reached from a new model on, so that nothing is copied.
The build runs this: see ``_ext/tested_gallery/state/live_module.py``.
"""

import contextlib
import json
import tempfile
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim import SGD

CODE = {
    "train": "model.zero_grad(); model(batch).backward()\n"
    "SGD(model.parameters(), lr=1/8).step()",
    "cast": "model.to(torch.float16)",
    "move": 'model.to("meta")',
    "save": 'torch.save(model.state_dict(), "model.pt")',
    "load": 'model = Model()\nmodel.load_state_dict(torch.load("model.pt"))',
    "again": "model = Model()",
}
KINDS = {"weight": "P", "mean": "B", "mask": "N", "peak": "A", "steps": "X"}
FILE = Path("model.pt")
ENOUGH = 2  # steps of training, or there would be no end

Row = tuple[str, ...]
State = tuple[Row, ...]


class Model(nn.Module):
    """A module that has something of each kind."""

    def __init__(self) -> None:
        """Give each kind its first value."""
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2))
        self.register_buffer("mean", torch.zeros(2))
        self.register_buffer("mask", torch.tensor([1.0, 0.0]), persistent=False)
        self.peak = torch.zeros(2)
        self.steps = 0

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Return the loss; update all that the optimizer does not."""
        batch = batch.to(self.weight.device)
        self.peak = torch.maximum(self.peak, batch)
        self.mean.mul_(0.5).add_(batch, alpha=0.5)
        self.steps += 1
        return (self.weight * self.mask * batch).sum()

    def get_extra_state(self) -> int:
        """Return what is saved beside the tensors."""
        return self.steps

    def set_extra_state(self, state: int) -> None:
        """Take what was saved."""
        self.steps = state


def after(path: list[str]) -> tuple[State, str]:
    """Return the state after steps from the beginning on, and what the last raised."""
    FILE.unlink(missing_ok=True)
    batch = torch.tensor([4.0, 1.0])
    names: dict[str, Any] = {"Model": Model, "SGD": SGD, "torch": torch, "batch": batch}
    for step in ["again", *path]:
        raised = ""
        try:
            exec(CODE[step], names)
        except RuntimeError as error:
            raised = f"{type(error).__name__}: {error}"
    return state(names["model"]), raised


def state(model: Model) -> State:
    """Return a row for each name: values, dtype, device, and what the file has."""
    saved = torch.load(FILE) if FILE.exists() else None
    rows = []
    for name in KINDS:
        value = getattr(model, name)
        tensor = isinstance(value, torch.Tensor)
        form = (str(value.dtype)[6:], value.device.type) if tensor else ("", "")
        key = name if tensor else "_extra_state"
        held = "" if saved is None else shown(saved[key]) if key in saved else "–"
        rows.append((shown(value), *form, held))
    return tuple(rows)


def shown(value: torch.Tensor | int) -> str:
    """Return values in a line, ``?`` for a tensor that has none."""
    if isinstance(value, int):
        return str(value)
    return "?" if value.is_meta else " ".join(f"{v:g}" for v in value.tolist())


def possible(found: State) -> list[str]:
    """Return the steps that a reader may take: a file is loaded once it is saved."""
    trained, saved = int(found[-1][0]), found[-1][-1]
    return [
        *(["train"] if trained < ENOUGH else []),
        *("cast", "move", "save"),
        *(["load"] if saved else []),
    ]


def record() -> str:
    """Return all states as JSON: of each its rows, and where each step leads.

    Behind a step stands the number of the next state and, if it raises, of the error.
    """
    first, _ = after([])
    found, paths, errors, states = [first], {first: []}, [], []
    for one in found:  # which grows
        steps = {}
        for step in possible(one):
            then, raised = after([*paths[one], step])
            if then not in paths:
                paths[then] = [*paths[one], step]
                found.append(then)
            if raised and raised not in errors:
                errors.append(raised)
            error = [errors.index(raised)] if raised else []
            steps[step] = [found.index(then), *error]
        states.append(json.dumps([one, steps], ensure_ascii=False))
    head = json.dumps({"kinds": KINDS, "code": CODE, "errors": errors}, indent=1)
    return head.removesuffix("\n}") + ',\n "states": [\n' + ",\n".join(states) + "\n]}"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        print(record())
