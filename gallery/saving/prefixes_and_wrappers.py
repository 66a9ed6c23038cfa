"""
Prefixes and wrappers
=====================

A wrapper is a module that holds yours as a submodule, so the keys of yours begin with
the name of that submodule.

By the end of this page you can predict these lines:

>>> list(torch.nn.DataParallel(torch.nn.Linear(2, 1)).state_dict())
['module.weight', 'module.bias']
>>> list(compiled.state_dict()), list(layer.state_dict())
(['_orig_mod.weight', '_orig_mod.bias'], ['weight', 'bias'])
>>> list(averaged.state_dict())
['n_averaged', 'module.weight', 'module.bias']
"""

import torch
from torch import distributed
from torch.nn.modules.utils import consume_prefix_in_state_dict_if_present
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel

# %%
# .. _sd7:
#
# A key is a path of attributes. ``DataParallel`` holds your layer in its attribute
# ``module``, so each of its keys begins with ``module.``. The layer keeps its own keys.

torch.manual_seed(0)
parallel = torch.nn.DataParallel(torch.nn.Linear(2, 1))
print([name for name, _ in parallel.named_children()])
print(list(parallel.state_dict()))
print(list(parallel.module.state_dict()))

# %%
# What the wrapper saves does not fit a bare layer: each tensor is missing under one key
# and unexpected under another.

layer = torch.nn.Linear(2, 1)
try:
    layer.load_state_dict(parallel.state_dict())
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Save the ``state_dict`` of what the wrapper holds instead. It fits a bare layer, and a
# layer inside of another wrapper.

state = parallel.module.state_dict()
print(layer.load_state_dict(state))
print(AveragedModel(layer).module.load_state_dict(state))

# %%
# .. since:: 1.9 consume_prefix_in_state_dict_if_present
#
# A file may have the prefix already. This function takes it off, in the dictionary that
# you give it, and returns ``None``.

state = parallel.state_dict()
print(consume_prefix_in_state_dict_if_present(state, "module."))
print(list(state))
layer.load_state_dict(state)

# %%
# So load the dictionary, not what the function returns. Without the prefix, as here, it
# changes nothing.

try:
    layer.load_state_dict(consume_prefix_in_state_dict_if_present(state, "module."))
except TypeError as error:
    print(f"{type(error).__name__}: {error}")
list(state)

# %%
# .. since:: 1.6 AveragedModel
#
# ``AveragedModel`` has ``module`` too, with a copy of the layer in it, and counts its
# updates in a buffer of its own.

averaged = AveragedModel(layer)
averaged.update_parameters(layer)
print(averaged.module is layer, averaged.n_averaged)
list(averaged.state_dict())

# %%
# Without the prefixes there is still one key too many: ``n_averaged`` belongs to the
# wrapper. What the wrapper holds fits here as well.

state = averaged.state_dict()
consume_prefix_in_state_dict_if_present(state, "module.")
try:
    layer.load_state_dict(state)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")
layer.load_state_dict(averaged.module.state_dict())

# %%
# .. since:: 2.0 torch.compile
#
# ``torch.compile`` returns a wrapper. It holds the layer itself, in an attribute with a
# private name: ``_orig_mod``. So run and train the wrapper, and save the layer.

x = torch.ones(1, 2)
compiled = torch.compile(layer, backend="eager")
print(torch.equal(compiled(x), layer(x)), compiled._orig_mod is layer)
print(list(compiled.state_dict()))
print(list(layer.state_dict()))

# %%
# .. since:: 2.1 Module.compile
#
# The method ``compile`` works in place. There is no wrapper, and no prefix.

inner = torch.nn.Linear(2, 1)
print(inner.compile(backend="eager"))
print(inner(x).shape, list(inner.state_dict()))

# %%
# A wrapper of a wrapper has both prefixes, the outer one first. Only a prefix at the
# start of a key is taken off, so the order matters.

state = torch.compile(parallel, backend="eager").state_dict()
print(list(state))
for prefix in ("module.", "_orig_mod.", "module."):
    consume_prefix_in_state_dict_if_present(state, prefix)
    print(list(state))

# %%
# A wrapper inside of a model puts its prefix into the middle of a key. The function
# leaves it there; replace it yourself.

model = torch.nn.Sequential(torch.compile(layer, backend="eager"))
state = model.state_dict()
consume_prefix_in_state_dict_if_present(state, "_orig_mod.")
print(list(state))
print([name.replace("_orig_mod.", "") for name in state])

# %%
# With the layer that was compiled in place there is nothing to replace.

list(torch.nn.Sequential(inner).state_dict())

# %%
# .. _dist7:
#
# ``DistributedDataParallel`` needs a process group; here one process is the whole
# group. The wrapper holds the layer itself in ``module``: the keys gain ``module.``.

distributed.init_process_group(
    "gloo", store=distributed.HashStore(), rank=0, world_size=1
)
ddp = DistributedDataParallel(layer)
print(torch.equal(ddp(x), layer(x)), ddp.module is layer)
list(ddp.state_dict())

# %%
# Save ``ddp.module.state_dict()``. It has the layer's own keys, and a process without a
# group can load it.

state = ddp.module.state_dict()
distributed.destroy_process_group()
print(list(state), distributed.is_initialized())
torch.nn.Linear(2, 1).load_state_dict(state)

# %%
# .. rubric:: Remember
#
# - In a wrapper your keys begin with the attribute that holds your module: ``module.``
#   or ``_orig_mod.``.
# - Save ``wrapper.module.state_dict()``, or that of the module that you compiled.
# - From a file take off one prefix at a time, the outer one first.
