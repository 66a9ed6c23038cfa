"""
BatchNorm: running stats, ``eval()``, freezing
==============================================

In training mode BatchNorm updates its running mean and running variance in each call,
even if its parameters are frozen and no gradients are recorded. Call ``eval()`` on the
BatchNorm layer to stop the updates, again after each ``model.train()``.
"""

# %%
# .. folded:: The model of this page: the ends of a ResNet-18

import contextlib

import matplotlib.pyplot as plt
import torch


# sphinx_gallery_hide_state = "model"
class ResNet(torch.nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(64)
        self.relu = torch.nn.ReLU()
        self.fc = torch.nn.Linear(64, classes)

    def forward(self, images):
        return self.fc(self.relu(self.bn1(self.conv1(images))).mean((2, 3)))


torch.manual_seed(0)
model, images = ResNet(12), torch.randn(8, 3, 32, 32)

# %%
# In short
# --------
#
# .. in-short:: model, images
#
# Freeze the BatchNorm layers of a model after each ``model.train()``, which puts every
# layer back into training mode. The frozen layers normalise with their running
# statistics and record nothing: the count of batches stays 0. ``freeze_batch_norm``
# finds the layers by the name of their class, ``SyncBatchNorm`` included. Leave out
# ``requires_grad_`` if their weight and bias are to be trained.

import torch


def freeze_batch_norm(model):
    for module in model.modules():
        if "BatchNorm" in type(module).__name__:
            module.eval().requires_grad_(False)


optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
model.train()
freeze_batch_norm(model)
model(images).sum().backward()
optimizer.step()
print(model.training, model.bn1.training, model.bn1.num_batches_tracked.item())

# %%
# .. _train9:
#
# What do the three buffers of BatchNorm record?
# ----------------------------------------------
#
# By default a BatchNorm layer has two parameters, ``weight`` and ``bias``, and three
# buffers: a running mean and a running variance for each channel, ``running_mean`` and
# ``running_var``, and a count of batches, ``num_batches_tracked``. ``recorded`` returns
# the values of the buffers of a layer with one channel.


def recorded(norm):
    return {name: buffer.item() for name, buffer in norm.named_buffers()}


norm = torch.nn.BatchNorm1d(1, momentum=0.5)
print([name for name, _ in norm.named_parameters()])
recorded(norm)

# %%
# In training mode the layer normalises with the mean and the variance of the batch. The
# output does not depend on the running statistics; the call only updates them, to
# ``(1 - momentum) * old + momentum * batch``. By default ``momentum`` is 0.1. Here it
# is 0.5, and the mean of the batch is 1, so the running mean goes from 0 to 0.5.

# sphinx_gallery_card
x = torch.tensor([[0.0], [2.0]])
print(norm(x).detach())
recorded(norm)

# %%
# There are two ways to compute the variance of a channel in this batch. The sum of the
# squared deviations divided by the number of values less one is 2; divided by the
# number of values it is 1. The running variance is updated with the 2, here from 1 to
# 1.5. The output is normalised with the 1.

print(x.var(correction=1), x.var(correction=0))

# %%
# .. _norm2:
#
# In training mode a batch must have more than one value for each channel. For
# predictions call ``eval()``. For training, let the ``DataLoader`` leave out a smaller
# last batch by ``drop_last=True``. The call that fails has counted: the panel shows
# that the count of batches is 2.

try:
    norm(torch.ones(1, 1))
except ValueError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Only ``momentum=None`` uses the count. The running mean is then the average of the
# means of all batches: after batches with the means 1, 3 and 8 it is 1, 2 and 4. With a
# wrong count the average is wrong: after the count is set to 0, the next batch replaces
# what was recorded.

# sphinx_gallery_hide_state = "cumulative, fresh"
cumulative = torch.nn.BatchNorm1d(1, momentum=None)
for mean in (1, 3, 8):
    cumulative(x - 1 + mean)
    print(cumulative.num_batches_tracked.item(), cumulative.running_mean.item())
cumulative.num_batches_tracked.zero_()
cumulative(x)
print(cumulative.num_batches_tracked.item(), cumulative.running_mean.item())

# %%
# A plain ``dict`` without :ref:`the versions <load18>` of a ``state_dict`` passes for a
# very old file, which has no counter. A load from it does not report that the counter
# is missing, and the layer keeps its own count.

state = dict(norm.state_dict())
del state["num_batches_tracked"]
print(cumulative.load_state_dict(state), recorded(cumulative))

# %%
# .. _drift:
#
# Why do the statistics of a frozen BatchNorm change?
# ---------------------------------------------------
#
# Because the update of the buffers needs no gradients. In training mode each call
# updates the buffers, also after ``requires_grad_(False)`` and under ``no_grad`` or
# ``inference_mode``.

# sphinx_gallery_hide_state = "frozen, layer, held"
frozen = torch.nn.BatchNorm1d(1, momentum=0.5).requires_grad_(False)
for context in (contextlib.nullcontext, torch.no_grad, torch.inference_mode):
    with context():
        frozen(x)
    print(context.__name__, recorded(frozen))

# %%
# ``eval()`` stops the update. It also changes the output: in evaluation mode the layer
# normalises with its running statistics.

before = recorded(frozen.eval())
mean, variance = frozen.running_mean, frozen.running_var + frozen.eps
print(torch.allclose(frozen(x), (x - mean) / variance.sqrt()))
recorded(frozen) == before

# %%
# Two layers have the same frozen parameters and get 40 batches whose mean is 4, one
# layer in training mode, the other in evaluation mode. The next cell prints the last
# running mean of each layer, and the output for the input 0 in evaluation mode. The two
# outputs differ, although no parameter has changed.

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
# ``momentum=0.0`` does not replace ``eval()``. The running mean and the running
# variance stay as they are, but the count goes up, and the output is still normalised
# with the batch.

held = torch.nn.BatchNorm1d(1, momentum=0.0)
print(held(x).detach())
recorded(held)

# %%
# Why does ``model.train()`` undo the freezing?
# ---------------------------------------------
#
# ``train()`` sets the mode of each submodule, whatever the mode was before. A loop that
# validates after each epoch calls ``eval()`` and ``train()`` in turn, so after the
# first validation the BatchNorm layer is in training mode. Its parameters are still
# frozen.

print(model.bn1.training, model.eval().train().bn1.training)
model.bn1.weight.requires_grad

# %%
# A model of your own can freeze its BatchNorm layers in ``train``. This also works if
# the model is a submodule of a larger model, whose ``train`` calls the ``train`` of
# each submodule. ``train`` must return the model, since ``eval()`` returns what
# ``train`` returned.


class FineTuned(ResNet):
    def train(self, mode=True):
        super().train(mode)
        freeze_batch_norm(self)
        return self


# sphinx_gallery_hide_state = "tuned"
tuned = torch.nn.Sequential(FineTuned(12), torch.nn.ReLU())
print(tuned.eval() is tuned, tuned.train()[0].training, tuned[0].bn1.training)
print(tuned(images).shape, tuned[0].bn1.num_batches_tracked.item())

# %%
# For a layer that is never to be trained again, use :ref:`a BatchNorm whose weight,
# bias and statistics are all buffers <struct8>`. Neither ``train()`` nor
# ``requires_grad_(True)`` makes such a layer train.
#
# What does ``track_running_stats=False`` change?
# -----------------------------------------------
#
# Passed to the constructor, ``track_running_stats=False`` makes no buffers:
# :ref:`their names are registered with None <enum4>` and are no keys of the
# ``state_dict``. Without buffers the layer normalises with the batch in evaluation mode
# too. Running statistics in a ``state_dict`` that you load are unexpected keys.

# sphinx_gallery_hide_state = "unused, later"
unused = torch.nn.BatchNorm1d(1, track_running_stats=False)
print(unused.running_mean, list(unused.state_dict()))
print(unused.eval()(x).detach())
try:
    unused.load_state_dict(norm.state_dict())
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Set to ``False`` later, the attribute stops the updates and keeps the buffers. The
# layer then normalises with the batch in training mode, and with the buffers in
# evaluation mode.

later = torch.nn.BatchNorm1d(1)
later.track_running_stats = False
print(later(x).detach(), later.eval()(x).detach())
recorded(later)

# %%
# .. _norm1:
#
# Can BatchNorm run in half precision?
# ------------------------------------
#
# Yes, but keep the running statistics in ``float32``. ``half()`` casts them to
# ``float16``, whose largest number is 65504. A running variance that would be larger
# becomes infinite. In training mode the output has numbers of the usual size; in
# evaluation mode the layer divides by infinity, and every output is the bias, here 0.

# sphinx_gallery_hide_state = "half, slow, mixed"
features = (300 * torch.randn(8, 64, 14, 14)).half()
half = torch.nn.BatchNorm2d(64).half()
for _ in range(30):
    y = half(features)
print(y.abs().max().item() > 1, half.running_var.mean().item())
print(half.eval()(features).abs().max().item())

# %%
# A small ``momentum`` is another reason. After 1000 batches with the mean 4 the running
# mean should be close to 4. In low precision the running mean stops earlier, because
# an update that is too small is rounded away.

for dtype in (torch.float32, torch.float16, torch.bfloat16):
    slow = torch.nn.BatchNorm1d(1, momentum=0.01).to(dtype)
    for _ in range(1000):
        slow(shifted.to(dtype))
    print(dtype, slow.running_mean.item())

# %%
# On a CPU a layer in ``float16`` does not accept input in ``float32``. A layer in
# ``float32`` accepts ``float16`` and returns ``float16``.

half = torch.nn.BatchNorm2d(64).half()
try:
    half(features.float())
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# .. _norm3:
#
# So after ``half()`` on a model, cast the BatchNorm layers back to ``float32``.
# Statistics that ``half()`` has rounded stay rounded: load them again from the file.

import torch

conv = torch.nn.Conv2d(3, 64, 3)
mixed = torch.nn.Sequential(conv, torch.nn.BatchNorm2d(64)).half()
for module in mixed.modules():
    if "BatchNorm" in type(module).__name__:
        module.to(torch.float32)
y = mixed(torch.randn(8, 3, 32, 32).half())
print(y.dtype, mixed[1].running_var.dtype)

# %%
# Under ``torch.autocast`` nothing is to be done: the model stays ``float32``, and so do
# the running statistics.

mixed.to(torch.float32)
with torch.autocast("cpu", dtype=torch.bfloat16):
    y = mixed(images)
print(y.dtype, mixed[1].running_var.dtype)

# %%
# .. _train10:
#
# Why does activation checkpointing count a batch twice?
# ------------------------------------------------------
#
# Activation checkpointing does not keep the intermediate results of ``forward``: it
# runs ``forward`` a second time in the backward pass. The second run updates the
# buffers too, so each batch is recorded twice.

# sphinx_gallery_hide_state = "twice, once"
from torch.utils.checkpoint import checkpoint

twice = torch.nn.Sequential(torch.nn.Conv2d(3, 64, 3), torch.nn.BatchNorm2d(64))
y = checkpoint(twice, images, use_reentrant=False)
print(twice[1].num_batches_tracked.item())
y.sum().backward()
print(twice[1].num_batches_tracked.item())

# %%
# Leave BatchNorm out of what is checkpointed, or restore the buffers after the second
# run. ``context_fn`` returns two context managers, one for each run. ``restored`` needs
# ``finally``: by default torch ends the second run by an exception as soon as it has
# the tensors that the gradients need. ``restored`` copies old values back, so it does
# not restore a buffer that ``forward`` replaced by a new tensor.


@contextlib.contextmanager
def restored(module):
    kept = [(buffer, buffer.clone()) for buffer in module.buffers()]
    try:
        yield
    finally:
        for buffer, value in kept:
            buffer.copy_(value)


# %%
# Make the context managers inside ``context_fn``, new ones for each call.
# ``Checkpointed`` is a ``Sequential`` with the same keys. Each of three iterations is
# counted once.


class Checkpointed(torch.nn.Sequential):
    def forward(self, x):
        def contexts():
            return contextlib.nullcontext(), restored(self)

        return checkpoint(super().forward, x, use_reentrant=False, context_fn=contexts)


once = Checkpointed(torch.nn.Conv2d(3, 64, 3), torch.nn.BatchNorm2d(64))
for _ in range(3):
    once(images).sum().backward()
    print(once[1].num_batches_tracked.item())

# %%
# Context managers that were made once serve for one iteration. The backward pass of the
# second iteration raises an error.

managers = contextlib.nullcontext(), restored(twice)
for _ in range(2):
    y = checkpoint(twice, images, use_reentrant=False, context_fn=lambda: managers)
    try:
        y.sum().backward()
        print(twice[1].num_batches_tracked.item())
    except AttributeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# Check yourself
# --------------
#
# Each question begins with new layers, whose ``running_mean`` is 0. The mean of the
# batch ``x`` is 1.

norm = torch.nn.BatchNorm1d(1, momentum=0.5).requires_grad_(False)
with torch.no_grad():
    norm(x)
norm.running_mean.item()

# %%
# .. check::
#
#    - ``0.0``
#    - ``0.5``
#    - ``1.0``
#
#    The layer is in training mode. Frozen parameters and ``no_grad`` do not stop the
#    update, which goes half of the way from 0 to 1.

model = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.BatchNorm1d(1))
model[1].eval()
model.train()
model(x)
model[1].num_batches_tracked.item()

# %%
# .. check::
#
#    - ``0``
#    - ``1``
#
#    ``model.train()`` has put the BatchNorm layer back into training mode.

norm = torch.nn.BatchNorm1d(1, track_running_stats=False)
norm(x)
len(list(norm.buffers())), norm.eval()(x).tolist() == norm.train()(x).tolist()

# %%
# .. check::
#
#    - ``(3, False)``
#    - ``(0, False)``
#    - ``(0, True)``
#
#    The layer has no running statistics, so it normalises with the batch in both modes.
#
# Remember
# --------
#
# - In training mode each call updates the buffers, also with frozen parameters and
#   under ``no_grad``. ``eval()`` on the layer stops it; ``model.train()`` undoes that.
# - Training mode normalises with the batch, evaluation mode with the running
#   statistics.
# - Keep the running statistics in ``float32``.
# - Activation checkpointing runs ``forward`` twice, so restore the buffers after the
#   second run.
#
# If you train with DDP, where each process sees other batches, or use
# ``SyncBatchNorm``, read :doc:`/gallery/distributed/ddp_and_buffers`.
