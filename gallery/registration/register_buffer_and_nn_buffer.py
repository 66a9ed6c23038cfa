"""
``register_buffer`` and ``nn.Buffer``
=====================================

``register_buffer`` makes a tensor part of the module under a free name, and
``persistent=False`` keeps the tensor out of the ``state_dict``. Assigning
``nn.Buffer(tensor)`` to an attribute registers a buffer too: a new, detached tensor
that shares the memory of ``tensor``.
"""

# %%
# In short
# --------
#
# .. in-short::
#
# Register in ``__init__``, after ``super().__init__()``. This layer scales the scores
# of attention, by a measured factor for each head, and masks later positions. The
# factors are saved; the mask is not, since ``__init__`` computes it. From torch 2.5 on
# ``self.mask = torch.nn.Buffer(mask, persistent=False)`` can replace the last line of
# ``__init__``.

import torch


class CausalSoftmax(torch.nn.Module):
    mask: torch.Tensor

    def __init__(self, factors, length):
        super().__init__()
        mask = torch.ones(length, length, dtype=torch.bool).tril()
        self.register_buffer("factors", factors)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x):
        return (x * self.factors).masked_fill(~self.mask, float("-inf")).softmax(-1)


layer = CausalSoftmax(torch.ones(12, 1, 1), 128)
print(layer(torch.zeros(8, 12, 128, 128)).shape, list(layer.state_dict()))

# %%
# The annotation ``mask: torch.Tensor`` is for type checkers and editors: without it
# they take ``self.mask`` for ``Tensor | Module``, which is how torch annotates the
# attributes of a module. The annotation itself registers nothing.
#
# .. _reg7:
#
# Should the buffer be persistent?
# --------------------------------
#
# .. since:: 1.6 persistent
# .. since:: 2.5 nn.Buffer
#
# Yes, if the constructor cannot compute its values: running statistics, random draws,
# measured factors. A buffer that the constructor computes need not be saved, and a file
# without it also loads into a model of another length. One limit: if the model was
# built on ``meta``, such a buffer must be :ref:`computed again <meta4>`.

# sphinx_gallery_hide_state = "longer"
longer = CausalSoftmax(torch.ones(12, 1, 1), 256)
print(longer.load_state_dict(layer.state_dict()), longer.mask.shape)

# %%
# The module keeps the persistence for the name, not for the tensor. An ordinary tensor
# that is assigned to the name of a non-persistent buffer is not in the ``state_dict``
# either.

mask = torch.ones(128, 128, dtype=torch.bool)
layer.mask = mask
list(layer.state_dict())

# %%
# Two statements change the persistence of a name that is a buffer already: assigning an
# ``nn.Buffer``, and a second call of ``register_buffer``. Both set what their argument
# ``persistent`` says, by default ``True``.

layer.mask = torch.nn.Buffer(mask)
print(list(layer.state_dict()))
layer.mask = torch.nn.Buffer(mask, persistent=False)
print(list(layer.state_dict()))
layer.register_buffer("mask", mask)
print(list(layer.state_dict()))

# %%
# ``del`` removes the name and its persistence. A tensor that is assigned after that is
# a plain attribute: it neither moves with the module nor is it in the ``state_dict``.

del layer.mask
layer.mask = mask
print("mask" in dict(layer.named_buffers()), "mask" in vars(layer))

# %%
# .. _reg8:
#
# How does ``nn.Buffer`` differ from ``register_buffer``?
# -------------------------------------------------------
#
# .. since:: 2.5 nn.Buffer
#
# ``register_buffer`` stores the tensor that it is given. ``nn.Buffer`` returns a new
# tensor that shares the storage of the given one.

factors = torch.zeros(12, 1, 1)
layer = torch.nn.Module()
layer.register_buffer("stored", factors)
layer.marked = torch.nn.Buffer(factors)
print(layer.stored is factors, layer.marked is factors)

# %%
# So a change in place of the given tensor changes both buffers.

factors += 0.5
print(layer.stored[0], layer.marked[0])

# %%
# .. identity:: factors, layer.stored, layer.marked
#
#    ``layer.marked`` is a tensor of its own; all three names lead to the same memory.
#
# The difference counts if the tensor has a graph, as one that was computed from a
# parameter. ``register_buffer`` stores the tensor with its graph, and a deep copy of
# the module raises an error. ``nn.Buffer`` detaches the tensor.

# sphinx_gallery_hide_state = "computed"
import copy

computed = torch.nn.Module()
weight = torch.nn.Parameter(torch.ones(12, 1, 1))
computed.marked = torch.nn.Buffer(weight * 2)
print(copy.deepcopy(computed).marked.shape)
computed.register_buffer("stored", weight * 2)
print(computed.stored.is_leaf, computed.marked.is_leaf)
try:
    copy.deepcopy(computed)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# ``nn.Buffer`` keeps ``requires_grad``, so the detached buffer of a computed tensor
# still requires a gradient. Call ``detach()`` yourself, and the buffer has no graph and
# requires no gradient, whichever way it is registered.

computed.register_buffer("stored", (weight * 2).detach())
print(computed.marked.requires_grad, computed.stored.requires_grad)
print(copy.deepcopy(computed).stored.shape)

# %%
# The two also treat ``None`` differently. ``register_buffer("slot", None)`` registers
# the name without a tensor, so there is no key; ``nn.Buffer(None)`` is an empty tensor,
# which has a key. :doc:`/gallery/registration/none_slots` shows what to do with a name
# without a tensor.

layer = torch.nn.Module()
layer.register_buffer("slot", None)
layer.empty = torch.nn.Buffer(None)
print(layer.slot, layer.empty, list(layer.state_dict()))

# %%
# .. _reg3:
#
# Why do I get ``attribute already exists``?
# ------------------------------------------
#
# The name is taken, here by a plain attribute, a method and a class attribute. Three
# other rules: a name is a string, is not empty, and has no dot, since a dot separates
# the parts of a key. ``register_parameter`` has the same rules.


class Scaled(torch.nn.Module):
    scale = 3
    shift: torch.Tensor

    def forward(self, x):
        return x * self.scale + self.shift


# sphinx_gallery_hide_state
layer = Scaled()
layer.plain = torch.zeros(2)
for register in (layer.register_buffer, layer.register_parameter):
    for name in ("plain", "forward", "scale", "a.b", "", 3):
        try:
            register(name, None)
        except (KeyError, TypeError) as error:
            print(f"{type(error).__name__}: {error}")

# %%
# .. _name1:
#
# Remove a plain attribute with ``del`` before you register its name, or register first
# and assign later. The name of a buffer is no obstacle: ``register_buffer`` replaces
# the tensor.

# sphinx_gallery_hide_state
import torch

layer = torch.nn.Module()
layer.steps = torch.tensor(0)
del layer.steps
layer.register_buffer("steps", torch.tensor(0))
layer.register_buffer("steps", torch.tensor(1))
layer.state_dict()

# %%
# A class attribute or a method occupies its name in every object of the class: rename
# one of the two. Assigning an ``nn.Buffer`` to such a name raises the error too. An
# annotation such as ``shift: torch.Tensor`` has no value and occupies no name.

# sphinx_gallery_hide_state
layer = Scaled()
layer.register_buffer("shift", torch.ones(2))
try:
    layer.scale = torch.nn.Buffer(torch.ones(2))
except KeyError as error:
    print(f"{type(error).__name__}: {error}")
layer(torch.ones(2))

# %%
# .. _name2:
#
# For numbered names put the number into a string, behind an underscore instead of a
# dot.

# sphinx_gallery_hide_state
import torch

layer = torch.nn.Module()
for index in range(3):
    layer.register_buffer(f"scale_{index}", torch.ones(12, 1, 1))
print(list(layer.state_dict()))

# %%
# .. _reg15:
#
# Which values can become a buffer?
# ---------------------------------
#
# A tensor, ``None``, or from torch 2.9 on an object that acts like a tensor. A number
# or an array raises an error.

import numpy

# sphinx_gallery_hide_state
layer = torch.nn.Module()
for value in (0.5, numpy.zeros(2), None):
    try:
        layer.register_buffer("bound", value)
        print(layer.bound)
    except TypeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# .. _value1:
#
# Make a tensor of the value. ``torch.tensor`` copies a number, a list or an array. By
# default NumPy makes arrays of ``float64``, so name the ``dtype``.

# sphinx_gallery_hide_state
import numpy
import torch

layer = torch.nn.Module()
layer.register_buffer("bound", torch.tensor(0.5))
mean = numpy.zeros(80)
layer.register_buffer("mean", torch.tensor(mean, dtype=torch.float32))
print(layer.bound.dtype, layer.mean.dtype, layer.mean.shape)

# %%
# .. since:: 2.9 __torch_function__
#
# An object with ``__torch_function__``, which says how torch's functions treat it, is
# such an object, and ``forward`` runs with it. But ``state_dict()`` and casts call
# methods of a tensor on each buffer, and fail if the object lacks these methods.


class Half:
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return function(*(0.5 if isinstance(arg, cls) else arg for arg in args))


# sphinx_gallery_hide_state = "like"
like = Scaled()
like.register_buffer("shift", Half())
print(like(torch.ones(2)))
for use in (like.state_dict, like.double):
    try:
        use()
    except AttributeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# Is this tensor a buffer?
# ------------------------
#
# Ask ``named_buffers()`` of the module. No object has ``nn.Buffer`` as its class: a
# call of ``nn.Buffer`` returns an ordinary tensor with a private flag, ``isinstance``
# looks for this flag, and ``register_buffer`` sets none.

# sphinx_gallery_hide_state
layer = torch.nn.Module()
layer.marked = torch.nn.Buffer(torch.zeros(12, 1, 1))
layer.register_buffer("stored", torch.zeros(12, 1, 1))
print(type(layer.marked))
print([isinstance(b, torch.nn.Buffer) for b in (layer.marked, layer.stored)])
print([name for name, _ in layer.named_buffers()])

# %%
# A deep copy and a pickle keep the flag. By default ``state_dict()`` returns detached
# tensors, which do not have the flag.

import pickle

copies = copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))
print([isinstance(other.marked, torch.nn.Buffer) for other in copies])
print(isinstance(layer.state_dict()["marked"], torch.nn.Buffer))

# %%
# A move or a cast that changes something makes a new tensor, without the flag. Both
# names are still buffers of the module.

layer.to(torch.float64)
print(isinstance(layer.marked, torch.nn.Buffer))
print("marked" in dict(layer.named_buffers()), list(layer.state_dict()))

# %%
# .. _reg17:
#
# Can I see every registration?
# -----------------------------
#
# .. since:: 2.0 register_module_buffer_registration_hook
#
# Yes, with a hook that is called for each buffer that any module of the process
# registers. Remove the hook when you are done.

from torch.nn.modules import module as registry


def show(module, name, buffer):
    print(type(module).__name__, name, tuple(buffer.shape))


handle = registry.register_module_buffer_registration_hook(show)
torch.nn.BatchNorm2d(64)
handle.remove()

# %%
# Parameters and submodules have hooks of their own. If a hook returns a value other
# than ``None``, the module registers this value instead, here a copy.


def duplicate(module, name, value):
    return copy.deepcopy(value)


handles = [
    registry.register_module_parameter_registration_hook(duplicate),
    registry.register_module_buffer_registration_hook(duplicate),
    registry.register_module_module_registration_hook(duplicate),
]
# sphinx_gallery_hide_state
parameter, child = torch.nn.Parameter(torch.zeros(2)), torch.nn.Identity()
layer.bias, layer.child = parameter, child
layer.register_buffer("limit", factors)
for handle in handles:
    handle.remove()
print(layer.bias is parameter, layer.limit is factors, layer.child is child)

# %%
# Check yourself
# --------------
#
# Each question begins with a new layer for four positions. Its buffer ``factors`` is
# persistent, its buffer ``mask`` is not.

layer = CausalSoftmax(torch.ones(12, 1, 1), 4)
layer.mask = torch.nn.Buffer(torch.ones(4, 4, dtype=torch.bool))
list(layer.state_dict())

# %%
# .. check::
#
#    - ``['factors']``
#    - ``['factors', 'mask']``
#
#    An ``nn.Buffer`` is persistent by default, and the name takes its persistence over.

tensor = torch.ones(12, 1, 1)
layer = CausalSoftmax(tensor, 4)
layer.marked = torch.nn.Buffer(tensor)
tensor.zero_()
layer.factors.sum().item(), layer.marked.sum().item()

# %%
# .. check::
#
#    - ``(12.0, 12.0)``
#    - ``(0.0, 12.0)``
#    - ``(0.0, 0.0)``
#
#    Neither way copies the values, so writing into ``tensor`` changes both buffers.

layer = CausalSoftmax(torch.nn.Buffer(torch.ones(12, 1, 1)), 4)
layer.double()
isinstance(layer.factors, torch.nn.Buffer), "factors" in dict(layer.named_buffers())

# %%
# .. check::
#
#    - ``(True, True)``
#    - ``(False, True)``
#    - ``(False, False)``
#
#    The cast made a new tensor, which has no flag. ``factors`` is still the name of a
#    buffer.
#
# Remember
# --------
#
# - A new buffer needs a free name. An annotation leaves the name free.
# - Use ``persistent=False`` for what the constructor computes. The persistence belongs
#   to the name: ``nn.Buffer`` and ``register_buffer`` set it, a plain tensor does not.
# - ``register_buffer`` stores the given tensor; ``nn.Buffer`` makes a detached one on
#   the same storage. Neither copies the values.
# - To find out whether a name is a buffer, look into ``named_buffers()``.
#
# Before you make a saved buffer non-persistent, or the other way round, read
# :doc:`/gallery/loading/changing_persistence`: files of the older code still have to
# load.
