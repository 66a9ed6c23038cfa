"""
Files: size, views, ``weights_only``
====================================

A file holds whole storages; ``torch.load`` builds tensors from them, and an object of
your own class only if you allow it.

By the end of this page you can predict these lines:

>>> kilobytes(table), kilobytes(table[:3]), kilobytes(table[:3].clone())
(401, 401, 1)
>>> restored.training, restored.offset, restored.plain
(False, tensor([0.5000]), tensor([0.2500]))
>>> empty["table"].device, len(seen)
(device(type='meta'), 2)
"""

import io
import os
import pathlib
import pickle
import subprocess
import sys
import tempfile
import zipfile

import torch

# %%
# .. _sd6:
# .. since:: 1.6 torch.save
#
# A slice is a view: it has the storage of its table. ``torch.save`` writes whole
# storages, so three numbers cost as much as 100 000: 400 kB, and one for the rest.


def kilobytes(value):
    file = io.BytesIO()
    torch.save(value, file)
    return len(file.getvalue()) // 1000


table = torch.zeros(100_000)
head = table[:3]
print(head.untyped_storage().nbytes(), kilobytes(table), kilobytes(head))

# %%
# The gain is that views stay views. The file is a zip archive with one entry for the
# common storage, and after loading a change of one tensor still shows in the other.

file = io.BytesIO()
torch.save({"table": table, "head": head}, file)
print([name for name in zipfile.ZipFile(file).namelist() if "/data/" in name])
file.seek(0)
loaded = torch.load(file)
loaded["table"].fill_(1)
loaded["head"]

# %%
# If a module registers a slice of something large, register a ``clone``: it has a small
# storage of its own. An expanded tensor is the opposite. One number looks like 100 000,
# its file stays tiny, and it is the ``clone`` that is large.

layer = torch.nn.Module()
expanded = torch.zeros(1).expand(100_000)
for buffer in (head, head.clone(), expanded, expanded.clone()):
    layer.register_buffer("buffer", buffer)
    print(len(buffer), kilobytes(layer.state_dict()))

# %%
# .. _load15:
# .. since:: 2.6 torch.load(weights_only=True)
#
# ``torch.save`` takes a whole module too. This one has a parameter, a non-persistent
# buffer and a plain tensor, and is in evaluation mode.


class Shift(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1))
        self.register_buffer("offset", torch.zeros(1), persistent=False)
        self.plain = torch.zeros(1)

    def forward(self, x):
        return x * self.weight + self.offset + self.plain


model = Shift().eval()
model.offset, model.plain = torch.tensor([0.5]), torch.tensor([0.25])
print(model(torch.ones(1)).detach(), list(model.state_dict()))

# %%
# Saving it works. Loading it fails: ``weights_only=True`` is the default, and allows no
# class of your own. Of the long message, see the first sentence and the reason.

whole = io.BytesIO()
torch.save(model, whole)
whole.seek(0)
try:
    torch.load(whole)
except pickle.UnpicklingError as error:
    print(f"{type(error).__name__}: {str(error).partition('.')[0]}")
    print(str(error).splitlines()[3].strip().partition(". ")[0])

# %%
# .. since:: 1.13 torch.load(weights_only=False)
#
# ``weights_only=False`` lets a file call what it names. This object is saved as a call
# of ``print``, which happens while you load. So use it only for files that you trust.


class Call:
    def __reduce__(self):
        return print, ("called",)


file = io.BytesIO()
torch.save(Call(), file)
file.seek(0)
torch.load(file, weights_only=False)

# %%
# .. _whole_module:
#
# The module comes back with what its ``state_dict`` leaves out: the non-persistent
# buffer, the plain tensor and the ``training`` flag.

whole.seek(0)
restored = torch.load(whole, weights_only=False)
print(restored.offset, restored.plain, restored.training)

# %%
# .. since:: 2.4 torch.serialization.add_safe_globals
# .. since:: 2.5 torch.serialization.safe_globals
#
# Or keep the default and allow the class: inside a block with ``safe_globals``, for the
# rest of the process with ``add_safe_globals``.

whole.seek(0)
with torch.serialization.safe_globals([Shift]):
    print(type(torch.load(whole)).__name__)
print(Shift in torch.serialization.get_safe_globals())
torch.serialization.add_safe_globals([Shift])
print(Shift in torch.serialization.get_safe_globals())

# %%
# A parametrized module refuses to be saved whole. Its ``state_dict`` does not.

torch.manual_seed(0)
normed = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(2, 2))
try:
    torch.save(normed, io.BytesIO())
except RuntimeError as error:
    print(f"{type(error).__name__}: {str(error).partition(' See')[0]}")
kilobytes(normed.state_dict())

# %%
# .. _load16:
#
# A file notes the device of each storage. ``map_location`` works on storages too: a
# function is called with each of them, here with two for three tensors. This one
# returns ``None``, which leaves each storage on the device that the file notes.

seen = []
folder = tempfile.TemporaryDirectory()
path = pathlib.Path(folder.name) / "state.pt"
torch.save({"table": table, "head": head, "small": torch.ones(8).byte()}, path)
torch.load(path, map_location=lambda storage, device: seen.append(device))
seen

# %%
# Or name the device. On ``meta`` a tensor has a shape but no numbers: you see what a
# file holds, whatever its size.

empty = torch.load(path, map_location="meta")
{name: (tuple(tensor.shape), tensor.device.type) for name, tensor in empty.items()}

# %%
# A file that was saved on a GPU notes ``cuda:0``. Such a file can be made on every
# machine: ``data.pkl`` in the archive has the name of the device after the length of
# that name. The copy says ``cuda:0`` instead of ``cpu``. The name stands there once:
# the notes of both storages refer to it.

gpu_path = path.with_name("gpu.pt")
with zipfile.ZipFile(path) as old, zipfile.ZipFile(gpu_path, "w") as new:
    for name in old.namelist():
        content = old.read(name)
        if name.endswith("data.pkl"):
            content = content.replace(b"\3\0\0\0cpu", b"\6\0\0\0cuda:0")
            print(content.count(b"cuda:0"))
        new.writestr(name, content)

# %%
# Without ``map_location``, ``torch.load`` asks for the device that the file notes, and
# fails where no GPU is visible. The load runs in a child process whose
# ``CUDA_VISIBLE_DEVICES`` is empty, which hides each GPU of this machine. The message
# is the last line that the child process prints.

child = subprocess.run(
    [sys.executable, "-c", "import sys, torch; torch.load(sys.argv[1])", gpu_path],
    env=os.environ | {"CUDA_VISIBLE_DEVICES": ""},
    stderr=subprocess.PIPE,
    text=True,
)
print(child.stderr.splitlines()[-1])

# %%
# ``map_location="cpu"`` brings each storage to the CPU, whatever the file notes.

state = torch.load(gpu_path, map_location="cpu")
assert {tensor.device for tensor in state.values()} == {torch.device("cpu")}
print(state["small"])

# %%
# .. since:: 2.1 torch.load(mmap=True)
#
# ``mmap=True`` reads the numbers from the path when you use them. To see it at work,
# load twice, then write twos over the ones in the file: only the lazy tensor has them.

eager = torch.load(path)["small"]
lazy = torch.load(path, mmap=True)["small"]
path.write_bytes(path.read_bytes().replace(b"\1" * 8, b"\2" * 8))
print(eager, lazy)

# %%
# So leave the file alone while you use it. A change of the lazy tensor does not reach
# the file.

lazy.fill_(3)
print(lazy, torch.load(path)["small"])
folder.cleanup()
path.exists()

# %%
# .. rubric:: Remember
#
# - A slice is saved with its whole storage: ``clone`` it first.
# - Save a ``state_dict``. To load a whole module takes its class and your permission.
# - ``map_location="cpu"`` loads a file from a GPU on a machine without one.
# - ``map_location="meta"`` shows a file without its numbers; ``mmap=True`` reads late.
