"""
Parameters and buffers: the difference
======================================

The optimizer trains a parameter. A buffer is not trained by the optimizer, but it moves
with the module and is saved by default, as a parameter is. A plain tensor attribute is
neither moved nor saved.
"""

# %%
# In short
# --------
#
# .. in-short::
#    :shows: table
#
# Parameters and buffers are registered: the module has a record of them. A tensor that
# is only assigned to an attribute is not registered.
#
# .. list-table::
#    :header-rows: 1
#    :widths: 55 15 15 15
#
#    * - Kind
#      - Trained
#      - Moved
#      - Saved
#    * - Parameter: ``self.a = nn.Parameter(t)``
#      - yes
#      - yes
#      - yes
#    * - Buffer: ``register_buffer("b", t)``
#      - no
#      - yes
#      - yes
#    * - Buffer with ``persistent=False``
#      - no
#      - yes
#      - no
#    * - Plain tensor: ``self.c = t``
#      - no
#      - no
#      - no
#
# How do I register a tensor?
# ---------------------------
#
# Assign a ``Parameter`` to an attribute of the module, or call ``register_buffer`` with
# a name and a tensor. ``forward`` uses the three tensors in the same way.

import torch


class MyModel(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("my_buffer", torch.randn(2, 3))
        self.param = torch.nn.Parameter(torch.rand(2, 3))
        self.plain = torch.zeros(2, 3)

    def forward(self, x):
        return x * self.param + self.my_buffer + self.plain


# %%
# The ``state_dict`` has the parameter and the buffer. Within one module parameters come
# before buffers, whatever was registered first. The panel below the output lists the
# plain tensor too.

torch.manual_seed(0)
model = MyModel()
model.state_dict()

# %%
# What does the optimizer train?
# ------------------------------
#
# What ``parameters()`` returns, since this is what an optimizer is usually given. It
# returns the parameter alone. ``buffers()`` returns the buffer, an ordinary tensor.

print(list(model.parameters()))
print(list(model.buffers()))

# %%
# A call of ``optimizer.step()`` changes the parameter and leaves the buffer as it is.
# By default a buffer requires no gradient, and so it gets none.

optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
model(torch.ones(2, 3)).sum().backward()
optimizer.step()
print(model.param.requires_grad, model.my_buffer.requires_grad)
print(model.param.grad[0], model.my_buffer.grad)

# %%
# A buffer changes when code writes to it. Batch normalisation, for example, updates its
# buffer ``running_mean`` in each forward pass in training mode.

# sphinx_gallery_hide_state = "norm"
norm = torch.nn.BatchNorm1d(3)
norm(torch.ones(4, 3))
norm.running_mean

# %%
# .. _reg1:
#
# Why is a plain tensor not saved?
# --------------------------------
#
# Because the module has no record of it. A plain tensor is in ``vars(model)``, where
# Python keeps most attributes, and ``state_dict()`` does not look there. A registered
# tensor is not in ``vars(model)``.

print("plain" in vars(model), "param" in vars(model), "my_buffer" in vars(model))
print([name for name, _ in model.named_parameters()])
print([name for name, _ in model.named_buffers()])
print(list(model.state_dict()))

# %%
# When is a ``Parameter`` not registered?
# ---------------------------------------
#
# As long as it is not assigned to an attribute of a module. ``nn.Parameter`` only makes
# the object; the assignment registers it. A ``Parameter`` in a list or in a dictionary
# is not registered either, because the attribute is the list or the dictionary.

weight = torch.nn.Parameter(torch.zeros(1))
model.listed = [weight]
[name for name, _ in model.named_parameters()]

# %%
# If a module has all its parameters in a list, an optimizer gets none and raises an
# error.


class Listed(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weights = [torch.nn.Parameter(torch.zeros(1))]


try:
    torch.optim.SGD(Listed().parameters(), lr=1.0)
except ValueError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# ``ParameterList`` is a list that is a module itself. The model registers the
# ``ParameterList``, and the ``ParameterList`` registers each ``Parameter`` in it.
# :doc:`/gallery/registration/lists_and_dicts` has the lists for layers and for buffers.

model.listed = torch.nn.ParameterList([weight])
[name for name, _ in model.named_parameters()]

# %%
# Is everything in a module saved?
# --------------------------------
#
# No. A buffer with ``persistent=False`` is registered, and so it moves with the module,
# but it is not in the ``state_dict``. Numbers, the flag ``training`` and the flag
# ``requires_grad`` are not tensors, and they are not saved either.

model.register_buffer("cache", torch.zeros(2, 3), persistent=False)
model.factor = 0.5
model.eval()
print([name for name, _ in model.named_buffers()])
print(list(model.state_dict()))

# %%
# Can a buffer have a gradient?
# -----------------------------
#
# Yes. A buffer that requires a gradient :ref:`gets one <train1>` in the backward pass.
# It is still a buffer, because the module registered it as one.

model.my_buffer.requires_grad_(True)
model(torch.ones(2, 3)).sum().backward()
print(model.my_buffer.grad)

# %%
# ``zero_grad()`` goes through the parameters only, as the optimizer does. So the
# gradient of the parameter is cleared, and the gradient of the buffer stays.

model.zero_grad()
print(model.param.grad)
print(model.my_buffer.grad)

# %%
# Check yourself
# --------------
#
# Each question begins with a new model.

model = MyModel()
model.more = [torch.nn.Parameter(torch.zeros(1)), torch.nn.Parameter(torch.zeros(1))]
len(list(model.parameters()))

# %%
# .. check::
#
#    - ``1``
#    - ``2``
#    - ``3``
#
#    The module does not register what is in a list. ``param`` is the only parameter.

model = MyModel()
model.register_buffer("steps", torch.tensor(0), persistent=False)
list(model.state_dict())

# %%
# .. check::
#
#    - ``['param', 'my_buffer']``
#    - ``['param', 'my_buffer', 'steps']``
#    - ``['param', 'my_buffer', 'plain', 'steps']``
#
#    ``steps`` is registered and not saved; ``plain`` is not registered.

model = MyModel()
model.plain = torch.nn.Parameter(torch.zeros(2, 3))
[name for name, _ in model.named_parameters()]

# %%
# .. check::
#
#    - ``['param']``
#    - ``['param', 'plain']``
#
#    The assignment registers the new ``Parameter``, and the plain tensor of that name
#    is gone.
#
# Remember
# --------
#
# - Assigning an ``nn.Parameter`` registers a parameter; ``register_buffer`` registers a
#   buffer; assigning a tensor to a new name registers nothing.
# - ``parameters()`` returns what the optimizer should train, so it returns no buffers.
# - ``state_dict()`` holds parameters and buffers, without the buffers that were
#   registered with ``persistent=False``.
#
# If ``register_buffer`` raises an error, or if you prefer to write ``nn.Buffer``, go on
# with :doc:`/gallery/registration/register_buffer_and_nn_buffer`.
