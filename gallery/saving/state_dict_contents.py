"""
What is in a ``state_dict``
===========================

A ``state_dict`` has a key for each parameter, each persistent buffer and each extra
state, module by module; everything else that a model knows is not in it.

By the end of this page you can predict these lines:

>>> list(model.state_dict())
['0.gain', '0.offset', '0._extra_state', '0.linear.weight', '2.weight', '2.bias']
>>> model.state_dict(keep_vars=True)["0.gain"] is model[0].gain
True
>>> len(list(shared.parameters())), len(shared.state_dict())
(2, 4)
"""

import torch

# %%
# This block registers a submodule first, then two buffers, one of them a slot that
# holds ``None``, and a parameter last. Its linear layer has no bias: that is a ``None``
# slot too.


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(2, 2, bias=False)
        self.register_buffer("mask", None)
        self.register_buffer("offset", torch.zeros(2))
        self.gain = torch.nn.Parameter(torch.ones(2))

    def forward(self, x):
        x = x if self.mask is None else x * self.mask
        return self.linear(x - self.offset) * self.gain


torch.manual_seed(0)
block = Block()
block(torch.ones(1, 2)).shape

# %%
# .. _sd1:
#
# The keys do not follow the order of the code. A module writes its own parameters, then
# its own buffers, and only then asks its submodules. A slot that holds ``None`` has
# :ref:`no key <enum4>`. Within each kind the order is that of registration: once it is
# filled, ``mask`` stands before ``offset``.

print(list(block.state_dict()))
block.mask = torch.ones(2)
list(block.state_dict())

# %%
# The walk goes depth first: a submodule is followed by all that is below it, before the
# next one has its turn. The ReLU, number 1, has no state and so no key.

model = torch.nn.Sequential(Block(), torch.nn.ReLU(), torch.nn.Linear(2, 1))
list(model.state_dict())

# %%
# So a ``state_dict`` is more than what training changes. If you save the parameters
# only, the buffer is missing.

try:
    Block().load_state_dict(dict(model[0].named_parameters()))
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# .. since:: 1.6 persistent
#
# To see what is left out, add one of each: a non-persistent buffer, a plain tensor and
# a Python number. None of the three has a key, although ``named_buffers()``
# :ref:`returns the non-persistent buffer too <enum1>`.


class Shift(Block):
    def __init__(self):
        super().__init__()
        self.register_buffer("cache", torch.zeros(1), persistent=False)
        self.plain = torch.zeros(1)
        self.number = 0

    def forward(self, x):
        return super().forward(x + self.cache + self.plain + self.number)


shift = Shift()
list(shift.state_dict())

# %%
# .. _training_flag:
#
# Change them, the value of ``gain`` and its ``requires_grad``, and the flag
# ``training``; add a hook. Load the result into a new module: of all the changes only
# the value of ``gain`` arrives. Both modules run, and only one calls the hook.

callers = []
shift.register_forward_hook(lambda module, *rest: callers.append(module))
for tensor in (shift.cache, shift.plain, shift.gain.requires_grad_(False)):
    tensor.fill_(2)
shift.number = 2
restored = Shift()
restored.load_state_dict(shift.eval().state_dict())
for module in (shift, restored):
    module(torch.ones(1, 2))
print(callers == [shift])
print(restored.gain.data, shift.gain.requires_grad, restored.gain.requires_grad)
for name in ("cache", "plain", "number", "training"):
    print(f"{name:8}", getattr(shift, name), getattr(restored, name))

# %%
# .. since:: 1.10 get_extra_state set_extra_state
#
# If such a value must be saved, return it from ``get_extra_state``. It becomes an entry
# of its own, which need not be a tensor.


class NumberedShift(Shift):
    def get_extra_state(self):
        return {"number": self.number}

    def set_extra_state(self, state):
        self.number = state["number"]


shift = NumberedShift()
shift.number = 2
print(shift(torch.ones(1, 2)).shape, shift.state_dict()["_extra_state"])

# %%
# The key ``_extra_state`` follows the parameters and the buffers of its own module and
# stands before the submodules. A load hands the value to ``set_extra_state``.

model[0] = NumberedShift()
model[0].load_state_dict(shift.state_dict())
print(list(model.state_dict()), model[0].number)

# %%
# .. _sd4:
#
# The tensors in the mapping are not the parameters. They are detached: a plain
# ``Tensor`` that requires no gradient. A penalty computed from them cannot train.

state = model.state_dict()
print(type(state["0.gain"]).__name__, state["0.gain"] is model[0].gain)
try:
    state["0.gain"].sum().backward()
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# With ``keep_vars=True`` you get the live parameters, which receive the gradient, and
# the buffers themselves.

state = model.state_dict(keep_vars=True)
state["0.gain"].sum().backward()
print(type(state["0.gain"]).__name__, model[0].gain.grad)
print(state["0.gain"] is model[0].gain, state["0.offset"] is model[0].offset)

# %%
# .. _sd5:
#
# The walk follows names and does not ask whether it has seen a tensor before. A tensor
# with two names gets two keys, while :ref:`an iterator gives it once <enum2>`.

block = Block()
block.scale = block.gain
block.register_buffer("shift", block.offset)
print([name for name, _ in block.named_parameters()])
print(list(block.state_dict()))

# %%
# The same happens when a model uses one layer twice: all that is below the layer has a
# key under both of its names.

layer = torch.nn.Linear(2, 2)
shared = torch.nn.Sequential(layer, torch.nn.ReLU(), layer)
print([name for name, _ in shared.named_parameters()])
print(list(shared.state_dict()))

# %%
# The two keys have one value, unless you edit the mapping. A load copies both into the
# same parameter, so the last one wins.

state = shared.state_dict()
state["0.bias"], state["2.bias"] = torch.zeros(2), torch.ones(2)
shared.load_state_dict(state)
print(layer.bias.detach())

# %%
# .. rubric:: Remember
#
# - Each module writes its parameters, its persistent buffers, its extra state, and then
#   its submodules, depth first.
# - Plain tensors, numbers, non-persistent buffers, ``training``, ``requires_grad`` and
#   hooks are not saved. Your code sets them up again.
# - Two names are two keys, even for one tensor.
