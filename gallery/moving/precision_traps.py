"""
Lost precision in buffers: RoPE in bfloat16
===========================================

A cast to ``bfloat16`` rounds a buffer for good: a cast back to ``float32`` does not
restore its values. Compute the frequencies of RoPE in ``float32`` in ``forward``
instead of keeping them in a buffer, or compute the buffer again after each cast.
"""

# %%
# In short
# --------
#
# .. in-short::
#
# This rotary position embedding has no buffer, so a cast of the model has nothing to
# round. ``forward`` takes integer positions and computes the angles in ``float32``. Say
# ``dtype=torch.float32``, since the model may be :ref:`built under another default
# dtype <pra9>`.

import torch


def frequencies(head_dim, device=None, base=10_000.0):
    pairs = torch.arange(0, head_dim, 2, dtype=torch.float32, device=device)
    return 1 / base ** (pairs / head_dim)


class RotaryEmbedding(torch.nn.Module):
    def __init__(self, head_dim):
        super().__init__()
        self.head_dim = head_dim

    def forward(self, position):
        angle = position[..., None] * frequencies(self.head_dim, position.device)
        return angle.cos(), angle.sin()


print(RotaryEmbedding(64).to(torch.bfloat16)(torch.arange(4096))[0].dtype)

# %%
# .. _move8:
#
# Why does a cast back not restore the values?
# --------------------------------------------
#
# A ``float32`` number has 24 significant bits, a ``bfloat16`` number has 8. The cast to
# ``bfloat16`` rounds the number to 8 bits, and the cast back to ``float32`` adds 16
# zeros: the ``dtype`` is as before, and the value is still the rounded one.

third = torch.tensor(1 / 3)
again = third.bfloat16().float()
print(again.dtype, f"{third.item():.7f} {again.item():.7f}")

# %%
# ``to(torch.bfloat16)`` on a model does this to every floating-point buffer. The next
# module keeps the frequencies in a buffer. ``frequencies`` computes them, so the buffer
# need not be persistent.


class RotaryBuffer(torch.nn.Module):
    def __init__(self, head_dim):
        super().__init__()
        self.head_dim = head_dim
        self.register_buffer("inv_freq", frequencies(head_dim), persistent=False)

    def forward(self, position):
        angle = position[..., None] * self.inv_freq.float()
        return angle.cos(), angle.sin()


rotary = RotaryBuffer(64).to(torch.bfloat16)
print(rotary.inv_freq.shape, rotary.inv_freq.dtype)

# %%
# After the cast a frequency is wrong by up to 0.4 %, without an error or a warning. A
# cast back, in ``forward`` or on the buffer itself, comes too late: the buffer is
# ``float32`` again and has the rounded values.

# sphinx_gallery_hide_state = "rotary"
rotary.inv_freq = rotary.inv_freq.float()
error = (rotary.inv_freq / frequencies(64) - 1).abs().max()
print(rotary.inv_freq.dtype, torch.equal(rotary.inv_freq, frequencies(64)))
print(f"{error.item():.1%}")

# %%
# How wrong do the cosines become?
# --------------------------------
#
# An angle is position times frequency, so the position multiplies the error of the
# frequency. Over 4096 positions the largest error of a cosine is 1.56 if the head size
# is 64. If it is 128, the largest error is 2.00, and two cosines cannot differ by more.


def cos_error(head_dim):
    position = torch.arange(4096)
    exact, _ = RotaryBuffer(head_dim)(position)
    rounded, _ = RotaryBuffer(head_dim).to(torch.bfloat16)(position)
    return (rounded - exact).abs().amax(dim=1)


for head_dim in (64, 128):
    print(head_dim, f"{cos_error(head_dim).max().item():.2f}")

# %%
# The next cell draws the largest error up to each position, and prints the first
# position where the error is above 0.5.

import matplotlib.pyplot as plt

plt.xlabel("position")
plt.ylabel("error")
for head_dim in (64, 128):
    largest = cos_error(head_dim).cummax(dim=0).values
    plt.plot(range(0, 4096, 16), largest[::16], label=f"head_dim={head_dim}")
    plt.legend()
    print(head_dim, (largest > 0.5).nonzero()[0].item())

# %%
# .. figure:: images/sphx_glr_precision_traps_001.svg
#    :alt: Two lines rise from 0 at position 0. For head size 64 the error is 0.43 at
#          position 1000 and 1.56 at 4095; for 128 it is 1.13 at position 1000 and
#          stays at 2.00 from about 2500 on.
#
# The error grows with the position, so a test with a short text may not notice it.
# ``float16`` has 11 significant bits, and the largest error is 0.64 instead of 1.56.
# Even ``float32`` has a limit: measured against ``float64``, the error is below 0.001
# in the first 4096 positions, and 0.04 just below position 1,000,000.

cos, sin = RotaryEmbedding(64)(torch.arange(4096))
half, _ = RotaryBuffer(64).half()(torch.arange(4096))
print(f"{(half - cos).abs().max().item():.2f}")
for start in (0, 1_000_000 - 4096):
    position = torch.arange(start, start + 4096)
    wide = 1 / 10_000 ** (torch.arange(0, 64, 2, dtype=torch.float64) / 64)
    error = RotaryEmbedding(64)(position)[0] - (position[:, None] * wide).cos()
    print(f"{error.abs().max().item():.4f}")

# %%
# How do ``float32`` cosines meet a ``bfloat16`` query?
# -----------------------------------------------------
#
# A product of the ``float32`` table with a ``bfloat16`` query :ref:`is float32
# <move11>`. Rotate in ``float32`` and cast the result back, so that the next layer
# gets the ``dtype`` of its weights. The query here has the shape (batch, heads,
# positions, head size).


def rotate(x, cos, sin):
    half = x.shape[-1] // 2
    first, second = x[..., :half], x[..., half:]
    pairs = first * cos - second * sin, second * cos + first * sin
    return torch.cat(pairs, dim=-1).to(x.dtype)


torch.manual_seed(0)
query = torch.randn(2, 12, 4096, 64, dtype=torch.bfloat16)
print(cos.shape, (query[..., :32] * cos).dtype)
print(rotate(query, cos, sin).shape, rotate(query, cos, sin).dtype)

# %%
# How do you compute the buffer again after a cast?
# -------------------------------------------------
#
# A buffer is the better place if the table is large and ``forward`` should not compute
# it in each call. Give the module a method that computes the buffer, and call the
# method after each cast. Whoever casts the model must remember the call: without it the
# buffer stays rounded.


class Recomputed(RotaryBuffer):
    def reset_buffers(self, device=None):
        self.inv_freq = frequencies(self.head_dim, device or self.inv_freq.device)


recomputed = Recomputed(64).to(torch.bfloat16)
recomputed.reset_buffers()
print(torch.equal(recomputed(torch.arange(4096))[0], cos))

# %%
# The same call gives values to the buffer of a model that was built on the ``meta``
# device. After ``to_empty``, which only :ref:`allocates memory <meta4>`, the buffer is
# on the device of the model. After a load with ``assign=True`` the buffer is still on
# ``meta``, so the call names the device.

# sphinx_gallery_hide_state = "emptied, assigned"
state = torch.nn.Linear(64, 64).state_dict(prefix="0.")
with torch.device("meta"):
    pair = [(torch.nn.Linear(64, 64), Recomputed(64)) for _ in range(2)]
emptied, assigned = (torch.nn.Sequential(*layers) for layers in pair)
emptied.to_empty(device="cpu").load_state_dict(state)
emptied[1].reset_buffers()
assigned.load_state_dict(state, assign=True)
assigned[1].reset_buffers("cpu")
print([torch.equal(m[1].inv_freq, frequencies(64)) for m in (emptied, assigned)])

# %%
# How do you keep a buffer in ``float32`` through every cast?
# -----------------------------------------------------------
#
# ``to``, ``half``, ``cuda``, ``to_empty`` and the like call ``_apply`` of each
# submodule. The next class overrides ``_apply`` and puts the original back, on the new
# device. An original on ``meta`` has no values, so there the class computes the buffer
# again. ``_apply`` is private: a release may change it, so prefer the ways above.


class Kept(Recomputed):
    def _apply(self, fn, recurse=True):
        original = self.inv_freq
        super()._apply(fn, recurse)
        if original.is_meta:
            self.reset_buffers()
        else:
            self.inv_freq = original.to(self.inv_freq.device)
        return self


model = torch.nn.Sequential(torch.nn.Linear(64, 64), Kept(64)).to(torch.bfloat16)
print(model[0].weight.dtype, model[1].inv_freq.dtype)
print(torch.equal(model[1].inv_freq, frequencies(64)))

# %%
# The panel shows that the cast reached the layer and not the frequencies. A cast to a
# wider ``dtype`` does not reach them either: after ``double()`` they are ``float32``. A
# move to another device moves them, and after ``meta`` they are computed again.

# sphinx_gallery_hide_state = "model"
print(model.double()[1].inv_freq.dtype, model.to("meta")[1].inv_freq.device)
model.to_empty(device="cpu")
print(torch.equal(model[1].inv_freq, frequencies(64)))

# %%
# .. _pra9:
#
# What rounds the angles without a cast of the model?
# ---------------------------------------------------
#
# Large models are often built under ``torch.set_default_dtype(torch.bfloat16)``. Then
# tensors of Python floats are ``bfloat16`` unless they are given another ``dtype``, and
# so is the quotient of an integer tensor and a number. Frequencies without a ``dtype``
# are rounded from the start, the running statistics of BatchNorm are ``bfloat16``, and
# a decay of 0.9999 becomes 1.

# sphinx_gallery_hide_state = "norm"
torch.set_default_dtype(torch.bfloat16)
rounded = 1 / 10_000 ** (torch.arange(0, 64, 2) / 64)
norm, decay = torch.nn.BatchNorm2d(64), torch.tensor(0.9999)
torch.set_default_dtype(torch.float32)
position = torch.arange(4096)
error = (position[:, None] * rounded.float()).cos() - cos
print(rounded.dtype, f"{error.abs().max().item():.2f}")
print(norm.running_mean.dtype, decay.item())

# %%
# Give such values their ``dtype`` where they are computed, as ``frequencies`` does. A
# decay can also stay a Python float, which neither the default nor a cast rounds.

torch.set_default_dtype(torch.bfloat16)
exact = RotaryEmbedding(64)(position)[0]
decay = torch.tensor(0.9999, dtype=torch.float32)
torch.set_default_dtype(torch.float32)
print(torch.equal(exact, cos), f"{decay.item():.4f}")

# %%
# Positions can be rounded too. ``bfloat16`` has every integer up to 256 and then only
# some: position 257 becomes 256. Keep positions as integers, which :ref:`most casts
# leave as they are <move4>`.

print(torch.tensor([255, 256, 257, 4095]).bfloat16())
late = RotaryEmbedding(64)(position.bfloat16())[0]
print(f"{(late - cos).abs().max().item():.2f}")

# %%
# ``autocast`` computes matrix products of ``float32`` tensors in its own ``dtype``,
# here ``bfloat16``, so it rounds angles that are written with ``@``. The elementwise
# product in ``RotaryEmbedding`` stays ``float32``.

with torch.autocast("cpu", dtype=torch.bfloat16):
    product = position[:, None].float() @ frequencies(64)[None]
    late, elementwise = product.float().cos(), RotaryEmbedding(64)(position)[0]
print(product.dtype, f"{(late - cos).abs().max().item():.2f}")
print(elementwise.dtype, torch.equal(elementwise, cos))

# %%
# Check yourself
# --------------
#
# Each question begins with a new module, whose buffer ``inv_freq`` is ``float32``.

model = torch.nn.Sequential(RotaryBuffer(64)).bfloat16().float()
model[0].inv_freq.dtype, torch.equal(model[0].inv_freq, frequencies(64))

# %%
# .. check::
#
#    - ``(torch.float32, True)``
#    - ``(torch.float32, False)``
#    - ``(torch.bfloat16, False)``
#
#    ``float()`` restores the ``dtype``. The bits that ``bfloat16()`` dropped are lost.

model = torch.nn.Sequential(Recomputed(64)).bfloat16()
model[0].reset_buffers()
model.to(torch.bfloat16)
model[0].inv_freq.dtype, torch.equal(model[0].inv_freq, frequencies(64))

# %%
# .. check::
#
#    - ``(torch.float32, True)``
#    - ``(torch.bfloat16, False)``
#
#    The second cast rounds the buffer again. ``reset_buffers`` has to be called after
#    the last cast.

model = torch.nn.Sequential(torch.nn.Linear(64, 64), Kept(64)).half()
model[0].weight.dtype, model[1].inv_freq.dtype

# %%
# .. check::
#
#    - ``(torch.float16, torch.float16)``
#    - ``(torch.float16, torch.float32)``
#    - ``(torch.float32, torch.float32)``
#
#    ``half`` calls ``_apply`` of each submodule, and the ``_apply`` of ``Kept`` puts
#    the original back. The layer is cast as usual.
#
# Remember
# --------
#
# - A cast of the model rounds every floating-point buffer, and a cast back restores the
#   ``dtype`` only.
# - An error of 0.4 % in a frequency becomes an error of 1.56 or 2.00 in a cosine within
#   4096 positions.
# - Compute the frequencies in ``forward``, or compute their buffer again after each
#   cast, always with ``dtype=torch.float32``.
# - Keep positions as integers, and multiply elementwise instead of with ``@``.
#
# If a counter stops or a mask gives NaN in half precision, read
# :doc:`/gallery/moving/saturation_and_masks`.
