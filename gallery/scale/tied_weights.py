"""
Tied weights end to end (with safetensors)
==========================================

``torch.save`` writes a shared storage once and shares it again; safetensors writes one
of the names, and leaves it to the model to know the other one.

By the end of this page you can predict these lines:

>>> sorted(both), sorted(one)
(['embedding.weight', 'head.weight'], ['embedding.weight'])
>>> both["head.weight"].data_ptr() == both["embedding.weight"].data_ptr()
True
>>> large.head.weight is large.embedding.weight
True
>>> torch.equal(large.head.weight, model.head.weight)
True
"""

import pathlib
import tempfile
import zipfile

import safetensors
import torch
from safetensors.torch import load_file, load_model, save_file, save_model

# %%
# A small language model looks up its input and scores its output with the same table.
# That is :ref:`a tie <tie1>`: one parameter, two names, and both are keys.


class Tied(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding(100, 5)
        self.head = torch.nn.Linear(5, 100, bias=False)
        self.tie()

    def tie(self):
        self.head.weight = self.embedding.weight

    def forward(self, x):
        return self.head(self.embedding(x))


torch.manual_seed(0)
model, x = Tied(), torch.tensor([0])
print(len(list(model.parameters())), tuple(model(x).shape))
list(model.state_dict())

# %%
# .. _tie2:
#
# The two keys lead to tensors over one storage, of 100 times 5 numbers of 4 bytes.
# ``torch.save`` notes that: its file is a zip archive, and holds the storage once.

folder = tempfile.TemporaryDirectory()
path = pathlib.Path(folder.name) / "model.pt"
torch.save(model.state_dict(), path)
with zipfile.ZipFile(path) as archive:
    entries = [entry for entry in archive.infolist() if "/data/" in entry.filename]
    print([entry.file_size for entry in entries])

# %%
# It loads as it was saved: two tensors, one storage. A change of one is a change of the
# other.

both = torch.load(path)
print(both["head.weight"] is both["embedding.weight"])
both["head.weight"][0] = 0.5
both["embedding.weight"][0]

# %%
# But a file ties no model. A load copies, and the model decides: one that is tied stays
# tied, and one that is not gets two parameters with equal numbers. With
# ``assign=True`` each of them would be :ref:`half tied <load9>`.

other = Tied()
other.head.weight = torch.nn.Parameter(torch.zeros(100, 5))
for restored in (Tied(), other):
    print(restored.load_state_dict(both), len(list(restored.parameters())))
torch.equal(other.head.weight, other.embedding.weight)

# %%
# .. _tie3:
#
# A safetensors file is a list of names, each with numbers of its own. It has no place
# for a storage with two names, and ``save_file`` refuses. Of the message, see what
# stands before the names.

path = pathlib.Path(folder.name) / "model.safetensors"
try:
    save_file(model.state_dict(), path)
except RuntimeError as error:
    print(f"{type(error).__name__}: {str(error).strip().partition(':')[0]}")
path.exists()

# %%
# It refuses the shared memory, not the tie. A view is refused like a second name. Two
# halves that do not overlap are written, each with its own numbers only.

table = torch.arange(4)
for shared in ({"table": table, "head": table[:2]}, {"a": table[:2], "b": table[2:]}):
    try:
        save_file(shared, path)
        print(load_file(path))
    except RuntimeError as error:
        print(f"{type(error).__name__}: {str(error).strip().partition(',')[0]}")

# %%
# Clones share nothing, so they can be saved: twice the bytes, and both names are there
# for a program that wants them.

cloned = {name: tensor.clone() for name, tensor in model.state_dict().items()}
save_file(cloned, path)
print(path.stat().st_size // 1000, Tied().load_state_dict(load_file(path)))

# %%
# The message goes on to advise ``save_model``. That takes the model and drops the
# duplicate: of the names it keeps the first in the alphabet. The file has a note of
# what the dropped name stood for.

save_model(model, path)
one = load_file(path)
print(path.stat().st_size // 1000, list(one))
with safetensors.safe_open(path, "pt") as file:
    print(file.metadata())

# %%
# For ``load_state_dict`` a key is missing, even if the model is tied.

try:
    Tied().load_state_dict(one)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# ``load_model`` forgives the name that was dropped, because it looks at the model: its
# two names share their memory, so filling one fills both.

restored = Tied()
print(load_model(restored, path))
print(restored.head.weight is restored.embedding.weight)
torch.equal(restored.head.weight, model.head.weight)

# %%
# So it needs a model that is tied. In another one nothing fills the second name: the
# note in the file is not used. The first name was filled before the error came.

other.head.weight = torch.nn.Parameter(torch.zeros(100, 5))
try:
    load_model(other, path)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")
print(torch.equal(other.embedding.weight, model.embedding.weight))
other.head.weight.any()

# %%
# All of it together, for a model built on ``meta``. ``load_model`` copies, and a copy
# :ref:`does nothing there <load12>`. So assign what the file has, and read what was
# missing: only the dropped name may be.

with torch.device("meta"):
    large = Tied()
result = large.load_state_dict(load_file(path), assign=True, strict=False)
print(result)
print({name: tensor.device.type for name, tensor in large.state_dict().items()})

# %%
# The second name is still on ``meta``. :ref:`Tie again <meta5>`, and only then build
# the optimizer: it holds one parameter.

large.tie()
optimizer = torch.optim.SGD(large.parameters(), lr=0.5)
print([tuple(weight.shape) for weight in optimizer.param_groups[0]["params"]])
tied = large.head.weight is large.embedding.weight
print(tied, torch.equal(large.head.weight, model.head.weight), large(x).shape)
folder.cleanup()
path.exists()

# %%
# .. rubric:: Remember
#
# - ``torch.save`` writes a shared storage once; loaded, it is shared again.
# - ``save_file`` refuses tensors that share memory. ``save_model`` drops all names but
#   one, and ``load_model`` needs a model that is tied.
# - A tie is in the model's code, not in a file: load, tie, build the optimizer.
