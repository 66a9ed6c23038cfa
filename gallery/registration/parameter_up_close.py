"""
``nn.Parameter`` up close
=========================

``nn.Parameter`` makes a trainable leaf tensor on the storage of the tensor that you
give it, and a module registers it when it is assigned.

By the end of this page you can predict these lines:

>>> parameter.is_leaf, parameter.requires_grad
(True, True)
>>> [name for name, _ in Cast(torch.float32).named_parameters()]
['weight']
>>> [name for name, _ in Cast(torch.float64).named_parameters()]
[]
>>> type(layer.bias), "bias" in dict(layer.named_buffers())
(<class 'torch.nn.parameter.Parameter'>, True)
"""

import torch

# %%
# .. _reg9:
#
# A new parameter is a leaf tensor, one at which the backward pass ends. ``doubled``
# was computed from ``source``, but a gradient that arrives at the parameter made of it
# goes no further.

source = torch.ones(2, requires_grad=True)
doubled = source * 2
parameter = torch.nn.Parameter(doubled)
print(doubled.is_leaf, parameter.is_leaf)
parameter.sum().backward()
print(parameter.grad, source.grad)

# %%
# It shares its storage with the tensor that you gave. Editing that tensor edits the
# parameter.

start = torch.zeros(2)
torch.manual_seed(0)
layer = torch.nn.Linear(1, 2)
layer.bias = torch.nn.Parameter(start)
start.add_(0.5)
layer.bias

# %%
# Give it a copy if you go on using the tensor.

layer.bias = torch.nn.Parameter(start.clone())
start.add_(0.5)
layer.bias

# %%
# ``no_grad`` makes what you compute inside need no gradient. It does not make a
# parameter frozen: only ``requires_grad=False`` does.

with torch.no_grad():
    computed = source * 2
    parameter = torch.nn.Parameter(source * 2)
    frozen = torch.nn.Parameter(source * 2, requires_grad=False)
print(computed.requires_grad, parameter.requires_grad, frozen.requires_grad)

# %%
# .. _integer_parameter:
#
# An integer tensor cannot require a gradient, so it needs ``requires_grad=False``.

counts = torch.tensor([1, 2])
try:
    torch.nn.Parameter(counts)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")
torch.nn.Parameter(counts, requires_grad=False)

# %%
# .. _reg10:
#
# This class casts the parameter and not its value. Whether the module registers the
# weight depends on whether the cast has something to do.


class Cast(torch.nn.Module):
    def __init__(self, dtype):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(2)).to(dtype)

    def forward(self, x):
        return x * self.weight


for dtype in (torch.float32, torch.float64):
    model = Cast(dtype)
    model(torch.ones(2, dtype=dtype))
    print(model.weight.dtype, [name for name, _ in model.named_parameters()])

# %%
# A cast that does nothing returns the parameter itself. A real one returns its result,
# as any operation does: a plain tensor, not a leaf, which the module does not register.

print(parameter.to(torch.float32) is parameter)
print(type(model.weight), model.weight.is_leaf, "weight" in vars(model))

# %%
# A move does the same. The ``meta`` device, which every machine has, shows it. So such
# a line works where there is no GPU, and loses the parameter where there is one: the
# assertion holds on both.

for device in ("cpu", "meta"):
    moved = parameter.to(device)
    print(device, isinstance(moved, torch.nn.Parameter), moved.is_leaf)
moved = parameter.to("cuda" if torch.cuda.is_available() else "cpu")
assert isinstance(moved, torch.nn.Parameter) != torch.cuda.is_available()

# %%
# Move or cast the value, then make it a parameter.

model.weight = torch.nn.Parameter(torch.ones(2).to(torch.float64))
print(model.weight.dtype, [name for name, _ in model.named_parameters()])

# %%
# .. since:: 2.5 nn.Buffer
#
# The mark of an ``nn.Buffer`` is lost in the same way: by a cast or a move that has
# something to do, and by any arithmetic. What you assign is a plain tensor attribute.

model.same = torch.nn.Buffer(torch.ones(2)).to(torch.float32)
model.cast = torch.nn.Buffer(torch.ones(2)).to(torch.float64)
model.moved = torch.nn.Buffer(torch.ones(2)).to("meta")
model.product = torch.nn.Buffer(torch.ones(2)) * 1
[name for name, _ in model.named_buffers()]

# %%
# .. _reg11:
#
# ``register_buffer`` takes a parameter too, since a parameter is a tensor. The module
# lists it among its buffers, although it requires a gradient.

layer = torch.nn.Linear(2, 1)
del layer.bias
layer.register_buffer("bias", torch.nn.Parameter(torch.zeros(1)))
print([name for name, _ in layer.named_buffers()], layer.bias.requires_grad)
print([name for name, _ in layer.named_parameters()])

# %%
# So it gets a gradient, and an optimizer that is given ``parameters()`` never changes
# it.

torch.nn.init.zeros_(layer.weight)
optimizer = torch.optim.SGD(layer.parameters(), lr=0.5)
layer(torch.ones(1, 2)).sum().backward()
optimizer.step()
print(layer.bias.grad, layer.bias)
print(layer.weight)

# %%
# Decide which one it is. Assign a parameter or use ``register_parameter``; detach what
# is to be a buffer.

model.register_parameter("trained", torch.nn.Parameter(torch.zeros(1)))
model.register_buffer("fixed", torch.nn.Parameter(torch.zeros(1)).detach())
print([name for name, _ in model.named_parameters()])
print(model.fixed.requires_grad)

# %%
# .. _reg16:
#
# ``register_parameter`` is stricter than ``register_buffer``: it refuses a tensor that
# is not a parameter. The rules for names are :ref:`the same <reg3>`.

try:
    model.register_parameter("limit", torch.zeros(2))
except TypeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# It also refuses a parameter that is no longer a leaf. A frozen one ceases to be a leaf
# when you add to it, in place, something that requires a gradient.

frozen.add_(source)
print(frozen.is_leaf)
try:
    model.register_parameter("limit", frozen)
except ValueError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Compute such a value in ``forward``, or make a new leaf of it.

model.register_parameter("limit", torch.nn.Parameter(frozen))
model.limit.is_leaf

# %%
# .. rubric:: Remember
#
# - ``nn.Parameter`` cuts the graph, shares the storage, and requires a gradient unless
#   you say ``requires_grad=False``.
# - Cast or move the value first, then make it a parameter or an ``nn.Buffer``.
# - A parameter in ``register_buffer`` is a buffer: an optimizer does not see it.
