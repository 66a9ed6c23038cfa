"""
Tied and shared tensors after ``.to()``
=======================================

``model.to()`` keeps tied weights: in casts and in moves between CPU and GPU a parameter
under two names stays one object. A buffer under two names becomes two tensors when it
is converted, unless both names lead to one module that is used twice.
"""

# %%
# .. folded:: A layer that holds a position table

import torch


class Layer(torch.nn.Module):
    def __init__(self, position):
        super().__init__()
        size = position.shape[-1]
        self.linear = torch.nn.Linear(size, size)
        self.register_buffer("position", position)

    def forward(self, x):
        return x + self.linear(x + self.position[: x.shape[-2]])


# %%
# .. folded:: The model of this page, with tied weights and a shared buffer


class LanguageModel(torch.nn.Module):
    def __init__(self, words=1000, size=64):
        super().__init__()
        angle = torch.arange(512)[:, None] / 10_000 ** (torch.arange(size) / size)
        position = angle.sin()
        self.embed = torch.nn.Embedding(words, size)
        self.layers = torch.nn.Sequential(*(Layer(position) for _ in range(3)))
        self.head = torch.nn.Linear(size, words, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, tokens):
        return self.head(self.layers(self.embed(tokens)))


# sphinx_gallery_hide_state = "model, half, source, norms, first, second, layer, module"
torch.manual_seed(0)
model = LanguageModel()

# %%
# In short
# --------
#
# .. in-short:: model
#
# ``shared_names`` lists the names under which a model has one and the same parameter or
# buffer. Print the list before and after a move: what is missing in the second list
# must be shared again, or be held by one module.

import torch


def shared_names(model):
    names = {}
    for items in (model.named_parameters, model.named_buffers):
        for name, tensor in items(remove_duplicate=False):
            names.setdefault(id(tensor), []).append(name)
    return [group for group in names.values() if len(group) > 1]


print(shared_names(model))
model.to(torch.float64)
print(shared_names(model))

# %%
# .. _tie1:
#
# What keeps a tie of two parameters, and what ends it?
# -----------------------------------------------------
#
# Weights are tied if two names of a model refer to one ``Parameter`` object. A deep
# copy, a pickle of the whole model, a cast and a default load keep the tie, and
# ``parameters()`` returns the tied weight once.

import copy
import pickle


def is_tied(model):
    return model.head.weight is model.embed.weight


print(is_tied(copy.deepcopy(model)), is_tied(pickle.loads(pickle.dumps(model))))
model = LanguageModel().to(torch.bfloat16)
model.load_state_dict(LanguageModel().state_dict())
print(is_tied(model), len(list(model.parameters())), model.embed.weight.shape)

# %%
# New values for tied weights are written in place: both names show them. An assignment
# to one of the names ends the tie, since the other name still refers to the old
# parameter.

torch.nn.init.ones_(model.embed.weight)
print(is_tied(model), model.head.weight[0, 0].item())
model.embed.weight = torch.nn.Parameter(torch.zeros(1000, 64))
print(is_tied(model), model.head.weight[0, 0].item())

# %%
# .. since:: 2.1 load_state_dict(assign=True)
#
# A load with ``assign=True`` usually :ref:`ends the tie <load9>`: by default a
# ``state_dict`` has another tensor for each name, and each of them becomes a parameter.
# With ``keep_vars=True`` the ``state_dict`` has the parameters themselves. Then the tie
# stays, and the two models have all their parameters in common.

source = LanguageModel()
for keep_vars in (False, True):
    model = LanguageModel()
    model.load_state_dict(source.state_dict(keep_vars=keep_vars), assign=True)
    print(is_tied(model), model.head.weight is source.head.weight)

# %%
# .. _tie4:
#
# To tie a weight to the transpose of another one, have one parameter, and transpose it
# in ``forward``: ``t()`` copies nothing, and the gradients of both uses add up. This
# tie cannot be lost.


class Autoencoder(torch.nn.Module):
    def __init__(self, size=784, hidden=128):
        super().__init__()
        self.encoder = torch.nn.Linear(size, hidden)
        self.bias = torch.nn.Parameter(torch.zeros(size))

    def forward(self, x):
        hidden = self.encoder(x).clamp(min=0)
        return torch.nn.functional.linear(hidden, self.encoder.weight.t(), self.bias)


# sphinx_gallery_hide_state = "autoencoder, pair"
autoencoder = Autoencoder().to(torch.float64)
print(autoencoder(torch.ones(32, 784, dtype=torch.float64)).shape)
print([name for name, _ in autoencoder.named_parameters()])

# %%
# ``Parameter(weight.t())`` makes a second parameter on the same memory. Each of the two
# has a gradient and a place in the optimizer, and the first cast or move gives each a
# memory of its own: from then on a change of one is none of the other.

pair = torch.nn.Sequential(torch.nn.Linear(784, 128), torch.nn.Linear(128, 784))
pair[1].weight = torch.nn.Parameter(pair[0].weight.t())
for dtype in (torch.float32, torch.float64):
    torch.nn.init.normal_(pair.to(dtype)[0].weight)
    print(len(list(pair.parameters())), torch.equal(pair[1].weight, pair[0].weight.t()))

# %%
# .. _move5:
#
# Why does a shared buffer become several?
# ----------------------------------------
#
# To convert a parameter, ``to`` gives the parameter new content. To convert a buffer,
# ``to`` puts a new tensor into the module. The layers of this model share a position
# table, one buffer under three names: the cast puts a table of its own into each layer.

# sphinx_gallery_hide_state
model = LanguageModel()
print(len({id(layer.position) for layer in model.layers}), is_tied(model))

# %%
# The cast keeps the tie of the weights and ends the sharing of the table.

model.to(torch.float64)
print(len({id(layer.position) for layer in model.layers}))
print(is_tied(model), model.layers[0].position.shape)

# %%
# .. identity:: model.embed.weight, model.head.weight,
#    model.layers[0].position, model.layers[1].position
#
#    From left to right: names, objects, memory. Two of the three layers are shown.
#
# A buffer that needs no conversion stays shared: the first cast here is to the
# ``dtype`` that the layers have, and ``to`` casts no integers. A move to another device
# converts the counter too, so after it each of the two layers has its own.

norms = torch.nn.Sequential(torch.nn.BatchNorm2d(64), torch.nn.BatchNorm2d(64))
shared = ("running_mean", "num_batches_tracked")
for name in shared:
    setattr(norms[1], name, getattr(norms[0], name))
for target in (torch.float32, torch.float64, "meta"):
    norms.to(target)
    print([getattr(norms[1], name) is getattr(norms[0], name) for name in shared])

# %%
# A move keeps every module object. So let one module hold the buffer, and use this
# module in several places: the table stays one tensor through every move. The
# ``state_dict`` has a key for each place.


class Positions(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        angle = torch.arange(512)[:, None] / 10_000 ** (torch.arange(size) / size)
        self.register_buffer("table", angle.sin())

    def forward(self, x):
        return x + self.table[: x.shape[-2]]


def stack(size):
    positions = Positions(size)
    first, second = (torch.nn.Linear(size, size) for _ in range(2))
    return torch.nn.Sequential(positions, first, positions, second)


layers = stack(64).to(torch.float64)
print(layers[0].table is layers[2].table, layers[0].table.dtype)
print(list(layers.state_dict()))

# %%
# .. _pra12:
#
# Which buffers change together until the first move?
# ---------------------------------------------------
#
# ``register_buffer`` copies nothing. Two buffers that are registered from one tensor
# are one tensor: here each call is meant to move the average towards its input, and
# moves the codes too, so the output changes. After the first cast the two are apart,
# and the same calls give one output. So a model can give other numbers on a GPU than on
# the CPU.


class Codebook(torch.nn.Module):
    def __init__(self, codes, average):
        super().__init__()
        self.register_buffer("embed", codes)
        self.register_buffer("embed_avg", average)

    def forward(self, x):
        self.embed_avg.lerp_(x.detach().mean(0), 0.5)
        return torch.nn.functional.linear(x, self.embed)


# sphinx_gallery_hide_state = "codebook, cloned, table"
x, codes = torch.ones(32, 128), torch.zeros(1024, 128)
codebook = Codebook(codes, codes)
print([codebook(x)[0, 0].item() for _ in range(3)])
codebook.to(torch.float64)
print([codebook(x.double())[0, 0].item() for _ in range(3)])

# %%
# A load writes into the one tensor twice, without an error: the value of ``embed_avg``
# overwrites the value of ``embed``. Register a clone, and the two buffers are apart
# from the start.

state = {"embed": torch.ones(1024, 128), "embed_avg": torch.full((1024, 128), 5.0)}
cloned = Codebook(codes, codes.clone())
for module in (Codebook(codes, codes), cloned):
    print(module.load_state_dict(state), module.embed[0, 0].item())
print([cloned(x)[0, 0].item() for _ in range(3)])

# %%
# A buffer that is a slice of another buffer is a view of it: another object on the same
# memory. A move that converts the two gives each a memory of its own. Register the
# whole tensor only, and take the slice in ``forward``.

table = torch.nn.Module()
table.register_buffer("whole", torch.zeros(4096, 64))
table.register_buffer("first", table.whole[:512])
for dtype in (torch.float32, torch.float64):
    table.to(dtype).whole.add_(1)
    print(table.whole[0, 0].item(), table.first[0, 0].item())

# %%
# .. _move6:
#
# Why do ties end on ``meta`` and in ``to_empty``?
# ------------------------------------------------
#
# A parameter object cannot change from a tensor with memory to a tensor without. So a
# move to ``meta`` makes a new parameter for each name. A cast of a model that already
# is on ``meta`` keeps the parameters.

model = LanguageModel()
weight = model.head.weight
print(model.to("meta").head.weight is weight, is_tied(model))
model.head.weight = weight = model.embed.weight
print(model.to(torch.bfloat16).head.weight is weight, is_tied(model))

# %%
# .. since:: 1.9 Module.to_empty
#
# ``to_empty``, which gives a model on ``meta`` memory on a real device, makes new
# parameters as well. An optimizer that was created before ``to_empty`` refers to the
# old ones: its step leaves the model as it is, without an error.


def trains(optimizer, model):
    before = model.embed.weight.detach().clone()
    model.zero_grad()
    model(torch.tensor([[5, 7, 9]])).sum().backward()
    optimizer.step()
    return not torch.equal(model.embed.weight, before)


with torch.device("meta"):
    model = LanguageModel()
early = torch.optim.SGD(model.parameters(), lr=0.1)
print(is_tied(model))
model.to_empty(device="cpu").load_state_dict(LanguageModel().state_dict())
print(is_tied(model), trains(early, model))

# %%
# After the load the two weights are equal, and the output is right. But they are two
# parameters, and training makes them differ. Tie the weights again before you create
# the optimizer.

model.head.weight = model.embed.weight
late = torch.optim.SGD(model.parameters(), lr=0.1)
print(is_tied(model), trains(late, model), len(list(model.parameters())))

# %%
# .. _move7:
#
# Which settings change what a move keeps?
# ----------------------------------------
#
# .. since:: 1.4 set_overwrite_module_params_on_conversion
#
# Two functions of ``torch.__future__`` do, for the whole process. After
# ``set_overwrite_module_params_on_conversion(True)`` every cast makes new parameters,
# as a move to ``meta`` does.


def kept(target):
    model = LanguageModel()
    weight, position = model.head.weight, model.layers[0].position
    model.to(target)
    return (
        model.head.weight is weight,
        is_tied(model),
        model.layers[0].position is position,
    )


usual = kept(torch.float64)
torch.__future__.set_overwrite_module_params_on_conversion(True)
overwritten = kept(torch.float64)
torch.__future__.set_overwrite_module_params_on_conversion(False)
print(usual, overwritten)

# %%
# .. since:: 2.3 set_swap_module_params_on_conversion
#
# After ``set_swap_module_params_on_conversion(True)`` a move keeps the parameter
# objects and swaps their content, so ties survive a move to ``meta`` too. Buffers are
# still replaced.

torch.__future__.set_swap_module_params_on_conversion(True)
swapped = [kept(target) for target in (torch.float64, "meta")]
torch.__future__.set_swap_module_params_on_conversion(False)
print(*swapped)

# %%
# .. _shd8:
#
# A parameter to which a weak reference exists cannot be swapped, nor a parameter that
# autograd keeps for a backward pass, here for the product. Drop the weak reference,
# or the output of the forward pass, before the move.

import weakref

import torch

layer = torch.nn.Linear(64, 64)
torch.__future__.set_swap_module_params_on_conversion(True)
for refer in (weakref.ref, lambda weight: weight @ weight):
    reference = refer(layer.weight)
    try:
        layer.to(torch.float64)
    except RuntimeError as error:
        print(f"{type(error).__name__}: {error}")
        print(error.__cause__)
del reference
print(layer.to(torch.float64).weight.dtype)
torch.__future__.set_swap_module_params_on_conversion(False)

# %%
# .. _pra17:
#
# Does an equal address mean a tie?
# ---------------------------------
#
# No: compare objects with ``is``. ``data_ptr`` is 0 for every tensor on ``meta`` and
# for every tensor without elements, so tensors that have nothing to do with each other
# have equal addresses.

first, second = (torch.nn.Linear(64, 64, device="meta") for _ in range(2))
print(first.weight.data_ptr(), second.weight.data_ptr())
print(torch.empty(0).data_ptr(), torch.empty(0).data_ptr())

# %%
# The other way round, a slice with another address can use the same memory. Compare the
# addresses of ``untyped_storage()`` to find out.

whole = torch.zeros(4096, 64)
later = whole[512:]
print(later.data_ptr() == whole.data_ptr())
print(later.untyped_storage().data_ptr() == whole.untyped_storage().data_ptr())

# %%
# After a load with ``assign=True`` the two weights are two parameters with one address.
# The next real cast gives each a memory of its own; a cast to the same ``dtype`` does
# not.

half = LanguageModel()
half.load_state_dict(LanguageModel().state_dict(), assign=True)
for dtype in (torch.float32, torch.float64):
    first, second = half.to(dtype).embed.weight, half.head.weight
    print(first is second, first.data_ptr() == second.data_ptr())

# %%
# Check yourself
# --------------
#
# Each question begins with a new model: tied weights, and three layers that share a
# position table.

model = LanguageModel().bfloat16()
is_tied(model), model.layers[0].position is model.layers[1].position

# %%
# .. check::
#
#    - ``(True, True)``
#    - ``(True, False)``
#    - ``(False, False)``
#
#    The cast keeps the parameter object. The buffer of each layer is replaced by a new
#    tensor.

model = LanguageModel().to(torch.float32)
is_tied(model), model.layers[0].position is model.layers[1].position

# %%
# .. check::
#
#    - ``(True, True)``
#    - ``(True, False)``
#
#    The model is ``float32`` already, so there is nothing to convert.

model = LanguageModel().to("meta").to_empty(device="cpu")
len(LanguageModel().state_dict()), len(list(model.parameters()))

# %%
# .. check::
#
#    - ``(11, 7)``
#    - ``(11, 8)``
#    - ``(10, 7)``
#
#    Each of the three layers has a weight, a bias and a table, and the two names of the
#    embedding are two keys. On ``meta`` these two names became two parameters.
#
# Remember
# --------
#
# - A tie of parameters survives casts, moves between CPU and GPU, deep copies and
#   default loads. A move to ``meta``, ``to_empty`` from ``meta``, a load with
#   ``assign=True`` and an assignment end it.
# - Two names of a buffer, or a buffer and a view of it, no longer share memory after a
#   move that converts them. Let one module hold a buffer that is to be shared.
# - Two buffers from one tensor need a ``clone``.
# - After ``to_empty`` load, tie again, then create the optimizer.
#
# Before you save a model with tied weights in safetensors, read
# :doc:`/gallery/scale/tied_weights`.
