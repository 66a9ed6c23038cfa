"""
``inference_mode`` and caches
=============================

A tensor that is made under ``inference_mode`` is unfit for training; a buffer that is
written in place there stays fit.

By the end of this page you can predict these lines:

>>> counter.written.is_inference(), counter.assigned.is_inference()
(False, True)
>>> cast.running_mean.is_inference(), repaired.running_mean.is_inference()
(True, False)
>>> careful.table.is_inference()
False
"""

import copy

import torch

# %%
# .. _train8:
#
# .. since:: 1.9 torch.inference_mode
#
# This module computes a table at its first call, when it sees the length of the input,
# and keeps it in a non-persistent buffer. Make the first call under ``inference_mode``,
# as in an evaluation before training. The table becomes an inference tensor.


class Lazy(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("table", None, persistent=False)

    def forward(self, x):
        if self.table is None:
            self.table = torch.arange(len(x)) * 0.5
        return x * self.table


lazy = Lazy()
with torch.inference_mode():
    lazy(torch.ones(3))
lazy.table.is_inference()

# %%
# The evaluation worked. Training fails, outside of the mode: the gradient of a product
# needs the table, and the backward pass cannot keep an inference tensor. The input
# stands for the output of a layer.

x = torch.ones(3, requires_grad=True)
try:
    lazy(x)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Whether it fails depends on the operation. A sum keeps nothing, so it takes the same
# table without an error.

(x + lazy.table).sum().backward()
x.grad

# %%
# Writing into the table outside of the mode raises an error as well, but too late: by
# then the table holds zeros.

try:
    lazy.table.zero_()
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")
print(lazy.table)

# %%
# Evaluate under ``no_grad`` instead, and there is no such trap. The table is an
# ordinary tensor, and training works: the table is the gradient of the input.

lazy = Lazy()
with torch.no_grad():
    lazy(torch.ones(3))
x.grad = None
lazy(x).sum().backward()
print(lazy.table.is_inference(), x.grad)

# %%
# What counts is where a tensor was made, not where it was changed. In training mode a
# batch normalisation :ref:`updates its buffers <train9>` under ``inference_mode`` too,
# but in place: they are the tensors of the constructor, and training works.

norm = torch.nn.BatchNorm1d(1)
batch = torch.tensor([[0.0], [2.0]])
with torch.inference_mode():
    norm(batch)
norm(batch).sum().backward()
print(norm.num_batches_tracked, norm.running_mean.is_inference())

# %%
# Here the constructor makes two buffers, and ``forward`` counts in both: it writes into
# one and assigns a new tensor to the other. One call under ``inference_mode`` is enough
# to make the second an inference tensor.


class Counter(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("written", torch.tensor(0.0))
        self.register_buffer("assigned", torch.tensor(0.0))

    def forward(self, x):
        self.written.add_(1)
        self.assigned = self.assigned + 1
        return x * self.written


counter = Counter()
print(counter.assigned.is_inference())
with torch.inference_mode():
    counter(torch.ones(3))
print(counter.written.is_inference(), counter.assigned.is_inference())

# %%
# A real cast makes new tensors too. Under ``inference_mode`` it leaves the integer
# counter alone and makes all others inference tensors, the parameters included.

cast = torch.nn.BatchNorm1d(1)
with torch.inference_mode():
    cast.to(torch.float64)
print([name for name, tensor in cast.state_dict().items() if tensor.is_inference()])
try:
    cast(batch.to(torch.float64))
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# To repair a module, copy it outside of the mode: the tensors of a deep copy are made
# there. For a single buffer assign its ``clone()``.

repaired = copy.deepcopy(cast)
repaired(batch.to(torch.float64)).sum().backward()
counter.assigned.clone().is_inference(), repaired.running_mean.is_inference()

# %%
# If the cache must be filled at the first call, and that call may be under
# ``inference_mode``, leave the mode for as long as it takes. The tensor that is made
# there is an ordinary one.


class Careful(Lazy):
    def forward(self, x):
        if self.table is None:
            with torch.inference_mode(False):
                self.table = torch.arange(len(x), device=x.device) * 0.5
        return x * self.table


careful = Careful()
with torch.inference_mode():
    careful(torch.ones(3))
x.grad = None
careful(x).sum().backward()
print(careful.table.is_inference(), x.grad)

# %%
# Gradients are on in the inner block, so compute the table from numbers, not from
# parameters, or add ``no_grad``.

with torch.inference_mode():
    print(torch.is_grad_enabled())
    with torch.inference_mode(False):
        print(torch.is_grad_enabled())

# %%
# .. rubric:: Remember
#
# - A buffer that is assigned, or cast, under ``inference_mode`` is an inference tensor
#   from then on: the backward pass cannot keep it, and a write outside the mode fails.
# - Updates in place under ``inference_mode`` do no harm, and neither does ``no_grad``.
# - Fill a cache in the constructor, or inside ``inference_mode(False)``.
