"""
Optimizer before or after ``.to(device)``?
==========================================

Move the model first, then create the optimizer. By default, an optimizer that was
created before the move still has the right parameters, but the tensors of its state
keep the old data type and the old device.
"""

# %%
# .. folded:: A network and a batch

import torch


def network():
    return torch.nn.Sequential(
        torch.nn.Linear(784, 512), torch.nn.ReLU(), torch.nn.Linear(512, 10)
    )


# sphinx_gallery_hide_state = "model, layer"
torch.manual_seed(0)
model, x = network(), torch.randn(32, 784)

# %%
# .. folded:: A layer with two weights of 1, and one step of training


def build():
    layer = torch.nn.Linear(2, 1, bias=False)
    torch.nn.init.ones_(layer.weight)
    return layer


def train(layer, optimizer, value=1):
    optimizer.zero_grad()
    layer(torch.full((1, 2), value, dtype=layer.weight.dtype)).sum().backward()
    optimizer.step()
    return layer.weight.detach()


# %%
# In short
# --------
#
# .. in-short:: model, x
#
# Create the optimizer after the move. If you cast or move the model between two steps,
# let the optimizer load its own ``state_dict`` before the next step.

import torch

device = "cuda" if torch.cuda.is_available() else "cpu"
model.to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
model(x.to(device)).sum().backward()
optimizer.step()

model.to(torch.float64)
optimizer.load_state_dict(optimizer.state_dict())
print({state["exp_avg"].dtype for state in optimizer.state.values()})

# %%
# .. _move3:
#
# Does an optimizer that was created before the move still train?
# ---------------------------------------------------------------
#
# Yes, if the optimizer has no state yet. It refers to the parameter objects, and a cast
# or a move :ref:`keeps these objects <move2>` by default. The gradient of each weight
# of ``layer`` is the input, 1, so a step of ``SGD`` with a learning rate of 0.5 lowers
# each weight from 1 to 0.5.

layer = build()
sgd = torch.optim.SGD(layer.parameters(), lr=0.5)
layer.to(torch.float64)
print(sgd.param_groups[0]["params"][0] is layer.weight)
print(train(layer, sgd))

# %%
# A move to or from the ``meta`` device :ref:`makes new parameters <move6>`, and
# :ref:`a setting of torch.__future__ <move7>` makes every cast do the same. The
# optimizer then keeps the old parameters: create it after the move.

layer.to("meta")
sgd.param_groups[0]["params"][0] is layer.weight

# %%
# Why does ``Adam`` raise an error after a cast?
# ----------------------------------------------
#
# In its first step ``Adam`` makes tensors of its own for each parameter: a counter and
# the first and second moments ``exp_avg`` and ``exp_avg_sq``. The module has no
# reference to these tensors, so a cast of the module leaves their data type as it was.


def state_of(optimizer, attribute):
    (state,) = optimizer.state.values()
    return {name: str(getattr(tensor, attribute)) for name, tensor in state.items()}


layer = build()
adam = torch.optim.Adam(layer.parameters(), lr=0.5)
train(layer, adam)
layer.to(torch.float64)
state_of(adam, "dtype")

# %%
# The next step combines the ``float64`` gradient with the ``float32`` moments and
# raises an error. ``Adam`` has counted this step already.

try:
    train(layer, adam)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")
print(adam.state[layer.weight]["step"])

# %%
# A move to another device, here ``meta``, leaves the state where it was.

layer.to("meta")
state_of(adam, "device")

# %%
# How do I cast or move the state?
# --------------------------------
#
# Let the optimizer load its own ``state_dict`` after the cast and before the next step.
# Loading casts the moments to the data type of their parameter. The counter stays
# ``float32``.

layer = build()
adam = torch.optim.Adam(layer.parameters(), lr=0.5)
train(layer, adam)
layer.to(torch.float64)
adam.load_state_dict(adam.state_dict())
print(state_of(adam, "dtype"))
print(train(layer, adam).dtype, adam.state[layer.weight]["step"])

# %%
# Loading also moves the moments to the device of their parameter, here ``meta``. The
# counter stays where it is, unless ``fused`` or ``capturable`` is set in the
# ``state_dict`` that is loaded: then the counter moves too. The optimizer ``other`` was
# created without these options.

layer = build()
adam = torch.optim.Adam(layer.parameters(), lr=0.5)
train(layer, adam)
for options in ({}, {"fused": True}, {"capturable": True}):
    saved = adam.state_dict()
    saved["param_groups"][0].update(options)
    other = torch.optim.Adam(layer.to("meta").parameters(), lr=0.5)
    other.load_state_dict(saved)
    print(options, state_of(other, "device"))

# %%
# ``SGD`` with momentum raises no error and keeps the old data type
# -----------------------------------------------------------------
#
# By default ``SGD`` adds a ``float32`` gradient to a ``bfloat16`` momentum without an
# error. The gradients here are 256 and then 1, so with ``momentum=1`` the momentum
# should be 257. ``bfloat16`` cannot represent 257, so the second gradient is lost,
# although the layer is ``float32``.

layer = build().to(torch.bfloat16)
sgd = torch.optim.SGD(layer.parameters(), lr=0.5, momentum=1)
train(layer, sgd, 256)
layer.to(torch.float32)
print(train(layer, sgd).dtype)
state_of(sgd, "dtype"), sgd.state[layer.weight]["momentum_buffer"]

# %%
# If the optimizer loads its own ``state_dict`` after the cast, the sum is right.

layer = build().to(torch.bfloat16)
sgd = torch.optim.SGD(layer.parameters(), lr=0.5, momentum=1)
train(layer, sgd, 256)
layer.to(torch.float32)
sgd.load_state_dict(sgd.state_dict())
train(layer, sgd)
sgd.state[layer.weight]["momentum_buffer"]

# %%
# .. _train5:
#
# A parameter that you assign later is not in the optimizer
# ---------------------------------------------------------
#
# An assignment, unlike a cast, gives the module another parameter object. ``held`` is
# the parameter in the optimizer.

replaced = build()
sgd = torch.optim.SGD(replaced.parameters(), lr=0.5)
held = sgd.param_groups[0]["params"][0]
held is replaced.weight

# %%
# After the assignment the optimizer still refers to the old parameter.

# sphinx_gallery_card
replaced.weight = torch.nn.Parameter(torch.zeros(1, 2))
held is replaced.weight

# %%
# .. identity:: replaced.weight, held
#
#    The module has the new parameter, the optimizer the old one.
#
# A step leaves the new weights at 0, and no error says so. ``zero_grad()`` of the
# optimizer does not reach the new parameter either, so its gradient accumulates: after
# the second step it is 2.

print(train(replaced, sgd))
print(train(replaced, sgd), replaced.weight.grad)

# %%
# To find such parameters, compare what the optimizer has with what the model has. Here
# the last layer of the network was replaced, as in fine-tuning.


def unknown(model, optimizer):
    known = {param for group in optimizer.param_groups for param in group["params"]}
    return [name for name, param in model.named_parameters() if param not in known]


model = network()
optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
model(x).sum().backward()
optimizer.step()
model[2] = torch.nn.Linear(512, 5)
unknown(model, optimizer)

# %%
# Create a new optimizer, which begins without state, or add the new parameters as a
# group. Then the optimizer keeps its state for the first layer. It also keeps the two
# parameters of the layer that was replaced: the model has four parameters, the
# optimizer six.

optimizer.add_param_group({"params": model[2].parameters()})
print(unknown(model, optimizer), [len(g["params"]) for g in optimizer.param_groups])
print(model[0].weight in optimizer.state, model[2].weight in optimizer.state)
fresh = torch.optim.Adam(model.parameters(), lr=0.001)
print(unknown(model, fresh), len(fresh.state))

# %%
# If only the values should change, write the values into the parameter that the module
# has, and the optimizer needs no change.

layer = build()
sgd = torch.optim.SGD(layer.parameters(), lr=0.5)
with torch.no_grad():
    layer.weight.zero_()
train(layer, sgd)

# %%
# Check yourself
# --------------
#
# Each question begins with a new ``float32`` layer, whose weights are 1.

layer = build()
adam = torch.optim.Adam(layer.parameters(), lr=0.5)
train(layer, adam)
layer.to(torch.float64)
layer.weight.dtype, adam.state[layer.weight]["exp_avg"].dtype

# %%
# .. check::
#
#    - ``(torch.float64, torch.float64)``
#    - ``(torch.float64, torch.float32)``
#    - ``(torch.float32, torch.float32)``
#
#    The weight is the same object with new data. The moments belong to the optimizer,
#    and the module does not reach them.

layer = build()
sgd = torch.optim.SGD(layer.parameters(), lr=0.5)
layer.weight = torch.nn.Parameter(torch.ones(1, 2))
train(layer, sgd)

# %%
# .. check::
#
#    - ``tensor([[1., 1.]])``
#    - ``tensor([[0.5000, 0.5000]])``
#
#    The optimizer refers to the parameter that the layer had before the assignment, so
#    the step does not change the new parameter.

layer = build()
sgd = torch.optim.SGD(layer.parameters(), lr=0.5)
layer.to(torch.float64)
train(layer, sgd)

# %%
# .. check::
#
#    - ``tensor([[1., 1.]], dtype=torch.float64)``
#    - ``tensor([[0.5000, 0.5000]], dtype=torch.float64)``
#
#    The cast keeps the parameter object, and ``SGD`` without momentum has no state that
#    could have the old data type.
#
# Remember
# --------
#
# - Move the model, then create the optimizer.
# - After a cast or a move between two steps:
#   ``optimizer.load_state_dict(optimizer.state_dict())``.
# - After you assign a parameter or replace a layer, create a new optimizer or add a
#   group.
#
# If you save the state of an optimizer and load it into another one, go on with
# :doc:`/gallery/resuming/optimizer_state`.
