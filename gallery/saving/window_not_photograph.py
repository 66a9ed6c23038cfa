"""
Best weights: ``state_dict`` is a live view
===========================================

By default the tensors of a ``state_dict`` share the memory of the model and change
while the model trains, so keep the best weights with
``copy.deepcopy(model.state_dict())`` or in a file.
"""

# %%
# .. folded:: The model of this page, its training and its validation

import torch

x = torch.tensor([[0.0], [2.0]])


def make():
    norm = torch.nn.BatchNorm1d(1, momentum=0.5)
    return norm, torch.optim.SGD([norm.bias], lr=0.25)


def train(norm, optimizer):
    optimizer.zero_grad()
    norm(x).mean().backward()
    optimizer.step()


def validate(norm):
    return abs(norm.bias.item() + 0.5)


model, optimizer = make()

# %%
# In short
# --------
#
# .. in-short:: model, optimizer, train, validate
#
# Make a deep copy of the ``state_dict`` each time the validation loss is lower than
# before, and load the last copy when the training is over. If no epoch is better than
# the start, the copy above the loop is loaded.

import copy

lowest, best = validate(model), copy.deepcopy(model.state_dict())
for _ in range(4):
    train(model, optimizer)
    if (loss := validate(model)) < lowest:
        lowest, best = loss, copy.deepcopy(model.state_dict())
model.load_state_dict(best)
print(lowest, model.bias.item())

# %%
# The model of this page is one batch normalisation. Each epoch moves its bias by -0.25,
# and the loss is the distance of the bias from -0.5, so the second of the four epochs
# is the best one. The panel shows that the buffers are those of the second epoch too:
# ``num_batches_tracked`` is 2.
#
# .. _sd2:
#
# Why does the ``state_dict`` change while the model trains?
# ----------------------------------------------------------
#
# By default ``state_dict()`` copies no values. Each of its tensors is a detached alias:
# another tensor object, which requires no gradient, on the memory of a parameter or
# buffer. The optimizer and the batch normalisation write into this memory in place, so
# ``state`` shows what they write. The deep copy ``best`` has memory of its own.

# sphinx_gallery_hide_state
state = model.state_dict()
train(model, optimizer)
print(state["bias"].item(), best["bias"].item())
print(state["num_batches_tracked"].item(), best["num_batches_tracked"].item())

# %%
# .. identity:: model.bias, state["bias"], best["bias"]
#
#    From left to right: names, the objects that the names refer to, the memory that
#    the objects show.
#
# An alias works in both directions: what is written into an entry of ``state`` is
# written into the model.

# sphinx_gallery_hide_state
entry = state["bias"]
print(entry is model.bias, entry.requires_grad)
entry.fill_(0.5)
print(model.bias.item())

# %%
# Which copies still follow the model?
# ------------------------------------
#
# ``kept`` runs the loop from above on a new model, with another way to keep the
# weights, and returns the bias that it kept: the best one is -0.5, the last one is -1.
# Without a copy the loop keeps the last one, and no error says so.


# sphinx_gallery_hide_state = "model, norm, stage, tied"
def kept(keep):
    norm, optimizer = make()
    lowest, best = validate(norm), keep(norm.state_dict())
    for _ in range(4):
        train(norm, optimizer)
        if (loss := validate(norm)) < lowest:
            lowest, best = loss, keep(norm.state_dict())
    return best["bias"].item()


kept(lambda state: state)

# %%
# ``dict(state)`` and ``state.copy()`` copy the mapping and not the tensors. ``detach``
# returns another alias. ``cpu`` and ``float`` return the tensor itself if it is on the
# CPU or is ``float32`` already: a loop with ``cpu`` keeps the best weights of a model
# on a GPU, and the last weights of a model on the CPU.


def each(change):
    return lambda state: {name: change(value) for name, value in state.items()}


for keep in (dict, lambda state: state.copy()):
    print(kept(keep))
for change in (torch.Tensor.detach, torch.Tensor.cpu, torch.Tensor.float):
    print(change.__name__, kept(each(change)))

# %%
# Three ways make a snapshot: ``clone`` for each tensor, ``copy.deepcopy`` for the whole
# mapping, and a file, which holds the values of the moment when it was written. A
# ``dict`` of clones lacks :ref:`the versions <sd3>` that a ``state_dict`` carries in
# the private ``_metadata``; a deep copy and a file have them.

import io


def reload(value, **options):
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return torch.load(file, **options)


for keep in (each(torch.Tensor.clone), copy.deepcopy, reload):
    print(kept(keep), hasattr(keep(model.state_dict()), "_metadata"))

# %%
# .. _sd9:
#
# How do I keep the snapshot on the CPU?
# --------------------------------------
#
# A deep copy stays on the device of the model, where it needs memory for a second set
# of weights. ``to("cpu", copy=True)`` makes a copy on the CPU, wherever the tensor is.
# ``snapshot`` changes the mapping that ``state_dict()`` returned, so the versions stay,
# and deep-copies :ref:`extra state <load17>`, which need not be tensors.


def snapshot(model):
    state = model.state_dict()
    for name, value in state.items():
        if isinstance(value, torch.Tensor):
            state[name] = value.to("cpu", copy=True)
        else:
            state[name] = copy.deepcopy(value)
    return state


kept_on_cpu = snapshot(model)
kept_on_cpu["bias"].data_ptr() == model.bias.data_ptr()

# %%
# The same with a stage of an image network, on a GPU if there is one. By default
# ``load_state_dict`` copies the values to the device of the model, so a snapshot on the
# CPU can be loaded into a model on a GPU.

device = "cuda" if torch.cuda.is_available() else "cpu"
conv = torch.nn.Conv2d(64, 128, 3, bias=False)
stage = torch.nn.Sequential(conv, torch.nn.BatchNorm2d(128)).to(device)
best = snapshot(stage)
for name, value in best.items():
    print(f"{name:21}", tuple(value.shape), value.dtype, value.device)
print(stage.load_state_dict(best), conv.weight.device.type == device)

# %%
# When does an entry stop following the model?
# --------------------------------------------
#
# An entry shows the memory that the parameter or buffer had when ``state_dict()`` was
# called. After another tensor was assigned to the attribute, the entry still shows the
# memory of the old tensor.

norm, optimizer = make()
state = norm.state_dict()
norm.running_mean = torch.ones(1)
norm.bias = torch.nn.Parameter(torch.ones(1))
print(norm.running_mean.item(), norm.bias.item())
print(state["running_mean"].item(), state["bias"].item())

# %%
# A cast to another ``dtype`` and a :ref:`move to another device <move2>` have the same
# effect on the entries of the tensors that they convert. A cast to ``float64`` leaves
# integers as they are, so the entry of the counter is still an alias.


def aliases(state, norm):
    pairs = norm.state_dict().items()
    return [name for name, now in pairs if state[name].data_ptr() == now.data_ptr()]


state = norm.state_dict()
print(aliases(state, norm.to(torch.float32)))
print(aliases(state, norm.to(torch.float64)))

# %%
# Does the snapshot stay apart after it is loaded?
# ------------------------------------------------
#
# Yes, by default: the load copies the values into the tensors of the model. With
# ``assign=True`` :ref:`the tensors themselves <load8>` go into the model, and the next
# training step writes into the snapshot.

model, optimizer = make()
best = copy.deepcopy(model.state_dict())
for assign in (False, True):
    model.load_state_dict(best, assign=assign)
    train(model, optimizer)
    print(assign, best["num_batches_tracked"].item())

# %%
# To go on training from the best epoch, keep the state of the optimizer as well. The
# tensors in the ``state_dict`` of an optimizer are the optimizer's own, so they need a
# deep copy too. Adam has made one step here; a second step changes its step counter.

adam = torch.optim.Adam(model.parameters())
train(model, adam)
state, best = adam.state_dict(), copy.deepcopy(adam.state_dict())
train(model, adam)
print(state["state"][0]["exp_avg"] is adam.state[model.weight]["exp_avg"])
print(state["state"][0]["step"].item(), best["state"][0]["step"].item())

# %%
# .. _train13:
#
# Can I copy the whole model instead?
# -----------------------------------
#
# Yes: ``copy.deepcopy(model)``, or a file of :ref:`the whole module <pra22>`. The two
# layers share a parameter and a buffer. Neither copy shares memory with the original,
# and :ref:`the ties <tie1>` between the two layers are kept in each copy.
# ``weights_only=False`` lets a file run any code while it is loaded. It is safe here,
# because the cell wrote the file itself, and unsafe for a file from elsewhere.

first, second = torch.nn.BatchNorm1d(1), torch.nn.BatchNorm1d(1)
second.weight, second.running_mean = first.weight, first.running_mean
tied = torch.nn.Sequential(first, second)
for other in (copy.deepcopy(tied), reload(tied, weights_only=False)):
    weight, mean = other[0].weight, other[0].running_mean
    print(weight.data_ptr() == first.weight.data_ptr(), end=" ")
    print(mean.data_ptr() == first.running_mean.data_ptr(), end=" ")
    print(weight is other[1].weight, mean is other[1].running_mean)

# %%
# Neither copy has the gradients of the parameters. If a buffer :ref:`has a gradient
# <train1>`, the deep copy has it too, and the file does not.

norm = torch.nn.BatchNorm1d(1)
norm.running_mean.requires_grad_(True)
(norm.weight + norm.running_mean).sum().backward()
for other in (norm, copy.deepcopy(norm), reload(norm, weights_only=False)):
    print(other.weight.grad, other.running_mean.grad)

# %%
# A deep copy of a model fails if a tensor of the model was computed with gradients,
# such as :ref:`a buffer that has joined the graph <train6>`. The entries of a
# ``state_dict`` are detached, so a deep copy of the ``state_dict`` does not fail.

norm.running_mean = norm.weight * 2
try:
    copy.deepcopy(norm)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")
print(copy.deepcopy(norm.state_dict())["running_mean"])

# %%
# An attribute that your code has set on a tensor, such as ``tag``, is lost from a
# parameter in a deep copy and kept on a buffer; a file keeps both. By default a cast to
# another ``dtype`` keeps the parameter with its ``tag`` and replaces the buffer.


def tagged(model):
    return hasattr(model[0].weight, "tag"), hasattr(model[0].running_mean, "tag")


first.weight.tag = first.running_mean.tag = 1
print(tagged(copy.deepcopy(tied)), tagged(reload(tied, weights_only=False)))
print(tagged(tied.to(torch.float64)))

# %%
# ``copy.copy(model)`` is no snapshot: the new module shares the dictionaries of the
# parameters and buffers with the original. A tensor that is assigned to the copy is in
# the original too. Attributes that are not registered, such as ``training``, are apart.

norm = torch.nn.BatchNorm1d(1)
shallow = copy.copy(norm)
shallow.bias = torch.nn.Parameter(torch.ones(1))
shallow.running_mean = torch.ones(1)
print(norm.bias.item(), norm.running_mean.item())
print(shallow.eval().training, norm.training)

# %%
# Check yourself
# --------------
#
# Each question begins with a new model, whose bias is 0. A training step moves the bias
# by -0.25.

model, optimizer = make()
best = model.state_dict()
train(model, optimizer)
model.load_state_dict(best)
model.bias.item()

# %%
# .. check::
#
#    - ``0.0``
#    - ``-0.25``
#
#    ``best`` shows the memory of the model, so the load copies the current bias onto
#    itself.

model, optimizer = make()
best = {name: value.cpu() for name, value in model.state_dict().items()}
train(model, optimizer)
best["num_batches_tracked"].item()

# %%
# .. check::
#
#    - ``0``
#    - ``1``
#
#    The model is on the CPU, so ``cpu()`` returned the entries themselves, and the
#    counter of the model has counted a batch.

model, optimizer = make()
state = model.state_dict()
model.double()
torch.nn.init.ones_(model.bias)
state["bias"].item()

# %%
# .. check::
#
#    - ``0.0``
#    - ``1.0``
#
#    The cast gave the parameter new memory. ``state`` still shows the old memory, and
#    what is written into the model later does not go there.
#
# Remember
# --------
#
# - The tensors of a ``state_dict`` show what is written in place into the model. They
#   do not follow an assignment, nor a cast or move that gives the tensor new memory.
# - A snapshot: ``copy.deepcopy(state)``, a file, or ``clone`` for each tensor; on the
#   CPU ``to("cpu", copy=True)``. Not a snapshot: ``dict(state)``, ``state.copy()``, and
#   ``cpu()`` on a CPU.
# - A default load keeps the snapshot apart, ``assign=True`` does not.
# - A deep copy of a model keeps ties and drops the gradients of parameters;
#   ``copy.copy`` shares the parameters and buffers.
#
# To keep the best weights after the process has ended, write them to a file: see
# :doc:`files`.
