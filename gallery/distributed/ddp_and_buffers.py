"""
DDP and buffers: sync, BatchNorm, saving
========================================

By default DDP copies the buffers of rank 0 to the other ranks before a forward pass and
never averages them; a file saved on rank 0 holds the statistics of rank 0.
"""

# %%
# .. folded:: The model of this page: a ResNet block

import torch


class Block(torch.nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(channels)

    def forward(self, images):
        return (images + self.bn1(self.conv1(images))).clamp(min=0)


# %%
# .. folded:: The block under DDP, here in a group of one process

import shutil
import tempfile
import weakref

from torch.nn.parallel import DistributedDataParallel


def join_alone():
    store = torch.distributed.HashStore()
    torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=1)


# sphinx_gallery_hide_state = "model, ddp"
join_alone()
model = Block(64)
ddp = DistributedDataParallel(model, forward_sync_buffers=False)
ddp(torch.randn(8, 64, 14, 14)).sum().backward()
folder = tempfile.mkdtemp()
clean_up = weakref.finalize(model, shutil.rmtree, folder)
path = f"{folder}/model.pt"

# %%
# In short
# --------
#
# .. in-short:: ddp, path
#
# Wrap the model with ``DistributedDataParallel(model, forward_sync_buffers=False)``:
# each rank then keeps the running statistics of its own batches. The argument needs
# torch 2.13; :ref:`before, use broadcast_buffers=False <ddp3>`. On all ranks, call
# ``average_statistics`` before you validate or save. It replaces the running means and
# the running variances by their averages over the ranks. Then one rank saves, and the
# others wait.

import torch
from torch import distributed


def average_statistics(model):
    for name, buffer in model.named_buffers():
        if name.endswith(("running_mean", "running_var")):
            distributed.all_reduce(buffer)
            buffer /= distributed.get_world_size()


average_statistics(ddp.module)
if distributed.get_rank() == 0:
    torch.save(ddp.module.state_dict(), path)
distributed.barrier()
print(list(torch.load(path, map_location="cpu")))

# %%
# Save the ``state_dict`` itself, not a plain ``dict`` of its tensors: from a plain
# ``dict`` BatchNorm loads :ref:`without reporting a missing counter <load18>`.
#
# Which tensors does DDP copy?
# ----------------------------
#
# DDP trains a copy of the model in each process; the number of a process is its rank.
# The rest of this page runs two processes with :download:`_ranks.py
# <../../../gallery/distributed/_ranks.py>`. Both call the same functions, and rank 0
# prints what each function returned on each rank.
#
# .. folded:: The code that runs the two processes

import json
import os
import subprocess
import sys

distributed.destroy_process_group()
clean_up()
command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
run = subprocess.run(
    [*command, "--nproc-per-node=2", "_ranks.py"],
    env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"},
    stdout=subprocess.PIPE,
    check=True,
)
ranks = json.loads(run.stdout.splitlines()[-1])

# %%
# .. folded:: The code that makes a table of what a function returned


def joined(values):
    return " ".join(f"{value:g}" for value in values)


def show(function):
    first, second = ranks[function]
    print(f"{'':20} {'rank 0':9} rank 1")
    for name in first:
        print(f"{name:20} {joined(first[name]):9} {joined(second.get(name, []))}")


# %%
# .. _dist1:
#
# When DDP wraps the model, it copies all parameters and all buffers of rank 0 to the
# other ranks, non-persistent buffers too. A plain tensor attribute keeps a value of its
# own on each rank. Each tensor of ``Filled`` holds the rank of its process; the table
# has each value before and after the wrapping.
#
# .. literalinclude:: ../../../gallery/distributed/_ranks.py
#    :start-at: class Filled
#    :end-before: def replace

show("wrap")

# %%
# .. _dist4:
# .. since:: 1.10
#
# Before a forward pass DDP copies buffers only. The parameters stay equal, since DDP
# averages the gradients. A buffer that was replaced or registered after the wrapping is
# copied as well: DDP lists the buffers of the model anew each time. Up to 1.9 DDP kept
# the first list, and only what was written in place reached the other ranks. The table
# has each value before and after a forward pass.
#
# .. literalinclude:: ../../../gallery/distributed/_ranks.py
#    :pyobject: replace

show("replace")

# %%
# If the model has no buffer when DDP wraps it, DDP does not list its buffers again, and
# a buffer that is registered later is not copied. Register the buffer before you wrap
# such a model.
#
# .. literalinclude:: ../../../gallery/distributed/_ranks.py
#    :pyobject: start_empty

show("start_empty")

# %%
# .. _dist6:
#
# DDP does not accept a module without any parameter to train, whether the module has
# only buffers or its parameters are frozen.
#
# .. literalinclude:: ../../../gallery/distributed/_ranks.py
#    :pyobject: refuse

print(*ranks["refuse"][0], sep="\n")

# %%
# .. _ddp1:
#
# Do not wrap such a module; use it as it is on each rank, and send its tensors to the
# other ranks. ``broadcast`` writes into the tensors of the ranks that receive. The next
# cell runs in a group of one process; under ``torchrun`` the default group is there
# after ``distributed.init_process_group()``.

import torch
from torch import distributed

# sphinx_gallery_hide_state = "teacher"
store = distributed.HashStore()
distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
teacher = torch.nn.Sequential(torch.nn.Conv2d(3, 64, 3), torch.nn.BatchNorm2d(64))
teacher.requires_grad_(False)
for tensor in (*teacher.parameters(), *teacher.buffers()):
    distributed.broadcast(tensor, src=0)
distributed.destroy_process_group()
print(len(list(teacher.parameters())), len(list(teacher.buffers())))

# %%
# Between two ranks: before ``broadcast`` the running means are 4 and 8, and afterwards
# both ranks have the 4 of rank 0.

show("send")

# %%
# .. _dist2:
#
# Are buffers averaged over the ranks?
# ------------------------------------
#
# By default they are not. ``Counter`` adds up its input in the buffer ``total``: rank 0
# adds 1 in each forward pass, rank 1 adds 2. Before each forward pass DDP writes the
# total of rank 0 over the total of rank 1, so what rank 1 has added is lost. ``seen``
# is the total at the beginning of a forward pass, ``after`` the total at its end.
#
# .. literalinclude:: ../../../gallery/distributed/_ranks.py
#    :start-at: class Counter
#    :end-before: def count_together

show("count")

# %%
# To count the inputs of all ranks, add up the steps in ``forward``. With
# ``reduced=True`` the two ranks add the same step, 3, and the copy of rank 0 changes
# nothing.

show("count_together")

# %%
# ``ddp.join()`` lets ranks have different numbers of batches, here three and two.
# Inside it the buffers do not come from rank 0: the ranks agree on the highest rank
# that has not run out of batches, here rank 1 for two batches and then rank 0. At the
# end the rank that ran out last sends its parameters and buffers to the others; if
# there are several, the highest of them.
#
# .. literalinclude:: ../../../gallery/distributed/_ranks.py
#    :pyobject: run_out

show("run_out")

# %%
# A hook can replace the copy. After each forward pass DDP calls the hook ``average``,
# which replaces the total by its average over the ranks. The method that registers the
# hook, ``_register_buffer_comm_hook``, is private and may change with any release. A
# reduction in ``forward`` needs public functions only.
#
# .. literalinclude:: ../../../gallery/distributed/_ranks.py
#    :pyobject: combine

show("combine")

# %%
# .. _pra24:
#
# On which rank should I save?
# ----------------------------
#
# On one rank, usually rank 0: the parameters are equal on all ranks, and several
# processes must not write one file at the same time. The buffers are not equal. In
# ``evaluate`` the running mean of BatchNorm goes half of the way to the mean of each
# batch, which is 8 on rank 0 and 16 on rank 1. The second forward pass of rank 1 starts
# at the 4 of rank 0 and ends at 10. The third forward pass runs in evaluation mode, and
# DDP copies all the same, so a rank that validates with ``ddp`` has the statistics of
# rank 0. A call of ``ddp.module`` copies nothing.
#
# .. literalinclude:: ../../../gallery/distributed/_ranks.py
#    :pyobject: evaluate

show("evaluate")

# %%
# So a file that rank 0 saves holds the statistics of the batches of rank 0. A file that
# rank 1 saves holds these statistics too, but for the last batch, which is of rank 1.
# In ``save`` each rank trains with three batches, saves, calls ``average_statistics``
# from the beginning of this page and saves again. The table has the running means in
# the two files of each rank. The mean of all batches is 12, and with three batches the
# running mean goes 7/8 of the way, so the file should hold 10.5.
#
# .. literalinclude:: ../../../gallery/distributed/_ranks.py
#    :start-at: def save(
#    :end-before: def convert

show("save")

# %%
# With the copies, ``forward_sync_buffers=True``, the average is 9, since only one batch
# of rank 1 is left. With ``False`` the average is 10.5. The average of the running
# variances does not count how far the means of the ranks are apart. With shuffled
# batches this distance is small.
#
# .. _chg3:
#
# What does ``convert_sync_batchnorm`` change?
# --------------------------------------------
#
# In training mode on GPUs ``SyncBatchNorm`` computes the mean and the variance over the
# batches of all ranks, so the running statistics are equal on all ranks.
# ``convert_sync_batchnorm`` replaces each BatchNorm layer of a model by a new module of
# the class ``SyncBatchNorm``. The old layer of this example has a buffer of its own, an
# attribute, and a hook that prints the shape of the output. Its class sets negative
# values to zero, as the class ``BatchNormAct2d`` of timm does.


class NormAct(torch.nn.BatchNorm2d):
    def forward(self, x):
        return super().forward(x).clamp(min=0)


torch.manual_seed(0)
images = torch.randn(8, 3, 32, 32)
stem = torch.nn.Sequential(torch.nn.Conv2d(3, 64, 3), NormAct(64))
norm, weight = stem[1], stem[1].weight
norm.register_forward_hook(lambda module, args, output: print(output.shape))
norm.register_buffer("seen", torch.tensor(0))
norm.stage = "stem"
print((stem.eval()(images) < 0).any().item())

# %%
# The new layer has the parameters and the buffers of BatchNorm from the old layer, the
# same objects under the same keys. An optimizer that was created before still trains
# them. The mode stays as it was. The hook, the attribute, the additional buffer and the
# ``forward`` of the class are gone, and no error says so: no shape is printed, and the
# output has negative values. Convert first, and register hooks and buffers afterwards.
# What a subclass computes must become a module of its own, such as a ``ReLU`` behind
# the layer.

# sphinx_gallery_card
# sphinx_gallery_hide_state = "norm"
converted = torch.nn.SyncBatchNorm.convert_sync_batchnorm(stem)
print(converted is stem, stem[1] is norm, type(stem[1]).__name__)
print(stem[1].weight is weight, stem[1].running_mean is norm.running_mean)
print(stem[1].training, hasattr(stem[1], "stage"), hasattr(stem[1], "seen"))
print((stem(images) < 0).any().item())

# %%
# .. identity:: stem[1].weight, norm.weight, stem[1].running_mean, norm.running_mean
#
#    The old layer ``norm`` is no longer part of the model. Both layers have the same
#    parameter and the same running mean.
#
# ``convert_sync_batchnorm`` changes the model and returns it. If the model is itself a
# BatchNorm layer, it returns a new module, so assign what it returns. DDP does not
# accept ``SyncBatchNorm`` in a model on a CPU.

print(torch.nn.SyncBatchNorm.convert_sync_batchnorm(norm) is norm)
print(ranks["convert"][0])

# %%
# .. _ddp2:
#
# Convert only a model on a GPU. The keys are the same with both classes, so a file that
# was saved after the conversion loads into a model that was not converted.

import torch

# sphinx_gallery_hide_state = "network"
network = torch.nn.Sequential(torch.nn.Conv2d(3, 64, 3), torch.nn.BatchNorm2d(64))
if torch.cuda.is_available():
    network.to("cuda")
    network = torch.nn.SyncBatchNorm.convert_sync_batchnorm(network)
print(list(network.state_dict()))

# %%
# .. _dist3:
#
# How do I switch the copies off?
# -------------------------------
#
# .. since:: 2.7 DistributedDataParallel(init_sync)
# .. since:: 2.13 DistributedDataParallel(forward_sync_buffers)
#
# Set one of three keyword arguments to ``False``. The table has three values for each
# argument: the parameter and a buffer after the wrapping, and the buffer, which was set
# to the rank once more, after a forward pass. On rank 1 a 1 is a value that rank 0 did
# not overwrite.
#
# .. literalinclude:: ../../../gallery/distributed/_ranks.py
#    :pyobject: switch_off

show("switch_off")

# %%
# ``init_sync=False`` leaves out the copy of parameters and buffers at the wrapping; the
# later copies of the buffers are made. Use it if all ranks have loaded the same file.
#
# .. since:: 2.1
#
# ``broadcast_buffers=False`` leaves out both copies of the buffers: buffers that differ
# at the start stay different. Up to 2.0 the first copy was made. From 2.13 on the
# argument is deprecated.

print(*ranks["deprecate"][0], sep="\n")

# %%
# .. _ddp3:
#
# ``forward_sync_buffers=False`` makes the copy at the wrapping and leaves out the later
# copies. Use it for statistics that you reduce yourself, and for buffers that never
# change, such as the table of a rotary position embedding. Before 2.13 use
# ``broadcast_buffers=False`` with buffers that are equal before the wrapping.

import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel

# sphinx_gallery_hide_state = "network, wrapped"
store = distributed.HashStore()
distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
network = torch.nn.Sequential(torch.nn.Conv2d(3, 64, 3), torch.nn.BatchNorm2d(64))
wrapped = DistributedDataParallel(network, forward_sync_buffers=False)
distributed.destroy_process_group()
print(wrapped.forward_sync_buffers)

# %%
# .. _dist12:
#
# Without these arguments too, some forward passes do not copy: each that follows a
# forward pass under ``no_grad``, as in a validation, or under ``no_sync``, as in the
# accumulation of gradients. In ``skip`` the first two of four forward passes run in
# such a context, and the buffer is set to the rank before each of the four. In the
# second and the third forward pass rank 1 keeps its 1.
#
# .. literalinclude:: ../../../gallery/distributed/_ranks.py
#    :pyobject: skip

show("skip")

# %%
# .. _dist5:
#
# Can a model run twice before one backward pass?
# -----------------------------------------------
#
# .. since:: 2.12
#
# Yes, since 2.12. DDP copies buffers in place. Before 2.12 the copy of the second
# forward pass changed a buffer that the first forward pass had kept for the backward
# pass, and the backward pass failed. A write by hand, without DDP, causes the same
# error.

discriminator = torch.nn.Sequential(
    torch.nn.Conv2d(3, 64, 4, stride=2, padding=1, bias=False),
    torch.nn.BatchNorm2d(64),
    torch.nn.ReLU(),
    torch.nn.Conv2d(64, 1, 4),
)
# sphinx_gallery_hide_state = "discriminator"
real, fake = torch.randn(8, 3, 8, 8), torch.zeros(8, 3, 8, 8)
first = discriminator(real)
discriminator[1].running_mean.copy_(torch.zeros(64))
try:
    (first + discriminator(fake)).sum().backward()
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# For this reason code for GANs and for shared encoders often says
# ``broadcast_buffers=False``. From 2.12 on autograd does not notice the copy. For
# BatchNorm in training mode the gradients are right: they depend on the mean and the
# variance of the batch, not on the buffers. For each of five parameters
# ``discriminate`` compares the gradient under DDP with the average of the gradients
# that the ranks compute without DDP.
#
# .. literalinclude:: ../../../gallery/distributed/_ranks.py
#    :start-at: def discriminate
#    :end-before: class Scaled

print(*ranks["discriminate"][0])

# %%
# The copy still takes place. If a forward pass keeps a buffer for the backward pass,
# and the next forward pass copies another value into this buffer, the gradient is
# wrong, and no error says so. The weight of ``Scaled`` is 1, so its gradient should be
# the mean of the two losses, 3 on rank 0 and 10 on rank 1. The first row has 5.5
# instead of 6.5: on rank 1 the second forward pass wrote 1 over the 2 that the first
# forward pass had kept.
#
# .. literalinclude:: ../../../gallery/distributed/_ranks.py
#    :start-at: class Scaled
#    :end-before: def ask

show("overwrite")

# %%
# The other rows have the right gradient, the mean of the losses: compute with a clone
# of the buffer, or call the model once, with both batches. For BatchNorm in training
# mode one call gives another output, since it normalises with the mean and the variance
# of both batches together.

together = discriminator(torch.cat((real, fake))).split(8)[0]
print(torch.allclose(together, discriminator(real)))

# %%
# Check yourself
# --------------
#
# Each rank runs ``ask``. The mean of the batch is 4 on rank 0 and 8 on rank 1, and the
# running mean goes half of the way from 0 to it. First with the default arguments:
#
# .. literalinclude:: ../../../gallery/distributed/_ranks.py
#    :start-at: def ask(
#    :end-before: EXPERIMENTS

ranks["ask"]

# %%
# .. check::
#
#    - ``[2.0, 4.0]``
#    - ``[2.0, 2.0]``
#    - ``[3.0, 3.0]``
#
#    The forward pass in evaluation mode begins with a copy too: the 2 of rank 0 is
#    written over the 4 of rank 1.
#
# Then with ``forward_sync_buffers=False``:

ranks["ask_switched_off"]

# %%
# .. check::
#
#    - ``[2.0, 4.0]``
#    - ``[2.0, 2.0]``
#    - ``[3.0, 3.0]``
#
#    Nothing is copied after the wrapping, and nothing is averaged: each rank has the
#    statistics of its own batches.

stem = torch.nn.Sequential(torch.nn.Conv2d(3, 64, 3), torch.nn.BatchNorm2d(64))
norm, weight = stem[1], stem[1].weight
torch.nn.SyncBatchNorm.convert_sync_batchnorm(stem)
stem[1] is norm, stem[1].weight is weight

# %%
# .. check::
#
#    - ``(True, True)``
#    - ``(False, True)``
#    - ``(False, False)``
#
#    The layer is a new module, and its tensors are the tensors of the old layer.
#
# Remember
# --------
#
# - By default the buffers of rank 0 are written over the buffers of the other ranks,
#   in evaluation mode too.
# - Save on one rank. With ``forward_sync_buffers=False`` and a reduction before, the
#   file holds the statistics of all ranks.
# - ``convert_sync_batchnorm`` keeps the tensors and loses what a layer had besides.
# - Two forward passes before one backward pass need torch 2.12. If a gradient depends
#   on a buffer, compute with a clone of the buffer.
#
# For the ``module.`` before the keys of ``ddp.state_dict()`` read
# :doc:`/gallery/saving/prefixes_and_wrappers`.
