"""
Freezing properly
=================

Freezing a parameter stops new gradients, and the optimizer still uses the one that is
there: clear it, or hold the tensor as a buffer.

By the end of this page you can predict these lines:

>>> [moves(clear, "Adam") for clear in ("keep", "zero", "none")]
[True, True, False]
>>> len(list(norm.parameters())), len(list(frozen.parameters()))
(2, 0)
>>> norm.weight.requires_grad, frozen.weight.requires_grad
(True, False)
"""

import torch

# %%
# A layer has two weights of 1, and the gradient of each is the input that it meets,
# here a 1. One step with a rate of 0.5 makes the weights 0.5.


def build():
    layer = torch.nn.Linear(2, 1, bias=False)
    torch.nn.init.ones_(layer.weight)
    return layer


x = torch.ones(1, 2)
layer = build()
sgd = torch.optim.SGD(layer.parameters(), lr=0.5)
layer(x).sum().backward()
sgd.step()
print(layer.weight.detach())

# %%
# .. _train4:
#
# Freeze the layer now, and step again. The weights change: the gradient of the last
# backward pass is still there, and an optimizer asks for nothing else.

layer.requires_grad_(False)
sgd.step()
print(layer.weight.requires_grad, layer.weight.grad)
print(layer.weight)

# %%
# Each further step would use it again. ``zero_grad()`` ends that: it sets the gradient
# to ``None``, and an optimizer passes over a parameter without a gradient.

sgd.zero_grad()
sgd.step()
print(layer.weight.grad)
print(layer.weight)

# %%
# .. since:: 2.0
#
# With ``set_to_none=False`` the gradient stays and is filled with zeros, as it was by
# default before 2.0. To momentum a zero is a gradient too: each step goes half as far
# as the one before.

layer = build()
sgd = torch.optim.SGD(layer.parameters(), lr=0.5, momentum=0.5)
layer(x).sum().backward()
sgd.step()
layer.requires_grad_(False)
sgd.zero_grad(set_to_none=False)
for _ in range(3):
    print(layer.weight.tolist())
    sgd.step()

# %%
# Ask more optimizers the same question: after one step and a freeze, does another step
# move the weights? The gradient is kept, filled with zeros, or ``None``.


def moves(clear, kind, **options):
    layer = build()
    optimizer = getattr(torch.optim, kind)(layer.parameters(), lr=0.5, **options)
    layer(x).sum().backward()
    optimizer.step()
    before = layer.requires_grad_(False).weight.clone()
    if clear != "keep":
        optimizer.zero_grad(set_to_none=clear == "none")
    optimizer.step()
    return not torch.equal(layer.weight, before)


[moves(clear, "SGD") for clear in ("keep", "zero", "none")]

# %%
# Plain ``SGD`` does nothing with a zero. Momentum, weight decay and ``Adam`` do. Only
# ``None`` stops them all.

cases = [("SGD", {"momentum": 0.5}), ("SGD", {"weight_decay": 0.5}), ("Adam", {})]
print(f"{'keep':5} {'zero':5} {'none':5}")
for kind, options in cases:
    answers = [moves(clear, kind, **options) for clear in ("keep", "zero", "none")]
    print(*(f"{answer!s:5}" for answer in answers), kind, *options)

# %%
# So freeze before the first backward pass, or clear the gradients when you freeze. You
# may also give the optimizer only what requires a gradient. It does not know the rest
# then: add that when you unfreeze it.

torch.manual_seed(0)
model = torch.nn.Sequential(build(), torch.nn.Linear(1, 1))
model[0].requires_grad_(False)
trained = [param for param in model.parameters() if param.requires_grad]
sgd = torch.optim.SGD(trained, lr=0.5)
model[0].requires_grad_(True)
sgd.add_param_group({"params": model[0].parameters()})
[len(group["params"]) for group in sgd.param_groups]

# %%
# Batch normalisation needs more, since it has buffers that no gradient changes. With
# frozen parameters its statistics :ref:`still drift <train9>` in training mode, as the
# next page shows.

images = torch.arange(8.0).reshape(2, 1, 2, 2)
norm = torch.nn.BatchNorm2d(1)
norm(images)
print([name for name, _ in norm.named_parameters()])
print([name for name, _ in norm.named_buffers()])

# %%
# .. _struct8:
#
# A layer that must never be trained can hold all of it as buffers: the weight, the bias
# and both statistics. ``torchvision`` has such a ``FrozenBatchNorm2d``; this is one of
# your own. Its ``forward`` is a product and a sum, whatever the mode.


class FrozenBatchNorm2d(torch.nn.Module):
    def __init__(self, features, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.register_buffer("weight", torch.ones(features))
        self.register_buffer("bias", torch.zeros(features))
        self.register_buffer("running_mean", torch.zeros(features))
        self.register_buffer("running_var", torch.ones(features))

    def forward(self, x):
        scale = self.weight * (self.running_var + self.eps).rsqrt()
        shift = self.bias - self.running_mean * scale
        return x * scale[:, None, None] + shift[:, None, None]


# %%
# The names are those of ``BatchNorm2d``, so its ``state_dict`` fits but for one key:
# the frozen layer counts no batches.

frozen = FrozenBatchNorm2d(1)
state = norm.state_dict()
try:
    frozen.load_state_dict(state)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Take the key out. The frozen layer then computes what the other one computes in
# evaluation mode.

del state["num_batches_tracked"]
frozen.load_state_dict(state)
torch.allclose(frozen(images), norm.eval()(images))

# %%
# It has no parameters, so there is nothing to unfreeze. Train a model around it, in
# training mode and with everything unfrozen: the convolution gets its gradient through
# the frozen layer, and none of the four buffers changes.

model = torch.nn.Sequential(torch.nn.Conv2d(1, 1, 1), frozen)
model.train().requires_grad_(True)
sgd = torch.optim.SGD(model.parameters(), lr=0.5, weight_decay=0.5)
model(images).sum().backward()
sgd.step()
print(len(list(frozen.parameters())), model[0].weight.grad is not None)
print([torch.equal(buffer, state[name]) for name, buffer in frozen.named_buffers()])

# %%
# The four buffers are saved, and they move with the model, as parameters would.

model.to(torch.float64)
{name: tensor.dtype for name, tensor in frozen.state_dict().items()}

# %%
# .. rubric:: Remember
#
# - ``requires_grad_(False)`` stops new gradients. The one that is there stays: call
#   ``zero_grad()`` after it.
# - A gradient of zeros is not the same as none.
# - To freeze batch normalisation for good, hold its weight, bias and statistics as
#   buffers.
