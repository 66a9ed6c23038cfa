"""
Identity, views and ties across a move
======================================

A tie is one tensor object under two names: most moves keep that of two parameters;
every real move ends that of two buffers, unless one module used twice holds them.

By the end of this page you can predict these lines:

>>> is_tied(tied()), is_tied(tied().double()), is_tied(tied().to("meta"))
(True, True, False)
>>> norms[0].running_mean is norms[1].running_mean
False
>>> shared[0].running_mean is shared[2].running_mean
True
"""

import copy
import pickle

import torch

# %%
# .. _tie1:
#
# Assign the weight of one layer to another one, and both hold the same object. The
# model then has one parameter with two names, and ``is`` tells.


def tied():
    first, second = (torch.nn.Linear(2, 2, bias=False) for _ in range(2))
    second.weight = first.weight
    return torch.nn.Sequential(first, second)


def is_tied(model):
    return model[0].weight is model[1].weight


torch.manual_seed(0)
model = tied()
print(is_tied(model), len(list(model.parameters())), list(model.state_dict()))

# %%
# A deep copy keeps the tie, and so does pickling the whole model, a cast, and loading a
# ``state_dict``.

print(is_tied(copy.deepcopy(model)), is_tied(pickle.loads(pickle.dumps(model))))
print(is_tied(tied().to(torch.float64)))
model.load_state_dict(tied().state_dict())
print(is_tied(model))

# %%
# .. since:: 2.1 load_state_dict(assign=True)
#
# With ``assign=True`` a load makes a new parameter for each key. These two still share
# their storage, so that an optimizer changes it twice.

model.load_state_dict(tied().state_dict(), assign=True)
print(is_tied(model), len(list(model.parameters())))

# %%
# The next real cast parts that. The first of these two has nothing to change.

for dtype in (torch.float32, torch.float64):
    first, second = model.to(dtype).parameters()
    print(first.data_ptr() == second.data_ptr())

# %%
# Take a tied model anew. To set new values, write in place: both names show them.

model = tied()
with torch.no_grad():
    model[0].weight.fill_(0.5)
print(is_tied(model), model[1].weight[0].tolist())

# %%
# Assigning over one of the names breaks the tie as well: the other name keeps the old
# object.

model[0].weight = torch.nn.Parameter(torch.zeros(2, 2))
print(is_tied(model), model[1].weight[0].tolist())

# %%
# .. _move5:
#
# Buffers are another matter. Two normalisation layers here share a parameter and a
# buffer. A cast to the data type that they have changes nothing.

norms = torch.nn.Sequential(torch.nn.BatchNorm1d(2), torch.nn.BatchNorm1d(2))
first, second = norms
second.weight, second.running_mean = first.weight, first.running_mean
norms.to(torch.float32)
print(first.weight is second.weight, first.running_mean is second.running_mean)

# %%
# A real cast keeps the shared parameter, and puts two buffers in the place of one.

norms.to(torch.float64)
print(first.weight is second.weight, first.running_mean is second.running_mean)

# %%
# Layers that must have common statistics need a common module.

norm = torch.nn.BatchNorm1d(2)
shared = torch.nn.Sequential(norm, torch.nn.Linear(2, 2), norm)
shared[0] is shared[2]

# %%
# A move keeps every module object, so both places still hold the same buffer.

shared.to(torch.float64)
shared[0].running_mean is shared[2].running_mean

# %%
# A buffer that is a view of another one shares its storage: an update of ``table``
# shows in ``head``.


class Cache(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("table", torch.zeros(3))
        self.register_buffer("head", self.table[:2])

    def forward(self, x):
        self.table.add_(x)
        return self.head


cache = Cache()
print(cache(1), cache.table[:2])

# %%
# A real move copies each of them: ``head`` then shows a storage of its own and misses
# the second call. Register the whole tensor only, and take the view when you need it.

print(cache.double()(1), cache.table[:2])

# %%
# Take a tied model once more and keep a reference to its weight.

model = tied()
before = model[0].weight
is_tied(model)

# %%
# .. _move6:
#
# A cast puts new content into the same parameter. A ``meta`` tensor is of another kind,
# so a move to ``meta`` makes new parameters, one for each name.

model.to("meta")
print(model[0].weight is before, is_tied(model))

# %%
# Tie them again there, and build an optimizer: it gets one parameter.

model[1].weight = before = model[0].weight
optimizer = torch.optim.SGD(model.parameters(), lr=0.125)
print(is_tied(model), len(optimizer.param_groups[0]["params"]))

# %%
# .. since:: 1.9 Module.to_empty
#
# ``to_empty``, the way back, does the same once more: a new parameter for each name.

# sphinx_gallery_uninitialised = "model"
model.to_empty(device="cpu")
print(model[0].weight is before, is_tied(model))

# %%
# The new memory is not initialised. Fill both parameters with ones.

for parameter in model.parameters():
    torch.nn.init.ones_(parameter)
print(model[1].weight[0].tolist())

# %%
# Train. The optimizer was built before and holds the parameter that is gone: the step
# changes nothing in the model, and nothing fails.

model(torch.ones(1, 2)).sum().backward()
optimizer.step()
print(model[1].weight[0].tolist())

# %%
# After ``to_empty`` tie again, and only then build the optimizer: now it trains.

model[1].weight = model[0].weight
model.zero_grad()
optimizer = torch.optim.SGD(model.parameters(), lr=0.125)
model(torch.ones(1, 2)).sum().backward()
optimizer.step()
print(is_tied(model), model[1].weight[0].tolist())

# %%
# .. _move7:
# .. since:: 1.4 set_overwrite_module_params_on_conversion
#
# Two flags of ``torch.__future__`` change how a module converts its parameters, in the
# whole process. The first one makes each cast replace them, as a move to ``meta``
# does: identity and ties are lost.


def survivors(target):
    model = tied().append(torch.nn.BatchNorm1d(2))
    weight, mean = model[0].weight, model[2].running_mean
    model.to(target)
    return model[0].weight is weight, is_tied(model), model[2].running_mean is mean


usual = survivors(torch.float64)
torch.__future__.set_overwrite_module_params_on_conversion(True)
overwritten = survivors(torch.float64)
torch.__future__.set_overwrite_module_params_on_conversion(False)
print(usual, overwritten)

# %%
# .. since:: 2.3 set_swap_module_params_on_conversion
#
# The second one keeps each parameter and swaps its content for the new one. Identity
# and ties then survive even a move to ``meta``. The buffer is replaced all the same.

torch.__future__.set_swap_module_params_on_conversion(True)
swapped = [survivors(target) for target in (torch.float64, "meta")]
torch.__future__.set_swap_module_params_on_conversion(False)
print(*swapped)

# %%
# .. rubric:: Remember
#
# - A parameter tie survives copies, casts and loads, but not ``meta``, ``assign=True``
#   or an assignment.
# - Buffers that two modules share, and views, part at every real move.
# - After ``to_empty`` tie again, then build the optimizer.
