"""Frequencies kept through a cast: on ``meta`` there is no original to keep."""

import torch


def frequencies(size):
    return 1 / 10000 ** (torch.arange(0, size, 2) / size)


class Rotary(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.register_buffer("inv_freq", frequencies(size), persistent=False)

    def forward(self, position):
        angle = torch.outer(position, self.inv_freq.float())
        return angle.cos(), angle.sin()


class CastBack(Rotary):
    def _apply(self, fn, recurse=True):
        super()._apply(fn, recurse)
        self.inv_freq = self.inv_freq.float()
        return self


class Kept(Rotary):
    def _apply(self, fn, recurse=True):
        original = self.inv_freq
        super()._apply(fn, recurse)
        self.inv_freq = original.to(self.inv_freq.device)
        return self
