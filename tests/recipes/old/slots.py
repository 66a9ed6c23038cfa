"""Slots that the first batch fills, and loads that allocate for them."""

import torch
from torch.nn.functional import scaled_dot_product_attention


class Scale(torch.nn.Module):
    def __init__(self, factor=None):
        super().__init__()
        self.register_buffer("factor", factor)

    def forward(self, x):
        if self.factor is None or self.factor.numel() == 0:
            self.factor = x.amax(dim=0)
        return x / self.factor


class Loadable(Scale):
    def _load_from_state_dict(self, state_dict, prefix, *args):
        saved = state_dict.get(prefix + "factor")
        self.factor = None if saved is None else torch.empty_like(saved)
        super()._load_from_state_dict(state_dict, prefix, *args)


def allocate(module, state_dict, prefix, *args):
    saved = state_dict.get(prefix + "factor")
    module.factor = None if saved is None else torch.empty_like(saved)


def hooked():
    scale = Scale(torch.ones(2))
    scale.register_load_state_dict_pre_hook(allocate)
    return scale


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
