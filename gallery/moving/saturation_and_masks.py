"""
Counters, masks and promotion
=============================

The data type of a buffer decides how far a counter counts, whether a masked row stays
finite, and which data type a result has.

By the end of this page you can predict these lines:

>>> counter.count, counter.steps
(tensor(2048., dtype=torch.float16), tensor(3000))
>>> additive.mask[1]
tensor([-inf, -inf], dtype=torch.float16)
>>> vector(x).dtype, scalar(x).dtype
(torch.float32, torch.bfloat16)
"""

import io

import matplotlib.pyplot as plt
import torch

# %%
# .. _move9:
#
# This module counts its calls twice: in a floating buffer and in an integer one. After
# a cast to ``bfloat16`` and 300 calls the two disagree.


class Counter(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("count", torch.tensor(0.0))
        self.register_buffer("steps", torch.tensor(0))

    def forward(self):
        self.steps.add_(1)
        return self.count.add_(1)


counter = Counter().bfloat16()
for _ in range(300):
    counter()
print(counter.count, counter.steps)

# %%
# The floating counter stands still, without an error. Count to 3000 in both half
# precisions and draw what the floating buffer says. Print both buffers, and the step
# at which the floating one stopped.

plt.xlabel("steps")
plt.ylabel("count")
for dtype in (torch.bfloat16, torch.float16):
    counter, counts = Counter().to(dtype), []
    for _ in range(3000):
        counts.append(int(counter()))
    plt.plot(range(1, 3001, 8), counts[::8], label=str(dtype))
    plt.legend()
    print(counter.count, counter.steps, counts.index(counts[-1]) + 1)

# %%
# .. figure:: images/sphx_glr_saturation_and_masks_001.svg
#    :alt: Two lines rise together, by one at each step. The line for bfloat16 is flat
#          from 256 on, the line for float16 from 2048 on.
#
# The ``bfloat16`` counter stops at 256, the ``float16`` counter at 2048. There the next
# number that the data type can hold is 2 away: adding 1 is rounded back. ``float32``
# has such a limit too, at 16777216.

for dtype in (torch.bfloat16, torch.float16, torch.float32):
    limit = torch.tensor(2 / torch.finfo(dtype).eps, dtype=dtype)
    print(dtype, int(limit), int(limit + 1), int(limit + 2))

# %%
# So count in integers. ``to``, ``half`` and ``bfloat16`` leave an integer buffer as it
# is; the counter of a normalisation layer is one.

norm = torch.nn.BatchNorm1d(2).half()
print(norm.running_mean.dtype, norm.num_batches_tracked.dtype)

# %%
# .. _move10:
#
# An additive mask is a floating buffer too: 0 where attention may look, a large
# negative number where it may not. The second row here may look nowhere. In
# ``float32`` its weights are equal, which does no harm.


class AdditiveMask(torch.nn.Module):
    def __init__(self, visible):
        super().__init__()
        mask = torch.zeros(visible.shape).masked_fill(~visible, -1e9)
        self.register_buffer("mask", mask)

    def forward(self, scores):
        return (scores + self.mask).softmax(dim=-1)


visible = torch.tensor([[True, False], [False, False]])
additive = AdditiveMask(visible)
additive(torch.zeros(2, 2))

# %%
# The lowest ``float16`` number is -65504, so ``half`` turns the mask into ``-inf``. A
# row of nothing but ``-inf`` has no softmax: it becomes NaN, again without an error.

additive.half()
print(torch.finfo(torch.float16).min, additive.mask[1])
print(additive(torch.zeros(2, 2).half()))

# %%
# Store what is visible, not a number, in a boolean buffer. ``forward``
# takes the lowest number of the data type that it meets. All casts but
# :ref:`one of them <move4>` leave the buffer alone, and the row stays finite.


class BooleanMask(torch.nn.Module):
    def __init__(self, visible):
        super().__init__()
        self.register_buffer("visible", visible)

    def forward(self, scores):
        lowest = torch.finfo(scores.dtype).min
        return scores.masked_fill(~self.visible, lowest).softmax(dim=-1)


boolean = BooleanMask(visible).half()
print(boolean.visible.dtype)
print(boolean(torch.zeros(2, 2).half()))

# %%
# A boolean takes one byte, a ``float32`` number four. Save twelve layers with a mask of
# 1024 × 1024 each and see how many MiB the file has: both kinds of mask are persistent,
# so all of it is saved.


def mebibytes(kind):
    size = (1024, 1024)
    layers = [kind(torch.ones(size, dtype=torch.bool).tril()) for _ in range(12)]
    file = io.BytesIO()
    torch.save(torch.nn.ModuleList(layers).state_dict(), file)
    return len(file.getvalue()) // 2**20


print(mebibytes(AdditiveMask), mebibytes(BooleanMask))

# %%
# A mask that the code can compute again need not be saved at all. Register it with
# ``persistent=False``.

boolean.register_buffer("visible", visible, persistent=False)
print(list(additive.state_dict()), list(boolean.state_dict()))

# %%
# .. _move11:
#
# A buffer that escaped the cast acts on what it meets. Here a ``float32`` buffer scales
# a ``bfloat16`` activation. With one dimension it makes the result ``float32``; with
# none it counts as a number, and the activation keeps its data type.


class Scaled(torch.nn.Module):
    def __init__(self, scale):
        super().__init__()
        self.register_buffer("scale", scale)

    def forward(self, x):
        return x * self.scale


x = torch.ones(1, 2, dtype=torch.bfloat16)
vector, scalar = Scaled(torch.tensor([0.5])), Scaled(torch.tensor(0.5))
print(vector(x).dtype, scalar(x).dtype)

# %%
# The wider result is silent until it meets a layer of the cast model.

torch.manual_seed(0)
layer = torch.nn.Linear(2, 2).bfloat16()
try:
    layer(vector(x))
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# If the wider precision is wanted, cast the result back before it goes on.

layer(vector(x).to(x.dtype)).dtype

# %%
# .. rubric:: Remember
#
# - Count in integers: a floating counter stops at 256 in ``bfloat16`` and at 2048 in
#   ``float16``.
# - Store a mask as booleans, and fill with the lowest number of the scores' data type.
# - A ``float32`` buffer with a dimension makes ``bfloat16`` activations ``float32``.
