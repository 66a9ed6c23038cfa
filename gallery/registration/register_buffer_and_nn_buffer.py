"""
``register_buffer`` and ``nn.Buffer``
=====================================

``register_buffer`` makes a tensor a buffer under a free name; ``nn.Buffer`` marks a
tensor, so that assigning it does the same.

By the end of this page you can predict these lines:

>>> list(model.state_dict()), "cache" in vars(model)
(['mean'], True)
>>> model.mean.dtype, isinstance(model.mean, torch.nn.Buffer)
(torch.float64, False)
"""

import copy
import io

import numpy
import torch
from torch.nn.modules import module as registry

# %%
# .. _reg3:
#
# A new name can be registered only if it is free. An attribute, a method and a value of
# the class occupy theirs, for a buffer as for a parameter. A name is also a string, and
# since it is one part of a path it is not empty and has no dot.


class Scaled(torch.nn.Module):
    scale = 3
    shift: torch.Tensor

    def forward(self, x):
        return x * self.scale + self.shift


layer = Scaled()
layer.plain = torch.zeros(2)
for register in (layer.register_buffer, layer.register_parameter):
    for name in ("plain", "forward", "scale", "a.b", "", 3):
        try:
            register(name, None)
        except (KeyError, TypeError) as error:
            print(f"{type(error).__name__}: {error}")

# %%
# The annotation of ``shift`` occupies nothing; ``del`` frees the name of ``plain``.

del layer.plain
layer.register_buffer("plain", torch.zeros(2))
layer.register_buffer("shift", torch.ones(2))
layer(torch.ones(2))

# %%
# .. _reg15:
#
# A number or an array is not made into a tensor for you. ``None`` is accepted.

for value in (0.5, numpy.zeros(2), None, torch.tensor(0.5)):
    try:
        layer.register_buffer("bound", value)
        print(layer.bound)
    except TypeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# .. since:: 2.9 __torch_function__
#
# An object that says how torch's functions treat it also counts as a tensor here.


class Half:
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return function(*(0.5 if isinstance(arg, cls) else arg for arg in args))


layer = Scaled()
layer.register_buffer("shift", Half())
layer(torch.ones(2))

# %%
# .. _reg7:
#
# .. since:: 1.6 persistent
# .. since:: 2.5 nn.Buffer
#
# Whether a buffer is saved is remembered for its name, not in the tensor. A tensor
# that you assign to a non-persistent buffer is not saved either.

model = torch.nn.Identity()
model.register_buffer("cache", torch.zeros(2), persistent=False)
model.cache = torch.ones(2)
list(model.state_dict())

# %%
# An ``nn.Buffer`` says itself whether it is to be saved, ``True`` unless you say
# otherwise; the assignment sets the name to it. ``register_buffer`` on the same name
# sets it again.

model.cache = torch.nn.Buffer(torch.ones(2))
print(list(model.state_dict()))
model.cache = torch.nn.Buffer(torch.ones(2), persistent=False)
print(list(model.state_dict()))
model.register_buffer("cache", torch.ones(2))
print(list(model.state_dict()))

# %%
# ``del`` forgets the name. What you assign next is a plain tensor attribute.

del model.cache
model.cache = torch.ones(2)
print("cache" in dict(model.named_buffers()), "cache" in vars(model))

# %%
# .. _reg8:
#
# .. since:: 2.5 nn.Buffer
#
# ``nn.Buffer`` is not the class of anything. It returns an ordinary tensor with a
# private flag, and ``isinstance`` asks for that flag, whoever set it.

tensor = torch.zeros(2)
buffer = torch.nn.Buffer(tensor)
print(type(buffer), isinstance(buffer, torch.nn.Buffer))
flagged = torch.zeros(2)
flagged._is_buffer = True
print(isinstance(flagged, torch.nn.Buffer), isinstance(tensor, torch.nn.Buffer))

# %%
# It is a new tensor on the storage of the one that you gave. ``register_buffer``
# stores the very object. Both see a change in place.

model.mean = buffer
layer.register_buffer("mean", tensor)
tensor.add_(0.5)
print(model.mean is tensor, model.mean)
print(layer.mean is tensor, layer.mean)

# %%
# A copy keeps the flag, and so does a pickle of the whole module or of the tensor. A
# ``state_dict`` holds detached tensors, which have none.


def reload(value):
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


for kept in (copy.deepcopy(model).mean, reload(model).mean, reload(model.mean)):
    print(isinstance(kept, torch.nn.Buffer))
print(isinstance(reload(model.state_dict())["mean"], torch.nn.Buffer))

# %%
# A move that changes something makes a new tensor, without the flag. So do not ask
# the tensor whether it is a buffer: ask the module, which remembers the name.

model.quiet = torch.nn.Buffer(torch.zeros(2), persistent=False)
model.to(torch.float64)
print(isinstance(model.mean, torch.nn.Buffer), isinstance(model.quiet, torch.nn.Buffer))
print([name for name, _ in model.named_buffers()], list(model.state_dict()))

# %%
# .. _reg17:
#
# .. since:: 2.0 register_module_buffer_registration_hook
#
# A hook sees every registration of its kind, in any module. What it returns is
# registered instead, here a copy. Remove it when you are done.


def hook(module, name, value):
    print(type(module).__name__, name)
    return copy.deepcopy(value)


handles = [
    registry.register_module_parameter_registration_hook(hook),
    registry.register_module_buffer_registration_hook(hook),
    registry.register_module_module_registration_hook(hook),
]
parameter, child = torch.nn.Parameter(torch.zeros(2)), torch.nn.Identity()
layer.bias = parameter
layer.register_buffer("limit", tensor)
layer.child = child
print(layer.bias is parameter, layer.limit is tensor, layer.child is child)
for handle in handles:
    handle.remove()

# %%
# .. rubric:: Remember
#
# - A new name must be free, a string, and without a dot. An annotation leaves it free.
# - Persistence belongs to the name; ``nn.Buffer`` and ``register_buffer`` set it.
# - ``nn.Buffer`` is a mark that a move wipes off. The registration stays.
