"""
Can a buffer have a gradient?
=============================

A buffer with ``requires_grad=True`` gets a gradient, but an optimizer of
``model.parameters()`` does not update it and ``model.zero_grad()`` does not clear its
gradient. To train the tensor, make it a parameter.
"""

# %%
# .. folded:: The model of this page, with a parameter and a buffer of 80 values

import torch


class Standardise(torch.nn.Module):
    def __init__(self, size=80):
        super().__init__()
        self.gain = torch.nn.Parameter(torch.ones(size))
        self.register_buffer("mean", torch.zeros(size))

    def forward(self, features):
        return (features - self.mean) * self.gain


model, features = Standardise(), torch.ones(16, 80)

# %%
# In short
# --------
#
# .. in-short:: model, features
#
# An assignment turns the buffer ``mean`` into a parameter of the same name. Create the
# optimizer after the assignment. Files that were saved before still load: the key in
# the ``state_dict`` is the same.

import torch

model.mean = torch.nn.Parameter(model.mean.detach().clone())
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
model(features).mean().backward()
optimizer.step()
print([name for name, _ in model.named_parameters()], list(model.state_dict()))

# %%
# .. _train1:
#
# Does a buffer get a gradient?
# -----------------------------
#
# By default it does not. ``register_buffer`` leaves ``requires_grad`` of the tensor as
# it is, which is ``False`` for a new tensor, and ``requires_grad_`` of a module changes
# its parameters only.

# sphinx_gallery_hide_state
model = Standardise()
for flag in (False, True):
    model.requires_grad_(flag)
    print(model.gain.requires_grad, model.mean.requires_grad)
model(features).mean().backward()
print(model.gain.grad.shape, model.mean.grad)

# %%
# After ``requires_grad_(True)`` on the buffer itself, a backward pass computes its
# gradient, as for any leaf tensor.

# sphinx_gallery_hide_state
model.mean.requires_grad_(True)
model(features).mean().backward()
print(model.mean.grad.shape, model.mean.is_leaf)

# %%
# A frozen model with such a buffer is not frozen as a whole: its output still requires
# a gradient, autograd still records the computation, and ``backward`` raises no error.

model.requires_grad_(False)
output = model(features)
print(model.gain.requires_grad, output.requires_grad)

# %%
# Why does the gradient of a buffer grow?
# ---------------------------------------
#
# ``zero_grad()``, of the model or of an optimizer of its parameters, clears the
# gradients of the parameters only. Each backward pass adds to the gradient of the
# buffer. The optimizer does not have the buffer, so the values of the buffer stay as
# they were.

model = Standardise()
model.mean.requires_grad_(True)
sgd = torch.optim.SGD(model.parameters(), lr=1 / 64)
for _ in range(3):
    sgd.zero_grad()
    model.zero_grad()
    model(features).sum().backward()
    sgd.step()
    print(model.gain.grad[0], model.mean.grad[0])
print(model.mean.detach()[:3])

# %%
# The gradient of the gain is 16 in each step, 1 for each of the 16 rows. The gradient
# of the buffer is a sum: -16 from the first pass, -12 and -8 from the next two, since
# each step makes the gain smaller.
#
# Does the gradient survive a move?
# ---------------------------------
#
# No. A cast or a move :ref:`replaces a buffer that is converted <move2>` by a new
# tensor, which is computed from the old one. If the old tensor requires a gradient, the
# new one does too and is no leaf: the next backward pass gives the gradient to the old
# tensor, which the module no longer has.

# sphinx_gallery_hide_state = "model"
model = Standardise()
before = model.mean.requires_grad_(True)
model.to(torch.float64)
model(features.double()).sum().backward()
print(model.mean is before, model.mean.is_leaf, before.grad.shape)

# %%
# To get the gradient of a buffer once, call ``torch.autograd.grad``: it returns the
# gradient and leaves ``grad`` as it is. Switch ``requires_grad`` off afterwards.

model = Standardise()
model.mean.requires_grad_(True)
(gradient,) = torch.autograd.grad(model(features).sum(), model.mean)
model.mean.requires_grad_(False)
print(gradient.shape, model.mean.grad, model.mean.requires_grad)

# %%
# .. _train2:
#
# What does an optimizer do with a buffer?
# ----------------------------------------
#
# An optimizer takes tensors, registered or not. A tensor that requires no gradient is
# accepted without an error or a warning, gets no gradient, and is never updated. The
# buffers of a model are usually such tensors.

# sphinx_gallery_hide_state = "model, fixed"
model = Standardise()
sgd = torch.optim.SGD([model.gain, *model.buffers()], lr=0.5)
model(features).mean().backward()
sgd.step()
print(model.mean.grad, model.mean[:3])

# %%
# If no tensor of the computation requires a gradient, ``backward`` raises an error. A
# model whose parameters are all frozen does so too.

fixed = Standardise().requires_grad_(False)
sgd = torch.optim.SGD(fixed.buffers(), lr=0.5)
try:
    fixed(features).mean().backward()
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# .. _grad1:
#
# At least one tensor of the computation must require a gradient: here the parameters of
# the last layer do.

import torch

# sphinx_gallery_hide_state = "layers"
layers = torch.nn.Sequential(torch.nn.Linear(80, 64), torch.nn.Linear(64, 10))
layers.requires_grad_(False)
layers[1].requires_grad_(True)
layers(torch.ones(16, 80)).mean().backward()
print([name for name, p in layers.named_parameters() if p.grad is not None])

# %%
# An optimizer raises an error for a tensor that was computed from a parameter, since a
# step on this tensor would not reach the parameter. It raises another error for an
# empty list: the module has no parameters, or keeps its layers in :ref:`a Python list
# <reg2>`.

computed = fixed.gain.requires_grad_().to(torch.float64)
for tensors in ([computed], torch.nn.BatchNorm2d(64, affine=False).parameters()):
    try:
        torch.optim.SGD(tensors, lr=0.5)
    except ValueError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# A leaf tensor that requires a gradient is trained if you give it to the optimizer,
# also if a module has it as a buffer. ``zero_grad()`` of this optimizer clears its
# gradient. So look once, before training, at what the optimizer has.

model.mean.requires_grad_(True)
sgd = torch.optim.SGD([model.gain, model.mean], lr=0.5)
model(features).mean().backward()
sgd.step()
print([tensor.requires_grad for tensor in sgd.param_groups[0]["params"]])
sgd.zero_grad()
print(model.mean.detach()[0] > 0, model.mean.grad)

# %%
# A parameter is the better choice all the same: whoever reads the class sees that the
# tensor is trained, and ``model.parameters()`` has it.
#
# Check yourself
# --------------
#
# Each question begins with a new model; its parameter is ``gain``, its buffer ``mean``.

model = Standardise()
model.mean.requires_grad_(True)
for _ in range(2):
    model.zero_grad()
    (features - model.mean).sum().backward()
model.mean.grad[0].item()

# %%
# .. check::
#
#    - ``-16.0``
#    - ``-32.0``
#    - ``0.0``
#
#    Each backward pass adds -16, and ``zero_grad()`` of the model clears parameters
#    only.

model = Standardise()
model.mean.requires_grad_(True)
model.requires_grad_(False)
model.gain.requires_grad, model.mean.requires_grad

# %%
# .. check::
#
#    - ``(False, False)``
#    - ``(False, True)``
#    - ``(True, True)``
#
#    ``requires_grad_`` of a module changes its parameters. The buffer keeps what was
#    set on the tensor itself.

model = Standardise()
model.mean = torch.nn.Parameter(model.mean)
len(list(model.parameters())), len(list(model.buffers()))

# %%
# .. check::
#
#    - ``(1, 1)``
#    - ``(2, 1)``
#    - ``(2, 0)``
#
#    The assignment registers a parameter under the name, and the buffer of that name is
#    gone.
#
# Remember
# --------
#
# - A buffer that requires a gradient gets one. No ``zero_grad()`` of the parameters
#   clears this gradient, and no optimizer of the parameters updates the buffer.
# - To train the tensor of a buffer, make it a parameter before you create the
#   optimizer.
# - An optimizer accepts a tensor that requires no gradient, and never changes it.
#
# If you do not know which kind your tensor should be, ask the questions of
# :doc:`/gallery/start/choosing`.
