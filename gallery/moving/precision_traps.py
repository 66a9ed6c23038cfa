"""
Precision traps in buffers
==========================

A cast rounds a buffer for good: no later cast brings the lost bits back.

By the end of this page you can predict these lines:

>>> torch.equal(third.bfloat16().float(), third)
False
>>> rotary.inv_freq.dtype, kept.inv_freq.dtype
(torch.bfloat16, torch.float32)
>>> torch.equal(kept.inv_freq, frequencies(64))
True
>>> list(computed.buffers())
[]
"""

import matplotlib.pyplot as plt
import torch

# %%
# .. _move8:
#
# A ``float32`` number has 24 significant bits, a ``bfloat16`` number has 8. A cast
# there and back restores the data type and not the value.

third = torch.tensor(1 / 3)
again = third.bfloat16().float()
print(again.dtype, f"{third.item():.7f} {again.item():.7f}")

# %%
# A rotary position encoding turns each pair of numbers of an attention head by an
# angle: position times frequency. A formula gives the frequencies, so they are a
# non-persistent buffer. The module returns the table of cosines and sines.


def frequencies(size):
    return 1 / 10000 ** (torch.arange(0, size, 2) / size)


class Rotary(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.register_buffer("inv_freq", frequencies(size), persistent=False)

    def forward(self, position):
        angle = torch.outer(position, self.inv_freq.float())
        return angle.cos(), angle.sin()


rotary = Rotary(64)
cos, sin = rotary(torch.arange(4096.0))
print(cos.shape, sin.shape)

# %%
# Cast the module, as you cast a model to ``bfloat16``. The buffer is floating, so it is
# cast too, and each frequency is now wrong by up to 0.4 %.

rotary.to(torch.bfloat16)
error = (rotary.inv_freq.float() / frequencies(64) - 1).abs()
print(rotary.inv_freq.dtype, f"{error.max().item():.1%}")

# %%
# That looks harmless, and ``forward`` computes in ``float32``. But an angle is position
# times frequency, so the position multiplies the error. Over 4096 positions the largest
# error of a cosine is 1.56 for head size 64; for 128 it is 2.00, the most that two
# cosines can differ.


def cos_error(size):
    position = torch.arange(4096.0)
    exact, _ = Rotary(size)(position)
    rounded, _ = Rotary(size).to(torch.bfloat16)(position)
    return (rounded - exact).abs().amax(dim=1)


for size in (64, 128):
    print(size, f"{cos_error(size).max().item():.2f}")

# %%
# Draw the largest error up to each position, and print the first position where it is
# above 0.5.

plt.xlabel("position")
plt.ylabel("error")
for size in (64, 128):
    largest = cos_error(size).cummax(dim=0).values
    plt.plot(range(0, 4096, 16), largest[::16], label=f"size={size}")
    plt.legend()
    print(size, (largest > 0.5).nonzero()[0].item())

# %%
# .. figure:: images/sphx_glr_precision_traps_001.svg
#    :alt: Two lines rise from 0 at position 0. For head size 64 the error is 0.43 at
#          position 1000 and 1.56 at 4095; for 128 it is 1.13 at position 1000 and
#          stays at 2.00 from about 2500 on.
#
# The error grows with the position: a short text hides it, a long one does not.
#
# The usual first cure casts the buffer back after each cast. ``_apply`` is the method
# behind ``to``, ``half``, ``cuda`` and the like; it is private, so a release may change
# it. The data type is right now, and the values are still the rounded ones.


class CastBack(Rotary):
    def _apply(self, fn, recurse=True):
        super()._apply(fn, recurse)
        self.inv_freq = self.inv_freq.float()
        return self


late = CastBack(64).to(torch.bfloat16)
print(late.inv_freq.dtype, torch.equal(late.inv_freq, frequencies(64)))

# %%
# The first right cure keeps the original before the cast, and takes over from the
# cast tensor its device only.


class Kept(Rotary):
    def _apply(self, fn, recurse=True):
        original = self.inv_freq
        super()._apply(fn, recurse)
        self.inv_freq = original.to(self.inv_freq.device)
        return self


torch.manual_seed(0)
kept = Kept(64)
model = torch.nn.ModuleList([torch.nn.Linear(64, 64), kept]).to(torch.bfloat16)
print(model[0].weight.dtype, kept.inv_freq.dtype)
print(torch.equal(kept(torch.arange(4096.0))[0], cos))

# %%
# The cast of the whole model reached the layer and left the frequencies as they were.
# A move to another device still moves them. The ``meta`` device is one that every
# machine has.

Kept(64).to("meta", torch.bfloat16).inv_freq

# %%
# The second cure needs nothing private: compute the buffer again after the cast. It
# does not matter what the cast did, but whoever casts the model must remember the call.


class Recomputed(Rotary):
    def reset_buffers(self):
        exact = frequencies(2 * len(self.inv_freq))
        self.inv_freq = exact.to(self.inv_freq.device)


recomputed = Recomputed(64).to(torch.bfloat16)
recomputed.reset_buffers()
torch.equal(recomputed(torch.arange(4096.0))[0], cos)

# %%
# The third cure has no buffer at all. ``forward`` computes the frequencies from a
# number and brings them to the device of its input. There is nothing to cast, to move
# or to save.


class Computed(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.size = size

    def forward(self, position):
        angle = torch.outer(position, frequencies(self.size).to(position.device))
        return angle.cos(), angle.sin()


computed = Computed(64).to(torch.bfloat16)
torch.equal(computed(torch.arange(4096.0))[0], cos)

# %%
# .. rubric:: Remember
#
# - A cast of the model casts every floating buffer, and what it rounds stays rounded.
# - An error of 0.4 % in a frequency becomes an error of 1.56 or 2.00 in a cosine.
# - Keep the original, compute it again, or have no buffer. Casting back is too late.
