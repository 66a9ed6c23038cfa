"""
Old checkpoint, extra key: ``persistent=False``
===============================================

A buffer that became non-persistent leaves an extra key in old checkpoints, as
``position_ids`` and ``inv_freq`` do in many language models. Remove that key in a load
pre-hook, and strict loading works again.
"""

# %%
# .. folded:: A module whose buffer is persistent in the old code

import io

import torch


class Embeddings(torch.nn.Module):
    def __init__(self, persistent=False):
        super().__init__()
        self.position = torch.nn.Embedding(512, 64)
        ids = torch.arange(512)[None]
        self.register_buffer("position_ids", ids, persistent=persistent)

    def forward(self, x):
        return x + self.position(self.position_ids[:, : x.shape[1]])


# %%
# .. folded:: The model of this page, and a file that the old code saved


# sphinx_gallery_hide_state = "old, model, deep, empty"
class Encoder(torch.nn.Module):
    def __init__(self, persistent=False):
        super().__init__()
        self.embeddings = Embeddings(persistent)
        self.dense = torch.nn.Linear(64, 64)

    def forward(self, x):
        return self.dense(self.embeddings(x))


torch.manual_seed(0)
old, model, file = Encoder(persistent=True), Encoder(), io.BytesIO()
torch.save(old.state_dict(), file)
file.seek(0)

# %%
# In short
# --------
#
# .. in-short:: model, file
#
# Register the hook on the module that has the buffer. The hook runs just before that
# module loads its part, and ``prefix`` is the path of the module in the model, with a
# dot at its end: here ``embeddings.``.

import torch


def drop_position_ids(module, state_dict, prefix, *args):
    state_dict.pop(prefix + "position_ids", None)


model.embeddings.register_load_state_dict_pre_hook(drop_position_ids)
model.load_state_dict(torch.load(file))

# %%
# .. _load7:
#
# Why does an old checkpoint have an extra key?
# ---------------------------------------------
#
# .. since:: 1.6 persistent
#
# ``state_dict()`` leaves out a buffer that is registered with ``persistent=False``. The
# code computes the position numbers, so ``forward`` has them whether they are saved or
# not.

# sphinx_gallery_card
before, new = Embeddings(persistent=True), Embeddings()
print(list(before.state_dict()))
print(list(new.state_dict()))

# %%
# By default ``load_state_dict`` is strict: it expects exactly the keys that the module
# itself would save. So after an upgrade of the code, a checkpoint that the old code
# saved fails to load.

checkpoint = old.state_dict()
try:
    Encoder().load_state_dict(checkpoint)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# In the other direction the key is missing: where the old code still runs, it does not
# accept a checkpoint that the new code saved.

try:
    Encoder(persistent=True).load_state_dict(Encoder().state_dict())
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Why not ``strict=False``?
# -------------------------
#
# ``strict=False`` ignores every missing and every unexpected key. Here two keys of the
# checkpoint are misspelt: two parameters keep their initial values, and no error says
# so. Only the lists that ``load_state_dict`` returns name them, next to the harmless
# ``position_ids``.

wrong = {key.replace("dense", "dens"): value for key, value in checkpoint.items()}
found = Encoder().load_state_dict(wrong, strict=False)
print(found.missing_keys)
print(found.unexpected_keys)

# %%
# With the hook, the load stays strict for all other keys. ``model`` has had the hook
# since the first example: it loads old and new checkpoints, and misspelt keys are an
# error.

for state in (checkpoint, Encoder().state_dict(), wrong):
    try:
        print(model.load_state_dict(state))
    except RuntimeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# Where do you register the hook?
# -------------------------------
#
# If the class is yours, register the hook in ``__init__``. Then every model that
# contains the module has the hook, and ``prefix`` is the right path wherever the module
# stands: here ``text.0.``.


class Tolerant(Embeddings):
    def __init__(self):
        super().__init__()
        self.register_load_state_dict_pre_hook(drop_position_ids)


deep = torch.nn.ModuleDict({"text": torch.nn.Sequential(Tolerant())})
saved = old.embeddings.state_dict(prefix="text.0.")
print(deep.load_state_dict(saved))
print(list(saved))

# %%
# The last line shows that your dictionary keeps its key: ``load_state_dict`` copies the
# dictionary, and the hook changes the copy.
#
# If the class is not yours and you load one file, you need no hook. Delete the key from
# the dictionary before you load. ``del`` changes the dictionary in place and so keeps
# :ref:`the versions that many copies lose <sd3>`.

file.seek(0)
state = torch.load(file)
del state["embeddings.position_ids"]
Encoder().load_state_dict(state)

# %%
# .. _load22:
#
# What do you write for torch before 2.5?
# ---------------------------------------
#
# .. since:: 2.5 register_load_state_dict_pre_hook
#
# Before 2.5 the method has a private name, which begins with an underscore, and by
# default its hook does not get the module. Libraries that support those releases still
# use the private name, which torch 2.13 has too.


def drop(state_dict, prefix, *args):
    state_dict.pop(prefix + "position_ids", None)


model = Encoder()
model.embeddings._register_load_state_dict_pre_hook(drop)
model.load_state_dict(checkpoint)

# %%
# A class of your own can override ``_load_from_state_dict`` instead. This method is
# private too, and gets the same dictionary and the same prefix.


class Overriding(Embeddings):
    def _load_from_state_dict(self, state_dict, prefix, *args):
        state_dict.pop(prefix + "position_ids", None)
        super()._load_from_state_dict(state_dict, prefix, *args)


model = Encoder()
model.embeddings = Overriding()
model.load_state_dict(checkpoint)

# %%
# What if the file has other values?
# ----------------------------------
#
# Nothing compares a dropped key with what the code computes. Position numbers never
# change, but the frequencies of a rotary position encoding (RoPE) depend on a base, and
# a model that computes the frequencies from another base gives wrong results. The next
# hook compares the two. If they differ, it appends a line to the list of errors, its
# last argument, and ``load_state_dict`` raises an error with all lines of this list.


def frequencies(base, size, device=None):
    steps = torch.arange(0, size, 2, dtype=torch.float32, device=device)
    return base ** (-steps / size)


def compare(module, state_dict, prefix, metadata, strict, missing, unexpected, errors):
    saved = state_dict.pop(prefix + "inv_freq", None)
    if saved is None or saved.is_meta:
        return
    own = frequencies(module.base, module.size, saved.device)
    close = {"rtol": 0.01, "atol": 1e-6}
    if saved.shape != own.shape or not torch.allclose(saved.float(), own, **close):
        errors.append(f"{prefix}inv_freq: {saved.sum():.2f} != {own.sum():.2f}")


frequencies(10000.0, 64).shape

# %%
# The hook computes the frequencies again and does not read the buffer of the module: a
# cast may have rounded the buffer, and on ``meta`` the buffer has no values. The
# comparison needs a tolerance, since the file may have been saved in ``bfloat16``,
# which rounds by up to 0.4 %, or computed on another device. With one percent, the hook
# accepts a file in ``bfloat16`` and reports another base.


class Rotary(torch.nn.Module):
    def __init__(self, base=10000.0, size=64):
        super().__init__()
        self.base, self.size = base, size
        self.register_buffer("inv_freq", frequencies(base, size), persistent=False)
        self.register_load_state_dict_pre_hook(compare)

    def forward(self, position):
        angle = torch.outer(position, self.inv_freq)
        return angle.cos(), angle.sin()


state = {"inv_freq": frequencies(10000.0, 64).bfloat16()}
print(Rotary().load_state_dict(state))
try:
    Rotary(500000.0).load_state_dict(state)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# A model that was built on ``meta`` loads too, but the load does not fill its
# non-persistent buffers. Compute them again, as you do :ref:`after to_empty <meta3>`.

with torch.device("meta"):
    empty = Rotary()
print(empty.load_state_dict(state, assign=True), empty.inv_freq.device)

# %%
# How does a buffer become persistent again?
# ------------------------------------------
#
# If you take ``persistent=False`` out of the code, the key is missing in checkpoints
# that were saved without it. A hook can add the key, with the value that the module has
# computed. On ``meta`` the module has no value, so this hook adds nothing there, and
# the load reports the key as missing.


def add_position_ids(module, state_dict, prefix, *args):
    if not module.position_ids.is_meta:
        state_dict.setdefault(prefix + "position_ids", module.position_ids)


model = Encoder(persistent=True)
model.embeddings.register_load_state_dict_pre_hook(add_position_ids)
model.load_state_dict(Encoder().state_dict())

# %%
# .. since:: 2.5 nn.Buffer
#
# An assignment can change the persistence by accident: :ref:`an nn.Buffer brings its
# own <reg7>`, and by default an ``nn.Buffer`` is persistent. An ordinary tensor leaves
# the persistence of the name as it is.

# sphinx_gallery_hide_state
for ids in (torch.nn.Buffer(torch.arange(512)[None]), torch.arange(512)[None]):
    embeddings = Embeddings()
    embeddings.position_ids = ids
    print("position_ids" in embeddings.state_dict())

# %%
# Check yourself
# --------------
#
# Each question begins with a new module.

model = Encoder()
model.embeddings.register_load_state_dict_pre_hook(
    lambda module, state_dict, *args: state_dict.pop("position_ids", None)
)
model.load_state_dict(checkpoint, strict=False).unexpected_keys

# %%
# .. check::
#
#    - ``[]``
#    - ``['embeddings.position_ids']``
#
#    The keys in the dictionary of the hook begin with the path of the module, so the
#    hook finds no key ``position_ids``. It must remove ``prefix + "position_ids"``.

rotary = Rotary()
rotary.load_state_dict({"inv_freq": 1.001 * frequencies(10000.0, 64)})
torch.equal(rotary.inv_freq, frequencies(10000.0, 64))

# %%
# .. check::
#
#    - ``True``
#    - ``False``
#
#    The hook removed the key, so nothing was copied. ``inv_freq`` has the values that
#    the code computed.

embeddings = Embeddings(persistent=True)
embeddings.position_ids = torch.nn.Buffer(torch.arange(512)[None], persistent=False)
"position_ids" in embeddings.state_dict()

# %%
# .. check::
#
#    - ``True``
#    - ``False``
#
#    The ``nn.Buffer`` brings its own persistence, and the name takes it over: the next
#    checkpoint lacks the key.
#
# Remember
# --------
#
# - A buffer that became non-persistent: new code finds an extra key in old checkpoints,
#   and old code misses a key in new checkpoints.
# - Remove this one key in a load pre-hook. ``strict=False`` ignores all other wrong
#   keys as well.
# - If the values depend on a setting, compare them in the hook before you drop them.
#
# To decide whether a new buffer should be persistent, read
# :doc:`/gallery/registration/register_buffer_and_nn_buffer`.
