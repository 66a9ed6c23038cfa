"""
Optimizers across a move
========================

An optimizer holds the parameter objects of a model and tensors of its own: a move keeps
the first and does not reach the second.

By the end of this page you can predict these lines:

>>> uncast.dtype, recast.dtype
(torch.bfloat16, torch.float32)
>>> stale.param_groups[0]["params"][0] is replaced.weight
False
>>> sgd.param_groups[0]["params"][0] is layer.weight
True
"""

import torch

# %%
# A layer has two weights of 1. The gradient of a weight is the input that it meets,
# here a 1, so a step of plain ``SGD`` with a rate of 0.5 lowers each weight by 0.5.


def build():
    layer = torch.nn.Linear(2, 1, bias=False)
    torch.nn.init.ones_(layer.weight)
    return layer


def train(layer, optimizer, value=1):
    optimizer.zero_grad()
    layer(torch.full((1, 2), value, dtype=layer.weight.dtype)).sum().backward()
    optimizer.step()
    return layer.weight.detach()


layer = build()
train(layer, torch.optim.SGD(layer.parameters(), lr=0.5))

# %%
# .. _move3:
#
# A cast keeps the parameter objects, as :ref:`the page on moves <move2>` shows. So an
# optimizer that was built before the cast still trains the model.

layer = build()
sgd = torch.optim.SGD(layer.parameters(), lr=0.5)
layer.to(torch.float64)
print(sgd.param_groups[0]["params"][0] is layer.weight)
print(train(layer, sgd))

# %%
# ``SGD`` without momentum keeps no more than that. ``Adam`` makes tensors of its own in
# its first step. The module does not know them: after the cast they have the data type
# that they had.

layer = build()
adam = torch.optim.Adam(layer.parameters(), lr=0.5)
train(layer, adam)
layer.to(torch.float64)
for name, tensor in adam.state[layer.weight].items():
    print(f"{name:10} {tensor.dtype}")

# %%
# The next step meets two data types and fails. It was counted all the same: ``Adam``
# now says two.

try:
    train(layer, adam)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")
print(adam.state[layer.weight]["step"])

# %%
# So cast the state before that step: give the optimizer its own ``state_dict``. Loading
# casts the averages to the data type of their parameter, and leaves ``step`` alone.

layer = build()
adam = torch.optim.Adam(layer.parameters(), lr=0.5)
train(layer, adam)
layer.to(torch.float64)
adam.load_state_dict(adam.state_dict())
for name, tensor in adam.state[layer.weight].items():
    print(f"{name:10} {tensor.dtype}")

# %%
# Now the step succeeds.

print(train(layer, adam).dtype, adam.state[layer.weight]["step"])

# %%
# Loading follows the parameter to another device too. The ``meta`` device shows it on
# every machine; the counter stays on the CPU.

layer = torch.nn.Linear(2, 1, bias=False, device="meta")
other = torch.optim.Adam(layer.parameters(), lr=0.5)
other.load_state_dict(adam.state_dict())
for name, tensor in other.state[layer.weight].items():
    print(f"{name:10} {tensor.device}")

# %%
# ``SGD`` with momentum does not fail. It trains on, and its momentum stays in the old
# data type. Here the gradients are 256 and 1, and momentum adds them.

layer = build().to(torch.bfloat16)
sgd = torch.optim.SGD(layer.parameters(), lr=0.5, momentum=1)
train(layer, sgd, 256)
layer.to(torch.float32)
print(train(layer, sgd).dtype)
uncast = sgd.state[layer.weight]["momentum_buffer"]
uncast

# %%
# ``bfloat16`` cannot hold 257, so the second gradient is lost, in a model that is
# ``float32``. With the same cure the sum is right.

layer = build().to(torch.bfloat16)
sgd = torch.optim.SGD(layer.parameters(), lr=0.5, momentum=1)
train(layer, sgd, 256)
layer.to(torch.float32)
sgd.load_state_dict(sgd.state_dict())
train(layer, sgd)
recast = sgd.state[layer.weight]["momentum_buffer"]
recast

# %%
# .. _train5:
#
# A move keeps the parameter objects; an assignment does not. Assign a new parameter,
# and the optimizer stays with the old one: a step leaves the new weights at 0.

replaced = build()
stale = torch.optim.SGD(replaced.parameters(), lr=0.5)
replaced.weight = torch.nn.Parameter(torch.zeros(1, 2))
print(train(replaced, stale))
print(stale.param_groups[0]["params"])

# %%
# Nothing fails. The optimizer's ``zero_grad()`` does not reach the new parameter
# either, so its gradient grows: a second step makes it 2.

train(replaced, stale)
replaced.weight.grad

# %%
# To find such parameters, compare what the optimizer holds with what the model has.

held = {param for group in stale.param_groups for param in group["params"]}
[name for name, param in replaced.named_parameters() if param not in held]

# %%
# If you want other values, write them into the parameter that is there.

layer = build()
sgd = torch.optim.SGD(layer.parameters(), lr=0.5)
with torch.no_grad():
    layer.weight.zero_()
train(layer, sgd)

# %%
# If you need another parameter, of another shape perhaps, build the optimizer after the
# assignment. It starts without state.

fresh = torch.optim.SGD(replaced.parameters(), lr=0.5)
print(train(replaced, fresh))

# %%
# .. rubric:: Remember
#
# - A move keeps an optimizer's parameters and leaves its state in the old data type.
#   Move first, then build the optimizer.
# - After a move in mid-training: ``optimizer.load_state_dict(optimizer.state_dict())``.
# - After assigning a parameter, build a new optimizer.
