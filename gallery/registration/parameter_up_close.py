"""
``nn.Parameter``: leaf tensor, ``dtype``, ``.to()``
===================================================

``nn.Parameter(t)`` creates a parameter from a tensor: a leaf tensor that shares memory
with ``t``. After a real move or cast ``nn.Parameter(t).to(device)`` is a plain tensor,
which a module does not register: move and cast ``t`` first, then make ``t`` a
parameter.
"""

# %%
# In short
# --------
#
# .. in-short::
#
# Give the tensor its device, its ``dtype`` and memory of its own, and make the
# parameter last. Assigning the parameter to an attribute of the module registers it.

import torch


class LayerScale(torch.nn.Module):
    def __init__(self, initial, device=None, dtype=None):
        super().__init__()
        initial = initial.to(device=device, dtype=dtype, copy=True)
        self.gamma = torch.nn.Parameter(initial)

    def forward(self, x):
        return x * self.gamma


layer = LayerScale(torch.full((768,), 0.1), dtype=torch.bfloat16)
for name, parameter in layer.named_parameters():
    print(name, parameter.shape, parameter.dtype, parameter.requires_grad)

# %%
# .. _reg10:
#
# Why does ``.to()`` lose the parameter?
# --------------------------------------
#
# The ``to`` of a parameter is that of a tensor, not that of a module. If there is
# nothing to convert, ``to`` returns the parameter itself; otherwise it returns a plain
# tensor. This class casts the parameter instead of the tensor, so the ``dtype`` decides
# whether there is a parameter.


class CastTooLate(torch.nn.Module):
    def __init__(self, dtype):
        super().__init__()
        self.gamma = torch.nn.Parameter(torch.full((768,), 0.1)).to(dtype)

    def forward(self, x):
        return x * self.gamma


# sphinx_gallery_hide_state = "late"
for dtype in (torch.float32, torch.bfloat16):
    late = CastTooLate(dtype)
    print(type(late.gamma), [name for name, _ in late.named_parameters()])

# %%
# The module with the plain tensor computes, but its ``state_dict`` is empty. An
# optimizer raises an error if the module has no other parameter, or if it is given the
# tensor itself. In a larger model no error says that ``gamma`` is not trained.

print(late(torch.ones(8, 196, 768)).shape, late.state_dict())
for given in (late.parameters(), [late.gamma]):
    try:
        torch.optim.SGD(given, lr=0.1)
    except ValueError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# A move to another device does the same. So ``nn.Parameter(t).to(device)`` works on a
# machine without a GPU, where there is nothing to move, and loses the parameter on a
# machine with one: the assertion holds on both.

for device in ("cpu", "meta"):
    moved = torch.nn.Parameter(torch.zeros(768)).to(device)
    print(device, isinstance(moved, torch.nn.Parameter))
device = "cuda" if torch.cuda.is_available() else "cpu"
moved = torch.nn.Parameter(torch.zeros(768)).to(device)
assert isinstance(moved, torch.nn.Parameter) != torch.cuda.is_available()

# %%
# .. since:: 2.5 nn.Buffer
#
# ``nn.Buffer`` has the same trap. A move or a cast that changes something returns a
# plain tensor, and so does arithmetic that is not in place. Assigning the result makes
# a plain tensor attribute.

layer.same = torch.nn.Buffer(torch.ones(768)).to(torch.float32)
layer.cast = torch.nn.Buffer(torch.ones(768)).to(torch.float64)
layer.moved = torch.nn.Buffer(torch.ones(768)).to("meta")
layer.product = torch.nn.Buffer(torch.ones(768)) * 1
[name for name, _ in layer.named_buffers()]

# %%
# .. _reg9:
#
# What is a leaf tensor?
# ----------------------
#
# A tensor that no recorded operation made; the backward pass ends there. A new
# parameter is a leaf, even if the tensor was computed: ``doubled`` comes from
# ``source``, but the gradient of the parameter does not reach ``source``.

source = torch.ones(4, requires_grad=True)
doubled = source * 2
parameter = torch.nn.Parameter(doubled)
print(doubled.is_leaf, parameter.is_leaf)
parameter.sum().backward()
print(parameter.grad, source.grad)

# %%
# Under ``no_grad`` the result of an operation requires no gradient. A parameter that is
# made under ``no_grad`` still requires one, unless ``requires_grad=False`` is given.

with torch.no_grad():
    computed = source * 2
    parameter = torch.nn.Parameter(source * 2)
    frozen = torch.nn.Parameter(source * 2, requires_grad=False)
print(computed.requires_grad, parameter.requires_grad, frozen.requires_grad)

# %%
# What does a parameter share with its tensor?
# --------------------------------------------
#
# The memory, so training the parameter changes the tensor too. Here a layer takes its
# weight from a table of word vectors. The parameter ``copied`` is made of a ``clone()``
# and has memory of its own.

# sphinx_gallery_hide_state = "embedding"
vectors = torch.zeros(5000, 300)
embedding = torch.nn.Embedding(5000, 300)
embedding.weight = torch.nn.Parameter(vectors)
copied = torch.nn.Parameter(vectors.clone())
print([p.data_ptr() == vectors.data_ptr() for p in (embedding.weight, copied)])

# %%
# Writing into the tensor changes the parameter.

vectors += 0.5
print(embedding.weight.detach()[0, :2], copied.detach()[0, :2])

# %%
# .. identity:: vectors, embedding.weight, copied
#
#    The addition writes into the memory that ``vectors`` and ``embedding.weight``
#    share.
#
# .. _integer_parameter:
#
# Which ``dtype`` can a parameter have?
# -------------------------------------
#
# The ``dtype`` of the tensor. A tensor of integers or booleans cannot require a
# gradient, so ``nn.Parameter`` raises an error.

try:
    torch.nn.Parameter(torch.tensor([1, 2]))
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# .. _integer1:
#
# With ``requires_grad=False`` a parameter of integers is possible; a buffer of integers
# needs no option. Convert the values to floating point if they should be trained.

# sphinx_gallery_hide_state = "model"
import torch

model = torch.nn.Module()
model.register_buffer("index", torch.tensor([1, 2]))
model.fixed = torch.nn.Parameter(torch.tensor([1, 2]), requires_grad=False)
model.trained = torch.nn.Parameter(torch.tensor([1, 2], dtype=torch.float32))
print({name: tensor.dtype for name, tensor in model.state_dict().items()})

# %%
# NumPy makes arrays of ``float64`` by default. A parameter that is made of such an
# array is ``float64`` too, and the layer raises an error if its input is ``float32``.
# Name the ``dtype`` when you make the tensor.

import numpy

# sphinx_gallery_hide_state = "linear"
linear = torch.nn.Linear(300, 768, bias=False)
weights = numpy.zeros((768, 300))
linear.weight = torch.nn.Parameter(torch.tensor(weights))
try:
    linear(torch.ones(8, 300))
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")
weights = torch.tensor(weights, dtype=torch.float32)
linear.weight = torch.nn.Parameter(weights)
print(linear(torch.ones(8, 300)).shape)

# %%
# .. _reg11:
#
# What does ``register_buffer`` make of a parameter?
# --------------------------------------------------
#
# A buffer: ``register_buffer`` accepts a parameter, which is a tensor too, and the
# module lists it among its buffers, although it requires a gradient.

torch.manual_seed(0)
layer = torch.nn.Linear(4, 1)
del layer.bias
layer.register_buffer("bias", torch.nn.Parameter(torch.zeros(1)))
print([name for name, _ in layer.named_buffers()], layer.bias.requires_grad)
print([name for name, _ in layer.named_parameters()])

# %%
# The buffer gets a gradient, and an optimizer that is given ``parameters()`` does not
# change it. A cast replaces the buffer by the result of an operation, which is neither
# a ``Parameter`` nor a leaf.

# sphinx_gallery_hide_state
optimizer = torch.optim.SGD(layer.parameters(), lr=0.5)
layer(torch.ones(1, 4)).sum().backward()
optimizer.step()
print(layer.bias.grad, layer.bias)
layer.double()
print(type(layer.bias), layer.bias.is_leaf)

# %%
# Choose one kind. Assign the parameter, or give ``register_buffer`` a detached tensor.

layer = torch.nn.Linear(4, 1, bias=False)
layer.bias = torch.nn.Parameter(torch.zeros(1))
layer.register_buffer("shift", torch.nn.Parameter(torch.zeros(1)).detach())
print([name for name, _ in layer.named_parameters()], layer.shift.requires_grad)

# %%
# .. _reg16:
#
# When does ``register_parameter`` raise an error?
# ------------------------------------------------
#
# ``register_parameter`` does not make a parameter of a tensor: it raises an error if
# the tensor is a plain one. For names it has :ref:`the rules of register_buffer
# <reg3>`.

# sphinx_gallery_hide_state
layer = torch.nn.Linear(768, 768)
try:
    layer.register_parameter("scale", torch.ones(768))
except TypeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# A parameter that is no longer a leaf raises an error too, also in an assignment. A
# frozen parameter stops being a leaf if something that requires a gradient is added to
# it in place, as when an adapter is merged into a frozen layer.

# sphinx_gallery_hide_state
layer.requires_grad_(False)
down = torch.nn.Parameter(torch.ones(8, 768))
up = torch.nn.Parameter(torch.ones(768, 8))
try:
    layer.weight += up @ down
except ValueError as error:
    print(f"{type(error).__name__}: {error}")
print(layer.weight.is_leaf)

# %%
# .. _leaf1:
#
# Merge under ``no_grad``, and the weight stays a leaf. If ``up`` and ``down`` should go
# on training, compute the sum in ``forward`` instead.

# sphinx_gallery_hide_state
import torch

layer = torch.nn.Linear(768, 768).requires_grad_(False)
down = torch.nn.Parameter(torch.ones(8, 768))
up = torch.nn.Parameter(torch.ones(768, 8))
with torch.no_grad():
    layer.weight += up @ down
print(layer.weight.is_leaf, layer.weight.shape)

# %%
# .. _leaf2:
#
# Make a parameter of a plain tensor before you register it. If the tensor was computed,
# the parameter is a new leaf; ``clone()`` gives it memory of its own.

# sphinx_gallery_hide_state
import torch

layer = torch.nn.Linear(768, 768)
means = layer.weight.mean(dim=1)
layer.register_parameter("scale", torch.nn.Parameter(means.clone()))
print([(name, p.is_leaf) for name, p in layer.named_parameters()])

# %%
# Check yourself
# --------------
#
# Each question begins with a new layer or a new parameter.

layer = torch.nn.Linear(4, 4, bias=False)
layer.gamma = torch.nn.Parameter(torch.ones(4)).double()
[name for name, _ in layer.named_parameters()]

# %%
# .. check::
#
#    - ``['weight', 'gamma']``
#    - ``['weight']``
#
#    The cast returned a plain tensor, and the assignment registered nothing.

initial = torch.zeros(4)
parameter = torch.nn.Parameter(initial)
initial += 1
parameter.sum().item()

# %%
# .. check::
#
#    - ``0.0``
#    - ``4.0``
#
#    ``nn.Parameter`` does not copy: ``parameter`` and ``initial`` share their memory.

with torch.no_grad():
    parameter = torch.nn.Parameter(torch.ones(4))
parameter.requires_grad, parameter.is_leaf

# %%
# .. check::
#
#    - ``(False, True)``
#    - ``(True, False)``
#    - ``(True, True)``
#
#    A new parameter is a leaf and requires a gradient, whether gradients are recorded
#    or not. Only ``requires_grad=False`` freezes it.
#
# Remember
# --------
#
# - Move and cast the tensor first, then make a parameter or an ``nn.Buffer`` of it.
# - ``nn.Parameter`` makes a new leaf on the memory of the tensor. Give it a ``clone()``
#   if the tensor is used elsewhere.
# - A parameter requires a gradient unless ``requires_grad=False`` says otherwise, so a
#   parameter of integers needs this argument.
# - A parameter that is given to ``register_buffer`` is a buffer: the optimizer of
#   ``parameters()`` does not change it.
#
# Before you move or cast a model that has an optimizer already, read
# :doc:`/gallery/moving/optimizers_across_a_move`.
