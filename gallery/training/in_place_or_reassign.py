"""
In place or reassign?
=====================

An update in place keeps the buffer's tensor for all who hold it; a reassignment makes a
new tensor and leaves the old one to autograd.

By the end of this page you can predict these lines:

>>> leaking.mean.is_leaf, detached.mean.is_leaf
(False, True)
>>> in_place["backward"], in_place["same_tensor"]
(False, True)
"""

import copy

import torch

# %%
# This module keeps a running mean: each call moves the buffer half of the way to the
# mean of the batch. The running mean in PyTorch's own notes on modules is written like
# this. Called on data, it does what it should.


class RunningMean(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(2))

    def forward(self, x):
        self.mean = (self.mean + x.mean(dim=0)) / 2
        return x - self.mean


data = torch.ones(4, 2)
leaking = RunningMean()
leaking(data)
leaking.mean

# %%
# .. _train6:
#
# Behind a layer it meets an activation that requires a gradient. So the new mean
# requires one too, and is no leaf tensor any more: it has joined the graph. The first
# backward pass succeeds; the second follows the buffer into the graph of the first
# call, which is freed by then.

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(2, 2), leaking)
model(data).sum().backward()
print(leaking.mean.requires_grad, leaking.mean.is_leaf)
try:
    model(data).sum().backward()
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# The message offers ``retain_graph=True``, which hides the fault and keeps the leak.
# Walk through the graph behind the buffer: with each call the walk gets longer.


def nodes(node):
    return 1 + sum(nodes(before) for before, _ in node.next_functions if before)


leaking = RunningMean()
model = torch.nn.Sequential(torch.nn.Linear(2, 2), leaking)
for _ in range(3):
    model(data).sum().backward(retain_graph=True)
    print(nodes(leaking.mean.grad_fn))

# %%
# ``deepcopy`` of the model fails too, since it copies leaf tensors only. The message
# suspects ``weight_norm``, which this model does not use.

try:
    copy.deepcopy(model)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# The cure is to update from a detached activation, or under ``no_grad``. To write in
# place is none: what is updated from the activation in place joins the graph too.


class DetachedMean(RunningMean):
    def forward(self, x):
        self.mean = (self.mean + x.detach().mean(dim=0)) / 2
        return x - self.mean


detached = DetachedMean()
model = torch.nn.Sequential(torch.nn.Linear(2, 2), detached)
for _ in range(2):
    model(data).sum().backward()
activation = copy.deepcopy(model)(data).mean(dim=0)
print(detached.mean.is_leaf, torch.zeros(2).lerp_(activation, 0.5).is_leaf)

# %%
# Now to the question how to write the update. This module multiplies by its factor,
# then raises the factor for the next call: in place, or by a reassignment.


class Schedule(torch.nn.Module):
    def __init__(self, in_place):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(2))
        self.register_buffer("factor", torch.ones(2))
        self.in_place = in_place

    def forward(self, x):
        result = x * self.weight * self.factor
        if self.in_place:
            self.factor.add_(1)
        else:
            self.factor = self.factor + 1
        return result


# %%
# .. _train7:
#
# The gradient of ``weight`` contains the factor that the call used, so autograd saves
# that tensor. The update in place writes over it, and autograd refuses.

x = torch.ones(2)
try:
    Schedule(True)(x).sum().backward()
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# A reassignment leaves the saved tensor as it is: the gradient is 1, from the factor of
# that call, and the buffer is another tensor, which holds 2. To write in place all the
# same, multiply by a copy, which autograd saves instead.

schedule, copied = Schedule(False), Schedule(True)
schedule(x).sum().backward()
result = x * copied.weight * copied.factor.clone()
copied.factor.add_(1)
result.sum().backward()
print(schedule.weight.grad, schedule.factor, copied.weight.grad, copied.factor)

# %%
# .. _comp1:
#
# .. since:: 2.0 torch.compile
#
# ``torch.compile`` takes both ways. The backend is a function that counts the graphs it
# gets and runs them as they are. Four calls need one graph, and the factor goes from 1
# to 5. Again only the update in place keeps the tensor.


def compilations(module):
    graphs = []

    def backend(graph, inputs):
        graphs.append(graph)
        return graph.forward

    compiled = torch.compile(module, backend=backend)
    for _ in range(4):
        compiled(x)
    return len(graphs)


for flag in (True, False):
    schedule = Schedule(flag)
    factor = schedule.factor
    print(compilations(schedule), schedule.factor, schedule.factor is factor)

# %%
# That is the other side of the trade-off. Whoever holds the tensor sees an update in
# place; a reassignment leaves the old tensor behind, as :ref:`a move <move2>` does.
# ``DistributedDataParallel`` :ref:`follows both <dist4>`. In the table the left column
# is in place, the right one a reassignment.


def answers(flag):
    schedule = Schedule(flag)
    factor, result = schedule.factor, schedule(x)
    answer = {"same_tensor": schedule.factor is factor, "backward": True}
    try:
        result.sum().backward()
    except RuntimeError:
        answer["backward"] = False
    return answer | {"compilations": compilations(schedule)}


in_place, reassign = answers(True), answers(False)
for name in in_place:
    print(f"{name:12} {in_place[name]!s:5} {reassign[name]}")

# %%
# .. rubric:: Remember
#
# - Update a buffer from a detached activation or under ``no_grad``.
# - Reassign if autograd needs the old value; write in place if others hold the tensor.
