"""
EMA, SWA and target networks
============================

A copy that follows a model needs the model's buffers too, and an integer buffer must be
copied, not averaged.

By the end of this page you can predict these lines:

>>> [averaged.module.num_batches_tracked.item() for averaged in copies.values()]
[50, 1, 40]
>>> teacher.module.running_mean.item(), student.running_mean.item()
(0.25, 0.5)
"""

import copy

import matplotlib.pyplot as plt
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, update_bn

# %%
# .. _train11:
#
# A target network is a copy that is brought up to date from time to time. Here the bias
# of the model becomes 0.5, as if by an optimizer, and a call changes the buffers. The
# target takes over all that ``parameters()`` returns, and gives another answer.


def show(model):
    print(*(f"{buffer.item():g}" for buffer in model.buffers()))


x = torch.tensor([[0.0], [2.0]])
model = torch.nn.BatchNorm1d(1, momentum=0.5)
target = copy.deepcopy(model).eval().requires_grad_(False)
torch.nn.init.constant_(model.bias, 0.5)
model(x)
with torch.no_grad():
    for ours, theirs in zip(target.parameters(), model.parameters(), strict=True):
        ours.copy_(theirs)
print(target.bias.item(), model.bias.item(), torch.equal(target(x), model.eval()(x)))
show(target)
show(model)

# %%
# The buffers were left behind. Bring them along, and the answers are equal.

for ours, theirs in zip(target.buffers(), model.buffers(), strict=True):
    ours.copy_(theirs)
torch.equal(target(x), model(x))

# %%
# .. _train12:
#
# .. since:: 1.6 AveragedModel
#
# .. since:: 2.0
#
# ``AveragedModel`` is a copy too. Update it from a model that holds 4, then 8. The
# parameter becomes the mean, the buffer is copied, the plain tensor never changes.
# Before 2.0 the buffer stayed as it was.

NAMES = ("bias", "running_mean", "plain")


def average(**options):
    model = torch.nn.BatchNorm1d(1)
    model.plain = torch.zeros(1)
    averaged = AveragedModel(model, **options)
    for value in (4.0, 8.0):
        for name in NAMES:
            torch.nn.init.constant_(getattr(model, name), value)
        averaged.update_parameters(model)
    return {name: getattr(averaged.module, name).item() for name in NAMES}


average()

# %%
# .. since:: 1.11 use_buffers
#
# With ``use_buffers=True`` the buffers are averaged like the parameter.

average(use_buffers=True)

# %%
# .. since:: 2.1 get_ema_multi_avg_fn
#
# Integers are averaged as well, and the fraction is cut off. Here are three copies of
# one layer; the third keeps an exponential moving average. When the layer has counted
# to 3, the counters of the second and the third are still at 1.

model = torch.nn.BatchNorm1d(1)
ema_fn = get_ema_multi_avg_fn(0.9)
copies = {
    "default": AveragedModel(model),
    "use_buffers": AveragedModel(model, use_buffers=True),
    "ema": AveragedModel(model, multi_avg_fn=ema_fn, use_buffers=True),
}


def step():
    model(x)
    for averaged in copies.values():
        averaged.update_parameters(model)
    return [averaged.module.num_batches_tracked.item() for averaged in copies.values()]


counts = [step(), step(), step()]
counts

# %%
# Go on to 50 calls and draw the counters. Print the last of each.

counts += [step() for _ in range(47)]
plt.xlabel("steps")
plt.ylabel("num_batches_tracked")
for name, line in zip(copies, zip(*counts, strict=True), strict=True):
    plt.plot(range(1, 51), line, label=name)
    plt.legend()
    print(name, line[-1])

# %%
# .. figure:: images/sphx_glr_averages_and_targets_001.svg
#    :alt: Three lines from 1 to 50 steps. The copied counter rises by one at each step
#          to 50. The exponential average stays at 1 for 10 steps, then rises to 40. The
#          plain average stays at 1.
#
# The plain average moves by the distance divided by the number of values, which is
# below 1 each time. The exponential one moves by a tenth of the distance, so below 10
# it does not move: it stays about 10 behind. A 5 stays 5 when the model goes to 7, as
# 5.2 is cut off.

ema = AveragedModel(model, multi_avg_fn=ema_fn, use_buffers=True)
for count in (5, 7):
    model.num_batches_tracked.fill_(count)
    ema.update_parameters(model)
print(ema.module.num_batches_tracked)

# %%
# Statistics are a case of their own. The layer multiplies by 1, then by 3, so the
# average multiplies by 2, and what comes out has the mean 2 and the variance 8. The
# averaged buffers say 10. ``update_bn`` resets them and measures again, with data.

layer, norm = torch.nn.Linear(1, 1, bias=False), torch.nn.BatchNorm1d(1, momentum=1.0)
model = torch.nn.Sequential(layer, norm)
averaged = AveragedModel(model, use_buffers=True)
for value in (1.0, 3.0):
    torch.nn.init.constant_(layer.weight, value)
    model(x)
    averaged.update_parameters(model)
show(averaged.module)
update_bn([x], averaged)
show(averaged.module)

# %%
# .. _pat7:
#
# A teacher of your own has a rule for each tensor: average the floating ones, copy the
# others. The entries of a ``state_dict`` are :ref:`aliases <sd2>`, so a write reaches
# the module. ``train()`` leaves it in evaluation mode: no call changes its buffers.


class Teacher(torch.nn.Module):
    def __init__(self, student):
        super().__init__()
        self.module = copy.deepcopy(student).eval().requires_grad_(False)

    def train(self, mode=True):
        return super().train(False)

    def update(self, student):
        state = student.state_dict()
        for name, ours in self.module.state_dict().items():
            if ours.is_floating_point():
                ours.lerp_(state[name], 0.5)
            else:
                ours.copy_(state[name])

    def forward(self, x):
        return self.module(x)


# %%
# One call of the student, one update, one call of the teacher: both statistics went a
# quarter of the way instead of half, and the counter is right.

student = torch.nn.BatchNorm1d(1, momentum=0.5)
teacher = Teacher(student).train()
student(x)
teacher.update(student)
teacher(x)
show(teacher)

# %%
# .. rubric:: Remember
#
# - Whoever copies or averages ``parameters()`` leaves the buffers behind.
# - ``AveragedModel`` copies buffers; ``use_buffers=True`` averages even the integers.
# - Average floating tensors and copy all others. ``update_bn`` measures statistics.
