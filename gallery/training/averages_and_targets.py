"""
EMA, SWA and target networks
============================

To average a model over its training, as EMA (exponential moving average) and SWA do,
make a deep copy, average its parameters and its running statistics, copy every other
buffer, and keep the average in ``float32``. A target network is such a copy too.
"""

# %%
# .. folded:: The class of the model of this page

import torch


class Encoder(torch.nn.Module):
    def __init__(self, size=256, length=512):
        super().__init__()
        self.norm = torch.nn.BatchNorm1d(80)
        self.project = torch.nn.Linear(80, 3 * size)
        later = torch.ones(length, length).tril() == 0
        mask = torch.zeros(length, length).masked_fill(later, float("-inf"))
        self.register_buffer("mask", mask)

    def forward(self, x):
        mask = self.mask[: x.shape[1], : x.shape[1]]
        x = self.project(self.norm(x.reshape(-1, 80)).reshape(x.shape))
        q, k, v = x.split(x.shape[-1] // 3, dim=-1)
        return torch.nn.functional.scaled_dot_product_attention(q, k, v, mask)


# %%
# .. folded:: A model and a batch

# sphinx_gallery_hide_state = "model, average, scaled, middle, online, pair"
# sphinx_gallery_hide_state = "averaged, plain, module, other"
torch.manual_seed(0)
model, x = Encoder().bfloat16(), torch.randn(8, 100, 80).bfloat16()

# %%
# In short
# --------
#
# .. in-short:: model, x
#
# Make the average once, call ``update`` after each ``optimizer.step()``, and evaluate
# the average instead of the model. If the model is wrapped, pass the module inside,
# such as ``ddp.module``: ``update`` needs the same names in both. The average takes
# inputs in ``float32``; for a model in ``float64`` leave out ``float()``.

import copy

import torch

average = copy.deepcopy(model).float().eval().requires_grad_(False)


def update(average, model, decay=0.999):
    theirs = dict([*model.named_parameters(), *model.named_buffers()])
    for name, ours in [*average.named_parameters(), *average.named_buffers()]:
        if isinstance(ours, torch.nn.Parameter) or name.endswith(("_mean", "_var")):
            ours.lerp_(theirs[name].detach().to(ours), 1 - decay)
        else:
            ours.copy_(theirs[name])


update(average, model)
print(average.project.weight.dtype, average(x.float()).shape)

# %%
# .. _ema1:
#
# Which buffers are averaged, and which are copied?
# -------------------------------------------------
#
# ``ours.lerp_(new, 0.001)`` adds to ``ours`` a thousandth of the difference between the
# two. The difference between two values of ``-inf`` is NaN, so averaging would turn a
# causal mask into NaN, and then the output of the attention that uses it.

mask = average.mask.clone()
print(mask[:2, :2])
print(mask.lerp_(model.mask.float(), 0.001)[:2, :2])

# %%
# A counter such as ``num_batches_tracked`` is an integer, and ``lerp_`` does not take
# integers. Mask and counter of the average have to be equal to those of the model. So
# ``update`` averages only the buffers whose names end with ``_mean`` or ``_var``, as
# ``running_mean`` and ``running_var`` do, the statistics of the normalisation layers of
# torch, and copies all others. To average a statistic of your own, add its name.

counter = average.norm.num_batches_tracked.clone()
try:
    counter.lerp_(model.norm.num_batches_tracked, 0.001)
except NotImplementedError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Averaged statistics are an estimate. In the next cell a layer multiplies by 1, then by
# 3, and the layer of the average multiplies by 2. The outputs for 0 and 2 have the
# variance 2, then 18, so the averaged variance is 10. The layer of the average makes 0
# and 4 of the inputs, with a variance of 8. ``update_bn`` resets the running statistics
# of all BatchNorm layers and measures them on the data that you pass.

layer, norm = torch.nn.Linear(1, 1, bias=False), torch.nn.BatchNorm1d(1, momentum=1.0)
scaled, inputs = torch.nn.Sequential(layer, norm), torch.tensor([[0.0], [2.0]])
torch.nn.init.constant_(layer.weight, 1)
scaled(inputs)
middle = copy.deepcopy(scaled).eval().requires_grad_(False)
torch.nn.init.constant_(layer.weight, 3)
scaled(inputs)
update(middle, scaled, decay=0.5)
print(middle[0].weight.item(), middle[1].running_var)
torch.optim.swa_utils.update_bn([inputs], middle)
print(middle[1].running_var)

# %%
# .. _pra5:
#
# Why does an average in ``bfloat16`` stand still?
# ------------------------------------------------
#
# A step towards the model that is smaller than half the gap between two neighbouring
# numbers is rounded away. In ``bfloat16`` the gap is 1/256 between 0.5 and 1. The next
# cell starts an average at 0, updates it with 1 until it no longer changes, and prints
# where it stands then, for three values of ``decay``.


def last(dtype, decay):
    before, ours = torch.tensor([-1.0, 0.0], dtype=dtype)
    while ours != before:
        before = ours.clone()
        ours.lerp_(torch.ones((), dtype=dtype), 1 - decay)
    return f"{ours.item():.4f}"


for dtype in (torch.bfloat16, torch.float16):
    print(f"{dtype!s:14}", *(last(dtype, decay) for decay in (0.99, 0.999, 0.9999)))

# %%
# In half precision the average stops before it reaches the model, and the earlier, the
# closer ``decay`` is to 1. So keep the average in ``float32``, also if the model is in
# ``bfloat16``: with a ``decay`` of 0.999 it is at 0.95 after 3,000 updates.
# ``to(ours)`` in ``update`` converts each tensor of the model, and moves it if the
# average is on another device.

slow = torch.zeros(3)
for _ in range(3000):
    slow.lerp_(torch.ones(3, dtype=torch.bfloat16).to(slow), 0.001)
slow

# %%
# .. _train11:
#
# How do I update a target network?
# ---------------------------------
#
# A target network of reinforcement learning is a copy that becomes equal to the online
# network every few thousand steps. A loop over ``parameters()`` leaves the running
# statistics of BatchNorm behind, and the two networks return different values for the
# same states.

online = torch.nn.Sequential(
    *(torch.nn.Linear(8, 256), torch.nn.BatchNorm1d(256), torch.nn.ReLU()),
    torch.nn.Linear(256, 4),
)
target = copy.deepcopy(online).eval().requires_grad_(False)
states = torch.randn(64, 8)
online(states)
torch.nn.init.constant_(online[3].bias, 0.5)
with torch.no_grad():
    for ours, theirs in zip(target.parameters(), online.parameters(), strict=True):
        ours.copy_(theirs)
torch.equal(target(states), online.eval()(states))

# %%
# For a hard update load the ``state_dict`` of the online network: it has the buffers
# too, except the non-persistent ones. Load it without ``assign=True``, which would make
# the two networks :ref:`share their memory <load11>`.

# sphinx_gallery_card
target.load_state_dict(online.state_dict())
torch.equal(target(states), online(states))

# %%
# A soft update moves the target a little at each step, by a rate that papers call tau.
# With a tau of 0.005 it is the ``update`` of this page with ``decay=0.995``.

torch.nn.init.constant_(online[3].bias, 1.5)
update(target, online, decay=0.995)
target[3].bias

# %%
# .. _pat7:
#
# How do I keep a teacher inside the model?
# -----------------------------------------
#
# In self-distillation the average is a teacher: its output is what the student learns.
# As a submodule the teacher is moved and saved with the student. ``train()`` reaches
# every submodule, so override ``train()`` and leave the teacher in evaluation mode: in
# training mode each call would change its running statistics. Give the optimizer
# ``model.student.parameters()``.


class Distilled(torch.nn.Module):
    def __init__(self, student):
        super().__init__()
        self.student = student
        self.teacher = copy.deepcopy(student).eval().requires_grad_(False)

    def train(self, mode=True):
        super().train(mode)
        self.teacher.eval()
        return self

    def forward(self, x):
        return self.student(x), self.teacher(x)


# %%
# The call counts a batch in the student and none in the teacher. The update then copies
# the counter. In the training loop it stands after ``optimizer.step()``.

pair = Distilled(Encoder()).train()
print(pair.student.training, pair.teacher.training)
learned, wanted = pair(x.float())
(learned - wanted).abs().mean().backward()
print(pair.student.norm.num_batches_tracked, pair.teacher.norm.num_batches_tracked)
update(pair.teacher, pair.student)
print(pair.student.norm.num_batches_tracked, pair.teacher.norm.num_batches_tracked)

# %%
# .. _train12:
#
# What does ``AveragedModel`` do with buffers?
# --------------------------------------------
#
# .. since:: 1.6 AveragedModel
#
# .. since:: 2.0
#
# ``AveragedModel`` of torch is a deep copy too, with its own ``update_parameters``. The
# next cell updates it from a model in which everything is 4, then from one in which
# everything is 8. By default the parameter becomes the mean, and the buffer is copied,
# so averaged weights have the statistics of the last model: run ``update_bn`` at the
# end. A plain tensor is never changed. Before 2.0 the buffer was not changed either.

from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn


def after_4_and_8(**options):
    norm, names = torch.nn.BatchNorm1d(1), ("bias", "running_mean", "plain")
    norm.plain = torch.zeros(1)
    averaged = AveragedModel(norm, **options)
    for value in (4.0, 8.0):
        for name in names:
            torch.nn.init.constant_(getattr(norm, name), value)
        averaged.update_parameters(norm)
    return {name: getattr(averaged.module, name).item() for name in names}


after_4_and_8()

# %%
# .. since:: 1.11 use_buffers
#
# With ``use_buffers=True`` every buffer is averaged.

after_4_and_8(use_buffers=True)

# %%
# .. since:: 2.1 get_ema_multi_avg_fn
#
# Every buffer means the counters and the masks too. The next cell makes 30 updates. An
# average of integers loses its fraction, so a counter is stuck at 1 or stays behind;
# and the causal mask gets NaN.

plain = Encoder(size=8, length=4)
ema = get_ema_multi_avg_fn(0.9)
averages = {
    "default": AveragedModel(plain),
    "use_buffers": AveragedModel(plain, use_buffers=True),
    "ema": AveragedModel(plain, multi_avg_fn=ema, use_buffers=True),
}
for _ in range(30):
    plain(torch.randn(2, 4, 80))
    for averaged in averages.values():
        averaged.update_parameters(plain)
for name, averaged in averages.items():
    module = averaged.module
    print(f"{name:12}", module.norm.num_batches_tracked, module.mask[0, 1])

# %%
# Unlike the copy at the top of this page, an ``AveragedModel`` has the ``dtype`` of the
# model and is in the mode of the model. Call ``eval()`` before you evaluate it.

averaged = AveragedModel(model)
print(averaged.module.project.weight.dtype, averaged.training)

# %%
# .. _ema2:
#
# How do I save the average and load it as an ordinary model?
# -----------------------------------------------------------
#
# The average at the top of this page has the keys of the model. Save the ``state_dict``
# of each in one checkpoint. To go on with the training load both; to use the average
# load its ``state_dict`` into a new model.

checkpoint = {"model": model.state_dict(), "average": average.state_dict()}
other = Encoder()
print(other.load_state_dict(checkpoint["average"]))
print(torch.equal(other.eval()(x.float()), average(x.float())))

# %%
# The keys of an ``AveragedModel`` begin with ``module.``, and there is one more,
# ``n_averaged``, so an ordinary model does not load them. Save
# ``averaged.module.state_dict()`` for an ordinary model, and ``averaged.state_dict()``
# to go on with the average.

averaged = AveragedModel(torch.nn.Linear(80, 256))
try:
    torch.nn.Linear(80, 256).load_state_dict(averaged.state_dict())
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")
torch.nn.Linear(80, 256).load_state_dict(averaged.module.state_dict())

# %%
# Check yourself
# --------------
#
# ``Encoder`` has a BatchNorm layer and a causal mask with ``-inf``.

# sphinx_gallery_hide_state
model = Encoder()
target = copy.deepcopy(model)
for _ in range(3):
    model(torch.randn(8, 100, 80))
with torch.no_grad():
    for ours, theirs in zip(target.parameters(), model.parameters(), strict=True):
        ours.copy_(theirs)
target.norm.num_batches_tracked.item()

# %%
# .. check::
#
#    - ``0``
#    - ``3``
#
#    ``parameters()`` returns no buffers, so the counter and the running statistics of
#    the copy are those of the beginning.

# sphinx_gallery_hide_state
averaged = AveragedModel(model, use_buffers=True)
for _ in range(2):
    averaged.update_parameters(model)
averaged.module.mask[:2, :2].tolist()

# %%
# .. check::
#
#    - ``[[0.0, -inf], [0.0, 0.0]]``
#    - ``[[0.0, nan], [0.0, 0.0]]``
#
#    ``use_buffers=True`` averages the mask as well, and the difference between two
#    values of ``-inf`` is NaN.

# sphinx_gallery_hide_state
model = Encoder().bfloat16()
average = copy.deepcopy(model).requires_grad_(False)
torch.nn.init.constant_(average.project.bias, 1)
torch.nn.init.constant_(model.project.bias, 2)
for _ in range(1000):
    average.project.bias.lerp_(model.project.bias, 0.001)
average.project.bias[0].item()

# %%
# .. check::
#
#    - ``2.0``
#    - ``1.6328125``
#    - ``1.0``
#
#    The average is in ``bfloat16``, where the next number above 1 is 1.0078125. A step
#    of 0.001 is less than half of that gap and is rounded away.
#
# Remember
# --------
#
# - Average parameters and running statistics, copy every other buffer.
# - Keep the average in ``float32`` and in evaluation mode.
# - A hard update of a target network is ``target.load_state_dict(...)``; a loop over
#   ``parameters()`` leaves the buffers behind.
# - ``AveragedModel`` copies the buffers by default; ``use_buffers=True`` averages also
#   counters and masks.
#
# If the keys of a file begin with ``module.`` or with the prefix of another wrapper,
# read :doc:`/gallery/saving/prefixes_and_wrappers`.
