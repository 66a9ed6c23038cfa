"""
``state_dict`` hooks and ``get_extra_state``
============================================

``get_extra_state`` saves what is not a tensor under a key of its own, and
``set_extra_state`` restores it. A ``state_dict`` post-hook changes the dictionary in
place and returns ``None``.
"""

# %%
# .. folded:: What this page imports, and a helper that saves to a file and loads it

import copy
import datetime
import io
import pickle
import tempfile

import torch
from safetensors.torch import load_file, save_file

# sphinx_gallery_hide_state = "trained"
torch.manual_seed(0)


def reread(state):
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file)


# %%
# In short
# --------
#
# .. in-short::
#
# Define both methods. ``get_extra_state`` returns what is to be saved, made of strings,
# numbers, lists and dictionaries; a load gives it to ``set_extra_state``. Copy lists
# and dictionaries in both methods. The panel shows what the restored module would save
# now.

import torch


class Classifier(torch.nn.Linear):
    def __init__(self, labels):
        super().__init__(512, len(labels))
        self.labels = list(labels)

    def get_extra_state(self):
        return list(self.labels)

    def set_extra_state(self, labels):
        self.labels = list(labels)


trained, restored = Classifier(["cat", "dog"]), Classifier(["?", "?"])
restored.load_state_dict(trained.state_dict())
print(restored.labels)

# %%
# .. _load17:
#
# How does a load check the key of extra state?
# ---------------------------------------------
#
# .. since:: 1.10 Module.get_extra_state
#
# The key is ``_extra_state`` behind the prefix of the module. In a file the labels
# stand beside the weights, so a model that was built with other labels gets the labels
# of the file.

# sphinx_gallery_hide_state = "model, plain, restored, updated, silent, dated, packed"
model = torch.nn.Sequential(torch.nn.Linear(128, 512), Classifier(["cat", "dog"]))
restored = torch.nn.Sequential(torch.nn.Linear(128, 512), Classifier(["?", "?"]))
restored.load_state_dict(reread(model.state_dict()))
print(list(model.state_dict()), restored[1].labels)

# %%
# A strict load treats this key as any other key. It is missing if the module has extra
# state and the ``state_dict`` has none, and unexpected the other way round.

plain = torch.nn.Sequential(torch.nn.Linear(128, 512), torch.nn.Linear(512, 2))
for target, source in ((model, plain), (plain, model)):
    try:
        target.load_state_dict(source.state_dict())
    except RuntimeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# A class that defines only ``get_extra_state`` saves the key and cannot load what it
# saved: for such a class too the key is unexpected.


class SavesOnly(torch.nn.Linear):
    def get_extra_state(self):
        return ["cat", "dog"]


try:
    SavesOnly(512, 2).load_state_dict(SavesOnly(512, 2).state_dict())
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# How do I load files that have no extra state?
# ---------------------------------------------
#
# If you add extra state to a class, the key is missing in each file that was saved
# before. A load pre-hook can put the key in. A file without the extra state then loads,
# and the module keeps the labels that it has. Before torch 2.5 the method that adds the
# hook :ref:`had another name <load22>`.


def fill_in(module, state, prefix, *rest):
    state.setdefault(prefix + "_extra_state", module.get_extra_state())


class Tolerant(Classifier):
    def __init__(self, labels):
        super().__init__(labels)
        self.register_load_state_dict_pre_hook(fill_in)


updated = torch.nn.Sequential(torch.nn.Linear(128, 512), Tolerant(["cat", "dog"]))
print(updated.load_state_dict(plain.state_dict()), updated[1].labels)

# %%
# Do not override ``_load_from_state_dict`` to pass ``False`` for ``strict`` instead.
# This hides every missing and unexpected key of the module, not only the extra state:
# below, the weight is missing too, and the strict load reports that all keys matched.


class Silent(Classifier):
    def _load_from_state_dict(self, state, prefix, metadata, strict, *rest):
        super()._load_from_state_dict(state, prefix, metadata, False, *rest)


silent = torch.nn.Sequential(torch.nn.Linear(128, 512), Silent(["cat", "dog"]))
state = plain.state_dict()
del state["1.weight"]
silent.load_state_dict(state)

# %%
# What can extra state hold?
# --------------------------
#
# .. since:: 2.6 torch.load(weights_only=True)
#
# By default ``torch.load`` reads tensors and simple types, such as strings, numbers,
# lists and dictionaries. It :ref:`does not accept most other classes <load15>`: the
# date below is written to the file and cannot be read back by default.


class Dated(Classifier):
    trained = datetime.date(2026, 11, 26)

    def get_extra_state(self):
        return {"labels": list(self.labels), "trained": self.trained}


try:
    reread(Dated(["cat", "dog"]).state_dict())
except pickle.UnpicklingError as error:
    print(f"{type(error).__name__}: {str(error).partition('.')[0]}")
    print(str(error).splitlines()[3].strip().partition(". ")[0])

# %%
# Return simple values, and build the objects again in ``set_extra_state``.


class Restorable(Dated):
    def get_extra_state(self):
        return {"labels": list(self.labels), "trained": self.trained.isoformat()}

    def set_extra_state(self, state):
        self.labels = list(state["labels"])
        self.trained = datetime.date.fromisoformat(state["trained"])


dated, restored = Restorable(["cat", "dog"]), Restorable(["?", "?"])
dated.trained = datetime.date(2026, 12, 24)
restored.load_state_dict(reread(dated.state_dict()))
print(restored.labels, restored.trained)

# %%
# ``save_file`` of safetensors accepts only tensors as values.

with tempfile.TemporaryDirectory() as folder:
    try:
        save_file(trained.state_dict(), f"{folder}/model.safetensors")
    except ValueError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# .. _extra1:
#
# For such a file let ``get_extra_state`` return a tensor of bytes. The tensor may have
# any length, since a load does not compare the shapes of extra state.

import json

import torch


class Packed(torch.nn.Linear):
    def __init__(self, labels):
        super().__init__(512, len(labels))
        self.labels = list(labels)

    def get_extra_state(self):
        return torch.tensor(list(json.dumps(self.labels).encode()), dtype=torch.uint8)

    def set_extra_state(self, state):
        self.labels = json.loads(bytes(state.tolist()))


# %%
# ``save_file`` accepts the ``state_dict`` of such a module, and a load gives the labels
# back.

packed, restored = Packed(["cat", "dog"]), Packed(["?", "?"])
with tempfile.TemporaryDirectory() as folder:
    save_file(packed.state_dict(), f"{folder}/model.safetensors")
    restored.load_state_dict(load_file(f"{folder}/model.safetensors"))
print(restored.labels, packed.state_dict()["_extra_state"].shape)

# %%
# .. _hook1:
#
# Which hook runs when?
# ---------------------
#
# .. since:: 2.0 Module.register_state_dict_pre_hook
#
# Four kinds of hooks take part when a module is saved and loaded. The hooks of
# submodules run too.
#
# - ``register_state_dict_pre_hook``: ``hook(module, prefix, keep_vars)`` runs before
#   ``state_dict()`` collects the tensors of the module.
# - ``register_state_dict_post_hook``: ``hook(module, state, prefix, metadata)`` runs
#   when the keys of the module and of its children are in ``state``.
# - ``register_load_state_dict_pre_hook``: ``hook(module, state, prefix, *rest)`` runs
#   before a load writes into the module. ``state`` is a copy: a hook that changes it
#   leaves the dictionary of the caller as it is.
# - ``register_load_state_dict_post_hook``: ``hook(module, incompatible_keys)`` runs
#   when the module and its children are loaded.

import torch

calls = []
layer = torch.nn.Linear(512, 10)
layer.register_state_dict_pre_hook(lambda *given: calls.append("state_dict_pre"))
layer.register_state_dict_post_hook(lambda *given: calls.append("state_dict_post"))
layer.register_load_state_dict_pre_hook(lambda *given: calls.append("load_pre"))
layer.register_load_state_dict_post_hook(lambda *given: calls.append("load_post"))
model = torch.nn.Sequential(torch.nn.Linear(128, 512), layer)
model.load_state_dict(model.state_dict())
print(calls)

# %%
# .. _sd8:
#
# How do I change what ``state_dict()`` returns?
# ----------------------------------------------
#
# .. since:: 2.5 Module.register_state_dict_post_hook
#
# A post-hook changes the dictionary in place. The detector below leaves its frozen
# backbone out of the file: ``leave_out`` deletes the keys of the backbone, each with
# the prefix of the detector, since ``state`` may have keys of other modules too. A load
# pre-hook, ``put_back``, adds the backbone that the new detector has, so that strict
# loading works.


def leave_out(module, state, prefix, metadata):
    for key in [key for key in state if key.startswith(prefix + "backbone.")]:
        del state[key]


def put_back(module, state, prefix, *rest):
    for key, value in module.backbone.state_dict().items():
        state.setdefault(f"{prefix}backbone.{key}", value)


# %%
# The backbone is not in the file, so build the new detector with the same pretrained
# backbone. After ``to_empty``, load the pretrained backbone again: a detector without
# values in its backbone gets none from the file.


# sphinx_gallery_hide_state = "detector, resumed, layer, bound, copied"
class Detector(torch.nn.Module):
    def __init__(self, backbone):
        super().__init__()
        self.backbone, self.head = backbone, torch.nn.Linear(512, 10)
        self.backbone.requires_grad_(False)
        self.register_state_dict_post_hook(leave_out)
        self.register_load_state_dict_pre_hook(put_back)

    def forward(self, x):
        return self.head(self.backbone(x))


backbones = (torch.nn.Linear(128, 512) for _ in range(2))
detector, resumed = (torch.nn.Sequential(Detector(one)) for one in backbones)
print(list(detector.state_dict()))
print(resumed.load_state_dict(reread(detector.state_dict())))

# %%
# A post-hook that returns a dictionary raises an error.

layer = torch.nn.Linear(512, 10)
handle = layer.register_state_dict_post_hook(lambda module, state, *rest: dict(state))
try:
    layer.state_dict()
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# ``register_state_dict_post_hook`` does not accept a bound method such as
# ``self.hook``. Give it a function, which gets the module as its first argument.


class Bound(torch.nn.Linear):
    def hook(self, module, state, prefix, metadata):
        state.clear()


bound = Bound(512, 10)
try:
    bound.register_state_dict_post_hook(bound.hook)
except AttributeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# .. _hook2:
#
# A function that changes the dictionary in place and returns nothing is accepted.

import torch


# sphinx_gallery_hide_state = "unbiased"
def leave_out_bias(module, state, prefix, metadata):
    del state[prefix + "bias"]


unbiased = torch.nn.Linear(512, 10)
unbiased.register_state_dict_post_hook(leave_out_bias)
print(list(unbiased.state_dict()))

# %%
# Older code calls the private ``_register_state_dict_hook``, whose hook may return
# another dictionary. ``state_dict()`` of the layer returns that dictionary;
# ``state_dict()`` of a model that holds the layer ignores it.


def halved(module, state, prefix, metadata):
    return {key: value.half() for key, value in state.items()}


def dtypes(module):
    return {value.dtype for value in module.state_dict().values()}


handle.remove()
handle = layer._register_state_dict_hook(halved)
dtypes(layer), dtypes(torch.nn.Sequential(layer))

# %%
# A deep copy of a module has the hooks too. ``handle.remove()`` removes the hook from
# the layer and not from the copy.

copied = copy.deepcopy(layer)
handle.remove()
dtypes(layer), dtypes(copied)

# %%
# How does a pre-hook save a Python number?
# -----------------------------------------
#
# The pre-hook ``write`` copies the number into a buffer just before ``state_dict()``
# collects the buffer, so the number stands in the file as a tensor. The load post-hook
# ``read`` brings it back; without ``read`` the count would begin at 0 again. ``write``
# also runs before a load, so that a ``state_dict`` without the key leaves the number as
# it is.


def write(module, *rest):
    module.saved_steps.fill_(module.steps)


def read(module, incompatible_keys):
    module.steps = int(module.saved_steps)


# %%
# The module counts its steps in a Python number and raises its output to full strength
# within a thousand steps.


# sphinx_gallery_hide_state = "warm"
class WarmUp(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.steps = 0
        self.register_buffer("saved_steps", torch.tensor(0))
        self.register_state_dict_pre_hook(write)
        self.register_load_state_dict_pre_hook(write)
        self.register_load_state_dict_post_hook(read)

    def forward(self, x):
        self.steps += self.training
        return x * min(1.0, self.steps / 1000)


# %%
# The three steps of ``warm`` come back after a load, and a load from an empty
# dictionary leaves them as they are.

warm, resumed = WarmUp(), WarmUp()
for _ in range(3):
    warm(torch.ones(8, 512))
resumed.load_state_dict(reread(warm.state_dict()))
print(resumed.steps, resumed.load_state_dict({}, strict=False), resumed.steps)

# %%
# Check yourself
# --------------
#
# ``Classifier`` is the class at the top of this page, ``halved`` the hook that returns
# a new dictionary.

first, second = Classifier(["cat", "dog"]), Classifier(["?", "?"])
second.load_state_dict(first.state_dict())
second.labels[0] = "lion"
first.labels

# %%
# .. check::
#
#    - ``['cat', 'dog']``
#    - ``['lion', 'dog']``
#
#    Both methods of ``Classifier`` copy the list. If they passed on the list itself,
#    both modules would have the same list.

model = torch.nn.Sequential(torch.nn.Linear(128, 512), Classifier(["cat", "dog"]))
[key for key in model.state_dict() if "state" in key]

# %%
# .. check::
#
#    - ``['_extra_state']``
#    - ``['1._extra_state']``
#    - ``['0._extra_state', '1._extra_state']``
#
#    Only the classifier defines ``get_extra_state``, and its key has the prefix ``1.``.

layer = torch.nn.Linear(512, 10)
layer._register_state_dict_hook(halved)
torch.nn.Sequential(layer).state_dict()["0.weight"].dtype

# %%
# .. check::
#
#    - ``torch.float16``
#    - ``torch.float32``
#
#    The model ignores the dictionary that the private hook of its layer returns. A
#    public post-hook changes the dictionary in place, which works in the model too.
#
# Remember
# --------
#
# - Define ``get_extra_state`` and ``set_extra_state`` together. Return simple values,
#   and copy lists and dictionaries.
# - Extra state that is new is missing in old files: put it in with a load pre-hook.
# - A post-hook changes the ``state_dict`` in place and returns ``None``; a load hook
#   restores what it saved or left out.
#
# If you only want to know which tensors are saved without hooks and extra state, read
# :doc:`/gallery/saving/state_dict_contents`.
