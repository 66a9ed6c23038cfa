"""
Lists, dicts and a home-made BufferList
=======================================

A module registers what you assign to it, not what is inside a list, a tuple or a
dictionary that you assign.

By the end of this page you can predict these lines:

>>> [name for name, _ in Model().named_parameters()]
['last.weight', 'last.bias']
>>> hasattr(torch.nn, "BufferList"), hasattr(torch.nn, "BufferDict")
(False, False)
>>> [name for name, _ in BufferList([torch.ones(2)]).named_buffers()]
['0']
"""

import torch
from torch.nn import Buffer, Linear, Parameter

# %%
# This model keeps two layers in a list, and in another list a constant for each. Its
# last layer is an attribute.


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [Linear(2, 2), Linear(2, 2)]
        self.steps = [torch.ones(2), torch.zeros(2)]
        self.last = Linear(2, 1)

    def forward(self, x):
        for layer, step in zip(self.layers, self.steps, strict=True):
            x = layer(x) + step
        return self.last(x)


torch.manual_seed(0)
model = Model()
model(torch.ones(1, 2)).shape

# %%
# .. _reg2:
#
# It runs, but it has registered its last layer only. The same holds for tensors,
# parameters and modules, and for a list, a tuple and a dictionary: the model has two
# parameters, no buffer and one submodule, whatever you put there.

ones = torch.ones(2)
for value in (ones, Parameter(ones), Linear(2, 2)):
    for held in ([value], (value,), {"a": value}):
        model.held = held
        found = (model.parameters(), model.buffers(), model.children())
        print(type(value).__name__, type(held).__name__, [len(list(f)) for f in found])
del model.held

# %%
# An optimizer gets the two parameters of the last layer and does not complain. The
# first layer has a gradient, and a step leaves it as it was.

weight, before = model.layers[0].weight, model.layers[0].weight.tolist()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
model(torch.ones(1, 2)).sum().backward()
optimizer.step()
print(weight.grad is None, weight.tolist() == before)

# %%
# A cast or a move passes the lists by as well, so the model then fails.

model.to(torch.float64)
print(model.layers[0].weight.dtype, model.steps[0].dtype, model.last.weight.dtype)
try:
    model(torch.ones(1, 2, dtype=torch.float64))
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# A ``ModuleList`` is a module itself. The model registers it, and it registers what it
# holds, each under its index.

model.layers = torch.nn.ModuleList(model.layers)
list(model.state_dict())

# %%
# There are four such containers: for modules and for parameters, a list and a
# dictionary, which registers under the key. The constants are still missing.

model.activations = torch.nn.ModuleDict({"a": torch.nn.PReLU()})
model.scales = torch.nn.ParameterList([Parameter(ones)])
model.shifts = torch.nn.ParameterDict({"a": Parameter(ones)})
list(model.state_dict())

# %%
# .. _reg12:
#
# .. since:: 1.12
#
# None of the four is for buffers. ``ParameterList`` and ``ParameterDict`` wrap each
# tensor into a ``Parameter``, an ``nn.Buffer`` too: a constant in there is trained.

listed = torch.nn.ParameterList([ones, Buffer(ones)])
named = torch.nn.ParameterDict({"a": ones, "b": Buffer(ones)})
for container in (listed, named):
    print([(name, p.requires_grad) for name, p in container.named_parameters()])

# %%
# A tensor of integers cannot require a gradient, so wrapping it fails.

for container, key in ((listed, 0), (named, "a")):
    try:
        container[key] = torch.tensor([1, 2])
    except RuntimeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# A number stays what it is, as a plain attribute. It is not saved.

listed = torch.nn.ParameterList([ones, 0.5])
named = torch.nn.ParameterDict({"a": ones, "rate": 0.5})
print(vars(listed)["1"], vars(named)["rate"])
[*listed.state_dict(), *named.state_dict()]

# %%
# .. _pat9:
#
# torch has no ``BufferList`` and no ``BufferDict``. Write the list yourself: a module
# that registers each entry under its index. ``_buffers`` is private; it holds the
# entries in their order.


class BufferList(torch.nn.Module):
    def __init__(self, buffers=()):
        super().__init__()
        for buffer in buffers:
            self.append(buffer)

    def append(self, buffer, persistent=True):
        self.register_buffer(str(len(self)), buffer, persistent=persistent)

    def __len__(self):
        return len(self._buffers)

    def __getitem__(self, index):
        return list(self._buffers.values())[index]


# %%
# Now the constants are registered and move with the model, and its ``forward`` did not
# change. A non-persistent entry moves too, and is not saved.

model.steps = BufferList(model.steps)
print(model.to(torch.float64)(torch.ones(1, 2, dtype=torch.float64)).dtype)
print([name for name, _ in model.named_buffers()])
steps = BufferList([ones])
steps.append(ones, persistent=False)
print(len(steps), steps.to(torch.float64)[1].dtype, list(steps.state_dict()))

# %%
# A ``BufferDict`` registers each entry under its key. With ``keys()`` Python can make a
# dictionary of it.


class BufferDict(torch.nn.Module):
    def add(self, key, buffer, persistent=True):
        self.register_buffer(key, buffer, persistent=persistent)

    def keys(self):
        return self._buffers.keys()

    def __getitem__(self, key):
        return self._buffers[key]


# %%
# Cast one, and load its ``state_dict`` into another: the persistent entry gets the new
# value, the other one keeps its own.

tables, restored = BufferDict(), BufferDict()
for table, value in ((tables, ones), (restored, torch.zeros(2))):
    table.add("scale", value)
    table.add("cache", value.clone(), persistent=False)
print(dict(tables.to(torch.float64)))
restored.load_state_dict(tables.state_dict())
dict(restored)

# %%
# A key is also the name of an attribute. So it has no dot, and it is not the name of a
# method.

for key in ("layer.scale", "keys"):
    try:
        tables.add(key, ones)
    except KeyError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# .. rubric:: Remember
#
# - Python's lists, tuples and dictionaries hide what they hold from the module.
# - ``ModuleList``, ``ModuleDict``, ``ParameterList`` and ``ParameterDict`` register it.
#   The last two make a ``Parameter`` of every tensor.
# - For buffers write a module that calls ``register_buffer`` for each entry.
