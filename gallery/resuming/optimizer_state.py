"""
Load optimizer state: matched by position
=========================================

An optimizer loads by position and not by name: if parameters of equal shapes change
their order, the momentum of one parameter goes to another without an error. Save the
names with the state, and sort by them before the load.
"""

# %%
# .. folded:: The model of this page: its two parameters have the same shape

import torch


class Affine(torch.nn.Module):
    def __init__(self, *order):
        super().__init__()
        for name in order:
            self.register_parameter(name, torch.nn.Parameter(torch.ones(64)))

    def forward(self, x):
        return x * self.scale + self.shift


# %%
# .. folded:: A trained model, a file, and a new model whose parameters changed places


# sphinx_gallery_hide_state = "trained, wider, tuned, first, last, copied, double"
import io


def train(model, optimizer):
    optimizer.zero_grad()
    model(torch.full((64,), 4.0)).sum().backward()
    optimizer.step()


trained = Affine("scale", "shift")
sgd = torch.optim.SGD(trained.named_parameters(), lr=0.25, momentum=0.5)
train(trained, sgd)
file = io.BytesIO()
torch.save(sgd.state_dict(), file)
file.seek(0)

model = Affine("shift", "scale")
optimizer = torch.optim.SGD(model.named_parameters(), lr=0.25, momentum=0.5)

# %%
# In short
# --------
#
# .. in-short:: optimizer, file
#
# Create both optimizers with ``model.named_parameters()``, the one that is saved and
# the one that loads. ``by_name`` gives each parameter the state that was saved under
# its name; a parameter without such a state begins anew.

import torch


def by_name(optimizer, state):
    entries, ready = {}, []
    wanted = {name for group in optimizer.param_groups for name in group["param_names"]}
    for old, own in zip(state["param_groups"], optimizer.param_groups, strict=True):
        ready.append(old | dict.fromkeys(["params", "param_names"], own["param_names"]))
        for name, number in zip(old["param_names"], old["params"], strict=True):
            if name in wanted and number in state["state"]:
                entries[name] = state["state"][number]
    return {"state": entries, "param_groups": ready}


optimizer.load_state_dict(by_name(optimizer, torch.load(file)))
print(optimizer.param_groups[0]["param_names"])

# %%
# .. _load20:
#
# Why does momentum go to another parameter?
# ------------------------------------------
#
# An optimizer numbers its parameters in the order in which it is given them, and saves
# the numbers: ``scale`` has the number 0 here, ``shift`` the number 1. After one step
# of ``SGD`` the momentum of a parameter is its gradient, 4 for ``scale`` and 1 for
# ``shift``.

state = sgd.state_dict()
print(state["param_groups"][0]["params"])
for number, entry in state["state"].items():
    print(number, entry["momentum_buffer"].shape, entry["momentum_buffer"][0].item())

# %%
# The new model registers ``shift`` first. The model itself loads by name and is right.
# An optimizer of the new model loads by position, so ``scale`` gets the momentum of
# ``shift`` without an error. Below: the momenta that were saved, those loaded by
# position, and those loaded with ``by_name``.


# sphinx_gallery_card
def momenta(model, optimizer):
    named = model.named_parameters()
    return {name: optimizer.state[p]["momentum_buffer"][0].item() for name, p in named}


print(model.load_state_dict(trained.state_dict()))
wrong = torch.optim.SGD(model.parameters(), lr=0.25, momentum=0.5)
wrong.load_state_dict(state)
print(momenta(trained, sgd))
print(momenta(model, wrong))
print(momenta(model, optimizer))

# %%
# The load does not compare shapes either. If the shapes differ, the next step raises
# an error.

source = torch.optim.SGD(trained.parameters(), lr=0.25, momentum=0.5)
train(trained, source)

wider = Affine("scale", "shift")
wider.scale = torch.nn.Parameter(torch.ones(2, 64))
wrong = torch.optim.SGD(wider.parameters(), lr=0.25, momentum=0.5)
wrong.load_state_dict(source.state_dict())
try:
    train(wider, wrong)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Does ``named_parameters()`` make the load go by name?
# -----------------------------------------------------
#
# .. since:: 2.6 Optimizer(model.named_parameters())
#
# No. An optimizer that is created with ``named_parameters()`` saves the names, but
# ``load_state_dict`` does not use them: the load goes by position, and the saved names
# replace those of the optimizer, so that the names are wrong too.

named = torch.optim.SGD(model.named_parameters(), lr=0.25, momentum=0.5)
print(named.param_groups[0]["param_names"])
named.load_state_dict(state)
print(named.param_groups[0]["param_names"], momenta(model, named))

# %%
# That is why ``by_name`` is called before the load. To have it called in each load,
# register it as a hook.

hooked = torch.optim.SGD(model.named_parameters(), lr=0.25, momentum=0.5)
hooked.register_load_state_dict_pre_hook(by_name)
hooked.load_state_dict(state)
print(hooked.param_groups[0]["param_names"], momenta(model, hooked))

# %%
# A file of an optimizer without names lacks ``param_names``, and ``by_name`` raises a
# ``KeyError``. Add the names in the order of the code that saved the file.

old = torch.optim.SGD(trained.parameters(), lr=0.25, momentum=0.5)
train(trained, old)
state = old.state_dict()
state["param_groups"][0]["param_names"] = ["scale", "shift"]
optimizer.load_state_dict(by_name(optimizer, state))
print(momenta(model, optimizer))

# %%
# .. _res6:
#
# What if layers were frozen, unfrozen or added?
# ----------------------------------------------
#
# Then the optimizer has more or fewer parameters than the one that was saved, and the
# load raises an error. Here the head of a classifier was trained alone, and now all
# layers are.

first, last = torch.nn.Linear(128, 64), torch.nn.Linear(64, 10)
tuned = torch.nn.Sequential(first, torch.nn.ReLU(), last)
first.requires_grad_(False)
named = [(name, p) for name, p in tuned.named_parameters() if p.requires_grad]
optimizer = torch.optim.Adam(named, lr=1e-3)
tuned(torch.ones(8, 128)).sum().backward()
optimizer.step()
state = optimizer.state_dict()

tuned.requires_grad_(True)
optimizer = torch.optim.Adam(tuned.named_parameters(), lr=1e-3)
try:
    optimizer.load_state_dict(state)
except ValueError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# ``by_name`` cures this too: the parameters of the head get their state, and those of
# the first layer begin without any, as in a new optimizer.

optimizer.load_state_dict(by_name(optimizer, state))
print([name for name, p in tuned.named_parameters() if p in optimizer.state])

# %%
# A new layer often gets a group of its own, with another learning rate. The number of
# groups must be the same: ``by_name`` pairs the groups, and a load without ``by_name``
# raises an error.

groups = [
    {"params": first.named_parameters(prefix="0"), "lr": 1e-4},
    {"params": last.named_parameters(prefix="2")},
]
optimizer = torch.optim.Adam(groups, lr=1e-3)
try:
    optimizer.load_state_dict(state)
except ValueError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# .. _groups1:
#
# So create the optimizer with the groups that were saved, load, and add the new group
# after the load. This works without names too.

import torch

first, last = torch.nn.Linear(128, 64), torch.nn.Linear(64, 10)
state = torch.optim.Adam(last.parameters(), lr=1e-3).state_dict()

optimizer = torch.optim.Adam(last.parameters(), lr=1e-3)
optimizer.load_state_dict(state)
optimizer.add_param_group({"params": first.parameters(), "lr": 1e-4})
print([(len(group["params"]), group["lr"]) for group in optimizer.param_groups])

# %%
# .. _res3:
#
# Which learning rate counts after a load?
# ----------------------------------------
#
# The saved one. A load replaces the options of each group, so ``lr`` and ``momentum``
# of the constructor are lost. To train on with another rate, set the rate after the
# load.

optimizer = torch.optim.SGD(model.named_parameters(), lr=1.0, momentum=0.9)
optimizer.load_state_dict(by_name(optimizer, sgd.state_dict()))
print([(group["lr"], group["momentum"]) for group in optimizer.param_groups])
for group in optimizer.param_groups:
    group["lr"] = 0.1

# %%
# A scheduler of the learning rate has a ``state_dict`` of its own. This one warms up:
# the rate begins at 0.1, and after three steps it is 0.4.

LinearLR = torch.optim.lr_scheduler.LinearLR
source = torch.optim.SGD(trained.parameters(), lr=1.0)
warmup = LinearLR(source, start_factor=0.1, total_iters=9)
for _ in range(3):
    train(trained, source)
    warmup.step()
print(warmup.last_epoch, f"{source.param_groups[0]['lr']:.2f}")

# %%
# Create the scheduler before the optimizer loads, and load both. The constructor of a
# scheduler may change the rate: of the two rates below, the second is wrong, since the
# constructor multiplied the loaded 0.4 by 0.1.

optimizer = torch.optim.SGD(trained.parameters(), lr=1.0)
resumed = LinearLR(optimizer, start_factor=0.1, total_iters=9)
optimizer.load_state_dict(source.state_dict())
resumed.load_state_dict(warmup.state_dict())
print(resumed.last_epoch, f"{optimizer.param_groups[0]['lr']:.2f}")

late = torch.optim.SGD(trained.parameters(), lr=1.0)
late.load_state_dict(source.state_dict())
LinearLR(late, start_factor=0.1, total_iters=9).load_state_dict(warmup.state_dict())
print(f"{late.param_groups[0]['lr']:.2f}")

# %%
# .. _load21:
#
# Do two optimizers share what is loaded?
# ---------------------------------------
#
# Yes, if one loads what ``state_dict()`` of the other returned. A load does not copy
# values into the tensors that the optimizer has. It replaces these tensors by those of
# the ``state_dict``, which are the tensors of the other optimizer. Each line says
# whether the tensor of before is kept, and whether the tensor is shared.

import copy

copied = copy.deepcopy(trained)
adam, fork = (torch.optim.Adam(m.parameters(), lr=0.25) for m in (trained, copied))
train(trained, adam)
train(copied, fork)
entry = dict(fork.state[copied.scale])
fork.load_state_dict(adam.state_dict())
for name, tensor in fork.state[copied.scale].items():
    kept, shared = tensor is entry[name], tensor is adam.state[trained.scale][name]
    print(f"{name:10} {kept = } {shared = }")

# %%
# Train the copy alone, and the optimizer of ``trained`` counts a second step, which
# ``trained`` never made.

train(copied, fork)
adam.state[trained.scale]["step"]

# %%
# A load casts the first and the second moment, ``exp_avg`` and ``exp_avg_sq``, to the
# ``dtype`` of the parameter. For a copy in ``float64`` these two are therefore new
# tensors, and the counter is still shared.

double = copy.deepcopy(trained).to(torch.float64)
other = torch.optim.Adam(double.parameters(), lr=0.25)
other.load_state_dict(adam.state_dict())
for name, tensor in other.state[double.scale].items():
    print(f"{name:10} {tensor.dtype} {tensor is adam.state[trained.scale][name]}")

# %%
# To continue one run in two ways, load a deep copy, or what was read from a file: then
# each optimizer has its own state.

apart = torch.optim.Adam(copied.parameters(), lr=0.25)
apart.load_state_dict(copy.deepcopy(adam.state_dict()))
train(copied, apart)
print(apart.state[copied.scale]["step"], adam.state[trained.scale]["step"])

# %%
# Check yourself
# --------------
#
# The saved state of ``sgd`` has the momentum 4 for ``scale`` and 1 for ``shift``.

swapped = Affine("shift", "scale")
optimizer = torch.optim.SGD(swapped.named_parameters(), lr=0.25, momentum=0.5)
optimizer.load_state_dict(sgd.state_dict())
momenta(swapped, optimizer)

# %%
# .. check::
#
#    - ``{'shift': 1.0, 'scale': 4.0}``
#    - ``{'shift': 4.0, 'scale': 1.0}``
#
#    The load goes by position, although both optimizers have names: the first momentum
#    goes to the first parameter.

optimizer = torch.optim.SGD(swapped.parameters(), lr=1.0)
optimizer.load_state_dict(sgd.state_dict())
optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["momentum"]

# %%
# .. check::
#
#    - ``(1.0, 0)``
#    - ``(1.0, 0.5)``
#    - ``(0.25, 0.5)``
#
#    The options of a saved group replace those of the constructor.

tuned[0].requires_grad_(False)
optimizer = torch.optim.Adam(tuned.parameters(), lr=1e-3)
len(optimizer.param_groups[0]["params"])

# %%
# .. check::
#
#    - ``4``
#    - ``2``
#
#    ``parameters()`` returns frozen parameters too. So freezing changes the size of a
#    group only if you leave out the frozen parameters yourself.
#
# Remember
# --------
#
# - An optimizer loads by position: keep the order of the parameters, or save the names
#   and sort by them.
# - With more or fewer parameters or groups a load raises an error: load into the
#   saved groups, then add a group.
# - The saved learning rate replaces that of the constructor. Create a scheduler before
#   the load, and load its ``state_dict`` too.
# - Load a file or a deep copy; else two optimizers share their state.
#
# If the model is cast after the optimizer has made a step, read
# :doc:`../moving/optimizers_across_a_move`.
