"""
Cast: ``.half()``, ``.bfloat16()``, ``.to(dtype)``
==================================================

``.half()`` and ``.bfloat16()`` cast real floating-point tensors only. ``.to(dtype)``
casts complex tensors too, and if ``dtype`` is real, their imaginary parts are lost.
None of these methods changes integers or booleans, and none casts the input.
"""

# %%
# .. folded:: A complex rotary table, and the rotation

import torch


def rotary_table(length, head_dim, base=10_000.0):
    pairs = torch.arange(0, head_dim, 2, dtype=torch.float32)
    angles = torch.arange(length)[:, None] / base ** (pairs / head_dim)
    return torch.view_as_complex(torch.stack((angles.cos(), angles.sin()), dim=-1))


def rotate(x, table):
    pairs = torch.view_as_complex(x.float().reshape(*x.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * table).reshape(x.shape).to(x.dtype)


# %%
# .. folded:: The model of this page: attention with this table


class Attention(torch.nn.Module):
    def __init__(self, head_dim=64, length=128):
        super().__init__()
        self.qkv = torch.nn.Linear(head_dim, 3 * head_dim)
        mask = torch.ones(length, length, dtype=torch.bool).tril()
        self.register_buffer("positions", torch.arange(length), persistent=False)
        self.register_buffer("mask", mask, persistent=False)
        self.register_buffer("table", rotary_table(length, head_dim), persistent=False)

    def forward(self, x):
        length = x.shape[1]
        q, k, v = self.qkv(x).split(x.shape[2], dim=2)
        table = self.table[self.positions[:length]]
        mask = self.mask[:length, :length]
        q, k = rotate(q, table), rotate(k, table)
        return torch.nn.functional.scaled_dot_product_attention(q, k, v, mask)


# %%
# .. folded:: A model and its input

torch.manual_seed(0)
model = Attention()
x = torch.randn(2, 100, 64)
# sphinx_gallery_hide_state = "model, embedding, norm, stage, layer"

# %%
# In short
# --------
#
# .. in-short:: model, x
#
# Move with ``to(device)`` and cast with ``bfloat16()`` or ``half()``: unlike
# ``model.to(device, torch.bfloat16)``, the two calls keep complex tensors complex. Cast
# each floating-point input too, and assign the result.

import torch

device = "cuda" if torch.cuda.is_available() else "cpu"
model.to(device).bfloat16()
x = x.to(device, torch.bfloat16)
for name, tensor in (*model.named_parameters(), *model.named_buffers()):
    print(f"{name:10} {tensor.dtype}")
print(model(x).shape, model(x).dtype)

# %%
# .. _move4:
#
# What does ``.to(torch.bfloat16)`` do to a complex table?
# --------------------------------------------------------
#
# .. since:: 1.8
#
# ``to`` keeps the real parts and drops the imaginary parts. The only sign is a warning,
# and by default torch gives this warning once in a process, however many models are
# cast. The panel shows the result: integers and booleans are as before, and the table
# is a real tensor.

# sphinx_gallery_card
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    damaged = Attention().to(torch.bfloat16)
print(f"{caught[0].category.__name__}: {str(caught[0].message).partition(' (')[0]}")
print(damaged.table.shape, damaged.table.dtype)

# %%
# The model still runs, and its output is wrong. A rotation keeps the length of a query,
# here 8. A product with the damaged table multiplies each pair of features by a cosine
# instead, and the length shrinks, unless the position is 0.

query = torch.ones(100, 64)
for table in (Attention().table, damaged.table):
    rotated = rotate(query, table[:100])
    print((rotated * rotated).sum(dim=-1).sqrt()[[0, 1, 99]])
print(damaged(x.cpu()).shape)

# %%
# A cast back to a complex type does not restore the imaginary parts: they are zero.
# Compute the table again, or load it from a file.

again = damaged.table.to(torch.complex64)
print(Attention().table[1, :2])
print(again[1, :2])

# %%
# Which tensors does each method cast?
# ------------------------------------
#
# The next function makes a module with one buffer for each ``dtype``, casts the module,
# and returns the ``dtype`` of each buffer afterwards. Parameters are cast by the same
# rule.

types = [torch.float32, torch.float64, torch.complex64]
types += [torch.int64, torch.uint8, torch.bool]


def cast_all(method, *arguments):
    holder = torch.nn.Module()
    for position, dtype in enumerate(types):
        holder.register_buffer(f"tensor{position}", torch.ones(1, dtype=dtype))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        getattr(holder, method)(*arguments)
    return [buffer.dtype for buffer in holder.buffers()]


cast_all("half")

# %%
# In the table a dot stands where the ``dtype`` does not change. The four methods
# without an argument cast the real floating-point types. ``to`` casts the complex type
# as well, to a real one if a real one is asked for. ``type`` casts every tensor.


def short(value):
    return str(value).removeprefix("torch.")


calls = [("half",), ("bfloat16",), ("float",), ("double",), ("to", torch.float16)]
calls += [("to", torch.complex64), ("type", torch.float16), ("type", torch.int64)]
print(" " * 14, *(f"{short(dtype):>9}" for dtype in types))
for call in calls:
    pairs = zip(types, cast_all(*call), strict=True)
    row = [f"{'.' if old == new else short(new):>9}" for old, new in pairs]
    print(f"{' '.join(map(short, call)):14}", *row)

# %%
# How does a complex table survive ``.to(torch.bfloat16)``?
# ---------------------------------------------------------
#
# If other code casts the model, for example a training framework, keep the real and the
# imaginary parts in one real buffer. ``view_as_complex`` does not accept ``bfloat16``,
# so ``forward`` casts the buffer to ``float32`` before.


class RotaryPairs(torch.nn.Module):
    def __init__(self, length, head_dim):
        super().__init__()
        self.length, self.head_dim = length, head_dim
        self.register_buffer("pairs", None, persistent=False)
        self.reset_buffers()

    def reset_buffers(self, device=None):
        steps = torch.arange(0, self.head_dim, 2, dtype=torch.float32, device=device)
        divisors = 10_000 ** (steps / self.head_dim)
        angles = torch.arange(self.length, device=device)[:, None] / divisors
        self.pairs = torch.stack((angles.cos(), angles.sin()), dim=-1)

    def forward(self, x):
        table = torch.view_as_complex(self.pairs[: x.shape[-2]].float())
        pairs = torch.view_as_complex(x.float().reshape(*x.shape[:-1], -1, 2))
        return torch.view_as_real(pairs * table).reshape(x.shape).to(x.dtype)


# %%
# The cast rounds the buffer, as it rounds every floating-point tensor: here the numbers
# are wrong by at most 0.002, and the length of a query is almost 8. To have the exact
# table, call ``reset_buffers`` after the cast. After ``to_empty`` the call is needed in
# any case, since :ref:`the buffer has arbitrary values <meta4>`.

# sphinx_gallery_hide_state = "rotary"
rotary = RotaryPairs(128, 64).to(torch.bfloat16)
rotated = rotary(query)
print(rotary.pairs.shape, rotary.pairs.dtype)
print(f"{(rotary.pairs - RotaryPairs(128, 64).pairs).abs().max():.4f}")
print((rotated * rotated).sum(dim=-1).sqrt()[[0, 1, 99]])
rotary.reset_buffers()
print(torch.equal(rotary.pairs, RotaryPairs(128, 64).pairs))

# %%
# .. _cast1:
#
# Why does the model not accept its input after the cast?
# -------------------------------------------------------
#
# A cast of the model does not cast the input. The message depends on the layer, and the
# cause is the same: two tensors have different ``dtype``. The third call multiplies
# batches of matrices, as attention does with queries and keys.

images, queries = torch.ones(8, 3, 32, 32), torch.ones(8, 4, 8)
for call in (
    lambda: torch.nn.Linear(512, 10).half()(images.reshape(48, 512)),
    lambda: torch.nn.Conv2d(3, 64, 7).half()(images),
    lambda: queries @ torch.ones(8, 8, 4).half(),
):
    try:
        call()
    except RuntimeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# Cast the input to the ``dtype`` of the weights. Token indices are integers and stay
# integers: an embedding does not accept indices that were cast to a float.

print(torch.nn.Conv2d(3, 64, 7).half()(images.half()).dtype)
embedding = torch.nn.Embedding(1000, 64).half()
print(embedding(torch.zeros(8, 16, dtype=torch.int64)).dtype)
try:
    embedding(torch.zeros(8, 16).half())
except RuntimeError as error:
    print(f"{type(error).__name__}: {error.args[0].partition(';')[0]}")

# %%
# .. _cast2:
#
# How do you cast integers and booleans?
# --------------------------------------
#
# Not with ``to``: on a module it casts no integers and booleans, and does not accept
# their types as a target either.

for dtype in (torch.int64, torch.bool):
    try:
        torch.nn.BatchNorm2d(64).to(dtype)
    except TypeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# ``type`` casts every tensor to any ``dtype``. The positions become floats, which are
# no indices, and the counter of BatchNorm becomes a float too. A cast to integers fails
# at the first tensor that requires a gradient. The table is real here, so that nothing
# warns.

model = Attention()
model.table = torch.ones(128, 32)
try:
    model.type(torch.float16)(torch.ones(2, 100, 64).half())
except IndexError as error:
    print(f"{type(error).__name__}: {error}")
norm = torch.nn.BatchNorm2d(64)
print(norm.type(torch.float16).num_batches_tracked.dtype)
try:
    norm.type(torch.int64)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# .. _cast3:
#
# Cast the one buffer that needs it, and assign the result to its name. The other
# tensors of the module stay as they are.

import torch

layer = torch.nn.Linear(128, 128)
mask = torch.ones(128, 128, dtype=torch.bool).tril()
layer.register_buffer("mask", mask, persistent=False)
layer.mask = layer.mask.to(torch.uint8)
print(layer.mask.dtype, layer.weight.dtype)

# %%
# .. _move12:
#
# Does ``autocast`` cast the model?
# ---------------------------------
#
# .. since:: 1.6 autocast
#
# No. ``autocast`` casts the inputs of some operations, such as convolutions, for the
# duration of the operation. The output is ``bfloat16``; the weight and the running mean
# stay ``float32``, and the input need not be cast.

torch.manual_seed(0)
stage = torch.nn.Sequential(
    torch.nn.Conv2d(3, 64, 7, stride=2), torch.nn.BatchNorm2d(64), torch.nn.ReLU()
)
stored = [*stage.parameters(), *stage.buffers()]
with torch.autocast("cpu", dtype=torch.bfloat16):
    output = stage(images)
    print(output.shape, output.dtype)
    print(stage[0].weight.dtype, stage[1].running_mean.dtype)

# %%
# After a backward pass the module has the same objects as before, and a gradient has
# the ``dtype`` of its parameter.

output.sum().backward()
kept = [*stage.parameters(), *stage.buffers()]
print(all(old is new for old, new in zip(stored, kept, strict=True)))
print(stage[0].weight.grad.dtype)

# %%
# Check yourself
# --------------
#
# Each question begins with a new module. ``Attention`` has ``float32`` parameters and
# buffers of the types ``int64``, ``bool`` and ``complex64``.

model = Attention().half()
model.qkv.weight.dtype, model.positions.dtype, model.table.dtype

# %%
# .. check::
#
#    - ``(torch.float16, torch.int64, torch.complex64)``
#    - ``(torch.float16, torch.int64, torch.complex32)``
#    - ``(torch.float16, torch.float16, torch.float16)``
#
#    ``half`` casts real floating-point tensors. Integers and complex tensors keep their
#    ``dtype``.

model = torch.nn.Module()
model.register_buffer("table", torch.tensor([1 + 2j]))
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    model.to(torch.float32).to(torch.complex64)
model.table

# %%
# .. check::
#
#    - ``tensor([1.+2.j])``
#    - ``tensor([1.+0.j])``
#    - ``tensor([1.])``
#
#    The first cast drops the imaginary part, and the second cast puts a zero there.

with torch.autocast("cpu", dtype=torch.bfloat16):
    layer = torch.nn.Linear(256, 10)
    output = layer(torch.ones(8, 256))
layer.weight.dtype, output.dtype

# %%
# .. check::
#
#    - ``(torch.bfloat16, torch.bfloat16)``
#    - ``(torch.float32, torch.float32)``
#    - ``(torch.float32, torch.bfloat16)``
#
#    ``autocast`` casts the operands of the matrix product and not the parameters of the
#    layer.
#
# Remember
# --------
#
# - ``half()``, ``bfloat16()``, ``float()`` and ``double()`` cast real floating-point
#   tensors only.
# - ``to`` casts complex tensors too: to a real ``dtype`` without their imaginary parts.
# - ``type`` casts every tensor, also indices, masks and counters.
# - Cast the input as you cast the model, except under ``autocast``.
#
# If a counter stops or a mask gives NaN after the cast, read
# :doc:`/gallery/moving/saturation_and_masks`.
