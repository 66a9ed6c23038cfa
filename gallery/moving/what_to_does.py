"""
Same-device errors: what ``.to()`` moves
========================================

``model.to(device)`` moves the tensors that the model has registered: its parameters and
its buffers. A mask that is a plain attribute, a loss with class weights or an input
that you did not move stays on the CPU and causes the error
``Expected all tensors to be on the same device``.
"""

# %%
# .. folded:: The model, the loss and the batch of this page

import torch


class Shift(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(2, 2))
        self.register_buffer("offset", torch.zeros(2))

    def forward(self, x):
        return x @ self.weight + self.offset


# sphinx_gallery_hide_state = "loss_function, binary, norm, embedding, half"
device = "cuda" if torch.cuda.is_available() else "cpu"
model = Shift().to(device)
loss_function = torch.nn.CrossEntropyLoss(weight=torch.tensor([1.0, 3.0]))
x, labels = torch.ones(1, 2), torch.tensor([0])

# %%
# In short
# --------
#
# .. in-short:: model, loss_function, x, labels
#
# Move the model and the loss, each with a statement of its own, and assign what the
# ``to`` of a tensor returns. In the class of the model, register the tensors that
# ``forward`` takes from ``self`` and that are no parameters:
# ``self.register_buffer("mask", mask, persistent=False)``.

import torch

device = "cuda" if torch.cuda.is_available() else "cpu"
model.to(device)
loss_function.to(device)
x, labels = x.to(device), labels.to(device)
loss = loss_function(model(x), labels)
print(loss.device.type == device)

# %%
# .. _device2:
#
# Which tensor stayed on the CPU?
# -------------------------------
#
# Look first for a tensor that ``__init__`` assigned and did not register, as the mask
# of ``PlainMask``. The move here is to the ``meta`` device, which every machine has:
# its tensors have a shape and a device, and no values. The panel shows that the two
# parameters moved and the mask did not.


class PlainMask(torch.nn.Linear):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.mask = torch.ones(outputs, inputs, dtype=torch.bool).tril()

    def forward(self, x):
        return torch.nn.functional.linear(x, self.weight * self.mask, self.bias)


# sphinx_gallery_card
layer = PlainMask(784, 512).to("meta")
print(layer.weight.device, layer.mask.device)

# %%
# The call multiplies the weight by the mask and raises an error. If the weight is on a
# GPU, the message of such a product begins with
# ``Expected all tensors to be on the same device, but found at least two devices``;
# :ref:`another page prints this message without a GPU <device1>`.

images = torch.ones(32, 784, device="meta")
try:
    layer(images)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# The message names no tensor. The next function returns the names of the tensors that
# are attributes of the model or of its submodules and are not registered. It does not
# look into lists, dictionaries and other objects.


def plain_tensors(model):
    return [
        f"{path}.{name}".lstrip(".")
        for path, module in model.named_modules()
        for name, value in vars(module).items()
        if isinstance(value, torch.Tensor)
    ]


plain_tensors(torch.nn.Sequential(layer, torch.nn.ReLU()))

# %%
# .. _device3:
#
# Register the mask as a buffer, and ``to`` moves the mask with the module. With
# ``persistent=False`` the mask is no key of the ``state_dict``, so older files still
# load; after ``to_empty`` the mask has to be :ref:`computed again <meta4>`.

import torch


class MaskedLinear(torch.nn.Linear):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        mask = torch.ones(outputs, inputs, dtype=torch.bool).tril()
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x):
        return torch.nn.functional.linear(x, self.weight * self.mask, self.bias)


layer = MaskedLinear(784, 512).to("meta")
print(layer.weight.device, layer.mask.device)

# %%
# No tensor stayed behind, and the call raises no error.

print(plain_tensors(layer), layer(images).shape)

# %%
# An input that was not moved raises the error too. The two devices have changed places
# in the message: which of them is called expected depends on the operation and on the
# order of its operands.

try:
    layer(torch.ones(32, 784))
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Not every mixture of devices raises an error. Arithmetic accepts a CPU tensor without
# dimensions beside a tensor on another device. On ``meta``, products of matrices
# (``@``), convolutions, embeddings and indexing accept any CPU tensor, so a model that
# runs on ``meta`` with a tensor left on the CPU can still fail on a GPU.

print((images * torch.tensor(0.5)).device)
print((images @ torch.ones(784, 10)).shape)
print(torch.nn.Conv2d(1, 64, 3)(images.reshape(32, 1, 28, 28)).shape)
tokens = torch.ones(8, 16, dtype=torch.int64)
print(torch.nn.Embedding(1000, 64, device="meta")(tokens).shape, images[tokens].shape)

# %%
# .. _pra20:
#
# Why does a loss with class weights raise the error?
# ---------------------------------------------------
#
# A loss is a module, and its class weights are a buffer: ``weight`` of
# ``CrossEntropyLoss``, ``pos_weight`` of ``BCEWithLogitsLoss``. Unless the loss is a
# submodule of the model, ``model.to(device)`` does not move this buffer.

loss_function = torch.nn.CrossEntropyLoss(weight=torch.ones(1000))
logits = torch.ones(32, 1000, device="meta")
labels = torch.zeros(32, dtype=torch.int64, device="meta")
binary = torch.nn.BCEWithLogitsLoss(pos_weight=torch.ones(1000))
print([*dict(loss_function.named_buffers()), *dict(binary.named_buffers())])
try:
    loss_function(logits, labels)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Move the loss as you move the model. If the loss is a submodule of the model instead,
# ``model.to(device)`` moves the class weights too, and the ``state_dict`` of the model
# has one more key, which older files lack.

# sphinx_gallery_hide_state = "layer"
print(loss_function.to("meta")(logits, labels).device)
layer.loss_function = torch.nn.CrossEntropyLoss(weight=torch.ones(512))
print(layer.to("meta").loss_function.weight.device, list(layer.state_dict()))

# %%
# .. _enum5:
#
# How do I ask a model for its device?
# ------------------------------------
#
# A module has no attribute ``device``: its tensors may be on several devices. The usual
# expression is ``next(model.parameters()).device``, the device of the first parameter.
# If the module has no parameters, ``next`` raises ``StopIteration``, even if there are
# buffers: this ``BatchNorm2d`` has three.

norm = torch.nn.BatchNorm2d(64, affine=False)
print(next(model.parameters()).device.type == device)
try:
    next(norm.parameters()).device
except StopIteration as error:
    print(repr(error), len(list(norm.buffers())))

# %%
# .. _pat10:
#
# A module of your own can register an empty buffer and ask this buffer for the device.
# Where ``forward`` gets a tensor ``x``, ``x.device`` is enough; the time embedding of a
# diffusion model, which makes its own tensors, may be called with Python numbers.


class TimeEmbedding(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.size = size
        self.register_buffer("probe", torch.empty(0), persistent=False)

    @property
    def device(self):
        return self.probe.device

    def forward(self, steps):
        steps = torch.as_tensor(steps, device=self.device)
        powers = torch.arange(0, self.size, 2, device=self.device) / self.size
        angles = steps[..., None] / 10_000**powers
        return torch.cat((angles.sin(), angles.cos()), dim=-1)


# %%
# The empty buffer moves with the module and is no key of the ``state_dict``. In a model
# that is spread over several devices the property returns the device of the submodule
# that has the empty buffer.

embedding = TimeEmbedding(128).to("meta")
print(embedding.device, list(embedding.state_dict()))
embedding([0, 250, 999]).shape

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
# Assign the result of ``x.to(...)`` to ``x``, and the two match.

try:
    model(x)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")
x = x.to(torch.float64)
model(x).dtype

# %%
# .. _move16:
#
# Code that does not know the ``dtype`` of the model can ask a parameter for it.

import torch

# sphinx_gallery_hide_state
layer = torch.nn.Linear(784, 512, dtype=torch.bfloat16)
images = torch.ones(32, 784)
images = images.to(next(layer.parameters()).dtype)
print(layer(images).dtype)

# %%
# The result of ``x.to(...)`` is a copy only if there is something to convert. A tensor
# that already has the requested ``dtype`` and device is returned itself, and a change
# in place shows under both names. ``copy=True`` makes a new tensor in any case.

same = x.to(torch.float64)
copied = x.to(torch.float64, copy=True)
same.fill_(3)
print(same is x, x)
print(copied is x, copied)

# %%
# .. _move17:
#
# The ``to`` of a module has no argument ``copy``. The ``to`` of a parameter is that of
# a tensor, and :ref:`its result is no parameter <reg10>`.

try:
    model.to(torch.float32, copy=True)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# .. _move15:
#
# To keep the original module, copy the module and convert the copy.

# sphinx_gallery_hide_state = "original"
import copy

import torch

original = torch.nn.Linear(784, 512)
half = copy.deepcopy(original).to(torch.float16)
print(original.weight.dtype, half.weight.dtype)

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

model.to(torch.float32)
print(model.weight is weight, model.offset is offset)
print(weight.dtype, data.dtype, offset.dtype)

# %%
# .. identity:: model.weight, weight, data, offset, model.offset
#
#    From left to right: names, the objects that the names refer to, the memory that
#    the objects show. Dashed: no longer part of the module.
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

# sphinx_gallery_hide_state
model(x).sum().backward()
model.to(torch.float16)
print(model.weight.dtype, model.weight.grad.dtype)

# %%
# Check yourself
# --------------
#
# Each question begins with a new module. ``PlainMask`` has a mask that is not
# registered; ``Shift`` has the parameter ``weight`` and the buffer ``offset``.

layer = PlainMask(784, 512)
layer.to("meta")
layer.weight.device.type, layer.mask.device.type

# %%
# .. check::
#
#    - ``('meta', 'meta')``
#    - ``('meta', 'cpu')``
#    - ``('cpu', 'cpu')``
#
#    ``to`` changes the module itself and moves what is registered. The mask is a plain
#    attribute and stays on the CPU.

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

model = Shift()
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

model = Shift()
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
# - ``model.to(device)`` moves what is registered in the model. Register the mask, move
#   the loss, assign the moved input.
# - ``model.to(...)`` changes the module; ``x = x.to(...)`` needs the assignment.
# - What is converted: a parameter stays the same object and gets new data, a buffer is
#   replaced by a new object. What has the device and the ``dtype`` already: stays as it
#   is.
# - Keep names, not tensors: a reference to a buffer or to ``.data`` goes stale.
#
# The ways to register a tensor that stayed behind, and their differences, are on
# :doc:`/gallery/registration/register_buffer_and_nn_buffer`.
