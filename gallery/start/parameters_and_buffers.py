"""
Parameters and buffers
======================

A module registers two kinds of tensors: parameters, which training changes, and
buffers, which your own code changes.

By the end of this page you can predict these lines:

>>> [name for name, _ in model.named_parameters()]
['param', 'listed.0']
>>> [name for name, _ in model.named_buffers()]
['my_buffer', 'cache']
>>> list(model.state_dict())
['param', 'my_buffer', 'listed.0']
>>> "plain" in model.state_dict()
False
"""

import torch

# %%
# This model holds three tensors of the same shape. One is registered as a buffer,
# one is a ``Parameter``, and one is only assigned.


class MyModel(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("my_buffer", torch.randn(2, 3))
        self.param = torch.nn.Parameter(torch.rand(2, 3))
        self.plain = torch.zeros(2, 3)

    def forward(self, x):
        return x * self.param + self.my_buffer + self.plain


# %%
# The ``state_dict`` holds the parameter and the buffer. Within a module parameters
# come first, whatever was registered first.

torch.manual_seed(0)
model = MyModel()
model.state_dict()

# %%
# ``parameters()`` returns the parameter. This is what you give to an optimizer.

for param in model.parameters():
    print(param)

# %%
# ``buffers()`` returns the buffer. It prints as an ordinary tensor, and that is what
# it is: what makes it a buffer is only that the module registered it.

for buffer in model.buffers():
    print(buffer)

# %%
# .. _reg1:
#
# The plain tensor is in neither, and it is not saved. Python keeps it where it keeps
# any attribute, and the module does not look there.

print("plain" in vars(model), "param" in vars(model), "my_buffer" in vars(model))
print([name for name, _ in model.named_parameters()])
print([name for name, _ in model.named_buffers()])
print(list(model.state_dict()))

# %%
# A list hides even a ``Parameter``: the module sees a list and registers nothing, so
# an optimizer never hears of it.

model.listed = [torch.nn.Parameter(torch.zeros(1))]
[name for name, _ in model.named_parameters()]

# %%
# ``ParameterList`` is a list that is itself a module. The model registers it, and it
# registers what it holds.

model.listed = torch.nn.ParameterList(model.listed)
[name for name, _ in model.named_parameters()]

# %%
# Not everything that is registered is saved. A buffer with ``persistent=False`` is
# registered and left out; a number, a flag such as ``training`` and
# ``requires_grad`` are no tensors at all and are left out too.

model.register_buffer("cache", torch.zeros(2, 3), persistent=False)
model.factor = 0.5
model.eval()
print([name for name, _ in model.named_buffers()])
print(list(model.state_dict()))

# %%
# You may have read that a buffer takes no part in the backward pass. That is usual,
# but it is not the rule. A buffer that requires a gradient :ref:`gets one <train1>`.

model.my_buffer.requires_grad_(True)
model(torch.ones(2, 3)).sum().backward()
model.my_buffer.grad

# %%
# The rule is registration. What works on parameters does not see a buffer, so nobody
# clears this gradient: ``zero_grad()`` resets the parameter's and keeps the buffer's.

model.zero_grad()
print(model.param.grad)
print(model.my_buffer.grad)

# %%
# .. rubric:: Remember
#
# - ``nn.Parameter`` and ``register_buffer`` register a tensor; a plain assignment, a
#   list or a dictionary does not.
# - ``state_dict()`` holds the parameters and the persistent buffers, nothing else
#   here.
# - Registration makes a buffer, not the absence of gradients.
