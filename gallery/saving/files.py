"""
Files: ``torch.load``, ``map_location``, ``weights_only``
=========================================================

Load a checkpoint with ``map_location="cpu"`` and ``weights_only=True``; a file of a
whole module needs the class of the module in your code.
"""

# %%
# .. folded:: The model of this page

import torch


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 64, 7, stride=2, padding=3)
        self.dropout = torch.nn.Dropout(0.1)
        self.head = torch.nn.Linear(64, 10)

    def forward(self, images):
        features = self.conv(images).clamp(min=0).mean((2, 3))
        return self.head(self.dropout(features))


# sphinx_gallery_hide_state = "model"
torch.manual_seed(0)
model = Net()

# %%
# .. folded:: A checkpoint in a temporary folder

import pathlib
import shutil
import tempfile
import weakref

folder = tempfile.mkdtemp()
clean_up = weakref.finalize(model, shutil.rmtree, folder)
path = pathlib.Path(folder, "checkpoint.pt")
torch.save({"model": model.state_dict(), "epoch": 3}, path)

# %%
# In short
# --------
#
# .. in-short:: model, path
#
# The file at ``path`` has a dictionary with the ``state_dict`` under ``"model"``.
# ``load_state_dict`` copies the values to the device of ``model``. A ``state_dict``
# does not say whether the model is to train, so call ``eval()`` before you predict.

import torch

checkpoint = torch.load(path, map_location="cpu", weights_only=True)
print(model.load_state_dict(checkpoint["model"]))
model.eval()
print(checkpoint["epoch"], model.training)

# %%
# .. _res7:
#
# How do I load a file from a GPU on a machine without a GPU?
# -----------------------------------------------------------
#
# A file notes on which device each tensor was. Without ``map_location``,
# ``torch.load`` puts each tensor there again, and raises an error if the machine has no
# such device. The folded cell makes the files that a machine with GPUs would have
# written: ``cuda:0`` or ``cuda:3`` stands in them instead of ``cpu``.
#
# .. folded:: The same checkpoint as if it had been saved on a GPU

import zipfile


def saved_on(device):
    moved = path.with_name(f"{device.decode()[-1]}.pt")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(moved, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("data.pkl"):
                content = content.replace(b"\3\0\0\0cpu", b"\6\0\0\0" + device)
            new.writestr(name, content)
    return moved


gpu_path = saved_on(b"cuda:0")

# %%
# The next cell loads the file in another process, whose empty ``CUDA_VISIBLE_DEVICES``
# hides each GPU of this machine. The message is the last line that the process prints.

import os
import subprocess
import sys

child = subprocess.run(
    [sys.executable, "-c", "import sys, torch; torch.load(sys.argv[1])", gpu_path],
    env=os.environ | {"CUDA_VISIBLE_DEVICES": ""},
    stderr=subprocess.PIPE,
    text=True,
)
print(child.stderr.splitlines()[-1])

# %%
# ``map_location="cpu"`` puts each tensor on the CPU, whatever the file notes. From
# there ``load_state_dict`` :ref:`copies the values <load1>` into the tensors of a model
# on any device: the model stays where it is.

device = "cuda" if torch.cuda.is_available() else "cpu"
# sphinx_gallery_hide_state = "placed"
placed = Net().to(device)
state = torch.load(gpu_path, map_location="cpu", weights_only=True)["model"]
print(placed.load_state_dict(state))
assert {tensor.device.type for tensor in state.values()} == {"cpu"}
assert placed.head.weight.device.type == device

# %%
# ``map_location`` also takes a dictionary from the noted device to another device, or a
# function. ``torch.load`` calls the function with each storage, which is still on the
# CPU, and with the noted device, and uses the storage that the function returns; after
# ``None`` it takes the noted device.

noted = set()


def on_cpu(storage, location):
    assert storage.device.type == "cpu"
    noted.add(location)
    return storage


mapped = torch.load(gpu_path, map_location={"cuda:0": "cpu"})["model"]
torch.load(gpu_path, map_location=on_cpu)
assert mapped["head.bias"].device.type == "cpu"
assert noted == {"cuda:0"}
noted

# %%
# .. _files5:
#
# There can be too few GPUs on a machine with four as well, since a process numbers the
# GPUs that it sees from 0. With ``CUDA_VISIBLE_DEVICES=2,3`` the process sees
# ``cuda:0`` and ``cuda:1``, and a file that notes ``cuda:3`` cannot be loaded as it is.
# The next cell lets ``torch.load`` believe that there are two GPUs.

from unittest import mock

fourth = saved_on(b"cuda:3")
seen = {"is_available": lambda: True, "device_count": lambda: 2}
try:
    with mock.patch.multiple("torch.cuda", **seen):
        torch.load(fourth)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# ``map_location="cpu"`` loads this file too. To load onto one GPU, name the GPU as this
# process numbers it, ``map_location="cuda:0"``, or map one device to another with
# ``map_location={"cuda:3": "cuda:0"}``. In the next cell ``other`` is the first GPU, or
# the CPU on a machine without.

other = "cuda:0" if torch.cuda.is_available() else "cpu"
for map_location in (other, {"cuda:3": other}):
    bias = torch.load(fourth, map_location=map_location)["model"]["head.bias"]
    assert bias.device == torch.device(other)
print(bias.shape)

# %%
# .. _load15:
#
# Why does ``torch.load`` say ``Weights only load failed``?
# ---------------------------------------------------------
#
# .. since:: 2.6 torch.load(weights_only=True)
#
# ``weights_only=True`` is the default. It loads tensors, the numbers and strings of
# Python, lists, tuples and dictionaries of these, and a few other types. For objects of
# other classes it raises an error; in a checkpoint of a training script this is often
# the object that holds the arguments.

import argparse
import pickle

args_path = path.with_name("args.pt")
args = argparse.Namespace(lr=0.1, layers=[3, 4, 6, 3])
torch.save({"model": model.state_dict(), "args": args}, args_path)
try:
    torch.load(args_path, map_location="cpu", weights_only=True)
except pickle.UnpicklingError as error:
    print(f"{type(error).__name__}: {str(error).partition('.')[0]}")
    print(str(error).splitlines()[3].strip().partition(". ")[0])

# %%
# The cell shows the first sentence of the long message, and the reason. In your own
# code, save values that need no class: ``vars`` makes a dictionary of ``args``, and
# ``float`` makes a Python number of a NumPy number, which needs a class too.

import numpy

loss = numpy.float64(0.25)
plain_path = path.with_name("plain.pt")
torch.save({"args": vars(args), "loss": float(loss)}, plain_path)
torch.load(plain_path, map_location="cpu", weights_only=True)

# %%
# .. _files1:
# .. since:: 2.5 torch.serialization.safe_globals
#
# For a file that exists already, ``get_unsafe_globals_in_checkpoint`` lists the classes
# and functions that the file needs and that are not allowed; it loads nothing. If you
# trust the file, allow them for one block with ``safe_globals``. ``file`` can be a path
# too.

import argparse
import io

import torch

file = io.BytesIO()
torch.save({"args": argparse.Namespace(lr=0.1)}, file)
file.seek(0)
print(torch.serialization.get_unsafe_globals_in_checkpoint(file))
file.seek(0)
with torch.serialization.safe_globals([argparse.Namespace]):
    print(torch.load(file, map_location="cpu", weights_only=True))

# %%
# .. since:: 2.4 torch.serialization.add_safe_globals
#
# After the block the class is no longer allowed. ``add_safe_globals`` allows a class
# for the rest of the process.

allowed = torch.serialization.get_safe_globals
print(argparse.Namespace in allowed())
torch.serialization.add_safe_globals([argparse.Namespace])
print(argparse.Namespace in allowed())

# %%
# .. _chg9:
#
# Is a file from somebody else safe to load?
# ------------------------------------------
#
# .. since:: 1.13 torch.load(weights_only=False)
#
# Not with ``weights_only=False``: the file then names functions, and ``torch.load``
# calls them. The object below is saved as a call of ``print``, which happens while the
# file is loaded; it could be any other call. Here the page has written the file itself.


class Call:
    def __reduce__(self):
        return print, ("called",)


call_path = path.with_name("call.pt")
torch.save(Call(), call_path)
torch.load(call_path, weights_only=False)

# %%
# ``weights_only=True`` narrows what a file may name, and is no guarantee: files made
# for an attack could run code in releases before 2.6 (`CVE-2025-32434
# <https://github.com/advisories/GHSA-53q9-r3pm-6pq6>`__) and, in another way, before
# 2.10 (`CVE-2026-24747 <https://github.com/advisories/GHSA-63cw-57p8-fm3p>`__). Keep
# torch up to date, and from people whom you do not know take safetensors files: such a
# file is a header in JSON and the bytes of the values, and nothing in it is called. For
# tied weights, ``save_file`` :ref:`raises an error <tie3>`.

import json

from safetensors.torch import load_file, save_file

safe_path = path.with_name("model.safetensors")
save_file(model.state_dict(), safe_path)
print(load_file(safe_path)["head.bias"].shape)
content = safe_path.read_bytes()
size = int.from_bytes(content[:8], "little")
json.loads(content[8 : 8 + size])["head.bias"]

# %%
# .. _pra22:
#
# Why does ``torch.load`` say ``Can't get attribute 'Net'``?
# ----------------------------------------------------------
#
# ``torch.save`` takes a whole module too. The file then has the attributes of the
# module and the name of each class, here ``__main__.Net``, but not the code of the
# class. Loading fails in a program that has no class under this name.

model.register_buffer("image_mean", torch.full((3, 1, 1), 0.5), persistent=False)
model.class_weights = torch.tensor([1.0, 2.0])
whole_path = path.with_name("whole.pt")
torch.save(model, whole_path)
code = "import sys, torch; torch.load(sys.argv[1], weights_only=False)"
child = subprocess.run(
    [sys.executable, "-c", code, whole_path], stderr=subprocess.PIPE, text=True
)
print(child.stderr.splitlines()[-1])

# %%
# With ``weights_only=True`` the file needs your permission for each class in it, and a
# permission for ``Net`` alone is too little: the layers of torch are classes too. A
# file of a ``state_dict`` needs none of these classes, so save a ``state_dict``.

with torch.serialization.safe_globals([Net]):
    needed = torch.serialization.get_unsafe_globals_in_checkpoint(whole_path)
print(sorted(needed))
torch.serialization.get_unsafe_globals_in_checkpoint(path)

# %%
# .. _files2:
#
# To rescue a file whose class is gone or has moved, allow the layers, and an empty
# class under the name that the file has; here ``Old`` is the class that is gone.
# Loading does not call ``__init__``: the object gets the attributes that the file has,
# and ``state_dict()`` needs no more, unless the old class changed what ``state_dict()``
# returns.

import io

import torch

Old = type("Old", (torch.nn.Sequential,), {})
file = io.BytesIO()
torch.save(Old(torch.nn.Linear(64, 10)), file)
file.seek(0)
del Old

StandIn = type("StandIn", (torch.nn.Module,), {})
allowed = [(StandIn, "__main__.Old"), torch.nn.Linear]
with torch.serialization.safe_globals(allowed):
    rescued = torch.load(file, map_location="cpu", weights_only=True).state_dict()
{key: tuple(tensor.shape) for key, tensor in rescued.items()}

# %%
# .. _whole_module:
#
# A file of a whole module also has what a ``state_dict`` leaves out: the non-persistent
# buffer, the plain tensor, and ``training``, which is ``False`` since ``eval()``. In
# the next cell ``Net`` is defined, and ``weights_only=False`` is harmless because this
# page wrote the file.

# sphinx_gallery_card
whole = torch.load(whole_path, map_location="cpu", weights_only=False)
print(whole.image_mean[:, 0, 0], whole.class_weights, whole.training)
print(list(whole.state_dict()))

# %%
# .. _files4:
#
# A module with a parametrization cannot be saved as a whole.

# sphinx_gallery_hide_state = "normed"
normed = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(64, 10))
try:
    torch.save(normed, io.BytesIO())
except RuntimeError as error:
    print(f"{type(error).__name__}: {str(error).partition(' See')[0]}")

# %%
# .. _files3:
#
# The ``state_dict`` of such a module can be saved, and loads into a module with the
# same parametrization.

import io

import torch

# sphinx_gallery_hide_state = "normed, other"
normed, other = (
    torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(64, 10))
    for _ in range(2)
)
file = io.BytesIO()
torch.save(normed.state_dict(), file)
file.seek(0)
print(other.load_state_dict(torch.load(file, weights_only=True)))
list(other.state_dict())

# %%
# .. _load16:
#
# How do I look into a large file?
# --------------------------------
#
# Load the file with ``map_location="meta"``: a tensor on ``meta`` has a shape and a
# dtype and takes no memory for values, so even a checkpoint that is larger than the
# memory of the machine can be listed.

listed = torch.load(path, map_location="meta", weights_only=True)["model"]
for name, tensor in listed.items():
    print(name, tuple(tensor.shape), tensor.dtype, tensor.device)

# %%
# .. since:: 2.1 torch.load(mmap=True)
#
# With ``mmap=True`` the values stay in the file until they are used. Give
# ``torch.load`` the path of the file, and do not write to the file meanwhile: the next
# cell loads a file twice and then writes twos over the ones in the file, and the tensor
# whose values were still in the file has the twos.

small_path = path.with_name("small.pt")
torch.save(torch.ones(8, dtype=torch.uint8), small_path)
early = torch.load(small_path, weights_only=True)
late = torch.load(small_path, weights_only=True, mmap=True)
small_path.write_bytes(small_path.read_bytes().replace(b"\1" * 8, b"\2" * 8))
print(early, late)

# %%
# By default a change of the tensor does not reach the file.

late.fill_(3)
again = torch.load(small_path, weights_only=True)
clean_up()
print(late, again)

# %%
# .. _sd6:
#
# Why is the file larger than the tensor?
# ---------------------------------------
#
# .. since:: 1.6 torch.save
#
# ``torch.save`` writes whole storages, and a slice is a view: it has the storage of the
# larger tensor. Below, ``query`` is a third of the weight of an attention layer, and
# its file is as large as the file of the whole weight. A ``clone`` has a storage of its
# own. The sizes are in kB.


def kilobytes(value):
    file = io.BytesIO()
    torch.save(value, file)
    return len(file.getvalue()) // 1000


qkv = torch.zeros(3 * 768, 768)
query = qkv[:768]
print(kilobytes(qkv), kilobytes(query), kilobytes(query.clone()))

# %%
# An expanded tensor is the opposite: all rows share the memory of one row, the file is
# small, and the file of a ``clone`` is large.

row = torch.zeros(768).expand(3 * 768, 768)
kilobytes(row), kilobytes(row.clone())

# %%
# In return, views in one file are still views after loading. The file is a zip archive
# with one entry for the common storage, and a change of one loaded tensor shows in the
# other.

file = io.BytesIO()
torch.save({"qkv": qkv, "query": query}, file)
print([name for name in zipfile.ZipFile(file).namelist() if "/data/" in name])
file.seek(0)
loaded = torch.load(file, weights_only=True)
loaded["qkv"].fill_(1)
loaded["query"][0, :3]

# %%
# Check yourself
# --------------
#
# ``model`` is in evaluation mode, and ``file`` was saved on the CPU.

# sphinx_gallery_hide_state = "new"
new = Net()
new.load_state_dict(model.state_dict())
model.training, new.training

# %%
# .. check::
#
#    - ``(False, False)``
#    - ``(False, True)``
#
#    ``training`` is not in a ``state_dict``, and a new module is in training mode.

file.seek(0)
torch.load(file, map_location={"cuda:0": "meta"})["query"].device.type

# %%
# .. check::
#
#    - ``'meta'``
#    - ``'cuda'``
#    - ``'cpu'``
#
#    The dictionary maps only the devices that it names. The file notes ``cpu``, and the
#    tensor is put there.

log = io.BytesIO()
torch.save({"epoch": 3, "losses": [0.5, 0.25], "classes": ("cat", "dog")}, log)
log.seek(0)
torch.serialization.get_unsafe_globals_in_checkpoint(log)

# %%
# .. check::
#
#    - ``[]``
#    - ``['builtins.dict', 'builtins.list', 'builtins.tuple']``
#
#    Numbers, strings, lists, tuples and dictionaries need no permission.

kilobytes(qkv), kilobytes([qkv, query])

# %%
# .. check::
#
#    - ``(7079, 14157)``
#    - ``(7079, 9438)``
#    - ``(7079, 7079)``
#
#    Both tensors share one storage, which is written once.
#
# Remember
# --------
#
# - ``torch.load(path, map_location="cpu", weights_only=True)``, then
#   ``load_state_dict``, then ``eval()`` or ``train()``.
# - Save a ``state_dict`` and plain values: a file of a whole module needs each class in
#   your code, and your permission for each class.
# - ``weights_only=False`` calls what the file names: only for files of people whom you
#   trust.
# - A slice is saved with the whole storage: ``clone`` the slice first.
#
# If the keys of the file are not the keys of the model, go on with
# :doc:`/gallery/loading/strict_and_mismatch`.
