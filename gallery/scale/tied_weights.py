"""
Tied weights: ``torch.save`` and safetensors
============================================

``torch.save`` writes a shared weight once; ``save_file`` of safetensors raises an
error, so use ``save_model`` and let the model's code tie the weights.
"""

# %%
# .. folded:: An attention block

import torch


class Block(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.c_attn = torch.nn.Linear(size, 3 * size)
        self.c_proj = torch.nn.Linear(size, size)

    def forward(self, x):
        query, key, value = self.c_attn(x).split(x.shape[-1], dim=-1)
        attention = torch.nn.functional.scaled_dot_product_attention
        return x + self.c_proj(attention(query, key, value, is_causal=True))


# %%
# .. folded:: The model of this page, which describes an image and has tied weights


class Captioner(torch.nn.Module):
    def __init__(self, words=1000, size=64):
        super().__init__()
        self.wte = torch.nn.Embedding(words, size)
        self.wpe = torch.nn.Embedding(128, size)
        self.block = Block(size)
        self.lm_head = torch.nn.Linear(size, words, bias=False)
        self.tie()

    def tie(self):
        self.lm_head.weight = self.wte.weight

    def forward(self, image, tokens):
        x = torch.cat((image, self.wte(tokens)), dim=1)
        x = self.block(x + self.wpe.weight[: x.shape[1]])
        return self.lm_head(x[:, image.shape[1] :])


# %%
# .. folded:: A path in a temporary folder

import pathlib
import shutil
import tempfile
import weakref

# sphinx_gallery_hide_state = "model, restored, untied, target, pair, table, fixed"
torch.manual_seed(0)
model = Captioner()
folder = tempfile.mkdtemp()
clean_up = weakref.finalize(model, shutil.rmtree, folder)
path = pathlib.Path(folder, "model.safetensors")

# %%
# In short
# --------
#
# .. in-short:: Captioner, model, path
#
# The constructor of ``Captioner`` ties the weights of the embedding and of the head:
# ``self.lm_head.weight = self.wte.weight``. ``save_model`` writes the tied weight under
# one of the two names, and ``load_model`` accepts that the other name has no key in the
# file. ``load_model`` returns the names that are missing and the names that are
# unexpected: there are none. The model has seven keys and six parameters, so the
# optimizer gets the tied weight once. A model on ``meta`` needs :ref:`another load
# <safetensors1>`.

import torch
from safetensors.torch import load_model, save_model

save_model(model, path)
restored = Captioner()
print(load_model(restored, path))
optimizer = torch.optim.Adam(restored.parameters(), lr=1e-3)
print(restored.lm_head.weight is restored.wte.weight)
print(len(restored.state_dict()), len(optimizer.param_groups[0]["params"]))

# %%
# .. _tie2:
#
# Does ``torch.save`` keep the tie?
# ---------------------------------
#
# ``torch.save`` keeps the common memory. :ref:`A tie <tie1>` is one parameter under two
# names, and a ``state_dict`` has a tensor for each name: here seven tensors. The two
# tensors of the tied weight use the same memory, one storage. The file is a zip archive
# with one entry for each storage, six in all, so the values of the tied weight are
# written once.

import io
import zipfile


def entries(state):
    file = io.BytesIO()
    torch.save(state, file)
    return sum("/data/" in name for name in zipfile.ZipFile(file).namelist())


state = model.state_dict()
print(len(state), entries(state))

# %%
# After ``torch.load`` the two tensors share their memory again: what is written into
# one of them shows in the other.

torch.save(state, path.with_name("model.pt"))
loaded = torch.load(path.with_name("model.pt"), map_location="cpu", weights_only=True)
print(loaded["lm_head.weight"] is loaded["wte.weight"])
loaded["wte.weight"][0] = 0.5
print(loaded["lm_head.weight"][0, :3])

# %%
# .. identity:: loaded["wte.weight"], loaded["lm_head.weight"]
#
#    Two tensors from one file. Both use the same memory.
#
# A conversion of the ``state_dict`` that makes a new tensor for each key ends the
# sharing, and the file has the values twice: ``half()`` on each tensor, for example, or
# ``cpu()`` on tensors that are on a GPU. Cast or move a deep copy of the model instead,
# which keeps the tie.

import copy

half = {name: tensor.half() for name, tensor in state.items()}
print(entries(half), entries(copy.deepcopy(model).half().state_dict()))

# %%
# .. _tie3:
#
# Why does ``save_file`` raise an error?
# --------------------------------------
#
# In a safetensors file each name has values of its own: the format cannot say that two
# names share their memory. ``save_file`` raises an error before it writes anything. The
# message goes on with the names, and advises ``save_model``.

from safetensors.torch import load_file, save_file

new_path = path.with_name("new.safetensors")
try:
    save_file(model.state_dict(), new_path)
except RuntimeError as error:
    print(f"{type(error).__name__}: {str(error).strip().partition(':')[0]}")
print(new_path.exists())

# %%
# ``save_file`` compares the memory of the tensors, whether a weight is tied or not. For
# a tensor and a slice of this tensor it raises the error too. Two slices that do not
# overlap are written, each with its own values.

qkv = torch.zeros(3 * 64, 64)
for query, key in ((qkv[:64], qkv), (qkv[:64], qkv[64:128])):
    try:
        save_file({"query": query, "key": key}, new_path)
        print({name: tensor.shape for name, tensor in load_file(new_path).items()})
    except RuntimeError as error:
        print(f"{type(error).__name__}: {str(error).strip().partition(',')[0]}")

# %%
# Clones share nothing, so ``save_file`` writes them: the file has both keys, for a
# program that needs both, and the values of the tied weight twice. The sizes are in kB.
# ``load_state_dict`` loads such a file. If the model is tied, ``load_model`` raises an
# error unless you pass ``strict=False``, because it expects only one of the two keys.

clones = {name: tensor.clone() for name, tensor in model.state_dict().items()}
save_file(clones, new_path)
print(path.stat().st_size // 1000, new_path.stat().st_size // 1000)
print(Captioner().load_state_dict(load_file(new_path)))
try:
    load_model(Captioner(), new_path)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Which key does ``save_model`` drop?
# -----------------------------------
#
# If several names have the same memory, ``save_model`` keeps the name that comes first
# when they are sorted, whatever the order of the layers, and drops the others.
# ``Captioner`` uses the names of GPT-2, ``wte`` and ``lm_head``: the key of the
# embedding is dropped. The metadata of the file notes the dropped name with the kept
# name.

from safetensors import safe_open


def tied_pair(first, second):
    head = torch.nn.Linear(64, 1000, bias=False)
    pair = torch.nn.ModuleDict({first: torch.nn.Embedding(1000, 64), second: head})
    head.weight = pair[first].weight
    return pair


for names in (("embed", "head"), ("wte", "lm_head"), ("tokens", "output")):
    save_model(tied_pair(*names), new_path)
    with safe_open(new_path, "pt") as file:
        print(list(file.keys()), file.metadata())

# %%
# To choose the key yourself, delete the other one from the ``state_dict`` and call
# ``save_file``. This leaves the model as it is. ``load_model`` loads a file with either
# key.

state = model.state_dict()
del state["lm_head.weight"]
save_file(state, new_path)
print("wte.weight" in load_file(new_path), load_model(Captioner(), new_path))

# %%
# .. _safetensors3:
#
# For each storage ``save_model`` needs a name that covers all of it. If a parameter or
# a buffer is a slice of a larger tensor, and the model does not have the larger tensor,
# ``save_model`` raises an error, even if nothing is shared.

table = torch.nn.Module()
table.register_buffer("position", torch.zeros(2048, 64)[:512])
try:
    save_model(table, new_path)
except RuntimeError as error:
    print(f"{type(error).__name__}: {str(error).partition('.')[0]}")

# %%
# .. _safetensors2:
#
# Register a clone of the slice, which has a storage of its own size.

import pathlib
import tempfile

import torch
from safetensors.torch import load_model, save_model

fixed = torch.nn.Module()
fixed.register_buffer("position", torch.zeros(2048, 64)[:512].clone())
with tempfile.TemporaryDirectory() as temporary:
    save_model(fixed, pathlib.Path(temporary, "fixed.safetensors"))
    print(load_model(fixed, pathlib.Path(temporary, "fixed.safetensors")))

# %%
# Why must the model's code tie the weights?
# ------------------------------------------
#
# No load ties weights. By default ``load_state_dict`` copies values into the parameters
# that the model has: six if the model is tied, seven if it is not. After a load with
# ``assign=True`` a tied model has seven parameters too: the tie is :ref:`half gone
# <load9>`.

untied = Captioner()
untied.lm_head.weight = torch.nn.Parameter(torch.zeros(1000, 64))
for target, assign in ((Captioner(), False), (untied, False), (Captioner(), True)):
    report = target.load_state_dict(loaded, assign=assign)
    print(report, len(list(target.parameters())))

# %%
# ``load_state_dict`` compares the keys of the file with the keys of the model. So it
# reports a missing key for a file of ``save_model``, although the model is tied.

try:
    Captioner().load_state_dict(load_file(path))
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# ``load_model`` also compares the memory of the model's tensors: a key may be missing
# if its tensor uses the memory of a tensor that was loaded. In a model that is not tied
# the tensor has memory of its own, so ``load_model`` raises an error; it does not use
# the metadata of the file. Before the error it has loaded the keys that are in the
# file.

torch.nn.init.zeros_(untied.lm_head.weight)
torch.nn.init.zeros_(untied.wte.weight)
try:
    load_model(untied, path)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")
print(untied.lm_head.weight.any().item(), untied.wte.weight.any().item())

# %%
# A file can have two keys with different values: the tie was lost, and the two weights
# were trained apart. ``load_state_dict`` copies both into the one parameter of a tied
# model, without an error. The values that are copied last stay, here those of
# ``lm_head``, the submodule that was registered last.

different = clones | {"lm_head.weight": torch.full((1000, 64), 2.0)}
target = Captioner()
print(target.load_state_dict(different), target.wte.weight[0, :3].tolist())

# %%
# How do I load with ``assign=True`` or on ``meta``?
# --------------------------------------------------
#
# .. since:: 2.1 load_state_dict(assign=True)
#
# ``load_model`` copies, and a copy into a tensor on ``meta`` :ref:`does nothing
# <load12>`. ``load_state_dict`` with ``assign=True`` replaces only the parameters that
# have a key in the file. The next cell makes a tied model on ``meta`` and a file that
# has ``lm_head.weight`` only.

save_model(tied_pair("wte", "lm_head"), new_path)
with torch.device("meta"):
    large = tied_pair("wte", "lm_head")
print(large["lm_head"].weight is large["wte"].weight, large["wte"].weight.device)

# %%
# After the load ``lm_head.weight`` is a new parameter on the CPU, and ``wte.weight`` is
# still on ``meta``.

# sphinx_gallery_card
print(large.load_state_dict(load_file(new_path), strict=False, assign=True))

# %%
# To tie the weights now as the constructor did loses the loaded weight: both names then
# refer to the parameter on ``meta``, which has no values.

large["lm_head"].weight = large["wte"].weight
print({name: tensor.device.type for name, tensor in large.state_dict().items()})

# %%
# .. _safetensors1:
#
# So add the dropped key before the load, and :ref:`tie the weights again <meta5>` after
# the load. ``load_tied`` accepts a file with either key; if the file has both, it uses
# the key that stands first in ``names``. Any other key that is missing or unexpected
# raises an error. The parameters are new, so create the optimizer last. If the model
# has non-persistent buffers, compute them too: :ref:`they are still on meta <meta3>`.

import torch
from safetensors.torch import load_file


def load_tied(model, path, names=("wte.weight", "lm_head.weight")):
    state = load_file(path)
    weight = next(state[name] for name in names if name in state)
    model.load_state_dict(state | dict.fromkeys(names, weight), assign=True)
    model.tie()
    return model


with torch.device("meta"):
    restored = Captioner()
load_tied(restored, path)
optimizer = torch.optim.Adam(restored.parameters(), lr=1e-3)
print(restored.lm_head.weight is restored.wte.weight, restored.wte.weight.device)
print(len(optimizer.param_groups[0]["params"]))

# %%
# The restored model is on the CPU, since ``load_file`` loads to the CPU unless its
# argument ``device`` says otherwise. Its output is the output of the saved model. By
# default tensors on the CPU read their values from the file when they are used: do not
# change the file in place as long as the model is in use.

image, tokens = torch.randn(1, 49, 64), torch.arange(16)[None]
with torch.no_grad():
    outputs = [each.eval()(image, tokens) for each in (restored, model)]
clean_up()
print(torch.allclose(*outputs, atol=1e-5))

# %%
# Why does a larger vocabulary end the tie?
# -----------------------------------------
#
# The weight of a larger embedding is a new parameter, and the head still has the old
# parameter. The model runs without an error, but its output has 1000 scores for each
# position and none for the three new words.

restored.wte = torch.nn.Embedding(1003, 64)
print(restored(image, torch.tensor([[1000, 1002]])).shape)

# %%
# .. identity:: restored.wte.weight, restored.lm_head.weight
#
#    Before: one parameter under two names. After: two parameters of different shapes.
#
# Assign a larger weight to the embedding, tie the weights again, and create the
# optimizer after that. ``resized`` is for a head without a bias; each new row begins as
# the mean of the old rows. An optimizer that was created before does not have the new
# parameter and never updates it, without an error.


def resized(model, words):
    old = model.wte.weight
    mean = old.detach().mean(0).expand(words - len(old), -1)
    weight = torch.cat((old.detach(), mean))
    model.wte.weight = torch.nn.Parameter(weight, old.requires_grad)
    model.wte.num_embeddings = model.lm_head.out_features = words
    model.tie()
    return model


target = Captioner()
early = torch.optim.Adam(target.parameters(), lr=1e-3)
print(resized(target, 1003)(image, torch.tensor([[1000, 1002]])).shape)
late = torch.optim.Adam(target.parameters(), lr=1e-3)
for optimizer in (early, late):
    weights = optimizer.param_groups[0]["params"]
    print(any(weight is target.lm_head.weight for weight in weights))

# %%
# A file that was saved with the old vocabulary no longer fits, since :ref:`the shapes
# must be equal <load5>`. So load the file first, then resize, then create the
# optimizer.

try:
    target.load_state_dict(clones)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Check yourself
# --------------
#
# Each question begins with a new ``Captioner``, whose two weights are tied.

target, state = Captioner(), Captioner().state_dict()
del state["wte.weight"]
target.load_state_dict(state, strict=False).missing_keys

# %%
# .. check::
#
#    - ``[]``
#    - ``['wte.weight']``
#
#    ``load_state_dict`` compares only keys. The weight has its values all the same,
#    since they were loaded under the other name.

target = Captioner()
target.wte.weight = torch.nn.Parameter(target.wte.weight.detach().clone())
target.load_state_dict(Captioner().state_dict())
target.wte.weight is target.lm_head.weight, len(list(target.parameters()))

# %%
# .. check::
#
#    - ``(True, 6)``
#    - ``(True, 7)``
#    - ``(False, 7)``
#
#    The assignment ended the tie. After the load the two parameters have equal values,
#    and they are still two.

target = Captioner()
optimizer = torch.optim.Adam(target.parameters())
resized(target, 1003)
len(list(target.parameters())), len(optimizer.param_groups[0]["params"])

# %%
# .. check::
#
#    - ``(6, 6)``
#    - ``(6, 7)``
#    - ``(7, 6)``
#
#    ``resized`` ties the weights again, so the model has six parameters. The optimizer
#    has six as well, but one of them is the old weight: equal counts prove nothing.
#
# Remember
# --------
#
# - ``torch.save`` writes common memory once, and the loaded tensors share it again.
# - ``save_file`` raises an error if tensors share memory. ``save_model`` drops all
#   names but the first in sorted order.
# - The tie is in the model's code: ``load_model`` needs a model that is tied.
# - After a load with ``assign=True`` and after a change of the vocabulary, tie the
#   weights again, then create the optimizer.
#
# Before you cast or move a model with tied weights, read
# :doc:`/gallery/moving/identity_and_ties`.
