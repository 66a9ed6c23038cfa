"""
How a module stores its state
=============================

A module keeps its parameters, its buffers and its submodules in three dictionaries of
its own, and everything else where Python keeps any attribute.

By the end of this page you can predict these lines:

>>> "offset" in vars(model), "factor" in vars(model)
(False, True)
>>> [name for name, _ in model.named_parameters()]
['gain', 'norm.bias']
>>> [name for name, _ in model.named_parameters(remove_duplicate=False)]
['gain', 'norm.weight', 'norm.bias']
"""

import torch

# %%
# This model holds one of each: a parameter, a buffer, a non-persistent buffer, a
# submodule, and a plain number.


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.gain = torch.nn.Parameter(torch.ones(2))
        self.register_buffer("offset", torch.zeros(2))
        self.register_buffer("mask", torch.ones(2), persistent=False)
        self.norm = torch.nn.BatchNorm1d(2)
        self.factor = 0.5

    def forward(self, x):
        return self.norm(x - self.offset) * self.gain * self.mask * self.factor


model = Model()
model(torch.eye(2)).shape

# %%
# .. _reg5:
#
# The names stand in three dictionaries, one for each kind, and in a set that says
# which buffers are not saved. All four are private: read them to debug, no more.

for name in ("_parameters", "_buffers", "_modules", "_non_persistent_buffers_set"):
    print(name, list(vars(model)[name]))

# %%
# Python keeps the number where it keeps any attribute, and does not find the buffer
# there. For a name that it does not find it calls ``__getattr__``. A module's own
# looks in the three dictionaries and nowhere else: it does not know the number.

print("factor" in vars(model), "offset" in vars(model))
print(model.__getattr__("offset") is model.offset)
try:
    model.__getattr__("factor")
except AttributeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# So an entry of ``vars(model)``, which is ``model.__dict__``, shadows a registered
# name. Code that writes there makes one. An assignment still goes to the registered
# buffer, but a read finds the entry: you read one tensor and save another.

vars(model)["offset"] = torch.ones(2)
model.offset = torch.full((2,), 0.5)
print(model.offset, model.state_dict()["offset"])

# %%
# Delete the entry, and both agree. ``del model.offset`` would be wrong here: it
# deletes the registered buffer.

del vars(model)["offset"]
print(model.offset, model.state_dict()["offset"])

# %%
# .. _reg13:
#
# ``__getattr__`` is also behind a message that misleads. This class forgets to
# register ``count``, and the error says that ``average`` is missing, which is there.


class Centre(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("total", torch.tensor(2.0))

    @property
    def average(self):
        return self.total / self.count

    def forward(self, x):
        return x - self.average


layer = Centre()
try:
    layer(torch.ones(2))
except AttributeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# The property raised an ``AttributeError``. Python takes that as "not found" and
# calls ``__getattr__``, which reports the name that it was asked for. Call the
# function of the property yourself to see the name that is missing, and register it.

try:
    Centre.average.fget(layer)
except AttributeError as error:
    print(f"{type(error).__name__}: {error}")

layer.register_buffer("count", torch.tensor(4.0))
layer(torch.ones(2))

# %%
# .. _enum1:
#
# .. since:: 1.6 persistent
#
# Back to the first model. ``named_buffers()`` walks through the buffers of the whole
# tree, non-persistent ones included. ``state_dict()`` leaves those out.

print([name for name, _ in model.named_buffers()])
print(list(model.state_dict()))

# %%
# No option asks for one kind of buffer only.

try:
    model.named_buffers(persistent=False)
except TypeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# A set difference finds the non-persistent buffers of the whole tree. The private set
# names them too, but only those of its own module.

buffers = dict(model.named_buffers(remove_duplicate=False))
hidden = buffers.keys() - model.state_dict().keys()
print(hidden, hidden == model._non_persistent_buffers_set)

# %%
# .. _enum2:
#
# .. since:: 2.0 remove_duplicate
#
# A tensor may have two names. Here a parameter of ``norm`` becomes the model's own
# ``gain``, and a buffer is registered once more. The iterators give each tensor once,
# under its first name. ``state_dict()`` has it under every name, and so have the
# iterators with ``remove_duplicate=False``.

model.norm.weight = model.gain
model.register_buffer("shift", model.offset)
print("norm.weight" in model.state_dict(), "shift" in model.state_dict())
for remove in (True, False):
    print([name for name, _ in model.named_parameters(remove_duplicate=remove)])
    print("shift" in dict(model.named_buffers(remove_duplicate=remove)))

# %%
# .. _enum3:
#
# .. since:: 1.9 get_parameter get_buffer get_submodule
#
# A dotted name leads back to its tensor or its module.

print(model.get_parameter("norm.bias") is model.norm.bias)
print(model.get_buffer("norm.running_mean") is model.norm.running_mean)
print(model.get_submodule("norm") is model.norm)

# %%
# Each of the three checks that it found its own kind.

for get, name in (
    (model.get_parameter, "norm.running_mean"),
    (model.get_buffer, "norm.bias"),
    (model.get_submodule, "norm.bias"),
):
    try:
        get(name)
    except AttributeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# With ``recurse=False`` the iterators leave the submodules out.

print([name for name, _ in model.named_parameters(recurse=False)])
print([name for name, _ in model.named_buffers(recurse=False)])

# %%
# .. rubric:: Remember
#
# - Registered names live in the module's own dictionaries, plain attributes in
#   ``vars(model)``. If both have a name, a read finds the plain one.
# - ``named_buffers()`` has every buffer once; ``state_dict()`` the persistent ones,
#   under every name. A slot that holds ``None`` :ref:`is in neither <enum4>`.
# - If a property is reported as missing, look for the ``AttributeError`` inside it.
