"""
What ``load_state_dict`` overwrites and keeps
=============================================

By default ``load_state_dict`` copies values into the tensors of the module. The tensors
stay the same objects and keep their device, ``dtype`` and ``requires_grad``. A value of
another ``dtype`` is cast, in most cases without a warning.
"""

# %%
# .. folded:: The model of this page: a projection and a temperature, which is saved

import torch


class Projection(torch.nn.Module):
    def __init__(self, temperature):
        super().__init__()
        self.projection = torch.nn.Linear(768, 512, bias=False)
        self.register_buffer("temperature", torch.tensor(temperature))

    def forward(self, x):
        return self.projection(x) / self.temperature


torch.manual_seed(0)
model, saved = Projection(1), Projection(0.07).state_dict()

# %%
# In short
# --------
#
# .. in-short:: model, saved
#
# Before you load, list the keys whose ``dtype`` differs: the module keeps its own
# ``dtype``, and the values are cast. ``saved`` is the ``state_dict`` from the file.

import torch

own = model.state_dict()
for key in saved:
    if key in own and saved[key].dtype != own[key].dtype:
        print(key, saved[key].dtype, own[key].dtype)
print(model.load_state_dict(saved))
print(model.temperature)

# %%
# All keys matched, and 0.07 became 0: the ``temperature`` of the module is an integer.
# The section on ``dtype`` below has the cure.
#
# .. _load1:
#
# Are the parameters the same objects after loading?
# --------------------------------------------------
#
# Yes. The layer and its optimizer exist before the load. ``bias`` and ``mean`` refer to
# a parameter and to a buffer of the layer.

# sphinx_gallery_hide_state = "bn"
bn = torch.nn.BatchNorm1d(2)
optimizer = torch.optim.SGD(bn.parameters(), lr=0.5)
bias, mean = bn.bias, bn.running_mean
values = {"bias": torch.tensor([1.0, 2.0]), "running_mean": torch.tensor([3.0, 4.0])}
state = bn.state_dict() | values
print(bias.tolist(), mean.tolist())

# %%
# The load writes the values into the memory that the tensors of the layer have.
# ``bias`` and ``mean`` still refer to the tensors of the layer and show the new values.

bn.load_state_dict(state)
print(bn.bias is bias, bn.running_mean is mean)
print(bias.tolist(), mean.tolist())

# %%
# .. identity:: bn.bias, bias, state["bias"], bn.running_mean, mean
#
#    The values were copied: the ``state_dict`` and the layer share no memory.
#
# So the optimizer trains what was loaded, and the training does not change the tensors
# of the ``state_dict``. With ``assign=True`` :ref:`the parameters become other objects
# <load8>`.

bn.eval()(torch.ones(1, 2)).sum().backward()
optimizer.step()
print(bias.tolist(), state["bias"].tolist())

# %%
# Which ``dtype`` and device do the tensors have after loading?
# -------------------------------------------------------------
#
# The tensors keep the ``dtype`` and the device of the module. Here the ``state_dict``
# is ``float32`` on the CPU, and the module is ``float64``, on the GPU if there is one.
# A module on ``meta`` stays on ``meta``, and :ref:`nothing is loaded <load12>`.

# sphinx_gallery_hide_state = "wide"
device = "cuda" if torch.cuda.is_available() else "cpu"
wide = Projection(1.0).to(device, torch.float64)
wide.load_state_dict(saved)
assert {tensor.device.type for tensor in wide.state_dict().values()} == {device}
print(saved["projection.weight"].dtype, wide.projection.weight.dtype)

# %%
# A cast of real numbers gives no warning, whatever is lost. 100000 is too large for
# ``float16`` and becomes infinite.

# sphinx_gallery_hide_state = "half"
half = Projection(1.0).half()
print(half.load_state_dict(saved | {"temperature": torch.tensor(1e5)}))
print(half.temperature)

# %%
# A cast from complex to real numbers loses the imaginary part, and gives a warning.

# sphinx_gallery_hide_state = "real"
import warnings

real = Projection(1.0)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    real.load_state_dict(saved | {"temperature": torch.tensor(0.25 + 1j)})
print(f"{caught[0].category.__name__}: {str(caught[0].message).partition(' (')[0]}")
print(real.temperature)

# %%
# .. _load24:
#
# A complex buffer keeps the imaginary part.

import torch

# sphinx_gallery_hide_state = "waves"
waves = torch.nn.Module()
waves.register_buffer("phase", torch.zeros(2, dtype=torch.complex64))
print(waves.load_state_dict({"phase": torch.tensor([1j, 2j])}), waves.phase)

# %%
# ``torch.tensor(1)`` is an integer, ``torch.tensor(1.0)`` is not. A buffer takes the
# ``dtype`` of the tensor that you assign to its name, so ``model`` from the top of this
# page is mended by an assignment before the load.

model.temperature = torch.tensor(1.0)
print(model.load_state_dict(saved), model.temperature)

# %%
# .. _load25:
#
# Does loading change ``requires_grad``?
# --------------------------------------
#
# No. A frozen parameter stays frozen, and another one stays trainable, even if the
# ``state_dict`` has the parameters themselves, as with ``keep_vars=True``.

# sphinx_gallery_hide_state = "frozen"
frozen = torch.nn.BatchNorm1d(2).requires_grad_(False)
frozen.load_state_dict(bn.state_dict(keep_vars=True))
bn.load_state_dict(frozen.state_dict(keep_vars=True))
print(frozen.bias.requires_grad, bn.bias.requires_grad)

# %%
# ``load_state_dict`` works under ``no_grad``. If a value was computed from other
# tensors, only its numbers are copied: the parameter stays a leaf, and the buffer does
# not require a gradient.

source = torch.zeros(2, requires_grad=True)
bn.load_state_dict(state | {"bias": source + 0.5, "running_mean": source + 0.5})
print(bn.bias.is_leaf, bn.bias.grad_fn, bn.running_mean.requires_grad)

# %%
# Code of your own that writes into a parameter has to enter ``no_grad`` itself.

try:
    bn.bias.copy_(state["bias"])
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")
with torch.no_grad():
    bn.bias.copy_(state["bias"])
print(bn.bias.tolist())

# %%
# .. _load5:
#
# Must the shapes be equal?
# -------------------------
#
# Yes, nothing is broadcast: a single element does not fill two. There is one exception,
# for files older than tensors without dimensions: the shape ``(1,)`` loads into ``()``.
# The shape ``()`` does not load into ``(1,)``.

# sphinx_gallery_hide_state = "scaled"
scaled = Projection(1.0)
for shape, target in (((1,), ()), ((), (1,)), ((1,), (2,))):
    scaled.temperature = torch.zeros(target)
    try:
        scaled.load_state_dict(saved | {"temperature": torch.ones(shape)})
        print(scaled.temperature)
    except RuntimeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# Reshape the saved tensor if it has the right number of elements. Leave out the key
# :ref:`if it belongs to another layer <chg4>`, such as a head for other classes.

scaled.temperature = torch.zeros(1)
reshaped = saved["temperature"].reshape(1)
print(scaled.load_state_dict(saved | {"temperature": reshaped}), scaled.temperature)

# %%
# .. _load13:
#
# Why does loading into an expanded buffer fail?
# ----------------------------------------------
#
# A tensor from ``expand`` shows the same memory in each of its rows: its first stride
# is 0. No values can be written into it, not even equal rows. A tensor that is expanded
# to one row has no such stride and can be loaded.


# sphinx_gallery_hide_state = "positions"
class Positions(torch.nn.Module):
    def __init__(self, positions):
        super().__init__()
        self.register_buffer("positions", positions)

    def forward(self, x):
        return x + self.positions


rows = torch.arange(512.0).expand(8, -1)
positions, filled = Positions(rows), {"positions": torch.ones(8, 512)}
print(rows.stride(), torch.arange(512.0).expand(1, -1).stride())
try:
    positions.load_state_dict(filled)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# .. _load23:
#
# Register a tensor that has memory for every row: ``clone()`` or ``contiguous()`` makes
# one. A cast to another ``dtype`` makes one too.

import torch

rows = torch.arange(512.0).expand(8, -1)
for positions in (rows.clone(), rows.contiguous(), rows.to(torch.float64)):
    layer = torch.nn.Module()
    layer.register_buffer("positions", positions)
    print(layer.load_state_dict({"positions": torch.ones(8, 512)}), positions.stride())

# %%
# .. _load14:
#
# Can a parameter be loaded into a buffer?
# ----------------------------------------
#
# .. since:: 2.5 nn.Buffer
#
# Yes. ``load_state_dict`` goes by the name and does not compare the kinds, so a new
# version of the code can turn a parameter into a buffer, or a buffer into a parameter,
# and old files still load.


class Shift(torch.nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.shift = kind(torch.zeros(2))

    def forward(self, x):
        return x + self.shift


# sphinx_gallery_hide_state = "trained, fixed"
trained, fixed = Shift(torch.nn.Parameter), Shift(torch.nn.Buffer)
torch.nn.init.constant_(trained.shift, 0.5)
print(fixed.load_state_dict(trained.state_dict()), fixed.shift)
fixed.shift.fill_(0.25)
print(trained.load_state_dict(fixed.state_dict()), trained.shift)

# %%
# The order of the keys and the class of the module are not compared either. So the
# report that all keys matched says nothing about the meaning of the numbers: here the
# rows of an embedding become the weight of a linear layer.

embedding = torch.nn.Embedding(512, 768).state_dict()
print(torch.nn.Linear(768, 512, bias=False).load_state_dict(embedding))
print(bn.load_state_dict(dict(reversed(bn.state_dict().items()))))

# %%
# Check yourself
# --------------
#
# Each question begins with new layers.

layer = torch.nn.Linear(1, 1, bias=False).half()
layer.load_state_dict({"weight": torch.tensor([[1e5]])})
layer.weight.dtype, layer.weight.item()

# %%
# .. check::
#
#    - ``(torch.float32, 100000.0)``
#    - ``(torch.float16, 65504.0)``
#    - ``(torch.float16, inf)``
#
#    The layer keeps its ``dtype``. 65504 is the largest number of ``float16``, and the
#    cast turns what is larger into infinity.

layer = torch.nn.Linear(2, 1, bias=False)
optimizer = torch.optim.SGD(layer.parameters(), lr=0.5)
layer.load_state_dict({"weight": torch.ones(1, 2)})
optimizer.param_groups[0]["params"][0] is layer.weight

# %%
# .. check::
#
#    - ``True``
#    - ``False``
#
#    The load wrote into the parameter that the optimizer refers to.

layer = torch.nn.Linear(2, 1, bias=False).requires_grad_(False)
weight = torch.nn.Parameter(torch.ones(1, 2))
layer.load_state_dict({"weight": weight})
layer.weight is weight, layer.weight.requires_grad

# %%
# .. check::
#
#    - ``(True, True)``
#    - ``(False, True)``
#    - ``(False, False)``
#
#    Only the numbers of ``weight`` were copied. The frozen parameter of the layer stays
#    the same object and stays frozen.
#
# Remember
# --------
#
# - By default a load changes values. Objects, devices, data types and ``requires_grad``
#   stay those of the module.
# - A copy into another ``dtype`` is a cast, and only one from complex to real numbers
#   gives a warning: compare the data types before you load.
# - Names and shapes must match. Kind, order and class are not compared.
#
# If the module should get the ``dtype`` and the device of the file instead, read
# :doc:`how assign=True loads </gallery/loading/assign_and_swap>`.
