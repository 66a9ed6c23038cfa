"""
BatchNorm as the reference stateful module
==========================================

Batch normalisation keeps three buffers, and every call in training mode changes them,
whatever is frozen.

By the end of this page you can predict these lines:

>>> frozen.weight.requires_grad, frozen.num_batches_tracked
(False, tensor(3))
>>> once.num_batches_tracked, twice.num_batches_tracked
(tensor(1), tensor(2))
"""

import contextlib

import matplotlib.pyplot as plt
import torch
from torch.utils.checkpoint import checkpoint

# %%
# A batch normalisation holds two parameters, which an optimizer changes, and three
# buffers, which its ``forward`` changes: a running mean, a running variance and a count
# of batches.

norm = torch.nn.BatchNorm1d(1, momentum=0.5)
print([name for name, _ in norm.named_parameters()])
for name, buffer in norm.named_buffers():
    print(name, buffer.item())

# %%
# .. _train9:
#
# Call it in training mode, with a batch whose mean is 1. The result is normalised with
# the batch's own mean and variance. The buffers only record: each statistic goes half
# of the way to the batch's, since ``momentum`` is 0.5, and the counter goes to 1.


def show(norm):
    print(*(f"{buffer.item():g}" for buffer in norm.buffers()))


x = torch.tensor([[0.0], [2.0]])
print(norm(x).detach())
show(norm)

# %%
# The variance went from 1 to 1.5, half of the way to 2. So what is recorded is the
# unbiased estimate, which divides by the size of the batch less one. The result above
# was divided by the root of the other one.

print(x.var(correction=1), x.var(correction=0))

# %%
# Freeze the parameters and call the layer, then call it under ``no_grad``. The buffers
# change both times: freezing and ``no_grad`` are about gradients, and this update has
# none.

frozen = norm.requires_grad_(False)
frozen(x)
show(frozen)
with torch.no_grad():
    frozen(x)
show(frozen)

# %%
# ``eval()`` stops the update. It also changes the result, which is now normalised with
# the buffers.

frozen.eval()
mean, variance = frozen.running_mean, frozen.running_var + frozen.eps
print(torch.allclose(frozen(x), (x - mean) / variance.sqrt()))
show(frozen)

# %%
# .. _drift:
#
# This is how a "frozen" model drifts. Take two layers that are frozen alike, one in
# each mode, and show them 40 batches whose mean is 4. Then ask both, in evaluation
# mode, what they make of the input 0, and print it beside the last running mean.

shifted = torch.tensor([[3.0], [5.0]])
plt.xlabel("batches")
plt.ylabel("running_mean")
for mode in ("train", "eval"):
    layer = torch.nn.BatchNorm1d(1).requires_grad_(False).train(mode == "train")
    means = [0.0]
    for _ in range(40):
        layer(shifted)
        means.append(layer.running_mean.item())
    plt.plot(means, label=mode)
    plt.legend()
    print(mode, f"{means[-1]:.2f} {layer.eval()(torch.zeros(1, 1)).item():.2f}")

# %%
# .. figure:: images/sphx_glr_batch_normalisation_001.svg
#    :alt: Two lines start at 0. The running mean of the layer in training mode rises to
#          2.61 after 10 batches and to 3.94 after 40; that of the layer in evaluation
#          mode stays at 0.
#
# No parameter changed, and yet the two layers answer differently. One call undoes
# ``eval()``: a training loop says ``model.train()``, which reaches each submodule. Set
# the layer's mode again after it, or use :ref:`a layer of buffers alone <struct8>`.

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(1, 1), frozen)
model.train()
print(frozen.training)
model[1].eval()
print(model.training, frozen.training)

# %%
# A ``momentum`` of 0 is no substitute. It holds the mean and the variance, but the
# counter counts, and the result is still that of the batch.

held = torch.nn.BatchNorm1d(1, momentum=0.0)
print(held(x).detach())
show(held)

# %%
# Another way to have no update is to have no buffers. The constructor's
# ``track_running_stats=False`` leaves :ref:`slots that are None <enum4>`, and the layer
# uses the statistics of the batch in evaluation mode too.

unused = torch.nn.BatchNorm1d(1, track_running_stats=False)
print(unused.running_mean, unused.running_var, unused.num_batches_tracked)
print(unused.eval()(x).detach())

# %%
# The same flag set later does something else. The buffers stay, and stay as they are.
# In training mode the layer uses the batch, in evaluation mode the buffers.

later = torch.nn.BatchNorm1d(1)
later.track_running_stats = False
print(later(x).detach())
show(later)
print(later.eval()(x).detach())

# %%
# The counter is there for ``momentum=None``. A batch then weighs one divided by the
# count, so that all of them weigh the same in the end: after batches with the means 1,
# 3 and 8 the running mean is 1, 2 and 4.

cumulative = torch.nn.BatchNorm1d(1, momentum=None)
for mean in (1, 3, 8):
    cumulative(x - 1 + mean)
    print(cumulative.num_batches_tracked.item(), cumulative.running_mean.item())

# %%
# So a wrong count is a wrong mean. Set it to zero, and the next batch counts as the
# first: its mean replaces all that was recorded. Old checkpoints have no counter;
# :ref:`what a load does about it <load18>` is told where migrations are.

cumulative.num_batches_tracked.zero_()
cumulative(x)
print(cumulative.running_mean)

# %%
# .. _train10:
#
# A call that you do not see counts too. Activation checkpointing keeps no intermediate
# results: it runs ``forward`` again during the backward pass. The buffers are updated
# again with it, and the batch is recorded twice.

twice = torch.nn.BatchNorm1d(1, momentum=0.5)
batch = x.clone().requires_grad_(True)
y = checkpoint(twice, batch, use_reentrant=False)
show(twice)
y.sum().backward()
show(twice)

# %%
# To record it once, leave the layer out of what is checkpointed, or let the second run
# put the buffers back. ``context_fn`` returns a context for each run. The second one
# needs ``finally``: its run may end early, with an exception.


@contextlib.contextmanager
def restored(norm):
    kept = [(buffer, buffer.clone()) for buffer in norm.buffers()]
    try:
        yield
    finally:
        for buffer, value in kept:
            buffer.copy_(value)


once = torch.nn.BatchNorm1d(1, momentum=0.5)
contexts = contextlib.nullcontext(), restored(once)
y = checkpoint(once, batch, use_reentrant=False, context_fn=lambda: contexts)
y.sum().backward()
show(once)

# %%
# .. rubric:: Remember
#
# - In training mode each call updates the buffers, under ``no_grad`` and with frozen
#   parameters too. ``eval()`` stops it, and ``model.train()`` starts it again.
# - ``track_running_stats=False`` makes no buffers; set later, it keeps the old ones.
# - Activation checkpointing calls ``forward`` twice, so a batch is recorded twice.
