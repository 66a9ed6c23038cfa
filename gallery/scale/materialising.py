"""
Materialising a model
=====================

A ``state_dict`` fills a model that was built on ``meta``, but for what it does not
hold: a non-persistent buffer, such as a rotary table, has wrong values after the load.
You recompute the non-persistent buffers and tie the weights again.

By the end of this page you can predict these lines:

>>> Decay(2).load_state_dict(state), broken.factor, assigned.factor.is_meta
(<All keys matched successfully>, tensor([nan, nan]), True)
>>> torch.equal(cured(x), trained(x)), torch.equal(cured_by_assign(x), trained(x))
(True, True)
>>> tied.head.weight is tied.embedding.weight, len(list(tied.parameters()))
(True, 1)
"""

import copy

import torch

# %%
# Here is a module with a table that it computes when it is built, and does not save.
# The rest of it was trained: in the ``state_dict`` are a parameter and a buffer.


class Decay(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(size))
        self.register_buffer("mean", torch.zeros(size))
        factor = 0.5 ** torch.arange(size)
        self.register_buffer("factor", factor, persistent=False)

    def forward(self, x):
        return (x - self.mean) * self.factor * self.weight


trained = Decay(2)
state = {"weight": torch.tensor([4.0, 4.0]), "mean": torch.tensor([1.0, 1.0])}
print(trained.load_state_dict(state), trained.factor)
x = torch.tensor([2.0, 2.0])
trained(x)

# %%
# .. _meta3:
# .. since:: 1.9 Module.to_empty
#
# Build the same on ``meta``, get memory for it, load. All keys match and nothing warns.
# Yet nobody has computed the table: it holds :ref:`garbage <meta2>`, which
# deterministic algorithms show as ``nan``, and so does the output.

torch.use_deterministic_algorithms(True)
with torch.device("meta"):
    broken = Decay(2)
broken.to_empty(device="cpu")
print(broken.load_state_dict(state), broken.weight.tolist())
print(dict(broken.named_buffers()))
broken(x)

# %%
# .. since:: 2.1 load_state_dict(assign=True)
#
# With ``assign=True`` you need no ``to_empty``. All keys match again, and the table is
# still on ``meta``. Here at least the first call fails.

with torch.device("meta"):
    assigned = Decay(2)
print(assigned.load_state_dict(state, assign=True), assigned.factor.device)
try:
    assigned(x)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Before you trust such a model, ask which buffers no file can fill: those that are
# registered, but are no key of the ``state_dict``. They are your part of the work.

sorted(dict(assigned.named_buffers()).keys() - assigned.state_dict().keys())

# %%
# .. _meta4:
#
# The cure is a method that computes the table, on the device where the module is then.
# By convention ``reset_parameters`` makes a layer as new, its buffers included.


class Resettable(Decay):
    def reset_factor(self):
        steps = torch.arange(len(self.weight), device=self.weight.device)
        self.factor = 0.5**steps

    def reset_parameters(self):
        torch.nn.init.zeros_(self.weight)
        torch.nn.init.zeros_(self.mean)
        self.reset_factor()


# %%
# Layers of torch have this method. That of ``BatchNorm1d`` gives its parameters their
# first values, and its buffers too.

with torch.device("meta"):
    norm = torch.nn.BatchNorm1d(1)
norm.to_empty(device="cpu")
print({name: tensor.tolist() for name, tensor in norm.state_dict().items()})
norm.reset_parameters()
print({name: tensor.tolist() for name, tensor in norm.state_dict().items()})

# %%
# So after ``to_empty`` call it on each module that has it, then load. The order
# matters: called after the load it makes the layer new, and you have to load again.


def reset(model):
    for module in model.modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()


with torch.device("meta"):
    cured = torch.nn.Sequential(Resettable(2))
reset(cured.to_empty(device="cpu"))
print(cured[0].load_state_dict(state), cured(x))
reset(cured)
print(cured(x))
cured[0].load_state_dict(state)

# %%
# With ``assign=True`` the module leaves ``meta`` in the load itself, so compute the
# table after it, and the table alone: this is why it has a method of its own.

with torch.device("meta"):
    cured_by_assign = Resettable(2)
cured_by_assign.load_state_dict(state, assign=True)
cured_by_assign.reset_factor()
print(cured_by_assign.factor, cured_by_assign(x))

# %%
# .. _meta5:
#
# A ``state_dict`` does not say either that two names are one parameter. This model ties
# its weights when it is built, on ``meta`` as well.


class Tied(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding(3, 2)
        self.head = torch.nn.Linear(2, 3, bias=False)
        self.tie()

    def tie(self):
        self.head.weight = self.embedding.weight

    def forward(self, x):
        return self.head(self.embedding(x))


torch.manual_seed(0)
source = Tied()
with torch.device("meta"):
    tied = Tied()
print(tied.head.weight is tied.embedding.weight, list(source.state_dict()))

# %%
# ``to_empty`` :ref:`makes a new parameter for each name <move6>`. The load fills both
# with the same numbers, so the model answers as it should. It has twice the parameters,
# and the first step of training tells them apart.

tied.to_empty(device="cpu")
print(tied.load_state_dict(source.state_dict()), len(list(tied.parameters())))
token = torch.tensor([0])
print(torch.allclose(tied(token), source(token), atol=1e-5))
tied(token).sum().backward()
torch.optim.SGD(tied.parameters(), lr=0.5).step()
torch.equal(tied.head.weight, tied.embedding.weight)

# %%
# So tie again after materialising, on either way. ``assign=True`` leaves two parameters
# too, though :ref:`over one storage <load9>`. Build the optimizer after that.

for assign in (False, True):
    with torch.device("meta"):
        tied = Tied()
    if not assign:
        tied.to_empty(device="cpu")
    tied.load_state_dict(copy.deepcopy(source).state_dict(), assign=assign)
    before = len(list(tied.parameters()))
    tied.tie()
    same = torch.allclose(tied(token), source(token), atol=1e-5)
    print(before, len(list(tied.parameters())), same)

# %%
# .. rubric:: Remember
#
# - All keys match, yet no load fills a non-persistent buffer.
# - ``to_empty``, reset, load; or load with ``assign=True``, then compute those buffers.
# - Tie the weights again, then build the optimizer.
