"""
Update a buffer: inplace and ``backward`` errors
================================================

Update a buffer under ``no_grad`` from a detached value: in place if other code uses the
tensor, by assignment if autograd still needs the old value. This avoids the errors
``Trying to backward through the graph a second time`` and
``modified by an inplace operation``.
"""

# %%
# In short
# --------
#
# .. in-short::
#
# A running mean of the activations, updated in training mode, in place and under
# ``no_grad``. ``x.mean`` computes in the ``dtype`` of the buffer, since ``lerp_`` needs
# two tensors of one ``dtype``, and under ``autocast`` ``x`` can have another.

import torch


class RunningMean(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.register_buffer("mean", torch.zeros(size))

    def forward(self, x):
        if self.training:
            with torch.no_grad():
                self.mean.lerp_(x.mean(dim=0, dtype=self.mean.dtype), 0.1)
        return x - self.mean


# sphinx_gallery_hide_state = "layer, model, leaking, module, recurrent, head"
print(RunningMean(256)(torch.ones(64, 256))[0, :3])

# %%
# .. _train6:
#
# Why does the second backward pass fail?
# ---------------------------------------
#
# Behind a layer, ``x`` requires a gradient. Without ``no_grad`` the new mean requires a
# gradient too, and the buffer joins the graph. The first backward pass frees the graph
# of the first call; the second follows the buffer into this graph.

import copy


class LeakingMean(RunningMean):
    def forward(self, x):
        self.mean = 0.9 * self.mean + 0.1 * x.mean(dim=0)
        return x - self.mean


torch.manual_seed(0)
images = torch.randn(64, 784)
leaking = LeakingMean(256)
model = torch.nn.Sequential(torch.nn.Linear(784, 256), leaking)
model(images).sum().backward()
print(leaking.mean.requires_grad, leaking.mean.is_leaf)
try:
    model(images).sum().backward()
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# The message offers ``retain_graph=True``. With this option the error is gone and the
# fault is not: the graph behind the buffer grows with each call, and so does the memory
# that it takes. The next cell counts its nodes.


def nodes(node):
    return 1 + sum(nodes(before) for before, _ in node.next_functions if before)


leaking = LeakingMean(256)
model = torch.nn.Sequential(torch.nn.Linear(784, 256), leaking)
for _ in range(3):
    model(images).sum().backward(retain_graph=True)
    print(nodes(leaking.mean.grad_fn))

# %%
# ``deepcopy`` of the model fails as well, since it copies leaf tensors only. The
# message names ``weight_norm`` as a possible cause; this model does not use it.

try:
    copy.deepcopy(model)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Writing in place is no cure by itself: without ``no_grad`` a buffer that is written in
# place from an activation joins the graph too. With ``no_grad``, as in ``RunningMean``,
# the buffer stays a leaf, and two iterations and a deep copy work.

mean = torch.zeros(256)
mean.lerp_(model[0](images).mean(dim=0), 0.1)
print(mean.requires_grad)
model = torch.nn.Sequential(torch.nn.Linear(784, 256), RunningMean(256))
for _ in range(2):
    model(images).sum().backward()
print(copy.deepcopy(model)[1].mean.is_leaf)

# %%
# .. _inplace3:
#
# Which tensor of a large model stops ``deepcopy``? ``computed`` lists the buffers and
# the plain attributes that were computed with gradients. It does not look into lists,
# dictionaries and other objects.

import copy

import torch


def computed(model):
    found = []
    for path, module in model.named_modules():
        tensors = vars(module) | dict(module.named_buffers(recurse=False))
        for name, value in tensors.items():
            if isinstance(value, torch.Tensor) and not value.is_leaf:
                found.append(f"{path}.{name}".lstrip("."))
    return found


# sphinx_gallery_hide_state = "layer"
layer = torch.nn.Linear(64, 10)
layer.features = layer(torch.ones(8, 64))
print(computed(layer))

# %%
# Here ``features`` is kept by ``forward``, and ``head.weight`` by
# ``torch.nn.utils.spectral_norm``, as it would be by ``torch.nn.utils.weight_norm``.


class Classifier(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 64, 7, stride=2, padding=3)
        self.head = torch.nn.utils.spectral_norm(torch.nn.Linear(64, 10))

    def forward(self, images):
        self.features = self.conv(images).mean((2, 3))
        return self.head(self.features)


# sphinx_gallery_hide_state = "classifier, mended"
torch.manual_seed(0)
classifier, batch = Classifier(), torch.randn(8, 3, 32, 32)
print(classifier(batch).shape)
print(computed(classifier))

# %%
# If the class is not yours, call the model once under ``no_grad`` before the copy: both
# are then computed anew, without gradients.

classifier.eval()
with torch.no_grad():
    classifier(batch)
print(computed(classifier), copy.deepcopy(classifier)(batch).shape)

# %%
# In a class of your own keep ``x.detach()``, and take the functions of the same names
# from ``torch.nn.utils.parametrizations``: these keep no computed tensor.


class Mended(Classifier):
    def __init__(self):
        super().__init__()
        self.head = torch.nn.utils.parametrizations.spectral_norm(
            torch.nn.Linear(64, 10)
        )

    def forward(self, images):
        features = self.conv(images).mean((2, 3))
        self.features = features.detach()
        return self.head(features)


mended = Mended()
mended(batch).sum().backward()
print(computed(mended), copy.deepcopy(mended)(batch).shape)

# %%
# .. _train7:
#
# Why was a variable ``modified by an inplace operation``?
# --------------------------------------------------------
#
# This module multiplies by its factor, then raises the factor for the next call. The
# gradient of ``weight`` contains the factor, so autograd saves the tensor of the buffer
# for the backward pass. The update in place writes over the saved values, under
# ``no_grad`` too, and the backward pass raises an error.


class Schedule(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(2))
        self.register_buffer("factor", torch.ones(2))

    def forward(self, x):
        result = x * self.weight * self.factor
        with torch.no_grad():
            self.factor.add_(1)
        return result


x = torch.ones(2)
try:
    Schedule()(x).sum().backward()
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# .. _inplace1:
#
# Assign a new tensor, and the saved one stays as it is. Or compute with a ``clone`` of
# the buffer and write the buffer in place: autograd saves the clone. Both give the
# gradient 1, from the factor of the call, and the factor 2 for the next call. A tensor
# that is assigned under ``inference_mode`` is an inference tensor, :ref:`which fails in
# training <train8>`; the clone has no such limit.

import torch

for way in ("assign", "clone"):
    weight, module = torch.ones(2, requires_grad=True), torch.nn.Module()
    module.register_buffer("factor", torch.ones(2))
    if way == "assign":
        result = weight * module.factor
        module.factor = module.factor + 1
    else:
        result = weight * module.factor.clone()
        module.factor.add_(1)
    result.sum().backward()
    print(way, weight.grad, module.factor)

# %%
# A difference saves neither of its two tensors, so ``RunningMean`` needs no clone: two
# calls before one backward pass work, although the second call writes over the mean.

layer, x = RunningMean(2), torch.ones(4, 2, requires_grad=True)
(layer(x) + layer(x)).sum().backward()
x.grad[0]

# %%
# .. _pra2:
#
# Why not write through ``.data``?
# --------------------------------
#
# Autograd notices an update by the version counter of the tensor, ``_version``, and a
# write through ``.data`` does not count. No error is raised, and the gradient is wrong:
# with a factor of 2 in the call it should be 2. The same holds for ``copy_`` through
# ``.data`` and for an assignment to ``.data``.


def gradient(change):
    weight, factor = torch.ones((), requires_grad=True), torch.tensor(2.0)
    result = weight * factor
    change(factor)
    result.backward()
    return weight.grad.item(), factor._version


print(gradient(lambda factor: factor.data.fill_(20)))
print(gradient(lambda factor: factor.data.copy_(torch.tensor(20.0))))
print(gradient(lambda factor: setattr(factor, "data", factor.data * 10)))

# %%
# .. _pra26:
#
# How do I carry a recurrent state from batch to batch?
# -----------------------------------------------------
#
# Detach what is stored, not what is returned. The state that ``forward`` returns keeps
# its graph, so the layer learns; the buffer gets the values alone. The clone is needed
# because ``self.hidden`` saves its input, and the next cell writes the buffer.


class Recurrent(torch.nn.Module):
    def __init__(self, inputs=80, size=128, batch=32):
        super().__init__()
        self.input = torch.nn.Linear(inputs, size)
        self.hidden = torch.nn.Linear(size, size)
        self.register_buffer("state", torch.zeros(batch, size), persistent=False)

    def forward(self, x):
        state = (self.input(x) + self.hidden(self.state.clone())).clamp(-1, 1)
        with torch.no_grad():
            self.state.copy_(state)
        return state


recurrent = Recurrent()
for _ in range(2):
    recurrent(torch.randn(32, 80)).sum().backward()
print(recurrent.state.shape, recurrent.input.weight.grad.shape)

# %%
# Call ``state.zero_()`` where a new sequence begins. The buffer is not persistent,
# since its shape depends on the size of the batch. So a file has no state, and after a
# load a new sequence begins. ``DistributedDataParallel`` by default :ref:`sends the
# buffers of rank 0 to all ranks <dist2>`, the state too.
#
# If the state is detached inside the step instead, the layers that computed it learn
# nothing: in the next cell they get no gradient, and no error says so.

head = torch.nn.Linear(128, 10)
recurrent.zero_grad()
head(recurrent(torch.randn(32, 80)).detach()).sum().backward()
print(head.weight.grad.shape, recurrent.input.weight.grad)

# %%
# .. _inplace2:
#
# Who sees the update, in place or by assignment?
# -----------------------------------------------
#
# A reference that was taken before sees an update in place. ``+=`` on a buffer is an
# update in place as well: after the next cell ``kept`` is still the buffer.

counting = torch.nn.Module()
counting.register_buffer("count", torch.zeros(()))
kept = counting.count
counting.count.add_(1)
counting.count += 1
print(kept, counting.count is kept)

# %%
# After an assignment ``kept`` is the old tensor, as :ref:`after a move <move2>`.
# ``DistributedDataParallel`` looks its buffers up again and :ref:`follows both
# <dist4>`.

# sphinx_gallery_card
counting.count = counting.count + 1
print(kept, counting.count, counting.count is kept)

# %%
# .. identity:: counting.count, kept
#
#    ``kept`` was taken from the module before the updates.
#
# A CUDA graph repeats recorded operations on recorded addresses: `the addresses are
# fixed, the values may change
# <https://docs.pytorch.org/docs/stable/torch.compiler_cudagraph_trees.html>`__. A graph
# that was captured before an assignment therefore goes on with the memory of the old
# tensor. Between two replays write a buffer in place, which keeps its address.

address = counting.count.data_ptr()
counting.count.fill_(7)
print(counting.count.data_ptr() == address, kept.data_ptr() == address)

# %%
# .. _comp1:
#
# Does ``torch.compile`` accept both ways?
# ----------------------------------------
#
# .. since:: 2.0 torch.compile
#
# Yes. The backend of the next cell counts the graphs that it gets and runs them as they
# are. Four calls need one graph, and the buffer counts to 4 in both ways. Only the
# update in place keeps the tensor.


class Steps(torch.nn.Module):
    def __init__(self, in_place):
        super().__init__()
        self.in_place = in_place
        self.register_buffer("count", torch.zeros(()))

    def forward(self, x):
        if self.in_place:
            self.count.add_(1)
        else:
            self.count = self.count + 1
        return x * self.count


# %%
# In the output the first line is in place, the second by assignment.


def compilations(module):
    graphs = []

    def backend(graph, inputs):
        graphs.append(graph)
        return graph.forward

    compiled = torch.compile(module, backend=backend)
    for _ in range(4):
        compiled(torch.ones(2))
    return len(graphs)


# sphinx_gallery_hide_state = "steps"
for flag in (True, False):
    steps = Steps(in_place=flag)
    count = steps.count
    print(compilations(steps), steps.count, steps.count is count)

# %%
# Check yourself
# --------------
#
# The activation requires a gradient. ``gradient`` is the function of this page: the
# factor is 2 in the call, and the last question makes it 20 before the backward pass.

activation = torch.nn.Linear(4, 4)(torch.ones(8, 4))
mean = torch.zeros(4)
mean.lerp_(activation.mean(dim=0), 0.1)
mean.requires_grad

# %%
# .. check::
#
#    - ``True``
#    - ``False``
#
#    A write in place is recorded like any other operation. ``no_grad`` is what keeps
#    the buffer out of the graph.

# sphinx_gallery_hide_state
counting = torch.nn.Module()
counting.register_buffer("count", torch.zeros(()))
kept = counting.count
counting.count += 1
counting.count = counting.count + 1
kept.item(), counting.count.item()

# %%
# .. check::
#
#    - ``(2.0, 2.0)``
#    - ``(1.0, 2.0)``
#    - ``(0.0, 2.0)``
#
#    ``+=`` writes into the tensor that ``kept`` refers to. The assignment puts another
#    tensor into the module.

gradient(lambda factor: factor.data.fill_(20))[0]

# %%
# .. check::
#
#    - ``2.0``
#    - ``20.0``
#
#    The write through ``.data`` is not counted, so autograd computes with the new value
#    of the factor and raises no error.
#
# Remember
# --------
#
# - Update a buffer under ``no_grad``; to write in place is not enough.
# - Write in place if other code has a reference to the tensor, or a CUDA graph.
# - If autograd saved the buffer, compute with a clone, or assign a new tensor.
# - A write through ``.data`` hides the update from autograd and can make gradients
#   wrong.
#
# If several processes train the model, what becomes of their updates is on
# :doc:`/gallery/distributed/ddp_and_buffers`.
