import json
import os
import warnings
from contextlib import nullcontext

import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel


class Filled(torch.nn.Module):
    def __init__(self, rank):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor(float(rank)))
        self.register_buffer("saved", torch.tensor(float(rank)))
        self.register_buffer("computed", torch.tensor(float(rank)), persistent=False)
        self.plain = torch.tensor(float(rank))

    def forward(self, x):
        return self.weight * x + self.saved + self.computed + self.plain


def wrap(rank):
    model = Filled(rank)
    names = ("weight", "saved", "computed", "plain")
    before = {name: getattr(model, name).item() for name in names}
    DistributedDataParallel(model)
    return {name: [before[name], getattr(model, name).item()] for name in names}


class Counter(torch.nn.Module):
    def __init__(self, reduced):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor(1.0))
        self.register_buffer("total", torch.tensor(0.0))
        self.reduced = reduced
        self.seen = []

    def forward(self, x):
        self.seen.append(self.total.item())
        step = x.sum()
        if self.reduced:
            distributed.all_reduce(step)
        self.total.add_(step)
        return self.weight * x


def count(rank, reduced=False):
    model = Counter(reduced)
    ddp = DistributedDataParallel(model)
    after = []
    for _ in range(3):
        ddp(torch.tensor([rank + 1.0])).sum().backward()
        after.append(model.total.item())
    return {"seen": model.seen, "after": after}


def count_together(rank):
    return count(rank, reduced=True)


def evaluate(rank):
    norm = torch.nn.BatchNorm1d(1, momentum=0.5)
    ddp = DistributedDataParallel(norm)
    means = []
    for training in (True, True, False):
        ddp.train(training)
        ddp(torch.full((2, 1), 8.0 * (rank + 1)))
        means.append(norm.running_mean.item())
    return {"running_mean": means}


def switch_off(rank):
    held = {}
    for option in ("init_sync", "broadcast_buffers", "forward_sync_buffers"):
        model = Filled(rank)
        ddp = DistributedDataParallel(model, **{option: False})
        held[option] = [model.weight.item(), model.saved.item()]
        model.saved.fill_(rank)
        ddp(torch.ones(1))
        held[option].append(model.saved.item())
    return held


def deprecate(rank):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        DistributedDataParallel(Filled(rank), broadcast_buffers=False)
    return [f"{warning.category.__name__}: {warning.message}" for warning in caught]


def replace(rank):
    model = Filled(rank)
    ddp = DistributedDataParallel(model)
    model.saved = torch.tensor(float(rank))
    model.register_buffer("late", torch.tensor(float(rank)))
    held = {name: [getattr(model, name).item()] for name in ("saved", "late")}
    tracked = [len(ddp.modules_buffers)]
    ddp(torch.ones(1))
    for name in held:
        held[name].append(getattr(model, name).item())
    return held | {"tracked": [*tracked, len(ddp.modules_buffers)]}


def start_empty(rank):
    layer = torch.nn.Linear(1, 1)
    ddp = DistributedDataParallel(layer)
    layer.register_buffer("late", torch.tensor(float(rank)))
    ddp(torch.ones(1))
    return {"late": [layer.late.item()], "tracked": [len(ddp.modules_buffers)]}


def run_twice(rank):
    norm = torch.nn.BatchNorm1d(1)
    ddp = DistributedDataParallel(norm)
    x = torch.tensor([[1.0], [3.0]])
    (ddp(x) + ddp(x)).sum().backward()
    return {"bias.grad": [norm.bias.grad.item()]}


class Scaled(torch.nn.Module):
    def __init__(self, cloned):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor(1.0))
        self.register_buffer("scale", torch.tensor(0.0))
        self.cloned = cloned

    def forward(self, x):
        self.scale = self.scale + x
        return self.weight * (self.scale.clone() if self.cloned else self.scale)


def overwrite(rank):
    held = {}
    for name, cloned in (("scale", False), ("scale.clone()", True)):
        model = Scaled(cloned)
        ddp = DistributedDataParallel(model)
        x = torch.tensor(rank + 1.0)
        loss = ddp(x) + ddp(x)
        loss.backward()
        held[name] = [loss.item(), model.weight.grad.item()]
    return held


def refuse(rank):
    messages = []
    for norm in (
        torch.nn.BatchNorm1d(1, affine=False),
        torch.nn.BatchNorm1d(1).requires_grad_(False),
    ):
        try:
            DistributedDataParallel(norm)
        except RuntimeError as error:
            messages.append(f"{type(error).__name__}: {error}")
    return messages


def send(rank):
    norm = torch.nn.BatchNorm1d(1, affine=False, momentum=0.5)
    norm(torch.full((2, 1), 8.0 * (rank + 1)))
    means = [norm.running_mean.item()]
    for buffer in norm.buffers():
        distributed.broadcast(buffer, src=0)
    return {"running_mean": [*means, norm.running_mean.item()]}


def skip(rank):
    held = {}
    model = Filled(rank)
    ddp = DistributedDataParallel(model)
    for name, context in (("no_grad", torch.no_grad), ("no_sync", ddp.no_sync)):
        values, flags = [], []
        for current in (context, context, nullcontext, nullcontext):
            model.saved.fill_(rank)
            with current():
                ddp(torch.ones(1))
            values.append(model.saved.item())
            flags.append(ddp.require_forward_param_sync)
        held |= {name: values, f"{name}_flag": flags}
    return held


EXPERIMENTS = (
    *(wrap, count, count_together, evaluate, switch_off, deprecate),
    *(replace, start_empty, run_twice, overwrite, refuse, send, skip),
)


def main():
    distributed.init_process_group("gloo")
    rank, held = distributed.get_rank(), {}
    for experiment in EXPERIMENTS:
        ranks = [None, None]
        distributed.all_gather_object(ranks, experiment(rank))
        held[experiment.__name__] = ranks
    if rank == 0:
        print(json.dumps(held), flush=True)
    distributed.barrier()
    distributed.destroy_process_group()
    os._exit(0)


if __name__ == "__main__":
    main()
