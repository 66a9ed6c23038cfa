"""
Gradients and buffers
=====================

A buffer that requires a gradient gets one; what freezes, clears and trains goes through
``parameters()`` and does not reach it.

By the end of this page you can predict these lines:

>>> [tensor.requires_grad for tensor in (model.scale, model.offset)]
[False, True]
>>> model.scale.grad, model.offset.grad
(None, tensor([4., 4.]))
>>> plain, given
(tensor([1., 1.]), tensor([-0.5000, -0.5000], requires_grad=True))
"""

import torch

# %%
# The model has one parameter and one buffer. Both have a part in the result, so both
# could get a gradient. Unless you ask for more, only the parameter does.


class Affine(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(2))
        self.register_buffer("offset", torch.zeros(2))

    def forward(self, x):
        return x * self.scale + self.offset


model = Affine()
x = torch.ones(2)
model(x).sum().backward()
print(model.scale.grad, model.offset.grad)

# %%
# The module's own ``requires_grad_`` does not change that: it goes through the
# parameters. Whether you freeze or unfreeze the model, the buffer stays as it is.

for flag in (False, True):
    model.requires_grad_(flag)
    print(model.scale.requires_grad, model.offset.requires_grad)

# %%
# .. _train1:
#
# The buffer's own ``requires_grad_`` does. It is a tensor like any other, and from now
# on autograd fills its ``grad``. Train for three steps and print both gradients.

model.offset.requires_grad_(True)
sgd = torch.optim.SGD(model.parameters(), lr=0.5)
for _ in range(3):
    sgd.zero_grad()
    model(x).sum().backward()
    sgd.step()
    print(model.scale.grad, model.offset.grad)

# %%
# Each step adds a gradient of 1. The optimizer cleared the parameter's before each
# step. That of the buffer it did not clear: it grows. The steps changed the parameter
# by 0.5 each, and the buffer not at all.

print(model.scale.detach(), model.offset.detach())

# %%
# ``zero_grad()`` of the model goes through the parameters too.

model.zero_grad()
print(model.scale.grad, model.offset.grad)

# %%
# So a frozen model with such a buffer is not quite frozen. Its result still requires a
# gradient, autograd still records, and each backward pass adds to the sum.

model.requires_grad_(False)
result = model(x).sum()
result.backward()
print(result.requires_grad, model.scale.grad, model.offset.grad)

# %%
# A move takes the buffer out of reach. The module holds a new tensor then, as
# :ref:`every real move <move2>` replaces the buffers, and this one is the result of a
# cast: no leaf tensor. The next gradient goes past it, to the tensor before the move.

moved, before = Affine(), torch.zeros(2, requires_grad=True)
moved.offset = before
moved.to(torch.float64)
moved(x.double()).sum().backward()
print(moved.offset.is_leaf, before.grad)

# %%
# If training should change the tensor, make it a parameter: one assignment
# :ref:`takes the name over <reg6>`. Now the step reaches it.

trained = Affine()
trained.offset = torch.nn.Parameter(trained.offset)
sgd = torch.optim.SGD(trained.parameters(), lr=0.5)
trained(x).sum().backward()
sgd.step()
print(trained.offset.detach())

# %%
# If you only want the gradient, as for an input that you study, ask for it alone.
# ``torch.autograd.grad`` returns it and adds it to no ``grad``.

studied = Affine()
studied.offset.requires_grad_(True)
print(torch.autograd.grad(studied(x).sum(), studied.offset))
print(studied.offset.grad)

# %%
# .. _train2:
#
# An optimizer does not ask for parameters. It asks for tensors, and takes a plain one
# that requires no gradient without an error or a warning. Each step passes over it.

plain = torch.ones(2)
sgd = torch.optim.SGD([plain], lr=0.5)
trained(x * plain).sum().backward()
sgd.step()
print(plain, plain.grad)

# %%
# The buffers of a model are such tensors. If nothing else requires a gradient, the
# backward pass fails, which is the first sign. If something does, as above, there is
# no sign.

fixed = Affine().requires_grad_(False)
sgd = torch.optim.SGD(fixed.buffers(), lr=0.5)
try:
    fixed(x).sum().backward()
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# An empty list is refused. You meet it where a module has no parameters, or where a
# :ref:`list of layers <reg2>` hides them.

try:
    torch.optim.SGD(torch.nn.ReLU().parameters(), lr=0.5)
except ValueError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# A tensor computed from a parameter is refused too. The result of a cast is one: the
# leaf tensor is the parameter itself, and a step on the result would not reach it.

try:
    torch.optim.SGD([trained.scale.to(torch.float64)], lr=0.5)
except ValueError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# A leaf tensor that requires a gradient is trained, registered or not: what counts is
# that you give it to the optimizer. ``zero_grad()`` of this optimizer clears it too.

given = torch.ones(2, requires_grad=True)
sgd = torch.optim.SGD([given], lr=0.5)
for _ in range(3):
    sgd.zero_grad()
    given.sum().backward()
    sgd.step()
print(given, given.grad)

# %%
# Check the list once, before training: each tensor in it should require a gradient.

sgd = torch.optim.SGD([given, plain, *model.buffers()], lr=0.5)
[tensor.requires_grad for tensor in sgd.param_groups[0]["params"]]

# %%
# .. rubric:: Remember
#
# - A buffer that requires a gradient gets one, and ``zero_grad()`` does not clear it.
# - ``requires_grad_`` of a module and the optimizer leave its buffers alone.
# - To train a buffer, make it a parameter.
# - An optimizer takes a tensor without a gradient and never changes it.
