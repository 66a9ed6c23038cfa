"""
Buffers that start as ``None``, filled later
============================================

A buffer that is registered as ``None`` has no key in the ``state_dict``. If the buffer
was filled before the file was saved, the file has the key, so a new module has to give
the buffer a tensor of the shape in the file before it loads.
"""

# %%
# .. folded:: A module whose first batch fills a buffer

import torch


class Scale(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("scale", None)
        self.register_buffer("probe", torch.empty(0), persistent=False)

    def forward(self, x):
        if self.scale is None:
            with torch.inference_mode(False), torch.no_grad():
                self.scale = x.abs().amax(dim=(0, 1))
        return x / self.scale


# %%
# .. folded:: A model whose buffer is filled, and its state

# sphinx_gallery_hide_state = "filled"
torch.manual_seed(0)
features = torch.randn(8, 300, 80)
filled = torch.nn.Sequential(torch.nn.Linear(80, 80), Scale())
filled(features)
state = filled.state_dict()

# %%
# In short
# --------
#
# .. in-short:: Scale, state
#
# ``Scale`` registers ``scale`` as ``None``, and the first batch fills it. Give the
# class a hook that runs before each load: if the file has the key, the hook makes a
# tensor of the saved shape, with the device and the ``dtype`` of the empty buffer
# ``probe``, and the load writes the values.

import torch


def allocate(module, state_dict, prefix, *args):
    saved = state_dict.get(prefix + "scale")
    if saved is not None and module.scale is None:
        module.scale = torch.empty(saved.shape).to(module.probe)


class LoadableScale(Scale):
    def __init__(self):
        super().__init__()
        self.register_load_state_dict_pre_hook(allocate)


model = torch.nn.Sequential(torch.nn.Linear(80, 80), LoadableScale())
print(model.load_state_dict(state), model[1].scale.shape)

# %%
# .. _enum4:
#
# What is a buffer that is ``None``?
# ----------------------------------
#
# A buffer that is ``None`` is a registered name without a tensor. A layer without a
# bias has such a name for a parameter, and a name for a module can be registered in the
# same way. Each of the three reads as ``None``, and ``vars`` has none of them.

# sphinx_gallery_card
layer = torch.nn.Linear(80, 80, bias=False)
layer.register_buffer("mask", None)
layer.register_module("activation", None)
print(layer.bias, layer.mask, layer.activation)
print([name for name in ("bias", "mask", "activation") if name in vars(layer)])

# %%
# ``parameters``, ``buffers``, ``children`` and ``modules`` and their named forms return
# no ``None``, and the ``state_dict`` has no key for it. ``modules`` returns the layer
# itself, under an empty name.

for kind in ("parameters", "buffers", "children", "modules"):
    names = [name for name, _ in getattr(layer, f"named_{kind}")()]
    print(kind, names, None in list(getattr(layer, kind)()))
list(layer.state_dict())

# %%
# A tensor that is assigned to the name is a buffer from then on: :ref:`the name stays
# registered <reg6>`. The ``state_dict`` has its key, and a cast converts it. An
# attribute that ``__init__`` sets to ``None`` without ``register_buffer`` is not
# registered: a tensor that is assigned later is neither saved nor converted.

# sphinx_gallery_hide_state = "layer"
layer.plain = None
layer.mask = layer.plain = torch.ones(80, 80)
layer.to(torch.float64)
print(layer.mask.dtype, layer.plain.dtype, list(layer.state_dict()))

# %%
# .. _load6:
#
# Why is the key unexpected when I load?
# --------------------------------------
#
# A load expects the keys that the ``state_dict`` of the module has at that moment. In a
# new ``Scale`` the buffer is ``None``, so the key of the filled buffer is unexpected.

# sphinx_gallery_hide_state = "restored"
restored = torch.nn.Sequential(torch.nn.Linear(80, 80), Scale())
try:
    restored.load_state_dict(state)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# ``strict=False`` raises no error and drops the saved values. The next batch fills the
# buffer with other values, so the outputs differ from those of the saved model.

restored.load_state_dict(state, strict=False)
print(restored[1].scale is None)
restored(features / 2)
print(torch.equal(restored[1].scale, filled[1].scale))

# %%
# An empty tensor instead of ``None`` gives the module the key, with a shape that does
# not match: an error with ``strict=False`` too.

# sphinx_gallery_hide_state = "empty"
empty = torch.nn.Sequential(torch.nn.Linear(80, 80), Scale())
empty[1].scale = torch.empty(0)
try:
    empty.load_state_dict(state, strict=False)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# .. _none1:
#
# On which device does the hook make the tensor?
# ----------------------------------------------
#
# .. since:: 2.5 register_load_state_dict_pre_hook
#
# ``None`` has no device and no ``dtype``, so the hook of this page asks the empty
# buffer ``probe``, which ``to`` moves and casts with the module. The load keeps the
# ``dtype`` of the module, here ``bfloat16``, although the file has ``float32``.

# sphinx_gallery_hide_state = "model"
model = torch.nn.Sequential(torch.nn.Linear(80, 80), LoadableScale()).bfloat16()
model.load_state_dict(state)
print(model[1].scale.dtype, state["1.scale"].dtype)
model.to("meta")
print(model[1].probe.device, model[1].scale.device)

# %%
# If the buffer is filled, the hook does nothing. A load of a file without the key then
# raises an error. With ``strict=False`` the load raises none, and the buffer keeps its
# values.

# sphinx_gallery_hide_state = "loaded"
loaded = torch.nn.Sequential(torch.nn.Linear(80, 80), LoadableScale())
loaded.load_state_dict(state)
without = {key: tensor for key, tensor in state.items() if key != "1.scale"}
try:
    loaded.load_state_dict(without)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")
loaded.load_state_dict(without, strict=False)
print(torch.equal(loaded[1].scale, state["1.scale"]))

# %%
# As long as the buffer is ``None``, a file without the key loads without an error. This
# is right if no batch had filled the buffer of the saved model. If the key was lost, no
# error says so, and the next batch fills the buffer with other values.

model = torch.nn.Sequential(torch.nn.Linear(80, 80), LoadableScale())
print(model.load_state_dict(without), model[1].scale)

# %%
# Before 2.5 there is no public hook: override ``_load_from_state_dict``, a private
# method with the same arguments, and call ``super()`` after the allocation.


class OlderScale(Scale):
    def _load_from_state_dict(self, state_dict, prefix, *args):
        allocate(self, state_dict, prefix)
        super()._load_from_state_dict(state_dict, prefix, *args)


# sphinx_gallery_hide_state = "older"
older = torch.nn.Sequential(torch.nn.Linear(80, 80), OlderScale())
print(older.load_state_dict(state), torch.equal(older[1].scale, filled[1].scale))

# %%
# .. _none2:
#
# Why does the second backward pass raise an error?
# -------------------------------------------------
#
# ``Recorded`` fills the buffer while gradients are recorded. Behind a layer with
# parameters the buffer is then part of the graph of the first batch, and this graph is
# gone when the second backward pass needs it.


class Recorded(Scale):
    def forward(self, x):
        if self.scale is None:
            self.scale = x.abs().amax(dim=(0, 1))
        return x / self.scale


# sphinx_gallery_hide_state = "recorded"
recorded = torch.nn.Sequential(torch.nn.Linear(80, 80), Recorded())
recorded(features).sum().backward()
try:
    recorded(features).sum().backward()
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# ``deepcopy`` of this model raises an error too, since the buffer was computed from the
# weight of the layer.

import copy

try:
    copy.deepcopy(recorded)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# ``Scale`` fills the buffer under ``no_grad``, so the buffer has no graph. With
# ``inference_mode(False)`` the buffer is a usual tensor even if the first batch comes
# under ``inference_mode``: :ref:`an inference tensor cannot be saved for a backward
# pass <train8>`.

# sphinx_gallery_hide_state = "trained, copied"
trained = torch.nn.Sequential(torch.nn.Linear(80, 80), Scale())
with torch.inference_mode():
    trained(features)
for _ in range(2):
    trained(features).sum().backward()
copied = copy.deepcopy(trained)
print(trained[1].scale.is_inference(), torch.equal(copied[1].scale, trained[1].scale))

# %%
# .. _pat6:
#
# How does a KV cache start from ``None``?
# ----------------------------------------
#
# A KV cache keeps the keys and values of the tokens so far. Both buffers are
# non-persistent: ``to`` moves the cache with the module, and the cache is not saved.
# ``forward`` takes one new token at a time, computes with the tensors of this call and
# keeps them detached.


class CachedAttention(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("keys", None, persistent=False)
        self.register_buffer("values", None, persistent=False)

    def forward(self, query, key, value):
        if self.keys is not None:
            key = torch.cat([self.keys, key], dim=2)
            value = torch.cat([self.values, value], dim=2)
        self.keys, self.values = key.detach(), value.detach()
        return torch.nn.functional.scaled_dot_product_attention(query, key, value)


# %%
# The shape of the cache is (batch, heads, tokens, head size). One token at a time gives
# the result of causal attention over all tokens at once.

attend = torch.nn.functional.scaled_dot_product_attention
tokens = torch.randn(2, 8, 5, 64)
attention, outputs = CachedAttention(), []
for token in tokens.split(1, dim=2):
    outputs.append(attention(token, token, token))
print(attention.keys.shape, attention.state_dict())
expected = attend(tokens, tokens, tokens, is_causal=True)
torch.allclose(torch.cat(outputs, dim=2), expected, atol=1e-6)

# %%
# Assign ``None`` to both buffers before a new sequence begins.

attention.keys = attention.values = None
attention(token, token, token)
attention.keys.shape

# %%
# Each token makes the cache a new, longer tensor. ``StaticAttention`` has a cache of
# full length from the start and writes into it in place, and a mask hides what is not
# written yet. This cache is for generation: no gradient reaches ``key`` and ``value``.


class StaticAttention(torch.nn.Module):
    def __init__(self, batch, heads, length, size):
        super().__init__()
        for name in ("keys", "values"):
            zeros = torch.zeros(batch, heads, length, size)
            self.register_buffer(name, zeros, persistent=False)

    def forward(self, query, key, value, position):
        with torch.no_grad():
            self.keys.index_copy_(2, position, key)
            self.values.index_copy_(2, position, value)
        places = torch.arange(self.keys.shape[2], device=query.device)
        mask = places <= position[:, None]
        return attend(query, self.keys, self.values, mask)


# %%
# Shape, object and memory of the cache stay the same for every token, which a CUDA
# graph requires, and the results are those of causal attention again.

# sphinx_gallery_hide_state = "static"
static, outputs = StaticAttention(2, 8, 16, 64), []
keys, address = static.keys, static.keys.data_ptr()
for position, token in enumerate(tokens.split(1, dim=2)):
    outputs.append(static(token, token, token, torch.tensor([position])))
print(static.keys is keys, keys.data_ptr() == address, keys.shape)
torch.allclose(torch.cat(outputs, dim=2), expected, atol=1e-6)

# %%
# Check yourself
# --------------
#
# Each question begins with a new ``Scale``, whose buffer ``scale`` is ``None``.

scale = Scale()
list(scale.state_dict()), len(list(scale.buffers()))

# %%
# .. check::
#
#    - ``(['scale'], 2)``
#    - ``([], 2)``
#    - ``([], 1)``
#
#    ``None`` has no key, and ``buffers()`` does not return it. The one buffer is
#    ``probe``, which is non-persistent.

# sphinx_gallery_hide_state = "scale"
scale = Scale()
scale.load_state_dict({"scale": torch.ones(80)}, strict=False)
scale.scale is None

# %%
# .. check::
#
#    - ``True``
#    - ``False``
#
#    ``strict=False`` ignores the unexpected key, and with it the saved values.

scale = Scale()
scale(features)
list(scale.state_dict())

# %%
# .. check::
#
#    - ``['scale']``
#    - ``[]``
#
#    The name was registered, so the tensor that ``forward`` assigns is a buffer.
#
# Remember
# --------
#
# - A buffer that is ``None`` is registered; no iterator returns it, and no
#   ``state_dict`` has a key for it.
# - Give it a tensor of the saved shape in a hook before the load, and only if the file
#   has the key.
# - Fill it under ``no_grad``, or the buffer joins the graph of the first batch.
# - ``strict=False`` is no cure: it drops the saved values.
#
# If a buffer is filled during evaluation and used in training afterwards, read
# :doc:`/gallery/training/inference_mode_and_caches`.
