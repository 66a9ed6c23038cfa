"""
Load checkpoints of older code: ``_version``
============================================

A module that raises its ``_version`` can bring what older code saved up to date in
``_load_from_state_dict``: the method is told the version that the checkpoint has for
this module, and converts old values before they are loaded.
"""

# %%
# .. folded:: The module of this page, and a checkpoint that its older code saved

import torch


class Normalise(torch.nn.Module):
    def __init__(self, largest):
        super().__init__()
        mean, std = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]])
        self.register_buffer("mean", largest * mean.reshape(3, 1, 1))
        self.register_buffer("std", largest * std.reshape(3, 1, 1))

    def forward(self, image):
        return (image - self.mean) / self.std


checkpoint = Normalise(255).state_dict()

# %%
# In short
# --------
#
# .. in-short:: Normalise, checkpoint
#
# ``Normalise`` subtracts the mean of images and divides by their standard deviation.
# In the old code pixels went from 0 to 255, and in the new code they go from 0 to 1. So
# the new code divides both buffers of an old checkpoint by 255. In a class of your own,
# write ``_version`` and the method into the class itself. ``torch.save`` writes the
# versions into the file; some copies of a ``state_dict`` lose them, as shown below.

# sphinx_gallery_hide_state = "model, old, new, by_head, by_part, renamed, deep"
import torch


class Migrating(Normalise):
    _version = 2

    def _load_from_state_dict(self, state_dict, prefix, local_metadata, *args):
        if local_metadata.get("version", 1) < 2:
            for key in (prefix + "mean", prefix + "std"):
                if key in state_dict:
                    state_dict[key] = state_dict[key] / 255
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *args)


model = Migrating(1)
print(model.load_state_dict(checkpoint), model.mean[:, 0, 0])

# %%
# Why does an old checkpoint load without an error?
# -------------------------------------------------
#
# ``load_state_dict`` compares keys and shapes. If new code gives a value another
# meaning, under the same key and with the same shape, no error says so. The next module
# has the new code without a version. It normalises a white image as it should.

silent, image = Normalise(1), torch.ones(1, 3, 224, 224)
print(silent(image).shape, silent(image)[0, :, 0, 0])

# %%
# Load the old checkpoint: all keys match, and the same image gives other numbers.

# sphinx_gallery_card
print(silent.load_state_dict(checkpoint))
print(silent(image)[0, :, 0, 0])

# %%
# .. _sd3:
#
# Where does a checkpoint keep the versions?
# ------------------------------------------
#
# The dictionary that ``state_dict()`` returns has a private attribute, ``_metadata``.
# There the version of each module stands under the path of the module; the empty path
# is the model itself. A class that does not set ``_version`` has version 1.

old = torch.nn.Sequential(
    Normalise(255), torch.nn.Conv2d(3, 64, 7), torch.nn.BatchNorm2d(64)
)
saved = old.state_dict()
for path, metadata in saved._metadata.items():
    print(f"{path!r:4} {metadata}")

# %%
# .. _load18:
#
# What does a module do with the version?
# ---------------------------------------
#
# ``load_state_dict`` calls ``_load_from_state_dict`` of every module, and of a module
# before its submodules. The method gets the dictionary, the ``prefix`` of the module
# and, as ``local_metadata``, what ``_metadata`` has for the path of the module. Both
# ``_version`` and the method are private names, which ``torch`` itself uses in this
# way.

new = torch.nn.Sequential(
    Migrating(1), torch.nn.Conv2d(3, 64, 7), torch.nn.BatchNorm2d(64)
)
new.load_state_dict(saved)
print(new[0].mean[:, 0, 0])
print(saved["0.mean"][:, 0, 0])

# %%
# ``saved`` still has the old values, since ``load_state_dict`` copies the dictionary.
# The copy has the same tensors, though. So the method assigns a new tensor to the key:
# ``state_dict[key] /= 255`` would write into the tensor of ``saved``.
#
# What the new model saves has version 2, and loads as it is.

newer = new.state_dict()
new.load_state_dict(newer)
print(newer._metadata["0"], new[0].mean[:, 0, 0])

# %%
# A module can convert the keys of its submodules too, since they are loaded after it. A
# frequent case is a layer that computes query, key and value at once: this code splits
# the 768 rows of its weight first by head, and then into query, key and value.


class ByHead(torch.nn.Module):
    def __init__(self, width=256, heads=4):
        super().__init__()
        self.heads, self.qkv = heads, torch.nn.Linear(width, 3 * width)

    def forward(self, x):
        rows = self.qkv(x).reshape(*x.shape[:-1], self.heads, 3, -1)
        return [rows[..., part, :] for part in range(3)]


by_head, x = ByHead(), torch.randn(2, 16, 256)
print(by_head.qkv.weight.shape, by_head(x)[0].shape)

# %%
# Newer code splits the rows first into query, key and value. It brings the rows of an
# old checkpoint into its own order, and computes the same query, key and value as the
# old code.


class ByPart(ByHead):
    _version = 2

    def forward(self, x):
        rows = self.qkv(x).reshape(*x.shape[:-1], 3, self.heads, -1)
        return [rows[..., part, :, :] for part in range(3)]

    def _load_from_state_dict(self, state_dict, prefix, local_metadata, *args):
        if local_metadata.get("version", 1) < 2:
            for key in [key for key in state_dict if key.startswith(prefix + "qkv.")]:
                rows = state_dict[key].reshape(self.heads, 3, -1)
                rows = torch.cat([rows[:, part] for part in range(3)])
                state_dict[key] = rows.reshape(state_dict[key].shape)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *args)


by_part = ByPart()
print(by_part.load_state_dict(by_head.state_dict()))
[torch.allclose(a, b) for a, b in zip(by_head(x), by_part(x), strict=True)]

# %%
# Which copies lose the versions?
# -------------------------------
#
# ``_metadata`` is an attribute of the dictionary and not a key. ``copy.copy``, a deep
# copy and a file of ``torch.save`` keep it. The method ``copy``, ``dict``, ``|``, a
# comprehension and a safetensors file lose it.

import copy
import io
import tempfile

from safetensors.torch import load_file, save_file

file = io.BytesIO()
torch.save(newer, file)
file.seek(0)
kept = [copy.copy(newer), copy.deepcopy(newer), torch.load(file)]
lost = [newer.copy(), dict(newer), newer | {}, {key: newer[key] for key in newer}]
with tempfile.TemporaryDirectory() as folder:
    save_file(newer, f"{folder}/model.safetensors")
    lost.append(load_file(f"{folder}/model.safetensors"))
print([hasattr(copied, "_metadata") for copied in kept])
print([hasattr(copied, "_metadata") for copied in lost])

# %%
# Without ``_metadata``, ``local_metadata`` is empty, and a method that then assumes
# version 1 converts new values a second time.

new.load_state_dict(dict(newer))
new[0].mean[:, 0, 0]

# %%
# .. since:: 1.9 consume_prefix_in_state_dict_if_present
#
# A loop that renames the keys in place keeps ``_metadata``, but with the old paths, and
# the version of a module is not found. ``consume_prefix_in_state_dict_if_present``
# takes a prefix off the keys and off the paths.

from torch.nn.modules.utils import consume_prefix_in_state_dict_if_present

looped = torch.nn.DataParallel(Migrating(1)).state_dict()
for key in list(looped):
    looped[key.removeprefix("module.")] = looped.pop(key)
consumed = torch.nn.DataParallel(Migrating(1)).state_dict()
consume_prefix_in_state_dict_if_present(consumed, "module.")
for state in (looped, consumed):
    model.load_state_dict(state)
    print(list(state._metadata), model.mean[:, 0, 0])

# %%
# .. since:: 2.5 register_load_state_dict_pre_hook
#
# If files may lose their versions, give the converted buffers new names: then each key
# tells which code saved it. A load pre-hook, which is public, renames and converts.


def convert(module, state_dict, prefix, *args):
    for name in ("mean", "std"):
        if prefix + name in state_dict:
            state_dict[f"{prefix}unit_{name}"] = state_dict.pop(prefix + name) / 255


class Renamed(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("unit_mean", torch.zeros(3, 1, 1))
        self.register_buffer("unit_std", torch.ones(3, 1, 1))
        self.register_load_state_dict_pre_hook(convert)

    def forward(self, image):
        return (image - self.unit_mean) / self.unit_std


# %%
# An old checkpoint is converted once, and a new one is left as it is, both without
# versions.

renamed = Renamed()
for state in (dict(checkpoint), dict(renamed.state_dict())):
    print(renamed.load_state_dict(state), renamed.unit_mean[:, 0, 0])

# %%
# How does BatchNorm load a file without ``num_batches_tracked``?
# ---------------------------------------------------------------
#
# ``BatchNorm2d`` has version 2, which brought the buffer ``num_batches_tracked``. A
# checkpoint of version 2 must have this key.

# sphinx_gallery_hide_state = "norm"
norm = torch.nn.BatchNorm2d(64)
state = norm.state_dict()
del state["num_batches_tracked"]
try:
    norm.load_state_dict(state)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# .. since:: 2.2
#
# A checkpoint of an older version, or without a version, need not have the key: the
# module takes the count that it has, or 0 on ``meta``. This module has seen three
# batches.

for _ in range(3):
    norm(torch.randn(8, 64, 7, 7))
print(norm.load_state_dict(dict(state)), norm.num_batches_tracked)

# %%
# .. _load19:
#
# What can a post-hook do without a version?
# ------------------------------------------
#
# .. since:: 1.12 register_load_state_dict_post_hook
#
# A post-hook runs when its module and the submodules of that module are loaded. It gets
# the lists of missing and unexpected keys, and a key that the hook removes from them is
# no error. The lists also have the keys of modules that were loaded before, so remove
# only the key that you mean. This hook makes the new buffer ``gain`` optional.


def forgive_gain(module, incompatible):
    missing = incompatible.missing_keys
    missing[:] = [key for key in missing if key.split(".")[-1] != "gain"]


class Gain(Migrating):
    def __init__(self, largest):
        super().__init__(largest)
        self.register_buffer("gain", torch.ones(3, 1, 1))
        self.register_load_state_dict_post_hook(forgive_gain)

    def forward(self, image):
        return super().forward(image) * self.gain


# %%
# The old checkpoint loads, and ``gain`` keeps the value that the code gave it. Another
# key that is missing is still an error.

deep = torch.nn.Sequential(torch.nn.Conv2d(3, 3, 1), Gain(1))
state = torch.nn.Sequential(torch.nn.Conv2d(3, 3, 1), Normalise(255)).state_dict()
print(deep.load_state_dict(state), deep[1].gain[:, 0, 0])
del state["0.bias"]
try:
    deep.load_state_dict(state)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# A key that the hook adds to a list is an error, even if all keys match. The value is
# in the module by then.


# sphinx_gallery_hide_state = "checked"
def check(module, incompatible):
    if not module.mean.is_meta and module.mean.max() > 1:
        incompatible.unexpected_keys.append("mean")


checked = Normalise(1)
checked.register_load_state_dict_post_hook(check)
try:
    checked.load_state_dict(checkpoint)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")
print(checked.mean[:, 0, 0])

# %%
# With ``strict=False`` no key in the lists is an error, and ``load_state_dict`` returns
# the lists as the hooks left them.

checked.load_state_dict(checkpoint, strict=False)

# %%
# Check yourself
# --------------
#
# ``Normalise`` is the old code of this page, ``Migrating`` the new code.

model = Migrating(1)
model.load_state_dict({**model.state_dict()})
model.mean[:, 0, 0]

# %%
# .. check::
#
#    - ``tensor([0.4850, 0.4560, 0.4060])``
#    - ``tensor([0.0019, 0.0018, 0.0016])``
#
#    The new dictionary has no ``_metadata``, so the method assumes version 1 and
#    divides by 255.

older = Normalise(255)
older.load_state_dict(Migrating(1).state_dict())
older.mean[:, 0, 0]

# %%
# .. check::
#
#    - ``tensor([123.6750, 116.2800, 103.5300])``
#    - ``tensor([0.4850, 0.4560, 0.4060])``
#
#    Nobody compares versions unless a class does, and the old class does not. It loads
#    the new values as they are, without an error.


class Dividing(Normalise):
    def _load_from_state_dict(self, state_dict, prefix, *args):
        state_dict[prefix + "mean"] /= 255
        super()._load_from_state_dict(state_dict, prefix, *args)


state = Normalise(255).state_dict()
Dividing(1).load_state_dict(state)
state["mean"][:, 0, 0]

# %%
# .. check::
#
#    - ``tensor([123.6750, 116.2800, 103.5300])``
#    - ``tensor([0.4850, 0.4560, 0.4060])``
#
#    The dictionary was copied and its tensors were not. ``/=`` writes into the tensor,
#    so a second load from ``state`` would divide once more.
#
# Remember
# --------
#
# - If a key gets another meaning, raise ``_version`` and convert older values in
#   ``_load_from_state_dict``.
# - Assign new tensors to the keys; do not write into the tensors of the dictionary.
# - ``dict()``, comprehensions and safetensors files lose the versions. A key with a new
#   name needs no version.
# - A post-hook decides which missing and unexpected keys are errors.
#
# To save what is not a tensor, or to change what is saved, read
# :doc:`hooks_and_extra_state`.
