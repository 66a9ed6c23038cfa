"""
``inference_mode``: inference tensor errors
===========================================

A tensor that was made under ``inference_mode`` cannot be saved for the backward pass,
so create caches in the constructor or write them in place. A cache that the first call
creates during an evaluation causes the error
``Inference tensors cannot be saved for backward`` as soon as the model is trained.
"""

# %%
# .. folded:: A rotary table, the function that applies it, and a batch of queries

import torch


def rotary_table(length, size):
    speeds = 10_000.0 ** (-torch.arange(0, size, 2) / size)
    angles = torch.arange(length)[:, None] * speeds
    return torch.stack((angles.cos(), angles.sin()))


def rotate(x, table):
    cos, sin = table
    left, right = x.split(x.shape[-1] // 2, dim=-1)
    return torch.cat((left * cos - right * sin, right * cos + left * sin), dim=-1)


# sphinx_gallery_hide_state = "model, embedding, evaluated, running, norm, growing"
torch.manual_seed(0)
queries = torch.randn(2, 8, 16, 64)

# %%
# In short
# --------
#
# .. in-short:: rotary_table, rotate, queries
#
# Compute the table in the constructor, for the greatest length, and register the table
# as a buffer; ``forward`` takes the rows that it needs. If the constructor does not run
# under ``inference_mode`` itself, the table is a usual tensor, and the model can be
# trained after an evaluation. If the model is built on ``meta``, the non-persistent
# table has to be :ref:`computed again <meta4>`.

import torch


class Rotary(torch.nn.Module):
    def __init__(self, length, size):
        super().__init__()
        self.register_buffer("table", rotary_table(length, size), persistent=False)

    def forward(self, x):
        return rotate(x, self.table[:, : x.shape[-2]])


model = torch.nn.Sequential(torch.nn.Linear(64, 64), Rotary(2048, 64))
with torch.inference_mode():
    model(queries)
model(queries).sum().backward()
print(model[1].table.is_inference(), model[0].weight.grad.shape)

# %%
# .. _train8:
#
# Why does training fail after an evaluation?
# -------------------------------------------
#
# .. since:: 1.9 torch.inference_mode
#
# ``LazyRotary`` creates its table at the first call, when the length of the input is
# known. Here the first call is an evaluation under ``inference_mode``, so the table is
# an inference tensor, and stays one after the mode has ended.


class LazyRotary(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("table", None, persistent=False)

    def forward(self, x):
        if self.table is None:
            self.table = rotary_table(*x.shape[-2:])
        return rotate(x, self.table)


# sphinx_gallery_card
lazy = torch.nn.Sequential(torch.nn.Linear(64, 64), LazyRotary())
with torch.inference_mode():
    lazy(queries)
print(lazy[1].table.shape, lazy[1].table.is_inference())

# %%
# The evaluation works, and the first training step raises an error. The output of the
# linear layer is multiplied by the table, and the gradient of a product needs the other
# factor: autograd would have to save the table for the backward pass.

try:
    lazy(queries)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Whether an operation raises the error depends on what its gradient needs. A product
# needs its factors, ``masked_fill`` the mask and an embedding the indices. A sum needs
# none of its terms, so a position table that is added can be an inference tensor
# without an error.

hidden = torch.randn(16, 64, requires_grad=True)
embedding = torch.nn.Embedding(2048, 64)
with torch.inference_mode():
    table, positions = torch.ones(16, 64), torch.arange(16)
    padding = torch.zeros(16, 64, dtype=torch.bool)
for operation in (
    lambda: hidden * table,
    lambda: hidden.masked_fill(padding, 0),
    lambda: embedding(positions),
    lambda: hidden + table,
):
    try:
        print(operation().shape)
    except RuntimeError as error:
        print(str(error).partition(".")[0])

# %%
# ``no_grad`` makes no inference tensors. After an evaluation under ``no_grad`` the same
# model can be trained.

evaluated = torch.nn.Sequential(torch.nn.Linear(64, 64), LazyRotary())
with torch.no_grad():
    evaluated(queries)
evaluated(queries).sum().backward()
print(evaluated[1].table.is_inference(), evaluated[0].weight.grad.shape)

# %%
# .. _infer1:
#
# Which tensors of a model are inference tensors?
# -----------------------------------------------
#
# The message names no tensor. The next function returns the names of the parameters and
# buffers that are inference tensors. Plain attributes are not among them.

from itertools import chain


def inference_tensors(model):
    tensors = chain(model.named_parameters(), model.named_buffers())
    return [name for name, tensor in tensors if tensor.is_inference()]


inference_tensors(lazy)

# %%
# What counts is where a tensor was created, not where its values were changed.
# ``Running`` updates two means of 80 features: it writes into one buffer and assigns a
# new tensor to the other. After a call under ``inference_mode`` only the buffer that
# was assigned is an inference tensor.


class Running(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("written", torch.zeros(80))
        self.register_buffer("assigned", torch.zeros(80))

    @torch.no_grad()
    def forward(self, x):
        mean = x.mean(dim=(0, 1))
        self.written.lerp_(mean, 0.1)
        self.assigned = 0.9 * self.assigned + 0.1 * mean
        return x - self.written


running = Running()
with torch.inference_mode():
    running(torch.randn(8, 300, 80))
inference_tensors(running)

# %%
# In training mode, batch normalisation :ref:`updates its buffers <train9>` under
# ``inference_mode`` too. It writes in place, so its buffers stay usual tensors.

norm = torch.nn.BatchNorm2d(64)
images = torch.randn(4, 64, 7, 7)
with torch.inference_mode():
    norm(images)
norm(images).sum().backward()
print(norm.num_batches_tracked, inference_tensors(norm))

# %%
# A write into a slice is a write in place as well. A view of a usual tensor is a usual
# tensor, even if the view is made under ``inference_mode``.

keys = torch.zeros(2, 8, 2048, 64)
with torch.inference_mode():
    keys[:, :, 5:6] = torch.randn(2, 8, 1, 64)
    recent = keys[:, :, :6]
print(keys.is_inference(), recent.is_inference())

# %%
# A write outside of the mode raises an error and still changes the values
# -------------------------------------------------------------------------
#
# Outside of ``inference_mode`` a write into an inference tensor raises an error, under
# ``no_grad`` too. The error comes after the write: here the table holds zeros, although
# ``zero_`` raised an error.

table = lazy[1].table.clone()
with torch.no_grad():
    try:
        lazy[1].table.zero_()
    except RuntimeError as error:
        print(f"{type(error).__name__}: {error}")
print(lazy[1].table.abs().sum())

# %%
# .. _infer2:
#
# What does a cast under ``inference_mode`` do to parameters?
# -----------------------------------------------------------
#
# ``to``, ``half`` and the like make new tensors for what they convert. Under
# ``inference_mode`` these are inference tensors, also where the module keeps the
# parameter object. The integer counter is not converted by a cast.

norm = torch.nn.BatchNorm2d(64)
weight = norm.weight
with torch.inference_mode():
    norm.double()
print(norm.weight is weight, inference_tensors(norm))
try:
    norm(images.double())
except RuntimeError as error:
    print(str(error).partition(".")[0])

# %%
# Not every such parameter causes an error. A ``Linear`` whose input needs no gradient,
# as the first layer of a model, runs forward and backward, and its weight gets no
# gradient: the optimizer leaves the weight as it is.

# sphinx_gallery_hide_state = "layer"
layer = torch.nn.Linear(784, 10)
with torch.inference_mode():
    layer.double()
layer(torch.randn(32, 784).double()).sum().backward()
print(layer.weight.requires_grad, layer.weight.grad is None, layer.bias.grad is None)

# %%
# How do I repair a module that has inference tensors?
# ----------------------------------------------------
#
# Copy the module outside of the mode: ``deepcopy`` creates all tensors anew. The copy
# has new parameters, so create the optimizer after it.

import copy

# sphinx_gallery_hide_state = "repaired, lazy"
repaired = copy.deepcopy(layer)
repaired(torch.randn(32, 784).double()).sum().backward()
print(inference_tensors(layer), inference_tensors(repaired))
print(repaired.weight.grad.shape, repaired.weight is layer.weight)

# %%
# If only a buffer is an inference tensor, assign a ``clone()`` of the buffer, outside
# of the mode. ``detach()`` and ``data`` are no cure: they return inference tensors.

print(lazy[1].table.detach().is_inference(), lazy[1].table.data.is_inference())
lazy[1].table = table
lazy(queries).sum().backward()
print(inference_tensors(lazy), lazy[0].weight.grad.shape)

# %%
# .. _infer3:
#
# How do I fill a cache at the first call?
# ----------------------------------------
#
# If the greatest length is not known in advance, create the table under
# ``inference_mode(False)``, which leaves the mode for this block. ``GrowingRotary``
# creates a longer table when an input is longer than all before.


class GrowingRotary(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("table", None, persistent=False)

    def forward(self, x):
        length, size = x.shape[-2:]
        if self.table is None or self.table.shape[1] < length:
            with torch.inference_mode(False), torch.no_grad():
                self.table = rotary_table(length, size).to(x)
        return rotate(x, self.table[:, :length])


growing = torch.nn.Sequential(torch.nn.Linear(64, 64), GrowingRotary())
with torch.inference_mode():
    growing(queries)
growing(queries).sum().backward()
print(growing[1].table.shape, inference_tensors(growing))

# %%
# Two things matter in this block. ``inference_mode(False)`` turns gradients on, so add
# ``no_grad``, or a cache that is computed from parameters joins their graph. And the
# input may still be an inference tensor: a view of it is one too, so a cache that
# stores a part of the input needs ``clone()``.

with torch.inference_mode():
    x = queries * 1
    with torch.inference_mode(False):
        print(torch.is_grad_enabled())
        print(x[:, :, :4].is_inference(), x[:, :, :4].clone().is_inference())

# %%
# Check yourself
# --------------
#
# Each question begins with a new module. ``Running`` writes into ``written`` and
# assigns to ``assigned``; ``LazyRotary`` creates ``table`` at the first call.

# sphinx_gallery_hide_state = "running, lazy, inside, outside"
running = Running()
with torch.inference_mode():
    running(torch.randn(8, 300, 80))
running.written.is_inference(), running.assigned.is_inference()

# %%
# .. check::
#
#    - ``(True, True)``
#    - ``(False, True)``
#    - ``(False, False)``
#
#    The constructor created ``written``, outside of the mode; the call changed only the
#    values of ``written``. The tensor that is ``assigned`` now was created under the
#    mode.

lazy = LazyRotary()
with torch.no_grad():
    lazy(queries)
with torch.inference_mode():
    lazy(queries)
lazy.table.is_inference()

# %%
# .. check::
#
#    - ``True``
#    - ``False``
#
#    The first call created the table, under ``no_grad``. The second call only read it.

lazy = LazyRotary()
with torch.inference_mode():
    lazy(queries)
    inside = copy.deepcopy(lazy)
outside = copy.deepcopy(lazy)
inside.table.is_inference(), outside.table.is_inference()

# %%
# .. check::
#
#    - ``(True, True)``
#    - ``(False, False)``
#    - ``(True, False)``
#
#    A copy has new tensors. Those that are created under the mode are inference tensors
#    again.
#
# Remember
# --------
#
# - Create caches in the constructor, or under ``inference_mode(False)`` and
#   ``no_grad``.
# - A write in place under ``inference_mode`` leaves a usual tensor usual; a tensor that
#   is created or converted there is an inference tensor.
# - If you can choose, evaluate under ``no_grad``, which makes no inference tensors.
# - Repair a module by ``copy.deepcopy`` outside of the mode, and create the optimizer
#   afterwards.
#
# When to write into a buffer and when to assign a new tensor to its name is on
# :doc:`/gallery/training/in_place_or_reassign`.
