"""
Load a model built on ``meta``: garbage buffers
===============================================

A load fills the parameters and the persistent buffers of a model that was built on
``meta``. Compute its non-persistent buffers yourself: after ``to_empty`` they hold
garbage, and after a load with ``assign=True`` they are still on ``meta``.
"""

# %%
# .. folded:: The rotary table of this page, a non-persistent buffer

import torch


def rotary_table(head_dim, length, device=None):
    pairs = torch.arange(0, head_dim, 2, dtype=torch.float32, device=device)
    position = torch.arange(length, dtype=torch.float32, device=device)
    angle = torch.outer(position, 10_000 ** (-pairs / head_dim))
    return torch.stack((angle.cos(), angle.sin()), dim=-1)


class Rotary(torch.nn.Module):
    def __init__(self, head_dim, length=4096):
        super().__init__()
        self.register_buffer("table", rotary_table(head_dim, length), persistent=False)

    def forward(self, x):
        cos, sin = self.table[: x.shape[-2], :, 0], self.table[: x.shape[-2], :, 1]
        first, second = x.split(x.shape[-1] // 2, dim=-1)
        pairs = first * cos - second * sin, second * cos + first * sin
        return torch.cat(pairs, dim=-1).to(x.dtype)


# %%
# .. folded:: An attention layer that uses the table

import torch.nn.functional as F


class Attention(torch.nn.Module):
    def __init__(self, width=256, heads=4, rotary=Rotary):
        super().__init__()
        self.heads, self.head_dim = heads, width // heads
        self.qkv = torch.nn.Linear(width, 3 * width)
        self.out = torch.nn.Linear(width, width)
        self.rotary = rotary(self.head_dim)

    def forward(self, x):
        parts = self.qkv(x).split(x.shape[-1], dim=-1)
        heads = (torch.stack(part.split(self.head_dim, -1), 1) for part in parts)
        query, key, value = heads  # (1, 4, 16, 64)
        query, key = self.rotary(query), self.rotary(key)
        y = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        return self.out(torch.cat([y[:, head] for head in range(self.heads)], dim=-1))


# %%
# .. folded:: The decoder of this page, with tied weights


class Decoder(torch.nn.Module):
    def __init__(self, words=1000, width=256, rotary=Rotary):
        super().__init__()
        self.embed = torch.nn.Embedding(words, width)
        self.attention = Attention(width, rotary=rotary)
        self.head = torch.nn.Linear(width, words, bias=False)
        self.tie()

    def tie(self):
        self.head.weight = self.embed.weight

    def forward(self, tokens):
        x = self.embed(tokens)
        return self.head(x + self.attention(x))


# %%
# .. folded:: A decoder and a file of its state

import io


def saved(module):
    file = io.BytesIO()
    torch.save(module.state_dict(), file)
    file.seek(0)
    return file


# sphinx_gallery_hide_state = "trained, model"
device = "cuda" if torch.cuda.is_available() else "cpu"
torch.manual_seed(0)
trained = Decoder().to(device)
file, tokens = saved(trained), torch.arange(16, device=device)[None]

# %%
# In short
# --------
#
# .. in-short:: Decoder, rotary_table, file, tokens
#
# Build the model on ``meta`` and load with ``assign=True``; without ``assign=True``
# :ref:`the load writes nothing <load12>`. Then list the buffers that have no key in the
# ``state_dict``, and compute each of them as the constructor does, here the table of
# RoPE. Tie the weights again, and create the optimizer last.

import torch

device = "cuda" if torch.cuda.is_available() else "cpu"
with torch.device("meta"):
    model = Decoder()
state = torch.load(file, map_location=device)
model.load_state_dict(state, assign=True)
print(dict(model.named_buffers()).keys() - state.keys())
model.attention.rotary.table = rotary_table(64, 4096, device)
model.tie()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
print(model(tokens).shape, len(list(model.parameters())))

# %%
# .. _meta3:
#
# What does the load leave out?
# -----------------------------
#
# .. since:: 1.9 Module.to_empty
#
# The load leaves out every non-persistent buffer: the buffer has no key, so no key is
# missing. Such a buffer is the rotary table of the attention layer, whose values are
# garbage after ``to_empty``. Garbage :ref:`differs from run to run <meta2>`; to show
# it, the next cell switches on deterministic algorithms while ``to_empty`` runs, and
# torch writes ``nan`` into the new memory.


def with_nan(model):
    tensors = [*model.named_parameters(), *model.named_buffers()]
    return [name for name, tensor in tensors if torch.isnan(tensor).any()]


# sphinx_gallery_hide_state = "emptied"
with torch.device("meta"):
    emptied = Attention()
torch.use_deterministic_algorithms(True)
emptied.to_empty(device=device)
torch.use_deterministic_algorithms(False)
print(emptied.load_state_dict(torch.load(saved(trained.attention))))
print(with_nan(emptied))

# %%
# The load reports that all keys matched, and there is neither a warning nor an error.
# The output of the layer is ``nan`` in every element. Switch deterministic algorithms
# off before the model runs, as here: while they are on, an operation for which torch
# has no deterministic version raises an error.

x = torch.ones(1, 16, 256, device=device)
print(torch.isnan(emptied(x)).sum().item(), 16 * 256)

# %%
# .. since:: 2.1 load_state_dict(assign=True)
#
# With ``assign=True`` the model needs no ``to_empty``. Before the load all five tensors
# are on ``meta``.

with torch.device("meta"):
    assigned = Attention()
assigned.rotary.table.shape

# %%
# The load reports the same as before. The panel shows that the parameters have values
# and the table is still on ``meta``. The call raises an error.

# sphinx_gallery_card
state = torch.load(saved(trained.attention))
print(assigned.load_state_dict(state, assign=True))
try:
    assigned(x)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# To list the non-persistent buffers, take the names of all buffers and leave out the
# keys of the ``state_dict`` of the model. With ``remove_duplicate=False`` a buffer that
# several modules register is listed under each of its names. A hook that renames the
# key of a buffer puts the buffer on the list by mistake.


def unsaved(model):
    buffers = dict(model.named_buffers(remove_duplicate=False))
    return sorted(buffers.keys() - model.state_dict().keys())


print(unsaved(assigned), unsaved(torch.nn.BatchNorm2d(64)))

# %%
# .. _meta4:
#
# How does a module compute its buffers again?
# --------------------------------------------
#
# A rotary table has the cosine and the sine of an angle for each position :math:`p` and
# each pair of features :math:`i`. Beside these two the angle depends on the head size
# :math:`d`, so the table can be computed without a file:
#
# .. math:: \theta_{p,i} = p \cdot 10000^{-2i/d}
#
# Give the module a method that computes the buffer. The method can take the shape from
# the buffer, since the shape is known on ``meta`` too. The device has to come from the
# caller if the buffer is still on ``meta``, as after a load with ``assign=True``.


class ResettableRotary(Rotary):
    def reset_buffers(self, device=None):
        length, pairs, _two = self.table.shape
        self.table = rotary_table(2 * pairs, length, device or self.table.device)


# sphinx_gallery_hide_state = "rotary"
rotary = ResettableRotary(64).to("meta")
rotary.reset_buffers(device)
print(rotary.table.shape, rotary.table.dtype, rotary.table.is_meta)

# %%
# Call the method after the load, and only for the buffers of the list. ``recompute``
# takes the device of the first parameter, which is right for a model on one device.


def recompute(model):
    device = next(model.parameters()).device
    for path in sorted({name.rpartition(".")[0] for name in unsaved(model)}):
        model.get_submodule(path).reset_buffers(device)


# %%
# The two ways of loading now end with the model that was saved: the outputs are those
# of the trained model. The method may also be called between ``to_empty`` and the load,
# since the load does not touch the table; before ``to_empty`` is too early.

# sphinx_gallery_hide_state = "first, second"
with torch.device("meta"):
    first, second = (Decoder(rotary=ResettableRotary) for _ in range(2))
first.to_empty(device=device).load_state_dict(torch.load(saved(trained)))
second.load_state_dict(torch.load(saved(trained)), assign=True)
for model in (first, second):
    recompute(model)
    print(torch.allclose(model(tokens), trained(tokens), atol=1e-4))

# %%
# If a module on the list does not have the method, ``recompute`` raises an error.

with torch.device("meta"):
    model = Decoder()
model.load_state_dict(torch.load(saved(trained)), assign=True)
try:
    recompute(model)
except AttributeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# If you cannot change the class, make one such module outside of ``meta`` and take its
# buffers. That is right if the values depend only on the arguments of the constructor.
# A buffer of random values is different in each new module, so such a buffer must be
# persistent.

model.attention.rotary.table = Rotary(64).to(device).table
print(torch.allclose(model(tokens), trained(tokens), atol=1e-4), unsaved(model))

# %%
# Why not call ``reset_parameters`` on every layer?
# -------------------------------------------------
#
# Most layers of torch that have parameters also have ``reset_parameters``, and it is
# tempting to call it wherever it exists. After a load that is wrong: it overwrites what
# was loaded. In BatchNorm the method resets the running statistics too.

# sphinx_gallery_hide_state = "stage, loaded"
stage = torch.nn.Sequential(torch.nn.Conv2d(64, 64, 3), torch.nn.BatchNorm2d(64))
stage(torch.ones(8, 64, 14, 14))
with torch.device("meta"):
    loaded = torch.nn.Sequential(torch.nn.Conv2d(64, 64, 3), torch.nn.BatchNorm2d(64))
loaded.load_state_dict(torch.load(saved(stage)), assign=True)
weight, count = loaded[0].weight.detach().clone(), loaded[1].num_batches_tracked.item()
for layer in loaded:
    layer.reset_parameters()
print(torch.equal(loaded[0].weight, weight))
print(count, loaded[1].num_batches_tracked.item())

# %%
# Before a load ``reset_parameters`` draws random values for weights that the load then
# replaces, and this work is what a build on ``meta`` avoids. ``recompute`` draws no
# random values: after the call the next value is the one that follows the seed.

torch.manual_seed(0)
value = torch.rand(1)
torch.manual_seed(0)
recompute(second)
print(torch.equal(torch.rand(1), value))
torch.manual_seed(0)
loaded[0].reset_parameters()
print(torch.equal(torch.rand(1), value))

# %%
# If there is no file, a model that was built on ``meta`` does need first values, and
# even then calls of ``reset_parameters`` are not enough. ``MultiheadAttention`` has no
# method of that name, so two of its parameters keep the garbage of ``to_empty``.
# Initialise such parameters in your own code, and the buffers by ``recompute``.

# sphinx_gallery_hide_state = "attention"
with torch.device("meta"):
    attention = torch.nn.MultiheadAttention(256, 4)
torch.use_deterministic_algorithms(True)
attention.to_empty(device=device)
torch.use_deterministic_algorithms(False)
for module in attention.modules():
    if hasattr(module, "reset_parameters"):
        module.reset_parameters()
print(with_nan(attention))

# %%
# .. _meta5:
#
# Why must the weights be tied again?
# -----------------------------------
#
# The constructor ties the weights of the decoder on ``meta`` as well: the model has
# five parameters.

# sphinx_gallery_hide_state = "untied"
with torch.device("meta"):
    untied = Decoder(rotary=ResettableRotary)
print(untied.head.weight is untied.embed.weight, len(list(untied.parameters())))

# %%
# ``to_empty`` :ref:`makes a new parameter for each name <move6>`, so afterwards the
# tied weight is two parameters. The load writes the same values into both.

untied.to_empty(device=device).load_state_dict(torch.load(saved(trained)))
recompute(untied)
print(untied.head.weight is untied.embed.weight, len(list(untied.parameters())))

# %%
# .. identity:: untied.embed.weight, untied.head.weight
#
#    On ``meta``: one parameter under two names. After ``to_empty``: two parameters,
#    each with memory of its own.
#
# The output is right until the first step of training, which gives the two parameters
# different values.

print(torch.equal(untied.head.weight, untied.embed.weight))
optimizer = torch.optim.SGD(untied.parameters(), lr=0.1)
untied(tokens).var().backward()
optimizer.step()
print(torch.equal(untied.head.weight, untied.embed.weight))

# %%
# A load with ``assign=True`` makes two parameters too; they :ref:`share their memory
# <load9>`. In either case tie again after the load, and create the optimizer last. An
# optimizer that was created on ``meta`` refers to parameters that are no longer part of
# the model.

# sphinx_gallery_hide_state = "tied"
for assign in (False, True):
    with torch.device("meta"):
        tied = Decoder(rotary=ResettableRotary)
    early = torch.optim.Adam(tied.parameters())
    if not assign:
        tied.to_empty(device=device)
    tied.load_state_dict(torch.load(saved(trained)), assign=assign)
    tied.tie()
    late = torch.optim.Adam(tied.parameters())
    print([o.param_groups[0]["params"][0].is_meta for o in (early, late)])

# %%
# Which ``dtype`` does the loaded model have?
# -------------------------------------------
#
# After ``to_empty`` the model has the ``dtype`` in which it was built, and a load keeps
# it. With ``assign=True`` the parameters and the persistent buffers have the ``dtype``
# of the file, here ``bfloat16``. The table has the ``dtype`` that its formula names.

# sphinx_gallery_hide_state = "wide, narrow"
state = {key: value.bfloat16() for key, value in trained.state_dict().items()}
with torch.device("meta"):
    wide, narrow = (Decoder(rotary=ResettableRotary) for _ in range(2))
wide.to_empty(device=device).load_state_dict(state)
narrow.load_state_dict(state, assign=True)
for model in (wide, narrow):
    recompute(model)
    print(model.embed.weight.dtype, model.attention.rotary.table.dtype)
print(narrow(tokens).dtype)

# %%
# To run the model in another ``dtype`` than that of the file, cast it after the load. A
# cast :ref:`rounds the table too <move8>`, so compute the table again after the last
# cast.

wide.to(torch.bfloat16)
print(wide.attention.rotary.table.dtype)
recompute(wide)
print(wide.embed.weight.dtype, wide.attention.rotary.table.dtype)

# %%
# How do you find what is still on ``meta``?
# ------------------------------------------
#
# Do not wait for an error: not every operation raises one. The next module keeps a
# causal mask in a plain tensor attribute. A plain tensor is on ``meta`` after the
# build, and neither a load nor ``to_empty`` reaches it.


class CausalAttention(torch.nn.Module):
    def __init__(self, length=128):
        super().__init__()
        self.mask = torch.ones(length, length, dtype=torch.bool).tril()

    def forward(self, query, key, value):
        mask = self.mask
        return F.scaled_dot_product_attention(query, key, value, attn_mask=mask)


with torch.device("meta"):
    causal = CausalAttention()
causal.to_empty(device="cpu")
print(causal.load_state_dict({}), causal.mask.device)

# %%
# On the CPU the attention accepts the mask on ``meta`` and returns a tensor on the CPU
# into which nothing was written. ``Linear`` without a bias does the same if its weight
# is on ``meta``. Deterministic algorithms show the garbage as ``nan``.

# sphinx_gallery_hide_state = "linear"
query = torch.randn(1, 4, 128, 64)
linear = torch.nn.Linear(64, 64, bias=False, device="meta")
torch.use_deterministic_algorithms(True)
for y in (causal(query, query, query), linear(query)):
    print(y.device, torch.isnan(y).sum().item() == y.numel())
torch.use_deterministic_algorithms(False)

# %%
# So ask every module for its tensors on ``meta``: parameters, buffers and plain
# attributes. The function does not look into lists, dictionaries and other objects.


def left_on_meta(model):
    return [
        f"{path}.{name}".lstrip(".")
        for path, module in model.named_modules()
        for name, value in [
            *module.named_parameters(recurse=False),
            *module.named_buffers(recurse=False),
            *vars(module).items(),
        ]
        if isinstance(value, torch.Tensor) and value.is_meta
    ]


print(left_on_meta(causal), left_on_meta(assigned), left_on_meta(narrow))

# %%
# Register such a mask as a buffer with ``persistent=False``: then ``unsaved`` lists the
# mask, and ``recompute`` calls ``reset_buffers`` of its module. After ``to_empty`` no
# parameter and no buffer is on ``meta``, and ``with_nan`` finds the garbage if
# deterministic algorithms were on. ``with_nan`` does not find garbage in integers and
# in booleans: torch writes the largest integer of the ``dtype`` or ``True`` instead.

# sphinx_gallery_hide_state
torch.use_deterministic_algorithms(True)
with torch.device("meta"):
    model = Decoder(rotary=ResettableRotary)
model.to_empty(device=device)
torch.use_deterministic_algorithms(False)
model.load_state_dict(torch.load(saved(trained)))
print(with_nan(model))
recompute(model)
print(with_nan(model), left_on_meta(model))

# %%
# Check yourself
# --------------
#
# Each question begins with a new decoder, built on ``meta``.

with torch.device("meta"):
    model = Decoder()
model.load_state_dict(torch.load(saved(trained)), assign=True)
model.embed.weight.is_meta, model.attention.rotary.table.is_meta

# %%
# .. check::
#
#    - ``(False, False)``
#    - ``(False, True)``
#    - ``(True, True)``
#
#    The file has a tensor for the embedding. For the table it has none, so the load
#    leaves the table as it is.

with torch.device("meta"):
    model = Decoder(rotary=ResettableRotary)
recompute(model)
model.load_state_dict(torch.load(saved(trained)), assign=True)
model.attention.rotary.table.is_meta

# %%
# .. check::
#
#    - ``True``
#    - ``False``
#
#    Before the load the parameters are on ``meta``, and ``recompute`` puts the table on
#    the device of the first parameter. The call belongs after the load.

with torch.device("meta"):
    model = Decoder(rotary=ResettableRotary)
state = {key: value.bfloat16() for key, value in trained.state_dict().items()}
model.load_state_dict(state, assign=True)
recompute(model)
model.embed.weight.dtype, model.attention.rotary.table.dtype

# %%
# .. check::
#
#    - ``(torch.bfloat16, torch.float32)``
#    - ``(torch.bfloat16, torch.bfloat16)``
#    - ``(torch.float32, torch.float32)``
#
#    The parameter is the tensor of the ``state_dict``. ``rotary_table`` computes in
#    ``float32``.

with torch.device("meta"):
    model = Decoder()
model.to_empty(device=device)
optimizer = torch.optim.Adam(model.parameters())
model.tie()
len(list(model.parameters())), len(optimizer.param_groups[0]["params"])

# %%
# .. check::
#
#    - ``(5, 5)``
#    - ``(5, 6)``
#    - ``(6, 6)``
#
#    ``to_empty`` made two parameters of the tied weight, and the optimizer got both.
#    Tie first, then create the optimizer.
#
# Remember
# --------
#
# - All keys match, and yet no load fills a non-persistent buffer or a plain tensor.
# - Load, compute the non-persistent buffers, tie the weights, create the optimizer.
# - ``reset_parameters`` overwrites what was loaded; write a method that computes the
#   buffers only.
# - Look for tensors on ``meta`` before the first call: a call may return garbage
#   without an error.
#
# If the file is a safetensors file, which has only one of two tied names, read
# :doc:`/gallery/scale/tied_weights`.
