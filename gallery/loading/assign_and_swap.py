"""
``assign=True`` replaces the parameters
=======================================

With ``assign=True``, ``load_state_dict`` puts the tensors of the file into the module,
in place of its parameters and buffers, so create the optimizer and tie the weights
after loading.
"""

# %%
# .. folded:: The model of this page, with tied weights

import copy
import io

import torch


class Captioner(torch.nn.Module):
    def __init__(self, words=1000, size=64):
        super().__init__()
        self.embed = torch.nn.Embedding(words, size)
        self.project = torch.nn.Linear(512, size)
        self.head = torch.nn.Linear(size, words, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, tokens, image):
        return self.head(self.embed(tokens) + self.project(image))


# %%
# .. folded:: A file of its state


def saved(state):
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return file


torch.manual_seed(0)
file = saved(Captioner().state_dict())

# %%
# In short
# --------
#
# .. in-short:: Captioner, file
#
# Build the model on the ``meta`` device, where its tensors take no memory, and load the
# file with ``assign=True``. Then tie the weights again, and create the optimizer last.
# If the model has non-persistent buffers, compute them before you use the model: the
# file does not have them, and :ref:`they are still on meta <meta3>`.

import torch

with torch.device("meta"):
    model = Captioner()
state = torch.load(file, map_location="cpu")
model.load_state_dict(state, assign=True)
model.head.weight = model.embed.weight
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
print(model.embed.weight.shape, model.embed.weight.device)
print(model.head.weight is model.embed.weight)

# %%
# .. _load8:
#
# What does ``assign=True`` replace?
# ----------------------------------
#
# .. since:: 2.1 load_state_dict(assign=True)
#
# By default a load copies the values of the ``state_dict`` into the tensors of the
# module. The layer keeps its parameter and the ``dtype`` of that parameter, here
# ``float32``, although the ``state_dict`` has ``bfloat16``.

layer = torch.nn.Linear(64, 256)
weight = layer.weight
bf16 = torch.nn.Linear(64, 256).bfloat16().state_dict()
layer.load_state_dict(bf16)
print(layer.weight is weight, layer.weight.dtype)

# %%
# With ``assign=True`` a load copies nothing. The module gets a new parameter, which
# uses the memory of the tensor in the ``state_dict`` and has its ``dtype``. To train in
# another ``dtype``, cast the model after the load.

# sphinx_gallery_card
layer.load_state_dict(bf16, assign=True)
print(layer.weight is weight, layer.weight.dtype)

# %%
# .. identity:: layer.weight, weight, bf16["weight"]
#
#    ``weight`` was taken from the layer before the load and is no longer part of it.
#
# The device comes from the ``state_dict`` as well, so ``map_location`` of
# ``torch.load`` chooses the device of the model. ``requires_grad`` of a parameter comes
# from the module: a frozen parameter stays frozen, and the others train, although no
# tensor of this ``state_dict`` requires a gradient.

layer = torch.nn.Linear(64, 256, device="meta")
layer.weight.requires_grad_(False)
layer.load_state_dict(bf16, assign=True)
for name, parameter in layer.named_parameters():
    print(name, parameter.device, parameter.requires_grad)

# %%
# The shapes must still be equal: ``assign=True`` is no cure for a size mismatch. What
# has no key in the ``state_dict``, such as a non-persistent buffer, is not replaced.

try:
    torch.nn.Linear(64, 300).load_state_dict(bf16, assign=True)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Why does the optimizer train nothing after the load?
# ----------------------------------------------------
#
# An optimizer refers to parameter objects. An optimizer that was created before the
# load refers to parameters that are no longer part of the model: its step leaves the
# model as it is, and no error says so. An optimizer that is created after the load
# trains the model.


def trains(optim, model, *inputs):
    before = next(model.parameters()).detach().clone()
    model.zero_grad()
    model(*inputs).sum().backward()
    optim.step()
    return not torch.equal(next(model.parameters()), before)


# sphinx_gallery_hide_state = "model, half, pair, source, shared, apart"
inputs = torch.tensor([5, 7, 9]), torch.randn(3, 512)
model = Captioner()
early = torch.optim.Adam(model.parameters(), lr=1e-3)
model.load_state_dict(torch.load(saved(Captioner().state_dict())), assign=True)
late = torch.optim.Adam(model.parameters(), lr=1e-3)
print(trains(early, model, *inputs), trains(late, model, *inputs))

# %%
# The gradient of the old parameter and the attributes that were set on it, such as a
# mark for weight decay, are not copied to the new parameter.

model.embed.weight.no_decay = True
print(model.embed.weight.grad is None, hasattr(model.embed.weight, "no_decay"))
model.load_state_dict(torch.load(saved(Captioner().state_dict())), assign=True)
print(model.embed.weight.grad is None, hasattr(model.embed.weight, "no_decay"))

# %%
# .. _load9:
#
# Why must tied weights be tied again?
# ------------------------------------
#
# A tie is one parameter under two names. This model has three parameters: the tied
# weight, and the weight and the bias of the projection.

half = Captioner()
print(half.head.weight is half.embed.weight, len(list(half.parameters())))

# %%
# By default a ``state_dict`` has a tensor for each name. The tied weight has two names,
# so it has two tensors, which use the same memory, also when they come from a file.
# With ``assign=True`` each of the two becomes a parameter: now the model has four. The
# tie is half gone, since the two parameters still share their memory.

half.load_state_dict(torch.load(saved(Captioner().state_dict())), assign=True)
print(half.head.weight is half.embed.weight, len(list(half.parameters())))

# %%
# .. identity:: half.embed.weight, half.head.weight
#
#    Before the load: one parameter under two names. After it: two parameters that use
#    the same memory.
#
# An optimizer updates this memory once for each of the two parameters. The first step
# of ``Adam`` moves a weight by ``lr``, here by 0.25: the weight of two tied layers goes
# from 1 to 0.75. If the tie is half gone, the weight goes to 0.5.


def tied():
    first, second = (torch.nn.Linear(1, 1, bias=False) for _ in range(2))
    second.weight = torch.nn.init.ones_(first.weight)
    return torch.nn.Sequential(first, second)


for assign in (False, True):
    pair = tied()
    pair.load_state_dict(tied().state_dict(), assign=assign)
    trains(torch.optim.Adam(pair.parameters(), lr=0.25), pair, torch.ones(1, 1))
    print(f"{pair[0].weight.item():.2f}")

# %%
# The saved state of an optimizer of the tied model has three parameters, so it does not
# fit an optimizer with four.

trained = torch.optim.Adam(Captioner().parameters()).state_dict()
try:
    torch.optim.Adam(half.parameters()).load_state_dict(trained)
except ValueError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Assign one parameter to both names, and create the optimizer after that.

half.head.weight = half.embed.weight
torch.optim.Adam(half.parameters()).load_state_dict(trained)
len(list(half.parameters()))

# %%
# .. _load11:
#
# Why load from a copy of the ``state_dict``?
# -------------------------------------------
#
# A ``state_dict`` shares the memory of the model that it comes from. A second model
# that loads this ``state_dict`` with ``assign=True`` shares the memory too. A deep
# copy, such as ``apart`` loads here, has memory of its own, and so has what
# ``torch.load`` reads from a file.

source, shared, apart = (torch.nn.Linear(64, 256) for _ in range(3))
shared.load_state_dict(source.state_dict(), assign=True)
apart.load_state_dict(copy.deepcopy(source.state_dict()), assign=True)
print([torch.equal(source.weight, other.weight) for other in (shared, apart)])

# %%
# From now on whatever writes into the weight of ``source``, such as a training step,
# changes the weight of ``shared`` as well.

torch.nn.init.zeros_(source.weight)
print([torch.equal(source.weight, other.weight) for other in (shared, apart)])

# %%
# .. identity:: source.weight, shared.weight, apart.weight
#
#    ``zeros_`` writes into the memory of ``source.weight``.
#
# There is another reason: a load with ``assign=True`` leaves a mark in the private
# ``_metadata`` of the ``state_dict``, and each later load of this ``state_dict``
# assigns too, even without ``assign=True`` and even after the ``state_dict`` was saved
# to a file. A load from a deep copy leaves no mark in the original.

# sphinx_gallery_hide_state = "layer"
clean = torch.nn.Linear(64, 256).state_dict()
layer.load_state_dict(copy.deepcopy(clean), assign=True)
for state in (bf16, torch.load(saved(bf16)), clean):
    weight = layer.weight
    layer.load_state_dict(state)
    print(layer.weight is weight, dict(state._metadata[""]))

# %%
# .. _load10:
#
# What does ``assign=True`` make of a buffer?
# -------------------------------------------
#
# A buffer is replaced by the very tensor of the ``state_dict``, which brings its own
# ``requires_grad``. If this tensor is a ``Parameter``, the buffer turns into a
# parameter. By default ``state_dict()`` returns no ``Parameter``; with
# ``keep_vars=True`` it does, and a dictionary that was put together by hand can have
# one.

state = torch.nn.BatchNorm2d(64).state_dict()
state["running_var"].requires_grad_()
state["running_mean"] = torch.nn.Parameter(torch.zeros(64))
norm = torch.nn.BatchNorm2d(64)
norm.load_state_dict(state, assign=True)
print([name for name, _ in norm.named_parameters()])
print({name: buffer.requires_grad for name, buffer in norm.named_buffers()})

# %%
# .. _swap1:
#
# How do the parameters stay the same objects?
# --------------------------------------------
#
# .. since:: 2.3 set_swap_module_params_on_conversion
#
# After ``torch.__future__.set_swap_module_params_on_conversion(True)`` a load keeps the
# tensor objects of the module and gives them new content. With ``assign=True`` this is
# the content of the ``state_dict``, with its ``dtype``, and yet the tie holds and the
# optimizer trains the model. The setting holds for the whole process, and :ref:`for
# casts <move7>` too.

model = Captioner()
early = torch.optim.Adam(model.parameters(), lr=1e-3)
weight, state = model.embed.weight, Captioner().bfloat16().state_dict()
torch.__future__.set_swap_module_params_on_conversion(True)
model.load_state_dict(state, assign=True)
torch.__future__.set_swap_module_params_on_conversion(False)
print(model.embed.weight is weight, model.head.weight is weight, weight.dtype)
print(trains(early, model, inputs[0], inputs[1].bfloat16()))

# %%
# A buffer stays a buffer, even if the ``state_dict`` has a ``Parameter`` for it.

# sphinx_gallery_hide_state = "norm"
norm, state = torch.nn.BatchNorm2d(64), torch.nn.BatchNorm2d(64).state_dict()
state["running_mean"] = torch.nn.Parameter(torch.zeros(64))
norm.running_mean.remark = norm.weight.remark = True
torch.__future__.set_swap_module_params_on_conversion(True)
norm.load_state_dict(state, assign=True)
torch.__future__.set_swap_module_params_on_conversion(False)
print([name for name, _ in norm.named_buffers()], hasattr(norm.weight, "remark"))

# %%
# Two limits: such a load drops the gradient of a parameter and the attributes that were
# set on it, and it raises an error if a weak reference to the tensor exists.

import weakref

reference = weakref.ref(layer.weight)
torch.__future__.set_swap_module_params_on_conversion(True)
try:
    layer.load_state_dict(clean, assign=True)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")
torch.__future__.set_swap_module_params_on_conversion(False)

# %%
# .. _swap2:
#
# Without the setting a weak reference does no harm: the load puts another parameter
# into the module.

import weakref

import torch

# sphinx_gallery_hide_state = "plain"
plain = torch.nn.Linear(64, 256)
reference = weakref.ref(plain.weight)
torch.__future__.set_swap_module_params_on_conversion(False)
print(plain.load_state_dict(torch.nn.Linear(64, 256).state_dict(), assign=True))

# %%
# Check yourself
# --------------
#
# Each question begins with new modules, in ``float32``.

layer = torch.nn.Linear(64, 256)
sgd = torch.optim.SGD(layer.parameters(), lr=0.1)
layer.load_state_dict(torch.nn.Linear(64, 256).bfloat16().state_dict(), assign=True)
layer.weight.dtype, sgd.param_groups[0]["params"][0] is layer.weight

# %%
# .. check::
#
#    - ``(torch.float32, True)``
#    - ``(torch.bfloat16, True)``
#    - ``(torch.bfloat16, False)``
#
#    The layer gets a new parameter with the ``dtype`` of the ``state_dict``. The
#    optimizer still refers to the old parameter.

model = Captioner()
model.load_state_dict(torch.load(saved(model.state_dict())), assign=True)
adam = torch.optim.Adam(model.parameters())
model.head.weight = model.embed.weight
len(list(model.parameters())), len(adam.param_groups[0]["params"])

# %%
# .. check::
#
#    - ``(3, 3)``
#    - ``(3, 4)``
#    - ``(4, 4)``
#
#    The model has three parameters once the weights are tied again. The optimizer was
#    created before that, so it has four. Tie first, then create the optimizer.

first, second = torch.nn.BatchNorm2d(64), torch.nn.BatchNorm2d(64)
second.load_state_dict(first.state_dict(), assign=True)
torch.nn.init.zeros_(first.weight)
second.weight.sum().item()

# %%
# .. check::
#
#    - ``64.0``
#    - ``0.0``
#
#    ``first.state_dict()`` shares the memory of ``first``, and after the load so does
#    ``second``.
#
# Remember
# --------
#
# - ``assign=True`` replaces parameters and buffers by the tensors of the
#   ``state_dict``: ``dtype`` and device come from the file.
# - First load, then tie the weights, then create the optimizer.
# - Load from a file or from a deep copy, not from the ``state_dict`` of a model in use.
# - After ``set_swap_module_params_on_conversion(True)`` a load keeps the tensor objects
#   of the module, so the tie holds and the optimizer goes on training the model.
#
# Before you move a loaded model with tied weights to another device, read
# :doc:`/gallery/moving/identity_and_ties`.
