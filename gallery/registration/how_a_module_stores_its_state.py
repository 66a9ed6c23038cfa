"""
How ``nn.Module`` stores, lists, counts tensors
===============================================

A module keeps parameters, buffers and submodules in three dictionaries, and
``named_parameters()`` and ``named_buffers()`` list the tensors in them; everything else
is an ordinary attribute. A parameter count leaves out the buffers, so for the memory of
a model count both.
"""

# %%
# .. folded:: The model of this page, an encoder of audio features

import torch


class Encoder(torch.nn.Module):
    def __init__(self, frames=256):
        super().__init__()
        self.positions = torch.nn.Parameter(torch.zeros(frames, 256))
        self.register_buffer("mean", torch.zeros(80))
        mask = torch.ones(frames, frames, dtype=torch.bool).tril()
        self.register_buffer("mask", mask, persistent=False)
        self.project = torch.nn.Linear(80, 256)
        self.frames = frames

    def forward(self, features):
        n = features.shape[1]
        x = self.project(features - self.mean) + self.positions[:n]
        attention = torch.nn.functional.scaled_dot_product_attention
        return attention(x, x, x, attn_mask=self.mask[:n, :n])


# %%
# .. folded:: The model, with a frozen layer

# sphinx_gallery_hide_state = "model"
model = Encoder()
model.project.requires_grad_(False)
model(torch.ones(4, 100, 80)).shape

# %%
# In short
# --------
#
# .. in-short:: model
#
# The code counts the elements of the parameters, of the parameters that are trained,
# and of the buffers; the last number is the memory of parameters and buffers together.
# On the ``meta`` device the code works too.

from itertools import chain

parameters = sum(p.numel() for p in model.parameters())
trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
buffers = sum(b.numel() for b in model.buffers())
size = sum(t.nbytes for t in chain(model.parameters(), model.buffers()))
print(f"{parameters:,} {trained:,} {buffers:,} {size / 2**20:.2f} MiB")

# %%
# .. _enum6:
#
# What does a parameter count leave out?
# --------------------------------------
#
# It leaves out the buffers. By default ``BatchNorm2d`` has more elements in its buffers
# than in its parameters: a mean and a variance for each channel, as many as weights and
# biases, and the counter of the batches, an integer of 8 bytes.

# sphinx_gallery_hide_state = "norm, large"
norm = torch.nn.BatchNorm2d(64)
for tensors in (list(norm.parameters()), list(norm.buffers())):
    print(sum(t.numel() for t in tensors), sum(t.nbytes for t in tensors))

# %%
# A file does not have the non-persistent buffers, although the model needs memory for
# them: the ``state_dict`` of the encoder lacks the mask.

in_memory = sum(t.nbytes for t in [*model.parameters(), *model.buffers()])
in_state = sum(t.nbytes for t in model.state_dict().values())
print(in_memory, in_state, model.mask.nbytes)

# %%
# A training step needs more memory: a gradient for each trained parameter, and the
# state of the optimizer. ``Adam`` has two tensors of the size of the parameter, and a
# step counter of 4 bytes.

adam = torch.optim.Adam(model.parameters())
model(torch.ones(4, 100, 80)).sum().backward()
adam.step()
kept = [value for state in adam.state.values() for value in state.values()]
print(model.positions.nbytes, model.positions.grad.nbytes)
print(sum(tensor.nbytes for tensor in kept))

# %%
# The sum of ``nbytes`` counts elements. It is more than the memory if elements share
# memory, as those of an expanded tensor do. On the ``meta`` device no tensor has
# memory, and the sum says how much the model would need elsewhere.

rows = torch.zeros(1, 80).expand(1000, 80)
print(rows.nbytes, rows.untyped_storage().nbytes())
large = torch.nn.Linear(4096, 11_008, device="meta")
print(sum(p.nbytes for p in large.parameters()) / 2**20)

# %%
# .. _reg5:
#
# Where does a module keep its tensors?
# -------------------------------------
#
# The names stand in three dictionaries, one for each kind, and the names of the
# non-persistent buffers in a set as well. All four attributes are private: read them to
# find a fault, and write to none of them.

for name in ("_parameters", "_buffers", "_modules", "_non_persistent_buffers_set"):
    print(name, list(vars(model)[name]))

# %%
# A number such as ``frames`` is an ordinary attribute: Python keeps it in
# ``vars(model)``, the dictionary of the object. Python does not find the buffer there
# and then calls ``__getattr__``. The ``__getattr__`` of a module looks into the three
# dictionaries only, so it returns the buffer and does not find the number.

print("frames" in vars(model), "mean" in vars(model))
print(model.__getattr__("mean") is model.mean)
try:
    model.__getattr__("frames")
except AttributeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# An entry of ``vars(module)`` with the name of a buffer therefore hides the buffer when
# the name is read. Code that goes around the ``__setattr__`` of the module makes such
# an entry, for example by writing into ``vars(module)``. An assignment still goes to
# the buffer, so the module computes with one tensor and ``state_dict()`` returns the
# other. The panel lists both.

# sphinx_gallery_card
shadowed = torch.nn.BatchNorm2d(64)
vars(shadowed)["running_mean"] = torch.ones(64)
shadowed.running_mean = torch.full((64,), 0.5)
print(shadowed.running_mean[:2], shadowed.state_dict()["running_mean"][:2])

# %%
# Delete the entry, and a read finds the buffer again.
# ``del shadowed.running_mean`` would delete the buffer instead of the entry.

# sphinx_gallery_hide_state = "shadowed"
del vars(shadowed)["running_mean"]
print(shadowed.running_mean[:2], shadowed.state_dict()["running_mean"][:2])

# %%
# A property registers nothing. The layer that the property of ``Head`` creates is not
# among the children and has no entry in ``parameters()``, and each access creates
# another layer. Create the layer in ``__init__`` and assign it to ``self``: the
# assignment registers the layer.


class Head(torch.nn.Module):
    @property
    def layer(self):
        return torch.nn.Linear(256, 32)

    def forward(self, x):
        return self.layer(x)


head = Head()
print(list(head.children()), list(head.parameters()), head.layer is head.layer)

# %%
# .. _reg13:
#
# Why is a property that exists reported as missing?
# --------------------------------------------------
#
# If the code of a property raises an ``AttributeError``, Python calls ``__getattr__``
# with the name of the property, and the ``__getattr__`` of a module reports this name.
# Here ``count`` is not registered, and the message names ``average``.


class Centre(torch.nn.Module):
    def __init__(self, size=80):
        super().__init__()
        self.register_buffer("total", torch.zeros(size))

    @property
    def average(self):
        return self.total / self.count


# sphinx_gallery_hide_state = "layer"
layer = Centre()
try:
    layer.average
except AttributeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Call the function of the property yourself: this message names ``count``. ``hasattr``
# returns ``False`` for such a property, and raises no error.

try:
    Centre.average.fget(layer)
except AttributeError as error:
    print(f"{type(error).__name__}: {error}")
print(hasattr(layer, "average"))

# %%
# .. _store1:
#
# Register the tensor that the second message names, here ``count``.

import torch


class Centre(torch.nn.Module):
    def __init__(self, size=80):
        super().__init__()
        self.register_buffer("total", torch.zeros(size))
        self.register_buffer("count", torch.ones(()))

    @property
    def average(self):
        return self.total / self.count

    def forward(self, features):
        return features - self.average


# sphinx_gallery_hide_state = "centre"
centre = Centre()
print(centre(torch.ones(4, 80)).shape)

# %%
# .. _enum1:
#
# How do I list the non-persistent buffers?
# -----------------------------------------
#
# .. since:: 1.6 persistent
#
# ``named_buffers()`` returns all buffers of the module and of its submodules, the
# non-persistent ones included. It has no option for one kind of buffer only.

print([name for name, _ in model.named_buffers()])
try:
    model.named_buffers(persistent=False)
except TypeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# .. _store2:
#
# The non-persistent buffers are those that have no key in the ``state_dict``, unless a
# hook changes the keys. ``remove_duplicate=False`` matters if a buffer has two names.

import torch

model = torch.nn.Sequential(torch.nn.Linear(80, 256), torch.nn.BatchNorm1d(256))
model[0].register_buffer("mask", torch.ones(256, 80), persistent=False)
keys = model.state_dict().keys()
names = [name for name, _ in model.named_buffers(remove_duplicate=False)]
print([name for name in names if name not in keys])
print([name for name in names if name in keys])

# %%
# .. _enum2:
#
# Are tied weights listed and counted once?
# -----------------------------------------
#
# .. since:: 2.0 remove_duplicate
#
# By default ``named_parameters()`` and ``named_buffers()`` return each tensor once,
# under its first name, so a parameter count is right for tied weights. A ``state_dict``
# has a key for each name: a sum over its values counts the tied weight twice.

# sphinx_gallery_hide_state = "tied"
embed, head = torch.nn.Embedding(10_000, 256), torch.nn.Linear(256, 10_000, bias=False)
head.weight = embed.weight
tied = torch.nn.ModuleDict({"embed": embed, "head": head})
print([name for name, _ in tied.named_parameters()], list(tied.state_dict()))
print(sum(p.numel() for p in tied.parameters()))
print(sum(value.numel() for value in tied.state_dict().values()))

# %%
# With ``remove_duplicate=False`` both methods return a tensor under each of its names,
# as the ``state_dict`` does.

print([name for name, _ in tied.named_parameters(remove_duplicate=False)])

# %%
# .. _enum3:
#
# How do I get a tensor by its path?
# ----------------------------------
#
# .. since:: 1.9 get_parameter get_buffer get_submodule
#
# ``get_parameter``, ``get_buffer`` and ``get_submodule`` take a path: the names of
# attributes, joined by dots. Each of the three methods raises an error if the path
# leads to another kind.

for get, path in (
    (model.get_parameter, "1.running_mean"),
    (model.get_buffer, "1.bias"),
    (model.get_submodule, "1.bias"),
):
    try:
        get(path)
    except AttributeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# .. _store3:
#
# Take the method of the kind that the path leads to.

import torch

model = torch.nn.Sequential(torch.nn.Linear(80, 256), torch.nn.BatchNorm1d(256))
print(model.get_parameter("1.bias").shape)
print(model.get_buffer("1.running_mean").shape)
print(model.get_submodule("1") is model[1])

# %%
# By default the lists include the tensors of all submodules. With ``recurse=False``
# they have only the tensors that the module itself has registered.

# sphinx_gallery_hide_state = "model, encoder"
encoder = Encoder()
print([name for name, _ in encoder.named_parameters()])
print([name for name, _ in encoder.named_parameters(recurse=False)])

# %%
# Check yourself
# --------------
#
# Each question begins with new modules.

norm = torch.nn.BatchNorm2d(64)
sum(p.numel() for p in norm.parameters()), sum(b.numel() for b in norm.buffers())

# %%
# .. check::
#
#    - ``(128, 128)``
#    - ``(128, 129)``
#    - ``(257, 0)``
#
#    The parameters are 64 weights and 64 biases. The buffers are 64 means, 64 variances
#    and one counter, and no list of parameters has them.

encoder = Encoder()
"mask" in dict(encoder.named_buffers()), "mask" in encoder.state_dict()

# %%
# .. check::
#
#    - ``(True, True)``
#    - ``(True, False)``
#    - ``(False, False)``
#
#    The mask is a non-persistent buffer: ``named_buffers()`` returns it, and the
#    ``state_dict`` has no key for it.

first, second = torch.nn.Linear(64, 64), torch.nn.Linear(64, 64)
second.weight = first.weight
pair = torch.nn.Sequential(first, second)
len(list(pair.parameters())), len(pair.state_dict())

# %%
# .. check::
#
#    - ``(3, 4)``
#    - ``(4, 4)``
#    - ``(3, 3)``
#
#    The tied weight is one parameter beside the two biases. It has two names, and the
#    ``state_dict`` has a key for each.
#
# Remember
# --------
#
# - Registered names stand in three dictionaries of the module, ordinary attributes in
#   ``vars(model)``. If a name stands in both, a read finds the ordinary attribute.
# - ``named_buffers()`` lists every buffer once; ``state_dict()`` has the persistent
#   buffers, under every name. A name with the value ``None`` :ref:`is in neither
#   <enum4>`.
# - Memory is parameters and buffers; training adds gradients and the state of the
#   optimizer.
# - If a property is reported as missing, look for the ``AttributeError`` inside it.
#
# If a layer or a tensor of your model is missing from these lists, look whether it
# stands in a Python list: :doc:`/gallery/registration/lists_and_dicts`.
