"""
``None`` slots and lazily filled state
======================================

A name can be registered before its tensor exists: it is then a slot that holds
``None``, and a ``state_dict`` leaves it out.

By the end of this page you can predict these lines:

>>> list(Scale().state_dict()), list(scale.state_dict())
([], ['factor'])
>>> Loadable().load_state_dict(scale.state_dict())
<All keys matched successfully>
"""

import torch
from torch.nn.functional import scaled_dot_product_attention

# %%
# .. _enum4:
#
# A layer without a bias has such a slot, and you can add one for a buffer and one for a
# module. Each is an attribute that reads ``None``, but it is not a plain one.

torch.manual_seed(0)
layer = torch.nn.Linear(1, 1, bias=False)
layer.register_buffer("mask", None)
layer.register_module("activation", None)
print(layer.bias, layer.mask, layer.activation)
print([name for name in ("bias", "mask", "activation") if name in vars(layer)])

# %%
# No iterator returns a slot, with a name or without; ``modules`` returns the layer
# itself, under an empty name. The ``state_dict`` has no key for a slot.

for kind in ("parameters", "buffers", "children", "modules"):
    names = [name for name, _ in getattr(layer, f"named_{kind}")()]
    print(kind, names, None in list(getattr(layer, kind)()))
list(layer.state_dict())

# %%
# A slot is for state whose shape the data decides. This module takes its factor from
# the first batch. The assignment fills the slot, and :ref:`the name stays a buffer
# <reg6>`.


class Scale(torch.nn.Module):
    def __init__(self, factor=None):
        super().__init__()
        self.register_buffer("factor", factor)

    def forward(self, x):
        if self.factor is None or self.factor.numel() == 0:
            self.factor = x.amax(dim=0)
        return x / self.factor


scale = Scale()
print(scale(torch.tensor([[1.0, 2.0], [4.0, 1.0]])))
scale.state_dict()

# %%
# .. _load6:
#
# Now the key is there, but only in the module that was filled. In a new one the slot
# is empty, it expects no key, and the saved one is unexpected.

try:
    Scale().load_state_dict(scale.state_dict())
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# ``strict=False`` makes it worse. The value is dropped, and the next batch fills the
# slot with another one.

restored = Scale()
restored.load_state_dict(scale.state_dict(), strict=False)
restored(torch.ones(1, 2))
print(scale.factor, restored.factor)

# %%
# An empty tensor in place of ``None`` gives the module the key, but with a shape that
# does not match. Here ``strict=False`` does not help either.

try:
    Scale(torch.empty(0)).load_state_dict(scale.state_dict(), strict=False)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Make a tensor of the saved shape just before it is loaded. A module loads its part in
# the private ``_load_from_state_dict``; the prefix makes it work inside a model too.


class Loadable(Scale):
    def _load_from_state_dict(self, state_dict, prefix, *args):
        saved = state_dict.get(prefix + "factor")
        self.factor = None if saved is None else torch.empty_like(saved)
        super()._load_from_state_dict(state_dict, prefix, *args)


model = torch.nn.Sequential(Loadable())
model.load_state_dict({"0.factor": scale.factor})
print(model[0].factor, model(torch.ones(1, 2)))

# %%
# .. since:: 2.5 register_load_state_dict_pre_hook
#
# A hook does the same from outside the class: it is called just before the module loads
# its part. A slot that was saved empty becomes empty again.


def allocate(module, state_dict, prefix, *args):
    saved = state_dict.get(prefix + "factor")
    module.factor = None if saved is None else torch.empty_like(saved)


restored = Scale()
restored.register_load_state_dict_pre_hook(allocate)
for saved in (scale, Scale()):
    restored.load_state_dict(saved.state_dict())
    print(restored.factor)

# %%
# .. _pat6:
#
# Some state should not be saved at all. A KV cache keeps the keys and values of the
# tokens so far, and begins with none. Its slots are non-persistent.


class Attention(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("keys", None, persistent=False)
        self.register_buffer("values", None, persistent=False)

    def forward(self, query, key, value):
        empty = self.keys is None
        self.keys = key if empty else torch.cat([self.keys, key])
        self.values = value if empty else torch.cat([self.values, value])
        return scaled_dot_product_attention(query, self.keys, self.values)


# %%
# Each token assigns longer tensors. One token at a time gives what causal attention
# gives for all tokens at once.

tokens = torch.eye(3)
expected = scaled_dot_product_attention(tokens, tokens, tokens, is_causal=True)
attention, outputs = Attention(), []
for token in tokens.split(1):
    outputs.append(attention(token, token, token))
    print(tuple(attention.keys.shape))
torch.allclose(torch.cat(outputs), expected)

# %%
# The cache is not saved, and it moves with its module. With ``None`` it begins again.

print(list(attention.state_dict()), attention.to(torch.float64).keys.dtype)
attention.keys = attention.values = None
attention(token, token, token)
attention.keys.shape

# %%
# The other form has its full size from the start and is written in place, at a position
# that you give. A mask hides what is not written yet.


class StaticAttention(torch.nn.Module):
    def __init__(self, length, size):
        super().__init__()
        for name in ("keys", "values"):
            self.register_buffer(name, torch.zeros(length, size), persistent=False)
        self.register_buffer("positions", torch.arange(length), persistent=False)

    def forward(self, query, key, value, position):
        self.keys.index_copy_(0, position, key)
        self.values.index_copy_(0, position, value)
        mask = self.positions <= position[:, None]
        return scaled_dot_product_attention(query, self.keys, self.values, mask)


# %%
# Shape, object and memory stay the same for every token; the results are as before.

attention, outputs = StaticAttention(4, 3), []
keys, address = attention.keys, attention.keys.data_ptr()
for position, token in enumerate(tokens.split(1)):
    outputs.append(attention(token, token, token, torch.tensor([position])))
print(attention.keys is keys, keys.data_ptr() == address, tuple(keys.shape))
torch.allclose(torch.cat(outputs), expected)

# %%
# .. rubric:: Remember
#
# - A slot that holds ``None`` is registered. No iterator returns it, no ``state_dict``
#   has it.
# - Filled, it is saved if persistent. To load it, first make a tensor of its shape.
# - A KV cache is non-persistent. It grows from ``None``, or is written in place.
