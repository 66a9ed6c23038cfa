"""
Build a model on the ``meta`` device: ``to_empty``
==================================================

The parameters and buffers of a model on the ``meta`` device have shapes and take no
memory. ``.to()`` cannot move such a model to a real device; ``to_empty`` allocates
memory there, and the values in it are arbitrary.
"""

# %%
# .. folded:: What this page imports

import contextlib
import warnings

import numpy
import torch

# %%
# .. folded:: The model of this page: the image patches of a ViT-B/16


class Patches(torch.nn.Module):
    def __init__(self, size=768, length=196):
        super().__init__()
        self.project = torch.nn.Conv2d(3, size, 16, stride=16)
        self.register_buffer("mean", torch.full((3, 1, 1), 0.45))
        self.register_buffer("positions", torch.empty(size, length), persistent=False)
        self.compute_positions()

    def compute_positions(self):
        size, length = self.positions.shape
        powers = torch.arange(0, size, 2)[:, None] / size
        angles = torch.arange(length) / 10_000**powers
        self.positions.copy_(torch.cat((angles.sin(), angles.cos())))

    def forward(self, images):
        patches = self.project(images - self.mean)
        return patches.reshape(len(images), *self.positions.shape) + self.positions


# %%
# .. folded:: A ``state_dict`` and some images

# sphinx_gallery_hide_state = "model"
torch.manual_seed(0)
state = Patches().state_dict()
images = torch.rand(2, 3, 224, 224)

# %%
# In short
# --------
#
# .. in-short:: Patches, state, images
#
# Build the model inside ``torch.device("meta")``, let ``to_empty`` allocate its memory
# on the real device, and load the ``state_dict`` into that memory. The set that is
# printed has the names of the buffers that the ``state_dict`` lacks: compute these
# yourself, as ``compute_positions`` does for this model, or they keep arbitrary values.
# If the model has tied weights, :ref:`tie them again <meta5>`.

import torch

device = "cuda" if torch.cuda.is_available() else "cpu"
with torch.device("meta"):
    model = Patches()
print(sum(parameter.numel() for parameter in model.parameters()))
model.to_empty(device=device)
print(model.load_state_dict(state))
print(dict(model.named_buffers()).keys() - state.keys())
model.compute_positions()
print(model(images.to(device)).shape)

# %%
# What does ``torch.device("meta")`` put on ``meta``?
# ---------------------------------------------------
#
# A ``PlainStd`` also divides the images by their standard deviation. This tensor was
# not registered: ``std`` is a plain attribute.


class PlainStd(Patches):
    def __init__(self, size=768, length=196):
        super().__init__(size, length)
        self.std = torch.full((3, 1, 1), 0.225)

    def forward(self, images):
        patches = self.project((images - self.mean) / self.std)
        return patches.reshape(len(images), *self.positions.shape) + self.positions


# %%
# .. _meta1:
# .. since:: 2.0 torch.device
#
# A device is also a context manager: inside it, functions such as ``torch.zeros`` and
# ``torch.tensor`` create their tensors on that device. So all four kinds of tensors of
# the model are on ``meta``: parameters, persistent and non-persistent buffers, and the
# plain tensor. The panel has no values for them.

with torch.device("meta"):
    plain = PlainStd()
print(plain.project.weight.device, plain.std.device)

# %%
# Some tensors are created on the CPU all the same: those for which the code names the
# CPU, those that share the memory of a NumPy array, and those of the old constructors
# such as ``torch.Tensor`` and ``torch.FloatTensor``.

with torch.device("meta"):
    print(torch.zeros(3, device="cpu").device, torch.Tensor(3).device)
    print(torch.from_numpy(numpy.ones(3)).device, torch.tensor(numpy.ones(3)).device)

# %%
# .. _empty1:
#
# A constructor that reads the value of a tensor raises an error on ``meta``. A common
# case is the list of drop rates of a vision transformer, one for each layer.

try:
    with torch.device("meta"):
        [rate.item() for rate in torch.linspace(0, 0.1, 12)]
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# .. _empty2:
#
# Create a tensor whose value is read on the CPU, by name. Its values are needed, and it
# is small.

import torch

with torch.device("meta"):
    rates = [rate.item() for rate in torch.linspace(0, 0.1, 12, device="cpu")]
print(f"{rates[-1]:.1f}")

# %%
# How many parameters and bytes does a large model have?
# ------------------------------------------------------
#
# Count on ``meta``. The next cell builds 96 layers of the size of those of GPT-3, casts
# them to ``bfloat16``, and prints the number of values in their parameters and buffers
# and the gigabytes that these values would take. A tied weight counts once. Gradients,
# the state of the optimizer and activations are not included.

# sphinx_gallery_hide_state = "large, layer"
with torch.device("meta"):
    large = torch.nn.Sequential()
    for _ in range(96):
        layer = torch.nn.TransformerEncoderLayer(12288, 96, 49152, batch_first=True)
        large.append(layer.bfloat16())
tensors = [*large.parameters(), *large.buffers()]
print(sum(tensor.numel() for tensor in tensors))
print(round(sum(tensor.nbytes for tensor in tensors) / 1e9))

# %%
# Operations on ``meta`` compute shapes and data types and no values. A model on
# ``meta`` can therefore be called, with an input on ``meta``.

hidden = torch.zeros(1, 2048, 12288, dtype=torch.bfloat16, device="meta")
output = large[0](hidden)
print(output.shape, output.dtype, output.device)

# %%
# .. _meta2:
#
# Why does ``.to()`` raise an error on a ``meta`` model?
# ------------------------------------------------------
#
# .. since:: 1.9 Module.to_empty
#
# A move to another device copies values, and a tensor on ``meta`` has no values. A cast
# without a move, such as ``bfloat16()`` above, raises no error. The advice in the
# message came with torch 2.3; ``cpu()`` and ``cuda()`` raise the error without it.

try:
    plain.to("cpu")
except NotImplementedError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# ``to_empty`` copies nothing: it allocates memory for each parameter and each buffer,
# with the same shape and ``dtype``. A plain tensor is not registered, so ``std`` stays
# on ``meta``. Create the optimizer after ``to_empty``: the parameters of the model are
# :ref:`other objects <move6>` than those on ``meta``.

# sphinx_gallery_card
# sphinx_gallery_uninitialised = "plain"
plain.to_empty(device="cpu")
print(plain.project.weight.device, plain.std.device)

# %%
# The call divides by ``std`` and raises an error. The message does not say which tensor
# is on ``meta``.

try:
    plain(images)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# .. since:: 2.2 torch.utils.deterministic.fill_uninitialized_memory
#
# Nothing has been written yet into the memory that ``to_empty`` allocated: the values
# in it differ from run to run and may look right. To make them visible, switch on
# deterministic algorithms: by default torch then writes ``nan`` into memory that it
# allocates for floating-point values, and the largest integer into memory for integers.
# While deterministic algorithms are on, an operation that has no deterministic
# implementation raises an error, so ``marked`` switches them off again.


@contextlib.contextmanager
def marked():
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)


with marked():
    print(torch.empty(2), torch.empty(2, dtype=torch.int8))

# %%
# A model that has values loses them in ``to_empty``, even if the model is on the
# requested device already: its parameters and buffers get new memory.

# sphinx_gallery_hide_state = "real"
real = Patches()
with marked():
    real.to_empty(device="cpu")
print(real.project.bias[:3].tolist(), real.mean.tolist(), real.positions[0, :3])

# %%
# .. _empty3:
#
# Register a plain tensor as a buffer, and write its values in a method of its own.
# ``__init__`` calls this method, and you call it once more after ``to_empty``. What is
# replaced here is ``std``, in a module that can stand in front of a model.

import torch


# sphinx_gallery_hide_state = "standardise"
class Standardise(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("std", torch.empty(3, 1, 1), persistent=False)
        self.compute_std()

    def compute_std(self):
        self.std.fill_(0.225)

    def forward(self, images):
        return images / self.std


with torch.device("meta"):
    standardise = Standardise()
standardise.to_empty(device="cpu").compute_std()
print(standardise(torch.ones(2, 3, 224, 224))[0, :, 0, 0])

# %%
# Which operations mix ``meta`` and the CPU without an error?
# -----------------------------------------------------------
#
# A product of matrices, indexing and an addition in place are among them. The product
# and the indexed tensor below are tensors on the CPU with arbitrary values, here marked
# by ``nan``; the addition in place adds nothing.

x = torch.ones(2, 3)
with marked():
    print(x @ torch.ones(3, 4, device="meta"))
    print(x[torch.zeros(1, dtype=torch.int64, device="meta")])
print(x.add_(torch.ones(3, device="meta")))

# %%
# A plain tensor that stayed on ``meta`` can therefore make the output of a model wrong
# without an error. The causal mask of this attention block is a plain attribute. The
# input has the shape (batch, heads, length, head size).


class CausalAttention(torch.nn.Module):
    def __init__(self, size=64, length=128):
        super().__init__()
        self.qkv = torch.nn.Linear(size, 3 * size)
        self.mask = torch.ones(length, length, dtype=torch.bool).tril()

    def forward(self, x):
        length, size = x.shape[-2:]
        q, k, v = self.qkv(x).split(size, dim=-1)
        mask = self.mask[:length, :length]
        return torch.nn.functional.scaled_dot_product_attention(q, k, v, mask)


# %%
# The load reports that all keys match, and the output of the call is a tensor on the
# CPU with arbitrary values. Whether an operation raises the error can depend on the
# shapes and on the release: torch 2.13 does so for an input of three dimensions, and
# 2.14 does not.

# sphinx_gallery_hide_state = "attention"
with torch.device("meta"):
    attention = CausalAttention()
attention.to_empty(device="cpu")
print(attention.load_state_dict(CausalAttention().state_dict()))
with marked():
    y = attention(torch.ones(2, 8, 16, 64))
print(y.device, y.shape, y.detach()[0, 0, 0, :3])

# %%
# Before you use a model, ask which of its tensors are on ``meta``: parameters, buffers
# and plain tensors. The function does not look into lists, dictionaries and other
# objects.


def left_on_meta(model):
    found = dict(model.named_parameters()) | dict(model.named_buffers())
    for path, module in model.named_modules():
        for name, value in vars(module).items():
            if isinstance(value, torch.Tensor):
                found[f"{path}.{name}".lstrip(".")] = value
    return [name for name, tensor in found.items() if tensor.is_meta]


left_on_meta(torch.nn.Sequential(plain, attention))

# %%
# .. _meta8:
#
# Libraries that load large models build them on ``meta`` and then assign what the file
# has, as ``from_pretrained`` of transformers does with ``device_map``. A tensor that
# the file lacks stays on ``meta``, and ``.to()`` raises the error. Do not follow the
# advice of the message here: ``to_empty`` would also replace each tensor that was
# loaded, by one with arbitrary values.

# sphinx_gallery_hide_state = "loaded"
with torch.device("meta"):
    loaded = Patches()
print(loaded.load_state_dict(state, assign=True))
try:
    loaded.to("cpu")
except NotImplementedError as error:
    print(f"{type(error).__name__}: {error}")
left_on_meta(loaded)

# %%
# Give the tensors in this list their values, or load the model without the option that
# builds it on ``meta``.

loaded.positions = torch.empty_like(loaded.positions, device="cpu")
loaded.compute_positions()
print(left_on_meta(loaded), loaded.to("cpu")(images).shape)

# %%
# .. _load12:
#
# Why does a load into ``meta`` write nothing?
# --------------------------------------------
#
# .. since:: 2.1 load_state_dict(assign=True)
#
# By default a load copies the values of the ``state_dict`` into the tensors of the
# module, and a tensor on ``meta`` has no memory for them. The load reports that all
# keys match; only a warning for each key says that nothing was copied.

# sphinx_gallery_hide_state = "source"
source = torch.nn.Linear(64, 256)
target = torch.nn.Linear(64, 256, device="meta")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(target.load_state_dict(source.state_dict()))
print(f"{caught[0].category.__name__}: {caught[0].message}")
print(len(caught), target.weight.device)

# %%
# .. _empty4:
#
# Call ``to_empty`` before the load, or load with ``assign=True``: then the module gets
# the tensors of the ``state_dict`` themselves, and :ref:`their memory <load11>`. Its
# non-persistent buffers :ref:`stay on meta <meta3>`.

import torch

# sphinx_gallery_hide_state
saved = torch.nn.Linear(64, 256).state_dict()
target = torch.nn.Linear(64, 256, device="meta")
print(target.load_state_dict(saved, assign=True), target.weight.device)

# %%
# In the other direction a load raises an error, because a tensor on ``meta`` has no
# values to copy. ``torch.save`` raises none: a file that was saved from a model on
# ``meta`` has no values either.

empty = torch.nn.Linear(64, 256, device="meta").state_dict()
try:
    target.load_state_dict(empty)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# With ``assign=True`` this load raises no error either, and the module that had values
# is on ``meta`` after it.

target.load_state_dict(empty, assign=True)
print(target.weight.device, target.bias.device)

# %%
# .. _meta7:
#
# What do ``skip_init`` and ``init_empty_weights`` do with buffers?
# -----------------------------------------------------------------
#
# .. since:: 1.10 torch.nn.utils.skip_init
#
# ``torch.nn.utils.skip_init`` creates a module on ``meta`` and calls ``to_empty``. For
# this the class must accept the argument ``device``, by name, as the layers of torch
# do; ``Patches`` does not.

try:
    torch.nn.utils.skip_init(Patches)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# What is skipped is not only the initialisation of the weights. The running statistics
# of BatchNorm, which begin with zeros and ones, have arbitrary values too.

# sphinx_gallery_hide_state = "norm"
with marked():
    norm = torch.nn.utils.skip_init(torch.nn.BatchNorm2d, 64)
print(norm.weight[:3].tolist(), norm.running_mean[:3], norm.num_batches_tracked)

# %%
# .. _skip1:
#
# ``torch.device("meta")`` and ``to_empty`` do the same for any class. Then write all
# values of the module: load them, or initialise each parameter and each buffer.

import torch


# sphinx_gallery_hide_state = "shift"
class Shift(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.offset = torch.nn.Parameter(torch.zeros(size))

    def forward(self, x):
        return x + self.offset


with torch.device("meta"):
    shift = Shift(768)
shift.to_empty(device="cpu")
torch.nn.init.zeros_(shift.offset)
print(shift(torch.ones(2, 768)).sum().item())

# %%
# .. _meta6:
#
# ``init_empty_weights`` of the library Accelerate moves each parameter to ``meta`` when
# the parameter is registered. By default it leaves buffers and plain tensors on the
# CPU, with their values. A hook of torch can do the same; it is called for each
# parameter of each module that is created before ``handle.remove()``.

from torch.nn.modules.module import register_module_parameter_registration_hook


def to_meta(module, name, parameter):
    return torch.nn.Parameter(parameter.to("meta"), parameter.requires_grad)


# sphinx_gallery_hide_state = "half"
handle = register_module_parameter_registration_hook(to_meta)
half = PlainStd()
handle.remove()
left_on_meta(half)

# %%
# Load into such a model with ``assign=True``: the buffers that the file lacks keep
# their values. ``to_empty`` would give them new memory too.

half.load_state_dict(state, assign=True)
print(left_on_meta(half), torch.equal(half.positions, Patches().positions))

# %%
# Check yourself
# --------------
#
# ``PlainStd`` has a non-persistent buffer ``positions`` and a plain tensor ``std``.

with torch.device("meta"):
    plain = PlainStd()
plain.to_empty(device="cpu")
plain.positions.is_meta, plain.std.is_meta

# %%
# .. check::
#
#    - ``(False, False)``
#    - ``(False, True)``
#    - ``(True, True)``
#
#    ``to_empty`` allocates memory for every buffer, non-persistent ones too. It does
#    not reach a tensor that is not registered.

layer = torch.nn.Linear(1000, 1000, bias=False, device="meta")
layer.weight.numel(), layer.weight.nbytes

# %%
# .. check::
#
#    - ``(0, 0)``
#    - ``(1000000, 0)``
#    - ``(1000000, 4000000)``
#
#    Both values follow from the shape and the ``dtype``: ``nbytes`` is what the values
#    would take on a real device.

with marked():
    norm = torch.nn.utils.skip_init(torch.nn.BatchNorm2d, 2)
norm.running_var.tolist()

# %%
# .. check::
#
#    - ``[0.0, 0.0]``
#    - ``[1.0, 1.0]``
#    - ``[nan, nan]``
#
#    The layer was created on ``meta`` and got memory by ``to_empty``. Nobody has
#    written the ones of the running variance into it.

x = torch.ones(2, 3)
(x @ torch.ones(3, 4, device="meta")).device.type

# %%
# .. check::
#
#    - ``'cpu'``
#    - ``'meta'``
#
#    The product looks like any other tensor on the CPU, and its values are arbitrary.
#
# Remember
# --------
#
# - Parameters, buffers and plain tensors that are created inside
#   ``torch.device("meta")`` have no memory.
# - ``to_empty`` allocates memory for parameters and buffers. Load what the file has,
#   and compute the other buffers.
# - A plain tensor stays on ``meta``. Not every operation with it raises an error.
# - A load into a model on ``meta`` needs ``to_empty`` before it, or ``assign=True``.
#
# How to find and compute the buffers that no file has is on
# :doc:`/gallery/scale/materialising`.
