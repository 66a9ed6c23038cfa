import copy
import io
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


def replace(rank):
    model = Filled(rank)
    ddp = DistributedDataParallel(model)
    model.saved = torch.tensor(float(rank))
    model.register_buffer("late", torch.tensor(float(rank)))
    held = {name: [getattr(model, name).item()] for name in ("saved", "late")}
    ddp(torch.ones(1))
    for name in held:
        held[name].append(getattr(model, name).item())
    return held


def start_empty(rank):
    layer = torch.nn.Linear(1, 1)
    ddp = DistributedDataParallel(layer)
    layer.register_buffer("late", torch.tensor(float(rank)))
    before = layer.late.item()
    ddp(torch.ones(1))
    return {"late": [before, layer.late.item()]}


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


class Counter(torch.nn.Module):
    def __init__(self, reduced=False):
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


def run_out(rank):
    model = Counter()
    ddp = DistributedDataParallel(model)
    after = []
    with ddp.join():
        for _ in range(3 - rank):
            ddp(torch.tensor([rank + 1.0])).sum().backward()
            after.append(model.total.item())
    return {"seen": model.seen, "after": after, "at the end": [model.total.item()]}


def combine(rank):
    def average(_, buffers):
        for buffer in buffers.values():
            distributed.all_reduce(buffer)
            buffer /= distributed.get_world_size()

    model = Counter()
    ddp = DistributedDataParallel(model)
    ddp._register_buffer_comm_hook(None, average)
    after = []
    for _ in range(3):
        ddp(torch.tensor([rank + 1.0])).sum().backward()
        after.append(model.total.item())
    return {"after": after}


def evaluate(rank):
    norm = torch.nn.BatchNorm1d(1, momentum=0.5)
    ddp = DistributedDataParallel(norm)
    means = []
    for training in (True, True, False):
        ddp.train(training)
        ddp(torch.full((2, 1), 8.0 * (rank + 1)))
        means.append(norm.running_mean.item())
    return {"running_mean": means}


def average_statistics(model):
    for name, buffer in model.named_buffers():
        if name.endswith(("running_mean", "running_var")):
            distributed.all_reduce(buffer)
            buffer /= distributed.get_world_size()


def save(rank):
    held = {}
    for option in (True, False):
        norm = torch.nn.BatchNorm1d(1, momentum=0.5)
        ddp = DistributedDataParallel(norm, forward_sync_buffers=option)
        for _ in range(3):
            ddp(torch.full((2, 1), 8.0 * (rank + 1))).sum().backward()
        held[f"{option}"] = [saved_mean(ddp)]
        average_statistics(ddp.module)
        held[f"{option}"].append(saved_mean(ddp))
    return held


def saved_mean(ddp):
    file = io.BytesIO()
    torch.save(ddp.module.state_dict(), file)
    file.seek(0)
    return torch.load(file)["running_mean"].item()


def convert(rank):
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 64, 3), torch.nn.BatchNorm2d(64))
    try:
        model = torch.nn.SyncBatchNorm.convert_sync_batchnorm(model)
        DistributedDataParallel(model)
    except ValueError as error:
        return f"{type(error).__name__}: {error}"


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


def skip(rank):
    held = {}
    model = Filled(rank)
    ddp = DistributedDataParallel(model)
    for name, context in (("no_grad", torch.no_grad), ("no_sync", ddp.no_sync)):
        held[name] = []
        for current in (context, context, nullcontext, nullcontext):
            model.saved.fill_(rank)
            with current():
                ddp(torch.ones(1))
            held[name].append(model.saved.item())
    return held


def discriminate(rank):
    torch.manual_seed(rank)
    real, fake = torch.randn(2, 8, 3, 8, 8)
    model = torch.nn.Sequential(
        torch.nn.Conv2d(3, 64, 4, stride=2, padding=1, bias=False),
        torch.nn.BatchNorm2d(64),
        torch.nn.ReLU(),
        torch.nn.Conv2d(64, 1, 4),
    )
    ddp = DistributedDataParallel(model)
    alone = copy.deepcopy(model)
    for net in (ddp, alone):
        (net(real).sigmoid() - net(fake).sigmoid()).mean().backward()
    return [
        torch.allclose(parameter.grad, averaged(other.grad), atol=1e-6)
        for parameter, other in zip(model.parameters(), alone.parameters(), strict=True)
    ]


def averaged(tensor):
    distributed.all_reduce(tensor)
    return tensor / distributed.get_world_size()


class Scaled(torch.nn.Module):
    def __init__(self, cloned=False):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor(1.0))
        self.register_buffer("scale", torch.tensor(0.0))
        self.cloned = cloned

    def forward(self, x):
        self.scale = self.scale + x.mean()
        return self.weight * (self.scale.clone() if self.cloned else self.scale) * x


def overwrite(rank):
    held = {}
    x = torch.tensor([rank + 1.0])
    for name, cloned, batches in (
        ("scale", False, [x, x]),
        ("scale.clone()", True, [x, x]),
        ("torch.cat", False, [torch.cat((x, x))]),
    ):
        model = Scaled(cloned)
        ddp = DistributedDataParallel(model)
        loss = sum(ddp(batch).sum() for batch in batches)
        loss.backward()
        held[name] = [loss.item(), model.weight.grad.item()]
    return held


def ask(rank, **options):
    norm = torch.nn.BatchNorm1d(1, momentum=0.5)
    ddp = DistributedDataParallel(norm, **options)
    ddp(torch.full((2, 1), 4.0 * (rank + 1))).sum().backward()
    ddp.eval()(torch.zeros(2, 1))
    return norm.running_mean.item()


def ask_switched_off(rank):
    return ask(rank, forward_sync_buffers=False)


EXPERIMENTS = (
    *(wrap, replace, start_empty, refuse, send, count, count_together, combine),
    *(evaluate, save, convert, switch_off, deprecate, skip, discriminate),
    *(overwrite, ask, ask_switched_off, run_out),
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
