"""
A window, not a photograph
==========================

The tensors of a ``state_dict`` share their storage with the module's own: you look at
the module as it is now, not as it was when you asked.

By the end of this page you can predict these lines:

>>> best_bias(lambda state: state), best_bias(copy.deepcopy)
(-1.0, -0.5)
>>> deep[0].weight is deep[1].weight, deep[0].running_mean is deep[1].running_mean
(True, True)
"""

import copy
import io

import torch

# %%
# The module is one batch normalisation. With this loss each step moves its bias by
# -0.25, and the running mean comes closer to the batch's mean, which is 1.

x = torch.tensor([[0.0], [2.0]])


def make():
    norm = torch.nn.BatchNorm1d(1, momentum=0.5)
    return norm, torch.optim.SGD([norm.bias], lr=0.25)


def train(norm, optimizer):
    optimizer.zero_grad()
    norm(x).mean().backward()
    optimizer.step()


norm, optimizer = make()
norm.bias.item(), norm.running_mean.item()

# %%
# .. _sd2:
#
# Ask once, train, and look at what you got: it shows the step of the optimizer and the
# update of the buffers, where a counter went from 0 to 1.


def show(state):
    names = ("bias", "running_mean", "num_batches_tracked")
    print([state[name].item() for name in names])


state = norm.state_dict()
train(norm, optimizer)
show(state)

# %%
# An entry is a detached alias: another tensor object, without a gradient of its own, on
# the same storage. So a write to the entry reaches the module too.

entry = state["bias"]
print(entry is norm.bias, entry.requires_grad)
print(entry.data_ptr() == norm.bias.data_ptr())
entry.fill_(0.5)
print(norm.bias.item())

# %%
# The window is on the tensor, not on the name. Assign another tensor to the attribute,
# and the entry keeps the old one.

norm.running_mean = torch.zeros(1)
norm.bias = torch.nn.Parameter(torch.zeros(1))
print(norm.running_mean.item(), norm.bias.item())
show(state)

# %%
# A real cast or :ref:`move <move2>` also leaves the old tensors in the entries. The
# counter is an integer, which a cast to ``float64`` leaves alone: it is still an alias.


def aliases(state, norm):
    pairs = norm.state_dict().items()
    return [name for name, now in pairs if state[name].data_ptr() == now.data_ptr()]


state = norm.state_dict()
print(aliases(state, norm.to(torch.float32)))
print(aliases(state, norm.to(torch.float64)))

# %%
# This is how the best model gets lost. Four steps take the bias from 0 to -1, and the
# error is lowest on the way, at -0.5. What the loop keeps as the best is the last one.


def best_bias(keep):
    norm, optimizer = make()
    lowest, best = 1.0, None
    for _ in range(4):
        train(norm, optimizer)
        error = abs(norm.bias.item() + 0.5)
        if error < lowest:
            lowest, best = error, keep(norm.state_dict())
    return best["bias"].item()


best_bias(lambda state: state)

# %%
# ``dict(state)`` and ``state.copy()`` do not help. They copy the mapping and not the
# tensors.

for keep in (dict, lambda state: state.copy()):
    print(best_bias(keep))

# %%
# Two things make a snapshot. ``copy.deepcopy`` copies the tensors, and a file holds the
# values of the moment when it was written.


def reload(value, **options):
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return torch.load(file, **options)


for keep in (copy.deepcopy, reload):
    print(best_bias(keep))

# %%
# .. _train13:
#
# To copy a whole module there are the same two ways. These two layers share a parameter
# and a buffer. Neither a deep copy nor a :ref:`pickle of the module <load15>` shares
# them with the original, and inside each copy the :ref:`tie <tie1>` is kept.

first, second = torch.nn.BatchNorm1d(1), torch.nn.BatchNorm1d(1)
second.weight, second.running_mean = first.weight, first.running_mean
model = torch.nn.Sequential(first, second)
deep, pickled = copy.deepcopy(model), reload(model, weights_only=False)
for other in (deep, pickled):
    mean = other[0].running_mean
    print(other[0].weight.data_ptr() == first.weight.data_ptr(), end=" ")
    print(mean.data_ptr() == first.running_mean.data_ptr(), end=" ")
    print(other[0].weight is other[1].weight, mean is other[1].running_mean)

# %%
# The gradient of a parameter is not copied. A buffer that :ref:`has one <train1>` is
# the exception: the deep copy keeps it, the pickle does not.

norm = torch.nn.BatchNorm1d(1)
norm.running_mean.requires_grad_(True)
(norm.weight + norm.running_mean).sum().backward()
for other in (norm, copy.deepcopy(norm), reload(norm, weights_only=False)):
    print(other.weight.grad, other.running_mean.grad)

# %%
# Code may hang an attribute of its own on a tensor. Here ``tag`` is on a parameter and
# on a buffer. A deep copy drops it from the parameter and keeps it on the buffer. The
# pickle keeps both.


def tagged(model):
    return hasattr(model[0].weight, "tag"), hasattr(model[0].running_mean, "tag")


first.weight.tag = first.running_mean.tag = 1
print(tagged(copy.deepcopy(model)))
print(tagged(reload(model, weights_only=False)))

# %%
# A cast that changes something does the opposite of a deep copy: the parameter stays
# the same object, and the buffer is replaced by a tensor without a tag.

print(tagged(model.to(torch.float64)))

# %%
# ``copy.copy`` makes a module that shares the private registries with the original.
# Assign to the copy, and the original has the new tensor as well. Assign what is not
# registered, such as the flag ``training``, and only the copy has it.

norm = torch.nn.BatchNorm1d(1)
shallow = copy.copy(norm)
print(shallow._parameters is norm._parameters, shallow._buffers is norm._buffers)
shallow.bias = torch.nn.Parameter(torch.ones(1))
shallow.running_mean = torch.ones(1)
print(norm.bias.item(), norm.running_mean.item())
print(shallow.eval().training, norm.training)

# %%
# .. rubric:: Remember
#
# - A ``state_dict`` follows changes in place, and loses a tensor that is replaced.
# - Keep the best model with ``copy.deepcopy`` or a file, not with ``state_dict()``,
#   ``dict(state)`` or ``state.copy()``.
# - A deep copy and a pickle keep ties and drop the gradients of parameters;
#   ``copy.copy`` is no copy of the state.
