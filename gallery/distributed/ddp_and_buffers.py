"""
DDP and buffers
===============

``DistributedDataParallel`` (DDP) never averages buffers: it copies those of rank 0 over
the others, when it wraps a module and again before each forward that synchronises.

By the end of this page you can predict these lines:

>>> ranks["count"][1]["seen"], ranks["count"][1]["after"]
([0.0, 1.0, 2.0], [2.0, 3.0, 4.0])
>>> ranks["switch_off"][1]["broadcast_buffers"]
[0.0, 1.0, 1.0]
"""

import json
import os
import subprocess
import sys

import torch

# %%
# DDP trains a copy of a model in each process; the number of a process is its rank.
# This page runs two, with :download:`_ranks.py
# <../../../gallery/distributed/_ranks.py>`. Both call the same functions, and rank 0
# prints what each returned on each rank. They leave by ``os._exit``: at the usual end
# of Python a ``gloo`` thread may abort them.
#
# .. literalinclude:: ../../../gallery/distributed/_ranks.py
#    :pyobject: main

command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
run = subprocess.run(
    [*command, "--nproc-per-node=2", "_ranks.py"],
    env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"},
    stdout=subprocess.PIPE,
    check=True,
)
ranks = json.loads(run.stdout)
list(ranks)

# %%
# .. _dist1:
#
# First wrap a model whose tensors hold the number of their rank. DDP copies the
# parameter and both buffers of rank 0 to rank 1, the non-persistent one too. The plain
# tensor attribute keeps a value of its own on each rank.
#
# .. literalinclude:: ../../../gallery/distributed/_ranks.py
#    :start-at: class Filled
#    :end-before: class Counter


def join(values):
    return " ".join(f"{value:g}" for value in values)


def show(function):
    first, second = ranks[function]
    print(f"{'':20} {'rank0':8} rank1")
    for name in first:
        print(f"{name:20} {join(first[name]):8} {join(second[name])}")


show("wrap")

# %%
# .. _dist2:
#
# Next, a count: each forward adds 1 on rank 0 and 2 on rank 1. Before each forward DDP
# writes the count of rank 0 over that of rank 1, and what rank 1 has added is lost.
# Nothing is averaged.
#
# .. literalinclude:: ../../../gallery/distributed/_ranks.py
#    :start-at: class Counter
#    :end-before: def evaluate

show("count")

# %%
# To count what all ranks see, add it up yourself. With ``reduced=True`` the forward
# first sums its step over the ranks. The copy of rank 0 then changes nothing.

show("count_together")

# %%
# The statistics of ``BatchNorm1d`` are buffers. Rank 0 sees the mean 8, rank 1 the mean
# 16, and a forward in training mode goes half of the way there. The second one of rank
# 1 starts at the 4 of rank 0 and ends at 10. The third forward runs in evaluation mode,
# and DDP synchronises all the same: rank 1 ends with what rank 0 has seen.
#
# .. literalinclude:: ../../../gallery/distributed/_ranks.py
#    :pyobject: evaluate

show("evaluate")

# %%
# .. _dist3:
# .. since:: 2.7 DistributedDataParallel(init_sync)
# .. since:: 2.13 DistributedDataParallel(forward_sync_buffers)
#
# Three arguments switch this off. Set one to ``False`` and see the parameter and a
# buffer after wrapping. Then set the buffer to the number of the rank once more, and
# see it after a forward. On rank 1 a 1 is a value that rank 0 did not overwrite.
#
# .. literalinclude:: ../../../gallery/distributed/_ranks.py
#    :start-at: def switch_off
#    :end-before: def replace

show("switch_off")

# %%
# .. since:: 2.1
#
# With ``broadcast_buffers=False`` buffers that differ at the start stay different:
# since 2.1 it skips the first copy too. From 2.13 on it is deprecated. Its successor
# ``forward_sync_buffers=False`` makes the first copy and skips the later ones.

print(*ranks["deprecate"][0], sep="\n")

# %%
# .. _dist4:
# .. since:: 1.10
#
# A buffer that is reassigned or registered after wrapping is synchronised as well: DDP
# makes its list of buffers anew before it copies. Up to 1.9 it kept the first list, and
# only what was written in place reached the other ranks. Even now a list that is empty
# at the wrapping stays empty: there, register first and wrap afterwards.
#
# .. literalinclude:: ../../../gallery/distributed/_ranks.py
#    :start-at: def replace
#    :end-before: def run_twice

show("replace")
show("start_empty")

# %%
# .. _dist5:
#
# The copy is a write in place. In earlier releases two forwards before one backward
# pass failed, since the second one wrote over a buffer that the first had kept for its
# gradients. A write by hand, without DDP, shows the error.

norm = torch.nn.BatchNorm1d(1)
x = torch.tensor([[1.0], [3.0]])
first = norm(x)
norm.running_mean.copy_(torch.zeros(1))
try:
    (first + norm(x)).sum().backward()
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# This is why code for GANs and shared encoders often says ``broadcast_buffers=False``.
# Now DDP hides its write from autograd, and two forwards work: two rows, twice, give
# the bias a gradient of 4.
#
# .. literalinclude:: ../../../gallery/distributed/_ranks.py
#    :start-at: def run_twice
#    :end-before: def refuse

show("run_twice")

# %%
# The write is hidden, not gone. In ``overwrite`` the weight is 1, so its gradient
# should be the mean of the two losses, 4. It is 3.5: on rank 1 the second forward wrote
# a 1 over the 2 that the first had kept. A clone is safe.

show("overwrite")

# %%
# .. _dist6:
#
# DDP refuses a module without any parameter to train, whether it has only buffers or
# its parameters are frozen. Such a module needs no wrapper: send its buffers yourself.
#
# .. literalinclude:: ../../../gallery/distributed/_ranks.py
#    :start-at: def refuse
#    :end-before: def skip

print(*ranks["refuse"][0], sep="\n")
show("send")

# %%
# .. _dist12:
#
# A forward under ``no_grad`` or ``no_sync`` makes the next forward skip the copy. The
# flag for this, ``require_forward_param_sync``, is not documented. Of these four the
# first two run in such a context: the second and the third keep the 1 of rank 1.
#
# .. literalinclude:: ../../../gallery/distributed/_ranks.py
#    :pyobject: skip

show("skip")

# %%
# .. rubric:: Remember
#
# - Rank 0 overwrites the buffers of the others, in evaluation mode too.
# - Reduce or send buffers yourself where rank 0 must not decide alone.
# - Two forwards before a backward pass: clone the buffers that the gradient needs.
#
# Back to the start: :doc:`/gallery/start/saving_a_model`
