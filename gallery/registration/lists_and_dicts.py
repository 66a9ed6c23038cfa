"""
Layers in a list: ``ModuleList``, ``ParameterList``
===================================================

Layers and parameters in a Python list, tuple or dictionary are not registered:
``model.parameters()`` does not return them, so an optimizer does not train them, ``to``
does not move them, and the ``state_dict`` lacks them. ``ModuleList`` registers layers,
``ParameterList`` registers parameters, and for several buffers you write a small
module.
"""

# %%
# In short
# --------
#
# .. in-short::
#
# Put layers into a ``ModuleList`` and parameters into a ``ParameterList``, and assign
# both to the module in ``__init__``. A loop runs over them as over Python lists. The
# keys of the ``state_dict`` show that everything is registered.

import torch
from torch import nn


class Network(nn.Module):
    def __init__(self, width=256, depth=2):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.scales = nn.ParameterList(torch.full((width,), 0.1) for _ in range(depth))

    def forward(self, x):
        for layer, scale in zip(self.layers, self.scales, strict=True):
            x = x + scale * layer(x)
        return x


print(*Network().state_dict())

# %%
# .. _reg2:
#
# What happens to layers in a Python list?
# ----------------------------------------
#
# ``PlainNetwork`` has a list of layers and a list of parameters, and in addition the
# layer ``last``, which is an attribute of its own. A call of the model works. ``print``
# shows the registered submodules of a model: here ``last`` alone.


class PlainNetwork(nn.Module):
    def __init__(self, width=256):
        super().__init__()
        self.layers = [nn.Linear(width, width), nn.Dropout()]
        self.scales = [nn.Parameter(torch.ones(width))]
        self.last = nn.Linear(width, 10)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.last(x * self.scales[0])


# sphinx_gallery_hide_state
torch.manual_seed(0)
model = PlainNetwork()
print(model(torch.ones(32, 256)).shape)
print(model)

# %%
# A list, a tuple and a dictionary hide their content in the same way, whether the
# content is a tensor, a parameter or a module: the model has the two parameters of
# ``last``, no buffer and one submodule, whatever is put into ``held``.

# sphinx_gallery_hide_state
for value in (torch.ones(256), nn.Parameter(torch.ones(256)), nn.Linear(256, 256)):
    for held in ([value], (value,), {"a": value}):
        model.held = held
        found = (model.parameters(), model.buffers(), model.children())
        print(type(value).__name__, type(held).__name__, [len(list(f)) for f in found])
del model.held

# %%
# ``model.parameters()`` gives the optimizer the parameters of ``last`` alone. The layer
# in the list gets a gradient in the backward pass, the step of the optimizer leaves the
# weight of this layer unchanged, and no error says so.

# sphinx_gallery_hide_state
weight, before = model.layers[0].weight, model.layers[0].weight.detach().clone()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
model(torch.ones(32, 256)).sum().backward()
optimizer.step()
print(weight.grad.shape, torch.equal(weight, before))

# %%
# If all layers and parameters of a model are in Python lists, ``model.parameters()`` is
# empty, and the optimizer raises an error.

# sphinx_gallery_hide_state
model.last = None
try:
    torch.optim.Adam(model.parameters())
except ValueError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# ``eval()`` does not reach the layers in the list either: the dropout stays in training
# mode. ``to`` converts the layer ``last`` and leaves the lists as they are, so the next
# call raises an error. In the panel, the tensors in the lists are plain attributes.

# sphinx_gallery_card
model = PlainNetwork().eval().to(torch.float64)
print(model.training, model.layers[1].training)
try:
    model(torch.ones(32, 256, dtype=torch.float64))
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Make a ``ModuleList`` of the list of layers and a ``ParameterList`` of the list of
# parameters, and ``eval`` and ``to`` reach them.

model.layers = nn.ModuleList(model.layers)
model.scales = nn.ParameterList(model.scales)
model.eval().to(torch.float64)
print(model.layers[1].training, model(torch.ones(32, 256, dtype=torch.float64)).shape)
print(*model.state_dict())

# %%
# .. _lists1:
#
# Which containers register what they hold?
# -----------------------------------------
#
# torch has five containers. ``Sequential``, ``ModuleList`` and ``ModuleDict`` are for
# modules, ``ParameterList`` and ``ParameterDict`` for parameters. The name of an entry
# is its index, or in the two dictionaries its key.

# sphinx_gallery_hide_state = "layer, activation"
layer, activation = nn.Linear(64, 64, bias=False), nn.PReLU()
for container in (
    nn.Sequential(layer, activation),
    nn.ModuleList([layer, activation]),
    nn.ModuleDict({"layer": layer, "activation": activation}),
    nn.ParameterList([torch.ones(64), torch.zeros(64)]),
    nn.ParameterDict({"scale": torch.ones(64), "shift": torch.zeros(64)}),
):
    print(type(container).__name__, list(container.state_dict()))

# %%
# ``Sequential`` has a ``forward``, which calls the modules one after the other.
# ``ModuleList`` and ``ModuleDict`` have none: they cannot be called, and your
# ``forward`` calls their entries.

print(nn.Sequential(layer, activation)(torch.ones(32, 64)).shape)
try:
    nn.ModuleList([layer, activation])(torch.ones(32, 64))
except NotImplementedError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# An entry of a ``ModuleList`` is a module or ``None``, so a list of lists needs a
# ``ModuleList`` for each inner list too.

# sphinx_gallery_hide_state = "stages"
try:
    nn.ModuleList([[layer, activation], [nn.PReLU()]])
except TypeError as error:
    print(f"{type(error).__name__}: {error}")
stages = nn.ModuleList(nn.ModuleList(s) for s in ([layer, activation], [nn.PReLU()]))
print(*stages.state_dict())

# %%
# ``[layer] * 3`` is a list with the same layer three times: the three entries share one
# weight, and the three keys of the ``state_dict`` lead to this weight. Call the class
# in a comprehension to get three layers.

# sphinx_gallery_hide_state = "repeated, apart"
repeated = nn.ModuleList([layer] * 3)
apart = nn.ModuleList(nn.Linear(64, 64, bias=False) for _ in range(3))
print(len(list(repeated.parameters())), len(list(apart.parameters())))
print(*repeated.state_dict())

# %%
# .. _lists2:
#
# What happens to the keys when I delete a layer?
# -----------------------------------------------
#
# A ``ModuleList`` and a ``Sequential`` number their entries again, and an older file
# has the old numbers. If the shapes match, a load with ``strict=False`` gives the
# layers the wrong weights: the layer that was number 1 gets the weight of the deleted
# layer.

saved = {key: tensor.clone() for key, tensor in apart.state_dict().items()}
del apart[0]
print(*apart.state_dict())
print(apart.load_state_dict(saved, strict=False))
print([torch.equal(apart[0].weight, saved[f"{i}.weight"]) for i in range(2)])

# %%
# Put an ``Identity`` in the place of the layer, and the other layers keep their
# numbers. The report of the load then names the key of the layer that is gone, and the
# layer that was number 1 gets its own weight.

apart = nn.ModuleList(nn.Linear(64, 64, bias=False) for _ in range(3))
apart[0] = nn.Identity()
print(apart.load_state_dict(saved, strict=False))
print([torch.equal(apart[1].weight, saved[f"{i}.weight"]) for i in range(2)])

# %%
# A key of a ``ModuleDict`` or a ``ParameterDict`` is a name in the module: it has no
# dot, and it is not the name of a method, such as ``keys`` or ``to``.

for key in ("layer1.0", "keys"):
    try:
        nn.ModuleDict({key: layer})
    except KeyError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# .. _lists3:
#
# The names that ``named_modules()`` returns have dots. Replace the dots before you use
# such names as keys.

# sphinx_gallery_hide_state = "heads"
import torch

channels = {"layer1.0": 256, "layer2.0": 512}
heads = torch.nn.ModuleDict(
    {name.replace(".", "_"): torch.nn.Conv2d(c, 64, 1) for name, c in channels.items()}
)
print({key: tuple(tensor.shape) for key, tensor in heads.state_dict().items()})

# %%
# If an entry of a ``ModuleDict`` is deleted, the other entries keep their keys.

del heads["layer1_0"]
print(*heads.state_dict())

# %%
# .. _reg12:
#
# What does ``ParameterList`` make of a buffer?
# ---------------------------------------------
#
# .. since:: 1.12
#
# ``ParameterList`` and ``ParameterDict`` wrap every tensor that is no ``Parameter``
# into a ``Parameter``, and an ``nn.Buffer`` too. The new ``Parameter`` requires a
# gradient, so an optimizer trains what was meant to be a constant.

# sphinx_gallery_hide_state = "listed, named"
listed = nn.ParameterList([torch.ones(80), nn.Buffer(torch.ones(80))])
named = nn.ParameterDict({"mean": torch.ones(80), "std": nn.Buffer(torch.ones(80))})
for container in (listed, named):
    print([(name, p.requires_grad) for name, p in container.named_parameters()])

# %%
# A tensor of integers cannot require a gradient, so wrapping it raises an error.

index = torch.arange(49)[:, None] - torch.arange(49) + 48
for container, key in ((listed, 0), (named, "mean")):
    try:
        container[key] = index
    except RuntimeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# A number or a Python list in a ``ParameterList`` becomes a plain attribute: it is not
# registered, so the ``state_dict`` lacks it.

# sphinx_gallery_hide_state = "listed"
listed = nn.ParameterList([torch.ones(80), 0.5, [torch.ones(80)]])
print(len(listed), listed[1], list(listed.state_dict()))

# %%
# .. _pat9:
#
# How do I keep a list of buffers?
# --------------------------------
#
# torch has no ``BufferList`` and no ``BufferDict``, and ``register_buffer`` takes no
# list and no dictionary.

print(hasattr(nn, "BufferList"), hasattr(nn, "BufferDict"))
try:
    nn.Module().register_buffer("scales", {"weight": torch.ones(64)})
except TypeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# If the tensors have the same shape, stack them and register one buffer. If the shapes
# differ, this module registers each tensor under its index.


class BufferList(nn.Module):
    def __init__(self, buffers=(), persistent=True):
        super().__init__()
        self.size = 0
        for buffer in buffers:
            self.append(buffer, persistent)

    def append(self, buffer, persistent=True):
        self.register_buffer(str(self.size), buffer, persistent=persistent)
        self.size += 1

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        return getattr(self, str(range(self.size)[index]))


# %%
# ``FeatureNorm`` subtracts a mean from each feature map of a network. The maps have
# different numbers of channels, and so have the means. ``to`` converts the means, and
# the ``state_dict`` has a key for each.


class FeatureNorm(nn.Module):
    def __init__(self, means):
        super().__init__()
        self.means = BufferList(means)

    def forward(self, *maps):
        return [x - mean for x, mean in zip(maps, self.means, strict=True)]


norm = FeatureNorm([torch.full((256, 1, 1), 0.5), torch.ones(512, 1, 1)]).bfloat16()
maps = torch.ones(8, 256, 28, 28).bfloat16(), torch.ones(8, 512, 14, 14).bfloat16()
print([(tuple(x.shape), x.dtype) for x in norm(*maps)])
print(*norm.state_dict())

# %%
# Each entry of a ``BufferList`` may be persistent or not. A non-persistent entry is
# converted with the others, and the ``state_dict`` lacks it.

# sphinx_gallery_hide_state = "norm"
norm.means.append(torch.zeros(1024, 1, 1), persistent=False)
norm.double()
print(len(norm.means), norm.means[-1].dtype, *norm.state_dict())

# %%
# ``BufferDict`` registers each tensor under its key. As it has ``keys()`` and
# ``__getitem__``, ``dict()`` makes a dictionary of it.


class BufferDict(nn.Module):
    def __init__(self, buffers, persistent=True):
        super().__init__()
        for key, buffer in buffers.items():
            self.register_buffer(key, buffer, persistent=persistent)

    def keys(self):
        return dict(self.named_buffers(remove_duplicate=False)).keys()

    def __getitem__(self, key):
        return self.get_buffer(key)


# sphinx_gallery_hide_state = "tables, restored"
tables = BufferDict({"window7": index, "window8": torch.zeros(64, 64)})
restored = BufferDict({"window7": index + 1, "window8": torch.ones(64, 64)})
print(restored.load_state_dict(tables.state_dict()))
print({key: tuple(table.shape) for key, table in dict(restored).items()})
print(torch.equal(restored["window7"], index))

# %%
# The keys of a ``BufferDict`` have the limits of the keys of a ``ModuleDict``.

for key in ("layer.scale", "keys"):
    try:
        BufferDict({key: torch.ones(64)})
    except KeyError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# Check yourself
# --------------
#
# ``PlainNetwork`` has a layer and a dropout in a Python list, one ``Parameter`` in
# another list, and the layer ``last``. A ``Linear`` has a weight and a bias.

# sphinx_gallery_hide_state = "model"
model = PlainNetwork()
len(list(model.parameters()))

# %%
# .. check::
#
#    - ``5``
#    - ``3``
#    - ``2``
#
#    Only ``last`` is registered, with a weight and a bias. A ``Parameter`` in a Python
#    list is not registered either.

# sphinx_gallery_hide_state = "blocks"
blocks = nn.ModuleList([nn.Linear(256, 256)] * 3)
len(list(blocks.parameters()))

# %%
# .. check::
#
#    - ``6``
#    - ``2``
#
#    The list has one layer three times, and ``parameters()`` returns each parameter
#    once.

# sphinx_gallery_hide_state = "constants"
constants = nn.ParameterList([nn.Buffer(torch.ones(80))])
len(list(constants.buffers())), constants[0].requires_grad

# %%
# .. check::
#
#    - ``(1, False)``
#    - ``(0, False)``
#    - ``(0, True)``
#
#    A ``ParameterList`` wraps the buffer into a ``Parameter`` that requires a gradient.
#
# Remember
# --------
#
# - A module does not register what is in a Python list, tuple or dictionary.
# - ``Sequential``, ``ModuleList`` and ``ModuleDict`` register modules;
#   ``ParameterList`` and ``ParameterDict`` register parameters and turn every other
#   tensor into one.
# - For buffers, stack the tensors or write a module that calls ``register_buffer`` for
#   each.
# - A deleted entry renumbers the rest of a ``ModuleList``: put an ``Identity`` in its
#   place.
#
# If the layers in the list are registered now and some of them should not be trained,
# read :doc:`/gallery/training/freezing`.
