"""
What ``.to()`` really does
==========================

A module moves in place: each parameter stays the same object and gets new data, while
each buffer is replaced by a new tensor.

By the end of this page you can predict these lines:

>>> model.weight is weight, model.offset is offset
(True, False)
>>> weight.dtype, data.dtype, offset.dtype
(torch.float16, torch.float32, torch.float32)
>>> x.to(torch.float64) is x, x.to(torch.float32) is x
(True, False)
"""

import copy

import torch

# %%
# The model has one parameter and one buffer. This page moves it to another data type,
# which is a real move on every machine. The ``meta`` device has a rule of its own, as
# :doc:`identity_and_ties` shows.


class Shift(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(2, 2))
        self.register_buffer("offset", torch.zeros(2))

    def forward(self, x):
        return x @ self.weight + self.offset


model = Shift()
x = torch.ones(1, 2)
model(x)

# %%
# .. _move1:
#
# ``to`` on a module changes the module and returns it. ``to`` on a tensor leaves the
# tensor as it is and returns another one, which is lost here: no name is bound to it.

returned = model.to(torch.float64)
x.to(torch.float64)
print(returned is model, model.weight.dtype)
print(x.dtype)

# %%
# So the module moved and its input did not. The product of the two fails.

try:
    model(x)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Bind the name again to what ``to`` returns.

x = x.to(torch.float64)
model(x).dtype

# %%
# A tensor that already is what you ask for comes back as itself, not as a copy: a
# change in place reaches both names. ``copy=True`` makes a new tensor in any case.

same = x.to(torch.float64)
copied = x.to(torch.float64, copy=True)
same.fill_(3)
print(same is x, x)
print(copied is x, copied)

# %%
# On a module ``to`` has no such argument, because it never returns a new module.

try:
    model.to(torch.float32, copy=True)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# To keep the original, copy the module first and move the copy.

other = copy.deepcopy(model).to(torch.float16)
print(other.weight.dtype, model.weight.dtype)

# %%
# A parameter is a tensor, and its own ``to`` behaves like that of any tensor. If there
# is something to change, what it returns is no parameter: it is the result of a
# computation, and not a leaf tensor.

result = model.weight.to(torch.float32)
print(type(result).__name__, result.is_leaf)
print(type(model.weight).__name__, model.weight.is_leaf)

# %%
# .. _move2:
#
# In place means two different things inside the module. Keep a reference to the
# parameter, to its data and to the buffer, then move: the parameter is still the same
# object, the buffer is a new one.

weight, data, offset = model.weight, model.weight.data, model.offset
model.to(torch.float32)
print(model.weight is weight)
print(model.offset is offset)

# %%
# The parameter kept its identity because the move put new data into it. So ``weight``
# shows the new data type. ``data`` and ``offset`` are what the module held before.

print(weight.dtype)
print(data.dtype)
print(offset.dtype)

# %%
# The two old tensors are stale: what happens to the model no longer reaches them, and
# what happens to them no longer reaches the model.

with torch.no_grad():
    model.weight.fill_(2)
    model.offset.fill_(5)
print(weight.detach()[0], data[0])
print(model.offset, offset)

# %%
# A move that has nothing to change keeps everything: the parameter, its data and the
# buffer. The same line can therefore be harmless on one machine, where the model is on
# that device already, and leave you with stale references on another.

data, offset = model.weight.data, model.offset
model.to(torch.float32)
print(model.weight is weight, model.offset is offset)
print(model.weight.data_ptr() == data.data_ptr())

# %%
# A dictionary of buffers goes stale in the same way. This one was made before a move,
# and the update is lost without an error.

buffers = dict(model.named_buffers())
model.to(torch.float64)
buffers["offset"].fill_(7)
print(buffers["offset"], model.offset)

# %%
# .. since:: 1.9 get_buffer
#
# Keep the name instead, and ask the module for the tensor each time.

model.get_buffer("offset").fill_(7)
model.offset

# %%
# A gradient belongs to its parameter and moves with it, so the two still match when a
# move comes between ``backward()`` and the optimizer's step.

model(x).sum().backward()
before = model.weight.grad.dtype
model.to(torch.float16)
print(before, model.weight.grad.dtype)

# %%
# .. rubric:: Remember
#
# - ``model.to(...)`` changes the module; ``x = x.to(...)`` needs the assignment.
# - A real move keeps the parameter objects and replaces their data and the buffers. A
#   move that changes nothing keeps all of them.
# - Keep names, not tensors: a reference to a buffer or to ``.data`` goes stale.
