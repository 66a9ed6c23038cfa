"""
What is in a ``state_dict``, and what is not
============================================

A ``state_dict`` has the parameters, the persistent buffers and the extra state of a
module and its submodules. ``requires_grad``, ``training``, non-persistent buffers and
plain attributes are not in it.
"""

# %%
# .. folded:: The encoder of this page

import math

import torch


class Encoder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(400, 256, bias=False)
        self.register_buffer("mask", None)
        self.register_buffer("mean", torch.zeros(400))
        turns = torch.arange(400) * (2 * math.pi / 400)
        self.register_buffer("window", (1 - turns.cos()) / 2, persistent=False)
        self.gain = torch.nn.Parameter(torch.ones(400))
        self.noise, self.rate = torch.zeros(400), 16000

    def forward(self, x):
        x = x if self.mask is None else x * self.mask
        return self.linear((x * self.window - self.mean + self.noise) * self.gain)


# %%
# In short
# --------
#
# .. in-short::
#    :shows: table
#
# What a module has, whether it is in the ``state_dict``, and what a new module has
# after it has loaded this ``state_dict``:
#
# .. list-table::
#    :header-rows: 1
#
#    * - Of the module
#      - In the ``state_dict``
#      - In a new module after the load
#    * - a parameter, frozen or not
#      - yes, under its name
#      - the saved values
#    * - a persistent buffer
#      - yes, under its name
#      - the saved values
#    * - what ``get_extra_state`` returns
#      - yes, as ``_extra_state``
#      - what ``set_extra_state`` makes of it
#    * - a non-persistent buffer
#      - no
#      - the values of the new module
#    * - a plain tensor, number or string
#      - no
#      - the values of the new module
#    * - ``requires_grad`` and ``grad``
#      - no
#      - those of the new module
#    * - ``training``
#      - no
#      - ``True``, until ``eval()`` is called
#    * - hooks
#      - no
#      - the hooks of the new module
#
# The state of the optimizer is not in it either: the optimizer has :ref:`a dictionary
# of its own <load20>`.
#
# .. _sd1:
#
# In which order do the keys come?
# --------------------------------
#
# By default a module writes its own parameters first, then its own persistent buffers,
# then its submodules. ``Encoder`` registers ``linear`` before ``mean`` and ``gain``,
# and yet the key ``linear.weight`` comes last. A slot that holds ``None``, such as
# ``mask`` or the missing bias of ``linear``, has :ref:`no key <enum4>`.

torch.manual_seed(0)
model = Encoder()
print(list(model.state_dict()))

# %%
# Parameters are in the order of their registration, and so are buffers. ``mask`` was
# registered before ``mean``; with a tensor in it, it has a key before ``mean``.

# sphinx_gallery_hide_state
model.mask = torch.ones(400)
print(list(model.state_dict()))

# %%
# The keys of a submodule and of all modules below it come before those of the next
# submodule. Here is a stage of an image network with a last layer. The batch
# normalisation adds three buffers, one of them a counter. The ReLU, number 2 of the
# stage, has no parameters or buffers, so it has no key.

# sphinx_gallery_hide_state = "model, network"
conv = torch.nn.Conv2d(64, 128, 3, bias=False)
stage = torch.nn.Sequential(conv, torch.nn.BatchNorm2d(128), torch.nn.ReLU())
network = torch.nn.Sequential(stage, torch.nn.Linear(128, 10))
for key, value in network.state_dict().items():
    print(f"{key:23}", tuple(value.shape), value.dtype)

# %%
# The arguments of a layer decide which tensors it has. With
# ``track_running_stats=False`` the three buffers are slots that hold ``None``, so the
# ``state_dict`` has no running statistics.

list(torch.nn.BatchNorm2d(128, track_running_stats=False).state_dict())

# %%
# Is it enough to save the parameters?
# ------------------------------------
#
# No, unless the model has no persistent buffers and no extra state. A file of the
# parameters alone lacks the running statistics, and a strict load raises an error. The
# counter is missing too, but the error does not name it: a plain ``dict`` has :ref:`no
# version <load18>`, and BatchNorm takes it for one that was saved before the counter
# existed.

try:
    network.load_state_dict(dict(network.named_parameters()))
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# .. _training_flag:
#
# What must your code set up again after a load?
# ----------------------------------------------
#
# .. since:: 1.6 persistent
#
# Everything that has no key. The next cell changes one thing of each kind: the values
# of the parameter ``gain`` and its ``requires_grad``, the non-persistent buffer
# ``window``, which :ref:`named_buffers <enum1>` returns as well, the plain tensor
# ``noise``, the number ``rate`` and the flag ``training``. It also adds a hook.

# sphinx_gallery_hide_state = "saved, restored"
called = []
saved, restored = Encoder(), Encoder()
saved.register_forward_hook(lambda module, *rest: called.append(module))
for tensor in (saved.gain.requires_grad_(False), saved.window, saved.noise):
    tensor.fill_(2)
saved.rate = 8000
restored.load_state_dict(saved.eval().state_dict())
print("window" in saved.state_dict(), "window" in dict(saved.named_buffers()))

# %%
# Of these changes only the values of ``gain`` arrive in the new module. A frozen
# parameter is saved as any other, but it is not frozen in the new module. Both modules
# are called, and only the saved one calls the hook.

pair = (restored, saved)
print(restored.gain[0].item(), *(module.gain.requires_grad for module in pair))
for name in ("window", "noise"):
    print(f"{name:8}", *(getattr(module, name)[0].item() for module in pair))
for name in ("rate", "training"):
    print(f"{name:8}", *(getattr(module, name) for module in pair))
for module in pair:
    module(torch.ones(1, 400))
print(called == [saved])

# %%
# How do I save a number or a string?
# -----------------------------------
#
# .. since:: 1.10 get_extra_state set_extra_state
#
# A number that changes while the model trains can be a buffer of integers, which a cast
# to another floating-point ``dtype`` leaves as it is. Values that are not tensors, such
# as strings, are returned by ``get_extra_state``, and a load passes them to
# ``set_extra_state``. More on both methods: :ref:`extra state <load17>`.


class Classifier(torch.nn.Module):
    def __init__(self, labels):
        super().__init__()
        self.linear = torch.nn.Linear(256, len(labels))
        self.labels = labels
        self.register_buffer("steps", torch.tensor(0))

    def forward(self, x):
        if self.training:
            self.steps.add_(1)
        return self.linear(x)

    def get_extra_state(self):
        return {"labels": self.labels}

    def set_extra_state(self, state):
        self.labels = state["labels"]


# %%
# The key ``_extra_state`` stands between the buffers of the module and its submodules.
# ``other`` was built with other labels and has the saved labels after the load.

# sphinx_gallery_hide_state = "other"
model = Classifier(["cat", "dog"])
model(torch.ones(8, 256))
other = Classifier(["no", "yes"])
other.load_state_dict(model.state_dict())
print(list(model.state_dict()))
print(other.labels, other.steps)

# %%
# .. _sd4:
#
# Can I compute a penalty from the entries?
# -----------------------------------------
#
# Not by default: the tensors in a ``state_dict`` are not the parameters but detached
# tensors on the same memory, which require no gradient.

state = model.state_dict()
weight = model.linear.weight
print(type(state["linear.weight"]).__name__, state["linear.weight"] is weight)
try:
    state["linear.weight"].abs().sum().backward()
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Use ``model.parameters()`` or ``model.named_parameters()`` for a penalty. With
# ``keep_vars=True`` the entries are the parameters and the buffers themselves.

state = model.state_dict(keep_vars=True)
state["linear.weight"].abs().sum().backward()
print(state["linear.weight"] is weight, tuple(weight.grad.shape))
print(state["steps"] is model.steps)

# %%
# .. _sd5:
#
# Why does a shared layer have two keys?
# --------------------------------------
#
# ``state_dict()`` has an entry for each name, and a layer that is used twice has two
# names. So each of its tensors has two keys, while :ref:`named_parameters <enum2>`
# returns each tensor once by default.

# sphinx_gallery_hide_state = "shared, layer"
layer = torch.nn.Linear(256, 256)
shared = torch.nn.Sequential(layer, torch.nn.ReLU(), layer)
state = shared.state_dict()
print([name for name, _ in shared.named_parameters()])
print(list(state))

# %%
# .. identity:: shared[0].bias, shared[2].bias, state["0.bias"], state["2.bias"]
#
#    The two entries are two objects on the memory of the one parameter.
#
# The same holds for a single tensor that is registered under two names, parameter or
# buffer. Here ``scale`` is another name of ``gain``, and ``centre`` of ``mean``.

# sphinx_gallery_hide_state = "encoder"
encoder = Encoder()
encoder.scale = encoder.gain
encoder.register_buffer("centre", encoder.mean)
print([name for name, _ in encoder.named_parameters()])
print(list(encoder.state_dict()))

# %%
# If the two keys have different values, a load copies one after the other
# into the same parameter, and the values of the later key remain.

state["0.bias"], state["2.bias"] = torch.zeros(256), torch.ones(256)
shared.load_state_dict(state)
print(layer.bias[0].item())

# %%
# Check yourself
# --------------

frozen = torch.nn.Linear(80, 10)
frozen.requires_grad_(False)
list(frozen.state_dict())

# %%
# .. check::
#
#    - ``['weight', 'bias']``
#    - ``[]``
#
#    The values of a parameter are saved, frozen or not. ``requires_grad`` is not saved.

norm = torch.nn.BatchNorm2d(128, affine=False)
len(list(norm.parameters())), len(norm.state_dict())

# %%
# .. check::
#
#    - ``(0, 0)``
#    - ``(0, 3)``
#    - ``(2, 5)``
#
#    Weight and bias are slots that hold ``None`` here. The running mean, the running
#    variance and the counter are persistent buffers.

twice = torch.nn.Sequential(layer, layer)
len(list(twice.parameters())), len(twice.state_dict())

# %%
# .. check::
#
#    - ``(2, 2)``
#    - ``(2, 4)``
#    - ``(4, 4)``
#
#    ``parameters()`` returns each parameter once. ``state_dict()`` has a key for each
#    name.
#
# Remember
# --------
#
# - In a ``state_dict``: parameters, persistent buffers, extra state; first those of the
#   module, then those of its submodules.
# - Not in it: non-persistent buffers, plain attributes, ``requires_grad``, ``training``
#   and hooks. Your code sets them up again.
# - The entries are detached; ``keep_vars=True`` returns the parameters themselves.
# - A tensor with two names has two keys.
#
# To write a ``state_dict`` to a file and to read it on another device, see
# :doc:`files`.
