"""
NaN after ``.half()``: masks, counters, dtypes
==============================================

After ``.half()`` a mask of ``-1e9`` is ``-inf``, and a fully masked row gives NaN.
Store masks as booleans and counters as integers.
"""

# %%
# .. folded:: Scores of attention, and a batch whose second text has 28 padding tokens

import torch

torch.manual_seed(0)
causal = torch.ones(128, 128, dtype=torch.bool).tril()
words = torch.ones(2, 128, dtype=torch.bool)
words[1, :28] = False
visible = causal & words[:, None, None]  # (2, 1, 128, 128)
scores = torch.randn(2, 4, 128, 128)
# sphinx_gallery_hide_state = "first, second, layer, attention, norm"

# %%
# In short
# --------
#
# .. in-short:: visible, scores
#
# Keep in a boolean buffer what each position may see: ``half()`` :ref:`does not cast
# booleans <move4>`. Fill the hidden scores with the lowest value of their own
# ``dtype``: no weight is NaN. A fully masked row gets equal weights, so ignore its
# output. The mask is not persistent, and after ``to_empty`` it has to be :ref:`computed
# again <meta4>`. A counter is safe in an integer buffer:
# ``self.register_buffer("steps", torch.tensor(0))``.

import torch


class MaskedSoftmax(torch.nn.Module):
    def __init__(self, visible):
        super().__init__()
        self.register_buffer("visible", visible, persistent=False)

    def forward(self, scores):
        lowest = torch.finfo(scores.dtype).min
        return scores.masked_fill(~self.visible, lowest).softmax(dim=-1)


weights = MaskedSoftmax(visible).half()(scores.half())
print(weights.dtype, torch.isnan(weights).any().item())

# %%
# Why does a mask of ``-1e9`` give NaN?
# -------------------------------------
#
# An additive mask is a floating-point buffer, which is added to the scores: 0 where a
# position may look, a large negative value elsewhere. In the next mask the second row
# is fully masked. In ``float32`` its two scores are equal, and so are its weights.


class AdditiveMask(torch.nn.Module):
    def __init__(self, visible):
        super().__init__()
        mask = torch.zeros(visible.shape).masked_fill(~visible, -1e9)
        self.register_buffer("mask", mask)

    def forward(self, scores):
        return (scores + self.mask).softmax(dim=-1)


additive = AdditiveMask(torch.tensor([[True, False], [False, False]]))
additive(torch.zeros(2, 2))

# %%
# .. _move10:
#
# The lowest finite value of ``float16`` is -65504, so ``half()`` casts ``-1e9`` to
# ``-inf``. The softmax subtracts the largest score of a row from the others, and
# ``-inf`` minus ``-inf`` is NaN: a row of nothing but ``-inf`` becomes NaN, without an
# error. A row with a finite score is as before.

# sphinx_gallery_card
additive.half()
print(torch.finfo(torch.float16).min)
print(additive(torch.zeros(2, 2).half()))

# %%
# ``bfloat16`` has the range of ``float32``, and ``-1e9`` stays finite. A mask of the
# lowest value of ``float32`` becomes ``-inf`` in ``bfloat16`` too, since the cast
# rounds to fewer digits. Each line has a value, what it is in ``float16``, and what it
# is in ``bfloat16``.

for value in (-1e4, -1e9, torch.finfo(torch.float32).min):
    mask = torch.tensor(value)
    print(f"{value:.1e}  {mask.half().item():8.1e}  {mask.bfloat16().item():8.1e}")

# %%
# The lowest value of the right ``dtype`` does not save an additive mask either. In
# ``float16`` its sum with a score of -16 or less is ``-inf``, and the sum of two such
# masks is ``-inf`` in every ``dtype``. So fill the scores instead of adding a mask, and
# combine boolean masks with ``&``.

lowest = torch.finfo(torch.float16).min
mask = torch.full((1, 2), lowest, dtype=torch.float16)
low = torch.full((1, 2), -16.0, dtype=torch.float16)
print((low + mask).softmax(dim=-1), (mask + mask).softmax(dim=-1))
hidden = torch.ones(1, 2, dtype=torch.bool)
print(low.masked_fill(hidden, lowest).softmax(dim=-1))

# %%
# Booleans also take a quarter of the memory of ``float32``. Twelve layers with a mask
# of 1024 × 1024 each add 48 MiB to a file, or 12 MiB as booleans. A mask that is not
# persistent adds nothing.

import io


def mebibytes(mask, persistent):
    layers = torch.nn.ModuleList(torch.nn.Module() for _ in range(12))
    for layer in layers:
        layer.register_buffer("mask", mask.clone(), persistent)
    file = io.BytesIO()
    torch.save(layers.state_dict(), file)
    return len(file.getvalue()) // 2**20


large = torch.ones(1024, 1024, dtype=torch.bool)
print(mebibytes(large.float(), True), mebibytes(large, True), mebibytes(large, False))

# %%
# .. _mask1:
#
# How far does the NaN of one row spread?
# ---------------------------------------
#
# Through the whole text, in the next attention layer. The second text of the batch is
# padded on the left and the mask is causal, so the first 28 positions see nothing. The
# next class is an attention layer that takes either of the two modules above.


class Attention(torch.nn.Module):
    def __init__(self, weigh, size=256, heads=4):
        super().__init__()
        self.qkv = torch.nn.Linear(size, 3 * size)
        self.weigh, self.heads = weigh, heads

    def forward(self, x):
        shape = (*x.shape[:2], self.heads, -1)
        parts = self.qkv(x).split(x.shape[2], dim=2)
        q, k, v = (torch.transpose(part.reshape(shape), 1, 2) for part in parts)
        weights = self.weigh(q @ torch.transpose(k, 2, 3) / q.shape[3] ** 0.5)
        return torch.transpose(weights @ v, 1, 2).reshape(x.shape)


# %%
# ``count`` returns how many rows of each text have NaN. With the additive mask these
# are 28 rows of the second text after the first layer, and all 128 after the second.
# The second layer computes NaN keys and values from the 28 rows: NaN plus ``-inf`` is
# NaN, and a value that is NaN stays NaN if its weight is 0.


def count(y):
    return torch.isnan(y).any(dim=-1).sum(dim=-1).tolist()


x = torch.randn(2, 128, 256).half()
for weigh in (AdditiveMask(visible), MaskedSoftmax(visible)):
    first, second = Attention(weigh).half(), Attention(weigh).half()
    print(type(weigh).__name__, count(first(x)), count(second(first(x))))

# %%
# ``nan_to_num`` on the output does not help in training. The output has no NaN and the
# loss leaves out the padding, yet every row of the gradient has NaN: the backward pass
# multiplies the NaN weights of the padding by a gradient of 0.

for weigh in (AdditiveMask(visible), MaskedSoftmax(visible)):
    layer = Attention(weigh).half()
    y = torch.nan_to_num(layer(x))
    (y[words].float() ** 2).mean().backward()
    gradient = layer.qkv.weight.grad
    print(type(weigh).__name__, count(y), count(gradient))

# %%
# .. _mask2:
#
# Which value may ``masked_fill`` put into ``float16`` scores?
# ------------------------------------------------------------
#
# A value in the range of ``float16``, or ``-inf``, which gives NaN if a row is fully
# masked. For a value out of range ``masked_fill`` raises an error, whereas the cast of
# a buffer raises none.

try:
    scores.half().masked_fill(~visible, -1e9)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# The error also comes under ``autocast``, which computes the scores in ``float16``
# while the model and its input stay ``float32``. Ask the scores for their ``dtype``,
# not the input or a weight: the lowest value of ``float32`` is out of range as well.

query, keys = torch.randn(2, 4, 128, 64), torch.randn(2, 4, 64, 128)
with torch.autocast("cpu", dtype=torch.float16):
    scores = query @ keys
    print(query.dtype, scores.dtype)
    print(torch.isnan(MaskedSoftmax(visible)(scores)).any().item())
    try:
        scores.masked_fill(~visible, torch.finfo(query.dtype).min)
    except RuntimeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# An additive mask gives no NaN here, since ``autocast`` casts no buffer: ``-1e9`` is
# still ``float32``, and so is its sum with the scores, which takes twice the memory of
# ``float16``.

with torch.autocast("cpu", dtype=torch.float16):
    total = scores + AdditiveMask(visible).mask
    print(total.dtype, torch.isnan(total.softmax(dim=-1)).any().item())

# %%
# .. _mask3:
#
# What does torch's own attention return for a fully masked row?
# --------------------------------------------------------------
#
# .. since:: 2.5
#
# ``scaled_dot_product_attention`` takes a boolean mask, in which ``True`` means
# visible, and returns zeros for a row of ``False`` or of ``-inf``; before torch 2.5 it
# returned NaN. For a row of ``-1e9`` it returns the mean of all values, and zeros after
# a cast to ``float16``. Each line says whether the row is zero and whether it is the
# mean.

value = torch.randn(2, 4, 128, 64)
for dtype in (torch.float32, torch.float16):
    q, v = query.to(dtype), value.to(dtype)
    for mask in (visible, AdditiveMask(visible).mask.to(dtype)):
        y = torch.nn.functional.scaled_dot_product_attention(q, q, v, mask)
        zeros = not y[1, :, 0].any().item()
        mean = torch.allclose(y[1, :, 0], v[1].mean(dim=1), atol=1e-3)
        print(dtype, mask.dtype, zeros, mean)

# %%
# In the masks of ``MultiheadAttention`` ``True`` means hidden. The layer turns boolean
# masks into ``-inf`` and by default returns NaN for a fully masked row, in ``float32``
# too. With ``need_weights=False`` the layer calls ``scaled_dot_product_attention``. In
# evaluation mode without gradients another implementation may run, which returns NaN.

x, options = x.float(), {"attn_mask": ~causal, "key_padding_mask": ~words}
layer = torch.nn.MultiheadAttention(256, 4, batch_first=True)
y, _ = layer(x, x, x, **options)
fast, _ = layer(x, x, x, **options, need_weights=False)
with torch.no_grad():
    evaluated, _ = layer.eval()(x, x, x, **options, need_weights=False)
print(count(y), count(fast), count(evaluated))

# %%
# A cure for every layer and every kind of mask is to leave no row fully masked. Let the
# rows that see nothing see everything, and ignore their output: it is arbitrary, as it
# is with ``MaskedSoftmax``.

opened = visible | ~visible.any(dim=-1, keepdim=True)
hidden = ~opened.expand(2, 4, 128, 128).reshape(8, 128, 128)
with torch.no_grad():
    for need_weights in (True, False):
        y, _ = layer(x, x, x, attn_mask=hidden, need_weights=need_weights)
        print(need_weights, count(y))

# %%
# Why does a counter stop at 256 or 2048?
# ---------------------------------------
#
# The next module counts its calls in a floating-point buffer and in an integer buffer.


class Counter(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("count", torch.tensor(0.0))
        self.register_buffer("steps", torch.tensor(0))

    def forward(self):
        self.steps.add_(1)
        return self.count.add_(1)


# %%
# .. _move9:
#
# From 256 on the next value of ``bfloat16`` is 2 away, and the sum with 1 is rounded
# back. The floating-point counter stops there, without an error. The cast has left the
# other counter an integer, which goes on.

counter = Counter().bfloat16()
for _ in range(300):
    counter()
print(counter.count, counter.steps)

# %%
# In ``float16`` the counter stops at 2048. The next cell counts to 3000 in either
# ``dtype`` and draws the value of the floating-point buffer.

# sphinx_gallery_hide_state = "counter"
import matplotlib.pyplot as plt

plt.xlabel("steps")
plt.ylabel("count")
for dtype in (torch.bfloat16, torch.float16):
    counter, counts = Counter().to(dtype), []
    for _ in range(3000):
        counts.append(int(counter()))
    plt.plot(range(1, 3001, 8), counts[::8], label=str(dtype))
    plt.legend()
    print(counter.count, counter.steps)

# %%
# .. figure:: images/sphx_glr_saturation_and_masks_001.svg
#    :alt: Two lines rise together, by one at each step. The line for bfloat16 is flat
#          from 256 on, the line for float16 from 2048 on.
#
# ``float32`` has such a limit too, at 16777216. Up to its limit each of these types has
# every integer, beyond the limit only some.

for dtype in (torch.bfloat16, torch.float16, torch.float32):
    limit = torch.tensor(2 / torch.finfo(dtype).eps, dtype=dtype)
    print(dtype, int(limit), int(limit + 1), int(limit + 2))

# %%
# Sums go wrong like counts. Of 64 images in each batch a model has 60 right, which is
# an accuracy of 0.9375. After 1000 batches the accuracy is wrong unless both buffers
# are integers; in ``bfloat16`` both sums have stopped at 16384.


class Accuracy(torch.nn.Module):
    def __init__(self, zero):
        super().__init__()
        self.register_buffer("right", torch.tensor(zero))
        self.register_buffer("images", torch.tensor(zero))

    def forward(self, right, images):
        self.right += right
        self.images += images
        return (self.right / self.images).item()


# sphinx_gallery_hide_state = "accuracy"
for zero, dtype in ((0.0, torch.bfloat16), (0.0, torch.float16), (0, torch.float16)):
    accuracy = Accuracy(zero).to(dtype)
    results = [accuracy(60, 64) for _ in range(1000)]
    print(accuracy.right.dtype, accuracy.right.item(), f"{results[-1]:.4f}")

# %%
# BatchNorm counts in an integer buffer too: ``num_batches_tracked`` is ``int64``, and
# ``half()`` leaves it so. ``type``, which casts every tensor, :ref:`makes a float of it
# <cast2>`.

norm = torch.nn.BatchNorm2d(64).half()
print(norm.running_mean.dtype, norm.num_batches_tracked.dtype)

# %%
# Why is the result ``float32`` in a ``bfloat16`` model?
# ------------------------------------------------------
#
# Because a ``float32`` tensor with at least one dimension takes part. The next module
# normalises speech features by statistics, a mean for each of 80 bands and one scale.


class Features(torch.nn.Module):
    def __init__(self, bands=80, size=256):
        super().__init__()
        self.register_buffer("mean", torch.zeros(bands))
        self.register_buffer("scale", torch.tensor(1.0))
        self.linear = torch.nn.Linear(bands, size)

    def forward(self, x):
        return self.linear((x - self.mean) * self.scale)


# %%
# .. _move11:
#
# The statistics are assigned after the cast, so the two buffers are ``float32``. The
# difference with the mean is ``float32``. The product with the scale is ``bfloat16``: a
# tensor without dimensions acts like a Python number. The linear layer does not accept
# the ``float32`` difference.

model = Features().bfloat16()
model.mean, model.scale = torch.full((80,), -4.0), torch.tensor(0.25)
x = torch.randn(2, 1000, 80, dtype=torch.bfloat16)
print((x - model.mean).dtype, (x * model.scale).dtype)
try:
    model(x)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Call ``model.bfloat16()`` again to cast the new buffers too. Or keep the statistics in
# ``float32``, compute with them in ``float32``, and cast the result to the ``dtype`` of
# the next layer.


class Standardised(Features):
    def forward(self, x):
        features = (x - self.mean) * self.scale
        return self.linear(features.to(self.linear.weight.dtype))


# sphinx_gallery_hide_state = "standardised"
standardised = Standardised().bfloat16()
standardised.mean, standardised.scale = model.mean, model.scale
print(standardised.mean.dtype, standardised(x).dtype)

# %%
# ``result_type`` tells the ``dtype`` of a result in advance. Of two floating-point
# tensors with dimensions the wider one decides, and ``bfloat16`` with ``float16`` gives
# ``float32``. Integers and booleans do not widen ``x``. Python numbers and tensors
# without dimensions do not either, unless they are floats and ``x`` has integers.

others = [torch.ones(80), torch.ones(80, dtype=torch.float16), torch.tensor(1.0)]
others += [torch.arange(80), 1.0]
for other in others:
    kind = other.dtype if isinstance(other, torch.Tensor) else type(other).__name__
    print(kind, getattr(other, "ndim", "-"), torch.result_type(x, other))

# %%
# Check yourself
# --------------
#
# Each question begins with a new module, whose floating-point buffers are ``float32``.

additive = AdditiveMask(torch.tensor([[True, False], [False, False]]))
additive.half().float()(torch.zeros(2, 2))[1]

# %%
# .. check::
#
#    - ``tensor([0.5000, 0.5000])``
#    - ``tensor([0., 0.])``
#    - ``tensor([nan, nan])``
#
#    ``half()`` has made ``-inf`` of ``-1e9``, and ``float()`` keeps ``-inf``.

counter = Counter().bfloat16()
for _ in range(1000):
    counter()
int(counter.count), counter.steps.item()

# %%
# .. check::
#
#    - ``(1000, 1000)``
#    - ``(256, 1000)``
#    - ``(256, 256)``
#
#    The sum of 256 and 1 is 256 in ``bfloat16``. The other counter is an integer, which
#    the cast leaves as it is.

with torch.autocast("cpu", dtype=torch.float16):
    scores = query @ keys
    total = scores + AdditiveMask(visible).mask
scores.dtype, total.dtype

# %%
# .. check::
#
#    - ``(torch.float16, torch.float16)``
#    - ``(torch.float16, torch.float32)``
#    - ``(torch.float32, torch.float32)``
#
#    ``autocast`` computes the product of matrices in ``float16``. The mask is a
#    ``float32`` buffer with dimensions, so the sum is ``float32``.

model = Features().bfloat16()
model.scale = torch.tensor([0.25])
(x * model.scale).dtype

# %%
# .. check::
#
#    - ``torch.bfloat16``
#    - ``torch.float32``
#
#    The scale has one dimension here, and a ``float32`` tensor with a dimension widens
#    the product.
#
# Remember
# --------
#
# - Store a mask as booleans, and fill with the lowest value of the ``dtype`` of the
#   scores.
# - A fully masked row gives NaN if its scores are all ``-inf``, and the NaN spreads to
#   the whole text and to the gradients.
# - Count and sum in integers: a counter stops at 256 in ``bfloat16`` and at 2048 in
#   ``float16``.
# - A ``float32`` buffer with a dimension makes the result ``float32``; cast the result
#   before the next layer.
#
# If you cast the model in the middle of training, read
# :doc:`/gallery/moving/optimizers_across_a_move`.
