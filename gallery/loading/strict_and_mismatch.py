"""
Missing/unexpected key, size mismatch, ``strict``
=================================================

``load_state_dict(..., strict=False)`` ignores missing and unexpected keys and returns
their names. A tensor of another shape still raises an error, so remove the keys whose
shapes differ before you load the rest.
"""

# %%
# .. folded:: The model of this page: the ends of a ResNet-18, with dropout

import torch


class ResNet(torch.nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(64)
        self.relu = torch.nn.ReLU()
        self.layer4 = torch.nn.Conv2d(64, 512, 3, stride=2, bias=False)
        self.dropout = torch.nn.Dropout()
        self.fc = torch.nn.Linear(512, classes)

    def forward(self, images):
        x = self.layer4(self.relu(self.bn1(self.conv1(images))))
        return self.fc(self.dropout(x.mean((2, 3))))


# %%
# .. folded:: Two models for 12 classes; a file of one for 1000 classes, all values 2

import io

torch.manual_seed(0)
model, fresh, pretrained = ResNet(12), ResNet(12), ResNet(1000)
for tensor in pretrained.state_dict().values():
    tensor.fill_(2)
file = io.BytesIO()
torch.save(pretrained.state_dict(), file)
file.seek(0)

# %%
# In short
# --------
#
# .. in-short:: model, file
#
# To load a file whose shapes differ in some layers, as for fine-tuning with another
# number of classes, remove the keys that do not fit, load the rest with
# ``strict=False``, and read the three lists: removed, missing, unexpected. If no key
# fits, nothing would be loaded and no error raised, so the assertion asks first.

import torch

saved = torch.load(file, map_location="cpu", weights_only=True)
own = model.state_dict()
assert own.keys() & saved.keys()
misfits = [key for key in saved if key in own and saved[key].shape != own[key].shape]
for key in misfits:
    del saved[key]
missing, unexpected = model.load_state_dict(saved, strict=False)
print(misfits, missing, unexpected, sep="\n")

# %%
# Everything but the head ``fc`` was loaded, and no key was unexpected. If your list has
# unexpected keys, they are often of one of three kinds, each with a remedy of its own:
#
# - Keys that begin with ``module.`` or ``_orig_mod.``: :ref:`remove the prefix <sd7>`.
# - Keys such as ``epoch`` and ``optimizer``: :ref:`load the dictionary inside <load3>`.
# - One key more, such as ``position_ids``: :ref:`the file has a buffer that the model
#   no longer saves <load7>`.
#
# .. _load2:
#
# Missing and unexpected keys: what does ``strict=False`` ignore?
# ---------------------------------------------------------------
#
# A key is missing if the model has the key and the ``state_dict`` lacks it. A key is
# unexpected if the ``state_dict`` has the key and the model lacks it. By default one
# such key is enough for an error, which lists all of them. In the next cell the weight
# of the head has another name in the ``state_dict`` than in the model.

renamed = ResNet(12).state_dict()
renamed["head.weight"] = renamed.pop("fc.weight")
try:
    ResNet(12).load_state_dict(renamed)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# With ``strict=False`` the call loads all other keys and returns the two lists in a
# named tuple. This tuple is the only report of them, so read it after each load.

result = ResNet(12).load_state_dict(renamed, strict=False)
print(result.missing_keys, result.unexpected_keys)

# %%
# ``strict=False`` does not ignore a difference in shape. A head for 1000 classes does
# not fit a model for 12 classes, and the error is the same as with ``strict=True``.

try:
    model.load_state_dict(pretrained.state_dict(), strict=False)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# A value that is not a tensor, such as a list, raises an error too. So does an argument
# that is not a mapping, such as a model instead of its ``state_dict``.

for wrong in ({"fc.bias": [0.0] * 12}, pretrained):
    try:
        model.load_state_dict(wrong, strict=False)
    except (RuntimeError, TypeError) as error:
        print(f"{type(error).__name__}: {error}")

# %%
# .. _chg4:
#
# How do I fine-tune with another number of classes?
# --------------------------------------------------
#
# Compare the shapes, as the code at the top of this page does. The keys that were
# removed are then missing, and no other key should be missing or unexpected. With that
# assertion the load is as strict as ``strict=True`` for all other keys. The head keeps
# the random values of a new model: train it.

for key in misfits:
    print(key, tuple(pretrained.state_dict()[key].shape), tuple(own[key].shape))
assert set(missing) == set(misfits) and not unexpected

# %%
# The comparison has two limits. A head for 12 other classes has the right shape, so
# remove it by its name. The value of :ref:`extra state <load17>` may have no shape, so
# leave its key out of the comparison.

saved = ResNet(12).state_dict()
print([key for key in saved if saved[key].shape != own[key].shape])
head = [key for key in saved if key.startswith("fc.")]
for key in head:
    del saved[key]
print(ResNet(12).load_state_dict(saved, strict=False).missing_keys == head)

# %%
# Delete the keys from the dictionary that ``torch.load`` returned. A new ``dict`` lacks
# :ref:`the versions of the modules <load18>`, which are kept in a private attribute:
# ``BatchNorm2d`` then takes the file for a very old one, and does not report that the
# counter of its batches is missing.

saved = pretrained.state_dict()
del saved["bn1.num_batches_tracked"]
for state in (saved, dict(saved)):
    print(ResNet(1000).load_state_dict(state, strict=False).missing_keys)

# %%
# .. _load3:
#
# Why was nothing loaded, although there was no error?
# ----------------------------------------------------
#
# No key matched, and ``strict=False`` ignored all keys. That happens if each key in the
# file begins with a prefix, such as the ``module.`` of ``DataParallel`` and
# ``DistributedDataParallel``. There is no warning; only the lists show it.

# sphinx_gallery_hide_state = "model"
import warnings

model = ResNet(1000)
wrapped = {f"module.{key}": value for key, value in pretrained.state_dict().items()}
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    missing, unexpected = model.load_state_dict(wrapped, strict=False)
print(torch.equal(model.fc.weight, pretrained.fc.weight), len(caught))
print(missing[0], unexpected[0])

# %%
# It also happens if a checkpoint has the ``state_dict`` among other things, and the
# whole checkpoint is passed. A strict load raises an error that shows the names: the
# keys of the model are missing, the keys of the checkpoint are unexpected.

checkpoint = {"epoch": 90, "model": pretrained.state_dict(), "optimizer": {}}
try:
    model.load_state_dict(checkpoint)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Remove the prefix, or take the ``state_dict`` out of the checkpoint. Then all keys
# match, and ``strict=False`` is not needed.

unwrapped = {key.removeprefix("module."): value for key, value in wrapped.items()}
print(model.load_state_dict(unwrapped))
print(model.load_state_dict(checkpoint["model"]))

# %%
# .. _load4:
#
# What is in the model after a failed load?
# -----------------------------------------
#
# A mixture of old and new values. The error about keys and shapes is raised at the end,
# after all tensors that match were overwritten. ``fresh`` is a new model, of which
# :ref:`a snapshot <sd2>` is taken; after the error only its head is old.

import copy

snapshot = copy.deepcopy(fresh.state_dict())
try:
    fresh.load_state_dict(pretrained.state_dict())
except RuntimeError as error:
    print(f"{type(error).__name__}: {str(error).splitlines()[0]}")

# %%
# If you catch the error, do not go on with this mixture. Load the snapshot, or create
# the model again.

fresh.load_state_dict(snapshot)

# %%
# .. _pra23:
#
# Why do the results differ from run to run after loading?
# --------------------------------------------------------
#
# There are two frequent causes: the model is in training mode, or some keys were not
# loaded. A new model is in training mode, and loading does not change the mode. In
# training mode dropout sets other elements to zero in each call. Call ``eval()`` before
# you predict.

# sphinx_gallery_hide_state = "loaded"
loaded, images = ResNet(1000), torch.randn(4, 3, 32, 32)
loaded.load_state_dict(pretrained.state_dict())
print(loaded.training, torch.equal(loaded(images), loaded(images)))
loaded.eval()
print(loaded.training, torch.equal(loaded(images), loaded(images)))

# %%
# Without dropout, training mode still matters. BatchNorm uses the mean and the variance
# of the batch, so the output for an image depends on the other images, and each call
# :ref:`changes the running statistics <train9>`.

loaded.dropout.p = 0.0
for mode in (True, False):
    loaded.train(mode)
    print(mode, torch.allclose(loaded(images[:1]), loaded(images)[:1], rtol=1e-3))

# %%
# A tensor that was not loaded keeps the random values of the constructor, which differ
# from run to run unless a seed is set. ``eval()`` does not change that. Here two models
# load the same ``state_dict``, which lacks the head.

# sphinx_gallery_hide_state = "first, second"
body = {key: saved[key] for key in saved if not key.startswith("fc.")}
first, second = ResNet(1000).eval(), ResNet(1000).eval()
print(first.load_state_dict(body, strict=False).missing_keys)
print(second.load_state_dict(body, strict=False).missing_keys)
print(torch.equal(first(images), second(images)))

# %%
# Check yourself
# --------------
#
# Each question begins with a new model for 12 classes.

model = ResNet(12)
try:
    result = model.load_state_dict(pretrained.state_dict(), strict=False)
    print(result.missing_keys)
except RuntimeError as error:
    print(type(error).__name__)

# %%
# .. check::
#
#    - ``[]``
#    - ``['fc.weight', 'fc.bias']``
#    - ``RuntimeError``
#
#    The weight and the bias of the head have other shapes, which ``strict=False`` does
#    not ignore.

model, state = ResNet(12), ResNet(12).state_dict()
try:
    model.load_state_dict({**state, "scale": torch.ones(1)})
except RuntimeError:
    print(torch.equal(model.fc.weight, state["fc.weight"]))

# %%
# .. check::
#
#    - ``True``
#    - ``False``
#
#    The load raised an error because of the unexpected key, after it had written all
#    other tensors.

model, state = ResNet(12), ResNet(12).state_dict()
result = model.load_state_dict({"model": state}, strict=False)
result.unexpected_keys, torch.equal(model.fc.weight, state["fc.weight"])

# %%
# .. check::
#
#    - ``([], True)``
#    - ``(['model'], True)``
#    - ``(['model'], False)``
#
#    The only key of the dictionary is ``model``, which the model does not have, so
#    nothing was loaded. Load the dictionary under ``model``, here ``state``.
#
# Remember
# --------
#
# - Missing: the model has the key and the ``state_dict`` lacks it. Unexpected: the
#   ``state_dict`` has the key and the model lacks it.
# - ``strict=False`` ignores both and returns the names. Read them after each load.
# - A size mismatch still raises an error: compare the shapes, remove such keys first.
# - After an error a part of the model may be loaded: load a snapshot, or create the
#   model again.
#
# To train the new head alone, :doc:`freeze the other layers
# </gallery/training/freezing>`.
