"""
Strip ``module.`` and ``_orig_mod.`` from keys
==============================================

DDP puts ``module.`` and ``torch.compile`` puts ``_orig_mod.`` before every key: save
the inner module, or take the prefix off with ``removeprefix``.
"""

# %%
# .. folded:: The model of this page

import torch


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.vision_module = torch.nn.Conv2d(3, 64, 7, stride=2, padding=3)
        self.head = torch.nn.Linear(64, 10)

    def forward(self, images):
        return self.head(self.vision_module(images).clamp(min=0).mean((2, 3)))


# sphinx_gallery_hide_state = "model"
model = Net()

# %%
# .. folded:: A file whose keys have both prefixes

import io

# sphinx_gallery_hide_state = "wrapped"
wrapped = torch.compile(torch.nn.DataParallel(Net()), backend="eager")
written = io.BytesIO()
torch.save(wrapped.state_dict(), written)
file = io.BytesIO(written.getvalue())

# %%
# In short
# --------
#
# .. in-short:: model, file
#
# In code that saves, save ``wrapper.module.state_dict()``, or the ``state_dict`` of the
# model that you gave to ``torch.compile``. From a file that has the prefixes already,
# make a dictionary with the keys of ``model``; ``file`` can be a path too.

import torch


def unwrapped(key):
    parts = [part for part in key.split(".") if part != "_orig_mod"]
    return ".".join(parts).removeprefix("module.")


saved = torch.load(file, map_location="cpu", weights_only=True)
state = {unwrapped(key): tensor for key, tensor in saved.items()}
print(next(iter(saved)), "->", next(iter(state)))
print(model.load_state_dict(state))

# %%
# .. _sd7:
#
# Where does ``module.`` come from?
# ---------------------------------
#
# A key is a path of attributes. A wrapper is a module with your model in an attribute,
# and for ``DataParallel`` the name of this attribute is ``module``. The model itself
# keeps its keys.

# sphinx_gallery_hide_state = "parallel"
parallel = torch.nn.DataParallel(model)
print(parallel.module is model)
print(list(parallel.state_dict()))
print(list(model.state_dict()))

# %%
# The ``state_dict`` of the wrapper does not fit the bare model: for each tensor one key
# is missing and another is unexpected. With ``strict=False`` there is no error, and
# none of the four tensors is loaded.

# sphinx_gallery_hide_state = "bare"
bare = Net()
try:
    bare.load_state_dict(parallel.state_dict())
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")
report = bare.load_state_dict(parallel.state_dict(), strict=False)
print(len(report.missing_keys), len(report.unexpected_keys))

# %%
# Save and load the inner module instead: its ``state_dict`` fits the bare model and the
# inner module of any other wrapper.

state = parallel.module.state_dict()
print(bare.load_state_dict(state))
print(torch.nn.DataParallel(Net()).module.load_state_dict(state))

# %%
# .. _dist7:
#
# ``DistributedDataParallel`` does the same, and needs a process group. In the next cell
# one process is the whole group.

from torch import distributed
from torch.nn.parallel import DistributedDataParallel

distributed.init_process_group(
    "gloo", store=distributed.HashStore(), rank=0, world_size=1
)
# sphinx_gallery_hide_state = "ddp"
ddp = DistributedDataParallel(model)
print(ddp.module is model, list(ddp.state_dict()))
state = ddp.module.state_dict()
distributed.destroy_process_group()

# %%
# A process without a group can load what ``ddp.module.state_dict()`` returned.

print(distributed.is_initialized(), bare.load_state_dict(state))

# %%
# Where does ``_orig_mod.`` come from?
# ------------------------------------
#
# .. since:: 2.0 torch.compile
#
# ``torch.compile`` returns a wrapper too, with the model in the attribute
# ``_orig_mod``. The model and the wrapper have the same parameters: train and call the
# wrapper, and save the model.

# sphinx_gallery_hide_state = "compiled"
compiled = torch.compile(model, backend="eager")
print(compiled.head.weight is model.head.weight)
print(list(compiled.state_dict()))
print(list(model.state_dict()))

# %%
# If only a part of a model is compiled, the prefix stands in the middle of the keys.

# sphinx_gallery_card
torch.manual_seed(0)
part = torch.nn.Sequential(torch.compile(Net(), backend="eager"), torch.nn.ReLU())
print(list(part.state_dict()))
print([unwrapped(key) for key in part.state_dict()])

# %%
# .. since:: 2.1 Module.compile
#
# The method ``compile`` of a module makes no wrapper and leaves the keys as they are.

# sphinx_gallery_hide_state = "in_place"
in_place = Net()
in_place.compile(backend="eager")
list(in_place.state_dict())

# %%
# Why not ``replace("module.", "")``?
# -----------------------------------
#
# ``replace`` takes away every occurrence, also the end of a name such as
# ``vision_module``, and what is left is no key of the model. ``removeprefix`` changes
# only the start of a key, and ``unwrapped`` compares whole names between dots.

key = "module.vision_module.weight"
print(key.replace("module.", ""))
print(key.removeprefix("module."))

# %%
# ``removeprefix`` takes off one prefix, so call it once for each wrapper that has the
# attribute ``module``. Do not call it for a file that was saved without a wrapper if
# the model has a submodule of its own with the name ``module``.

# sphinx_gallery_hide_state = "twice"
twice = torch.nn.DataParallel(torch.nn.DataParallel(Net()))
key = next(iter(twice.state_dict()))
print(key)
print(key.removeprefix("module.").removeprefix("module."))

# %%
# .. _prefixes1:
#
# What does torch's own function do?
# ----------------------------------
#
# .. since:: 1.9 consume_prefix_in_state_dict_if_present
#
# ``consume_prefix_in_state_dict_if_present`` takes one prefix off the start of the
# keys, in the dictionary that you pass. Load this dictionary: the function returns
# ``None``.

from torch.nn.modules.utils import consume_prefix_in_state_dict_if_present

state = parallel.state_dict()
try:
    bare.load_state_dict(consume_prefix_in_state_dict_if_present(state, "module."))
except TypeError as error:
    print(f"{type(error).__name__}: {error}")
print(bare.load_state_dict(state))

# %%
# With two wrappers, take off the outer prefix first. A prefix that is not at the start
# stays: the first call in the loop below changes nothing.

state = wrapped.state_dict()
for prefix in ("module.", "_orig_mod.", "module."):
    consume_prefix_in_state_dict_if_present(state, prefix)
    print(next(iter(state)))

# %%
# The function also keeps :ref:`the versions of the classes <sd3>`. A dictionary that
# you build has no versions, and a class that asks for the version takes the tensors
# for those of older code. BatchNorm then does not report that its counter is missing.

# sphinx_gallery_hide_state = "norm"
norm = torch.nn.BatchNorm2d(64)
kept = torch.nn.DataParallel(norm).state_dict()
del kept["module.num_batches_tracked"]
built = {key.removeprefix("module."): tensor for key, tensor in kept.items()}
print(norm.load_state_dict(built))
consume_prefix_in_state_dict_if_present(kept, "module.")
try:
    norm.load_state_dict(kept)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Which key is left after ``AveragedModel``?
# ------------------------------------------
#
# .. since:: 1.6 AveragedModel
#
# ``AveragedModel`` has an attribute ``module`` too, with a copy of the model, and
# counts its updates in a buffer, ``n_averaged``. The model has no such key, so a strict
# load raises an error even without the prefixes.

from torch.optim.swa_utils import AveragedModel

# sphinx_gallery_hide_state = "averaged"
averaged = AveragedModel(model)
averaged.update_parameters(model)
print(averaged.module is model, list(averaged.state_dict()))
state = {unwrapped(key): tensor for key, tensor in averaged.state_dict().items()}
try:
    bare.load_state_dict(state)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Delete the key, or save ``averaged.module.state_dict()``.

del state["n_averaged"]
print(bare.load_state_dict(state))
print(bare.load_state_dict(averaged.module.state_dict()))

# %%
# Check yourself
# --------------
#
# The wrappers below are made anew from ``model``.

# sphinx_gallery_hide_state = "both"
both = torch.nn.DataParallel(torch.compile(model, backend="eager"))
next(iter(both.state_dict()))

# %%
# .. check::
#
#    - ``'_orig_mod.module.vision_module.weight'``
#    - ``'module._orig_mod.vision_module.weight'``
#    - ``'module.vision_module.weight'``
#
#    The outer wrapper is ``DataParallel``, so a key begins with its attribute.

key = "module.text_module.bias"
key.replace("module.", ""), key.removeprefix("module.")

# %%
# .. check::
#
#    - ``('text_module.bias', 'text_module.bias')``
#    - ``('text_bias', 'text_module.bias')``
#    - ``('text_bias', 'text_bias')``
#
#    ``replace`` also takes away the end of ``text_module`` together with the dot.

weight = model.head.weight
compiled, averaged = torch.compile(model, backend="eager"), AveragedModel(model)
compiled.head.weight is weight, averaged.module.head.weight is weight

# %%
# .. check::
#
#    - ``(True, True)``
#    - ``(True, False)``
#    - ``(False, False)``
#
#    ``torch.compile`` wraps the model itself, ``AveragedModel`` wraps a copy.
#
# Remember
# --------
#
# - Save ``wrapper.module.state_dict()``; after ``torch.compile`` save the
#   ``state_dict`` of the model that you compiled.
# - From keys in a file, take off ``module.`` with ``removeprefix``, never with
#   ``replace``, and drop ``_orig_mod`` wherever it stands.
# - ``consume_prefix_in_state_dict_if_present`` changes the dictionary and returns
#   ``None``.
#
# If keys are still missing or unexpected, go on with
# :doc:`/gallery/loading/strict_and_mismatch`.
