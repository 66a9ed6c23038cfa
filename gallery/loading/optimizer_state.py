"""
Optimizer state
===============

An optimizer loads by position: the saved state of the first parameter goes to the first
parameter, whatever its name.

By the end of this page you can predict these lines:

>>> momenta(swapped, wrong), momenta(swapped, right)
({'shift': 4.0, 'scale': 1.0}, {'shift': 1.0, 'scale': 4.0})
>>> fork.state[copied.scale]["step"] is adam.state[model.scale]["step"]
True
"""

import copy

import torch

# %%
# The order of a module's parameters is the order in which it registers them. This one
# scales and shifts, and you choose its order. What it computes is the same.


class Affine(torch.nn.Module):
    def __init__(self, *order):
        super().__init__()
        for name in order:
            self.register_parameter(name, torch.nn.Parameter(torch.ones(1)))

    def forward(self, x):
        return x * self.scale + self.shift


for order in (("scale", "shift"), ("shift", "scale")):
    model = Affine(*order)
    names = [name for name, _ in model.named_parameters()]
    print(names, model(torch.tensor([4.0])).item())

# %%
# .. _load20:
#
# Train one step with momentum. The gradient of ``scale`` is the input, 4; that of
# ``shift`` is 1. In the saved state they have no names, only positions: 0 and 1.


def train(model, optimizer):
    optimizer.zero_grad()
    model(torch.full((1,), 4.0)).backward()
    optimizer.step()


def build(*order):
    model = Affine(*order)
    return model, torch.optim.SGD(model.parameters(), lr=0.25, momentum=0.5)


model, sgd = build("scale", "shift")
train(model, sgd)
state = sgd.state_dict()
print(state["state"], state["param_groups"][0]["params"])

# %%
# Swap the two definitions, as a change of the code may do. The model loads by name and
# is right. The optimizer loads by position: each parameter gets the momentum of the
# other. The shapes agree, so nothing fails.


def momenta(model, optimizer):
    named = model.named_parameters()
    return {name: optimizer.state[p]["momentum_buffer"].item() for name, p in named}


swapped, wrong = build("shift", "scale")
print(swapped.load_state_dict(model.state_dict()))
wrong.load_state_dict(state)
print(momenta(model, sgd), momenta(swapped, wrong))

# %%
# The load does not look at the shapes. If they differ, the next step fails.

longer = Affine("scale", "shift")
longer.scale = torch.nn.Parameter(torch.ones(2))
optimizer = torch.optim.SGD(longer.parameters(), lr=0.25, momentum=0.5)
optimizer.load_state_dict(state)
longer(torch.ones(2)).sum().backward()
try:
    optimizer.step()
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# .. since:: 2.6 Optimizer(model.named_parameters())
#
# An optimizer that is built from ``named_parameters()`` records the names and saves
# them. A load still goes by position, and the saved names replace its own: now they are
# wrong too.

model, swapped = Affine("scale", "shift"), Affine("shift", "scale")
named, wrong = (
    torch.optim.SGD(module.named_parameters(), lr=0.25, momentum=0.5)
    for module in (model, swapped)
)
train(model, named)
print(wrong.param_groups[0]["param_names"])
wrong.load_state_dict(named.state_dict())
print(wrong.param_groups[0]["param_names"], momenta(swapped, wrong))

# %%
# With names you can put this right before the load. ``params`` holds the saved
# positions in order. A pre-hook puts them in the order of the optimizer's own names.


def by_name(optimizer, state):
    state = copy.deepcopy(state)
    for saved, own in zip(state["param_groups"], optimizer.param_groups, strict=True):
        number = dict(zip(saved["param_names"], saved["params"], strict=True))
        saved["param_names"] = list(own["param_names"])
        saved["params"] = [number[name] for name in own["param_names"]]
    return state


right = torch.optim.SGD(swapped.named_parameters(), lr=0.25, momentum=0.5)
right.register_load_state_dict_pre_hook(by_name)
right.load_state_dict(named.state_dict())
print(right.param_groups[0]["param_names"], momenta(swapped, right))

# %%
# .. _load21:
#
# A load does not copy into the tensors that an optimizer has (first: is it the old
# one?) but puts those of the ``state_dict`` in their place, which are those of the
# optimizer that made it (second: is it the same one?). The two share one state.

model = Affine("scale", "shift")
copied = copy.deepcopy(model)
adam, fork = (torch.optim.Adam(m.parameters(), lr=0.25) for m in (model, copied))
train(model, adam)
train(copied, fork)
held, source = fork.state[copied.scale], adam.state[model.scale]
fork.load_state_dict(adam.state_dict())
for name, tensor in fork.state[copied.scale].items():
    print(f"{name:10} {tensor is held[name]!s:5} {tensor is source[name]}")

# %%
# Train the copy alone: the other optimizer counts a second step too, which its model
# never made.

train(copied, fork)
adam.state[model.scale]["step"]

# %%
# For a copy in ``float64`` the load casts the averages, which makes new tensors. The
# counter is shared all the same.

double = copy.deepcopy(model).to(torch.float64)
other = torch.optim.Adam(double.parameters(), lr=0.25)
other.load_state_dict(adam.state_dict())
for name, tensor in other.state[double.scale].items():
    print(f"{name:10} {tensor is adam.state[model.scale][name]}")

# %%
# Load a deep copy, or what you read from a file, and each has its own.

apart = torch.optim.Adam(copied.parameters(), lr=0.25)
apart.load_state_dict(copy.deepcopy(adam.state_dict()))
train(copied, apart)
print(apart.state[copied.scale]["step"], adam.state[model.scale]["step"])

# %%
# .. rubric:: Remember
#
# - Optimizer state goes by position. Keep the order of the parameters, or save names
#   and sort by them.
# - Loading replaces the state tensors and shares them with their source.
# - Fork a run with a deep copy of the optimizer's ``state_dict``.
