"""
What ``.to()`` does
===================

By default ``model.to(...)`` changes the module itself: a parameter that is converted
stays the same object and gets new data, and a buffer that is converted is replaced by
a new tensor. ``tensor.to(...)`` leaves the tensor as it is, so assign its result to a
name.
"""

# %%
# .. folded:: The model of this page: one parameter, one buffer

import torch


class Shift(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(2, 2))
        self.register_buffer("offset", torch.zeros(2))

    def forward(self, x):
        return x @ self.weight + self.offset


device = "cuda" if torch.cuda.is_available() else "cpu"
model, x = Shift().to(device), torch.ones(1, 2, device=device)

# %%
# In short
# --------
#
# .. in-short:: model, x
#
# Move a module with a statement of its own; to keep the original module, copy the
# module first. Assign what the ``to`` of a tensor returns.

import copy

import torch

device = "cuda" if torch.cuda.is_available() else "cpu"
model.to(device)
x = x.to(device)
half = copy.deepcopy(model).to(torch.float16)
print(model(x).device.type == device, model.weight.dtype, half.weight.dtype)

# %%
# .. _move1:
#
# Does ``to`` change the module or return a new one?
# --------------------------------------------------
#
# On a module, ``to`` changes the module and returns the same module. On a tensor,
# ``to`` returns another tensor if there is something to convert; no name is bound to
# that tensor in the next cell, so ``x`` is still ``float32``. The panel below the
# output lists what the cell changed in the module.

returned = model.to(torch.float64)
x.to(torch.float64)
print(returned is model, model.weight.dtype)
print(x.dtype)

# %%
# The module is ``float64`` now and its input is not, so their product raises an error.

try:
    model(x)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Assign the result of ``x.to(...)`` to ``x``, and the two match.

x = x.to(torch.float64)
model(x).dtype

# %%
# Is the result of ``x.to(...)`` a copy?
# --------------------------------------
#
# Only if there is something to convert. A tensor that already has the requested
# ``dtype`` and device is returned itself, and a change in place shows under both names.
# ``copy=True`` makes a new tensor in any case.

same = x.to(torch.float64)
copied = x.to(torch.float64, copy=True)
same.fill_(3)
print(same is x, x)
print(copied is x, copied)

# %%
# The ``to`` of a module never returns another module and has no argument ``copy``. The
# ``to`` of a parameter is that of a tensor, and :ref:`its result is no parameter
# <reg10>`.

try:
    model.to(torch.float32, copy=True)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# .. _move2:
#
# Which objects survive ``model.to(...)``?
# ----------------------------------------
#
# Take three references: to the parameter, to its data and to the buffer. ``data`` is a
# tensor of its own that shows the memory of the parameter.

weight, data, offset = model.weight, model.weight.data, model.offset
print(weight is model.weight, offset is model.offset)
print(data is weight, data.data_ptr() == weight.data_ptr())

# %%
# A cast to another dtype does to the module what a move to another device does, on
# every machine. Afterwards ``weight`` is still the parameter of the module and has the
# new ``dtype``. ``data`` and ``offset`` are no longer part of the module. Two limits: a
# cast :ref:`leaves integers and booleans as they are <move4>`, and a move to the
# ``meta`` device :ref:`replaces parameters too <move6>`.

# sphinx_gallery_card
model.to(torch.float32)
print(model.weight is weight, model.offset is offset)
print(weight.dtype, data.dtype, offset.dtype)

# %%
# .. identity:: model.weight, weight, data, offset, model.offset
#
#    Left: names. Middle: the objects that the names refer to. Right: the memory that
#    the objects show. Dashed: no longer part of the module.
#
# Which references go stale?
# --------------------------
#
# A reference to a buffer goes stale, and so does a reference to the ``.data`` of a
# parameter: what is written into the module no longer reaches these two tensors.

with torch.no_grad():
    model.weight.fill_(2)
    model.offset.fill_(5)
print(weight.detach()[0], data[0])
print(model.offset, offset)

# %%
# If neither the device nor the ``dtype`` changes, ``to`` replaces nothing. The same
# line can therefore be harmless on a machine where the model already is on the
# requested device, and leave stale references behind on another machine.

# sphinx_gallery_show_state = "model"
offset = model.offset
model.to(torch.float32)
model.offset is offset

# %%
# .. since:: 1.9 get_buffer
#
# Keep the name of a tensor instead of the tensor, and ask the module for the tensor
# each time. A dictionary of buffers goes stale as any other reference does: the 7 is
# written into a tensor that the module no longer has, and no error says so; the 1 is
# added to what ``get_buffer`` returns and reaches the module.

buffers = dict(model.named_buffers())
model.to(torch.float64)
buffers["offset"].fill_(7)
model.get_buffer("offset").add_(1)
print(buffers["offset"], model.offset)

# %%
# Does the gradient move too?
# ---------------------------
#
# Yes. ``to`` gives the ``.grad`` of a parameter the device and the ``dtype`` of the
# parameter, so the two still match when the module moves between ``backward()`` and
# ``optimizer.step()``.

model(x).sum().backward()
model.to(torch.float16)
print(model.weight.dtype, model.weight.grad.dtype)

# %%
# Check yourself
# --------------
#
# Each question begins with a new model and a new input, both ``float32``.

model, x = Shift(), torch.ones(1, 2)
weight, offset = model.weight, model.offset
model.to(torch.float16)
model.weight is weight, model.offset is offset

# %%
# .. check::
#
#    - ``(True, True)``
#    - ``(True, False)``
#    - ``(False, False)``
#
#    The parameter gets new data and stays the same object. The buffer is replaced by a
#    new object, so ``offset`` is stale.

model, x = Shift(), torch.ones(1, 2)
x.to(torch.float64)
model.to(torch.float64)
x.dtype, model.weight.dtype

# %%
# .. check::
#
#    - ``(torch.float64, torch.float64)``
#    - ``(torch.float32, torch.float64)``
#    - ``(torch.float32, torch.float32)``
#
#    No name is bound to what ``x.to`` returned, so ``x`` is what it was. ``model.to``
#    changed the module itself.

model, x = Shift(), torch.ones(1, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
model.to(torch.float64)
optimizer.param_groups[0]["params"][0] is model.weight

# %%
# .. check::
#
#    - ``True``
#    - ``False``
#
#    The optimizer refers to the parameter objects, and ``to`` keeps these objects.
#
# Remember
# --------
#
# - ``model.to(...)`` changes the module; ``x = x.to(...)`` needs the assignment.
# - What is converted: a parameter stays the same object and gets new data, a buffer is
#   replaced by a new object. What has the device and the ``dtype`` already: stays as it
#   is.
# - Keep names, not tensors: a reference to a buffer or to ``.data`` goes stale.
