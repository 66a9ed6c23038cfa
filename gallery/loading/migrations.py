"""
Versioned migrations
====================

A ``state_dict`` carries a version for each module, so that newer code can bring what
older code saved up to date while it loads.

By the end of this page you can predict these lines:

>>> model[0].limit, state["0.limit"]
(tensor(0.5000), tensor(50.))
>>> hasattr(state, "_metadata"), hasattr(dict(state), "_metadata")
(True, False)
>>> norm.num_batches_tracked
tensor(3)
"""

import copy
import io

import torch

# %%
# .. _sd3:
#
# ``Clip`` keeps its limit in percent. A ``state_dict`` has versions beside its keys, in
# the private ``_metadata``: one for each module, under its path. The empty path is the
# model itself.


class Clip(torch.nn.Module):
    def __init__(self, limit):
        super().__init__()
        self.register_buffer("limit", torch.tensor(limit))

    def forward(self, x):
        return x.clamp(max=self.limit / 100)


model = torch.nn.Sequential(Clip(50.0), torch.nn.BatchNorm1d(1))
state = model.state_dict()
print(model[0](torch.ones(1)), state["0.limit"])
for path, metadata in state._metadata.items():
    print(f"{path!r:4} {metadata}")

# %%
# Now the code changes: the limit is a fraction. The key is the same, so the old value
# loads without an error, and the module clips nothing any more.


class Fraction(Clip):
    def forward(self, x):
        return x.clamp(max=self.limit)


model = torch.nn.Sequential(Fraction(1.0), torch.nn.BatchNorm1d(1))
print(model.load_state_dict(state))
print(model[0].limit, model[0](torch.ones(1)))

# %%
# .. _load18:
#
# The number of the format is the private class attribute ``_version``. Each module
# loads its own part in the private ``_load_from_state_dict``, which is told the version
# that was saved. Raise the first, and mend old values in the second.


class Migrating(Fraction):
    _version = 2

    def _load_from_state_dict(self, state_dict, prefix, local_metadata, *args):
        key = prefix + "limit"
        if key in state_dict and local_metadata.get("version", 1) < 2:
            state_dict[key] = state_dict[key] / 100
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *args)


model = torch.nn.Sequential(Migrating(1.0), torch.nn.BatchNorm1d(1))
model.load_state_dict(state)
print(model[0].limit, model[0](torch.ones(1)))

# %%
# The method works on a copy. The ``state_dict`` that you passed still holds the old
# value, and what the new model saves has the new version: it loads as it is.

print(state["0.limit"])
newer = model.state_dict()
model.load_state_dict(newer)
print(newer._metadata["0"], model[0].limit)

# %%
# But ``_metadata`` is an attribute of the dictionary, not a key. ``copy.copy``, a deep
# copy and a file keep it. The method ``copy``, ``dict`` and a comprehension lose it.

file = io.BytesIO()
torch.save(newer, file)
file.seek(0)
kept = [copy.copy(newer), copy.deepcopy(newer), torch.load(file)]
lost = [newer.copy(), dict(newer), {key: newer[key] for key in newer}]
print([hasattr(copied, "_metadata") for copied in kept])
print([hasattr(copied, "_metadata") for copied in lost])

# %%
# Without it every module looks old. The migration runs on a value that is new, and the
# limit is divided once more. So change the keys of a ``state_dict`` in place, or of a
# deep copy.

for copied in (dict(newer), copy.deepcopy(newer)):
    model.load_state_dict(copied)
    print(model[0].limit)

# %%
# ``BatchNorm1d`` migrates this way. Its version 2 brought ``num_batches_tracked``, so
# this key must not be absent from a ``state_dict`` of version 2.

norm = torch.nn.BatchNorm1d(1)
state_norm = norm.state_dict()
del state_norm["num_batches_tracked"]
try:
    norm.load_state_dict(state_norm)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# .. since:: 2.2
#
# Take the metadata away, and the same keys are enough. The module that loads fills in
# the count that it has: this one has seen three batches.

for _ in range(3):
    norm(torch.ones(2, 1))
print(norm.load_state_dict(dict(state_norm)), norm.num_batches_tracked)

# %%
# .. _load19:
#
# .. since:: 1.12 register_load_state_dict_post_hook
#
# A key that is new in your own module may be absent too. Instead of a version you can
# use a hook: it runs after the load and gets the lists of missing and unexpected keys.
# What it takes out of them is forgiven.


def forgive(module, incompatible):
    print(incompatible.missing_keys)
    incompatible.missing_keys.clear()


handle = norm.register_load_state_dict_post_hook(forgive)
print(norm.load_state_dict(state_norm))
handle.remove()

# %%
# What it adds is an error, even if every key matched. So a hook can refuse a value,
# although the value is in the module by then.


def check(module, incompatible):
    if module.limit > 1:
        incompatible.unexpected_keys.append("limit")


clip = Fraction(1.0)
clip.register_load_state_dict_post_hook(check)
try:
    clip.load_state_dict(Clip(50.0).state_dict())
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")
print(clip.limit)

# %%
# ``strict=False`` looks at neither list and returns both, as the hook left them.

clip.load_state_dict(Clip(50.0).state_dict(), strict=False)

# %%
# .. rubric:: Remember
#
# - Changed the meaning of a key? Raise ``_version`` and convert in
#   ``_load_from_state_dict``.
# - ``copy()``, ``dict()`` and comprehensions lose the versions; a deep copy keeps them.
# - A post-hook decides which missing and unexpected keys count.
