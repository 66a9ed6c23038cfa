"""
``assign=True`` and swap
========================

A load writes into the tensors of a module; with ``assign=True`` it puts those of the
``state_dict`` in their place.

By the end of this page you can predict these lines:

>>> stale.param_groups[0]["params"][0] is layer.weight
False
>>> half[0].weight is half[1].weight
False
>>> swapped[0].weight is swapped[1].weight is held
True
"""

import copy
import io

import torch

# %%
# .. _load8:
# .. since:: 2.1 load_state_dict(assign=True)
#
# This ``state_dict`` holds a weight in ``float64``. By default a load copies its value
# into the parameter that is there, which keeps its data type. With ``assign=True`` a
# new parameter takes its place, with the data type of the checkpoint.

state = {"weight": torch.full((1, 1), 0.5, dtype=torch.float64)}
for assign in (False, True):
    layer = torch.nn.Linear(1, 1, bias=False)
    held = layer.weight
    layer.load_state_dict(state, assign=assign)
    print(layer.weight is held, layer.weight.item(), layer.weight.dtype)

# %%
# The device comes from the checkpoint too: ``assign=True`` fills a layer on ``meta``,
# where there is no data to copy into. ``requires_grad`` stays as the module had it. The
# layer is frozen, and so is now the parameter that it takes over.

layer = torch.nn.Linear(1, 1, bias=False, device="meta").requires_grad_(False)
weight = torch.nn.Parameter(torch.ones(1, 1))
layer.load_state_dict({"weight": weight}, assign=True)
print(layer.weight is weight, weight.device, weight.requires_grad)

# %%
# An optimizer that was built before the load holds the parameter that is gone. Its step
# leaves the weight at 0.5, and nothing fails. Build it after the load.


def train(model, optimizer):
    optimizer.zero_grad()
    model(torch.ones(1, 1)).sum().backward()
    optimizer.step()
    return [parameter.item() for parameter in model.parameters()]


layer = torch.nn.Linear(1, 1, bias=False)
stale = torch.optim.SGD(layer.parameters(), lr=0.25)
layer.load_state_dict({"weight": torch.full((1, 1), 0.5)}, assign=True)
print(train(layer, stale))
print(train(layer, torch.optim.SGD(layer.parameters(), lr=0.25)))

# %%
# The module and the ``state_dict`` now share memory. If the ``state_dict`` is that of a
# live model, both models share it. Assign what you read from a file.


def reread(state):
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file)


source, shared, apart = (torch.nn.Linear(1, 1, bias=False) for _ in range(3))
torch.nn.init.ones_(source.weight)
state = source.state_dict()
shared.load_state_dict(state, assign=True)
apart.load_state_dict(reread(state), assign=True)
state["weight"].zero_()
print(source.weight.item(), shared.weight.item(), apart.weight.item())

# %%
# .. _load9:
#
# For tied weights a file is not enough. Two layers share a weight of 1 here. After the
# load they have two parameters over one storage: the tie is half gone.


def tied():
    first, second = (torch.nn.Linear(1, 1, bias=False) for _ in range(2))
    second.weight = torch.nn.init.ones_(first.weight)
    return torch.nn.Sequential(first, second)


def loaded():
    model = tied()
    model.load_state_dict(reread(tied().state_dict()), assign=True)
    return model


half = loaded()
first, second = half.parameters()
print(first is second, first.data_ptr() == second.data_ptr())

# %%
# An optimizer now writes twice into the one storage. The two steps of a plain ``SGD``
# add up to that of the tied model. ``Adam`` makes a step of 0.25 for either.

for optimizer in (torch.optim.SGD, torch.optim.Adam):
    model, half = tied(), loaded()
    print(train(model, optimizer(model.parameters(), lr=0.25)), end=" ")
    print(train(half, optimizer(half.parameters(), lr=0.25)))

# %%
# The optimizer state of the tied model has one parameter, so it does not fit. Tie the
# weights again after the load, and only then build the optimizer.

trained = torch.optim.Adam(tied().parameters(), lr=0.25).state_dict()
try:
    torch.optim.Adam(half.parameters()).load_state_dict(trained)
except ValueError as error:
    print(f"{type(error).__name__}: {error}")

model = loaded()
model[1].weight = model[0].weight
adam = torch.optim.Adam(model.parameters())
adam.load_state_dict(trained)
train(model, adam)

# %%
# .. _load10:
#
# A buffer takes over whatever the checkpoint holds. A tensor that requires a gradient
# makes a buffer that does, and a ``Parameter`` turns the buffer into a parameter.


class Scale(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("factor", torch.ones(1))

    def forward(self, x):
        return x * self.factor


scale = Scale()
for value in (torch.ones(1, requires_grad=True), torch.nn.Parameter(torch.ones(1))):
    scale.load_state_dict({"factor": value}, assign=True)
    scale(torch.ones(1)).sum().backward()
    print(scale.factor.grad, [name for name, _ in scale.named_buffers()])

# %%
# .. _load11:
#
# ``assign=True`` leaves a flag in the private ``_metadata`` of your ``state_dict``. The
# next load obeys it, even after a file: it should copy, but it replaces the weight.
# Assign a deep copy, and your ``state_dict`` stays clean.

marked, clean = tied().state_dict(), tied().state_dict()
tied().load_state_dict(marked, assign=True)
tied().load_state_dict(copy.deepcopy(clean), assign=True)
for state in (marked, reread(marked), clean):
    model = tied()
    held = model[0].weight
    model.load_state_dict(state)
    print(model[0].weight is held, dict(state._metadata[""]))

# %%
# .. since:: 2.3 set_swap_module_params_on_conversion
#
# The flag that :ref:`keeps parameters in a cast <move7>` works in a load too. The
# module's tensors stay and swap their content for that of the checkpoint: an optimizer
# still trains them, a tie holds, and a buffer stays a buffer, the same object.

swapped, kept = tied(), Scale()
held, buffer = swapped[0].weight, kept.factor
sgd = torch.optim.SGD(swapped.parameters(), lr=0.25)
value = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))
torch.__future__.set_swap_module_params_on_conversion(True)
swapped.load_state_dict(reread(tied().state_dict()), assign=True)
kept.load_state_dict({"factor": value}, assign=True)
torch.__future__.set_swap_module_params_on_conversion(False)
print(train(swapped, sgd), swapped[0].weight is swapped[1].weight is held)
print(kept.factor is buffer, buffer.dtype, list(kept.parameters()))

# %%
# .. rubric:: Remember
#
# - After ``assign=True`` tie the weights again, then build the optimizer.
# - Assign a deep copy or what you read from a file, never a live ``state_dict``.
# - With the flag that swaps contents the objects of the module stay.
