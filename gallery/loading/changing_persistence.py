"""
Changing persistence without breaking checkpoints
=================================================

A buffer that is no longer saved leaves old files with a key too many, which the module
itself can take out while it loads.

By the end of this page you can predict these lines:

>>> Positions(persistent=False).load_state_dict({"scale": torch.ones(3)})
<All keys matched successfully>
>>> Tolerant().load_state_dict({"scale": torch.ones(3), "table": torch.zeros(3)})
<All keys matched successfully>
>>> list(Tolerant().state_dict())
['scale']
"""

import torch

# %%
# The module adds positions, a table that its code can compute. Whether the table is
# saved depends on the version of the code; what the module computes does not.


class Positions(torch.nn.Module):
    def __init__(self, persistent):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(3))
        self.register_buffer("table", torch.arange(3.0), persistent=persistent)

    def forward(self, x):
        return x * self.scale + self.table


old, new = Positions(persistent=True), Positions(persistent=False)
print(torch.equal(old(torch.ones(3)), new(torch.ones(3))))
print(list(old.state_dict()), list(new.state_dict()))

# %%
# .. _load7:
#
# .. since:: 1.6 persistent
#
# The new code does not expect the key that old files have. A file that the old code
# wrote no longer loads.

try:
    new.load_state_dict(old.state_dict())
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# The old code meets the opposite in a new file: the key is missing. Where the old code
# still runs, it cannot read what the new code saves.

try:
    old.load_state_dict(new.state_dict())
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# ``strict=False`` loads both, and also a file that is wrong. Here a misspelt key leaves
# the scale as it is, and nothing fails.

wrong = {"scales": torch.zeros(3), "table": torch.arange(3.0)}
print(new.load_state_dict(wrong, strict=False))
new.scale.tolist()

# %%
# .. since:: 2.5 register_load_state_dict_pre_hook
#
# Instead, let the module forgive this one key. A hook runs just before the module loads
# its part and may change the mapping. ``prefix`` is the path that leads to the module.


def drop_table(module, state_dict, prefix, *args):
    state_dict.pop(prefix + "table", None)


class Tolerant(Positions):
    def __init__(self):
        super().__init__(persistent=False)
        self.register_load_state_dict_pre_hook(drop_table)


# %%
# Old and new files load, and a load is strict again: only the misspelt key fails.

for state in (old.state_dict(), new.state_dict(), wrong):
    try:
        print(Tolerant().load_state_dict(state))
    except RuntimeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# The same works deep inside a model, under the prefix that the place gives.


def nested(module):
    return torch.nn.Sequential(torch.nn.Sequential(module), torch.nn.Linear(3, 1))


torch.manual_seed(0)
model, saved = nested(Tolerant()), nested(old).state_dict()
print(list(saved))
print(model.load_state_dict(saved))
model(torch.ones(3)).shape

# %%
# The mapping that the hook changes is a copy. Yours keeps its key.

"0.0.table" in saved

# %%
# Before 2.5, and in a class that must run with older releases, override the private
# ``_load_from_state_dict``. It gets the same mapping and the same prefix.


class Older(Positions):
    def _load_from_state_dict(self, state_dict, prefix, *args):
        state_dict.pop(prefix + "table", None)
        super()._load_from_state_dict(state_dict, prefix, *args)


for module, state in ((Older(False), old.state_dict()), (nested(Older(False)), saved)):
    print(module.load_state_dict(state), tuple(module(torch.ones(3)).shape))

# %%
# A key that is dropped is not compared. If the file was written with another table, the
# module now computes something else, and nobody is told.

shifted = old.state_dict() | {"table": torch.arange(3.0) + 1}
model = Tolerant()
print(model.load_state_dict(shifted), model.table.tolist())

# %%
# So drop only what is equal. A hook may add its own complaint to the list of errors,
# which the load then raises.


def compare_table(module, state_dict, prefix, metadata, strict, *lists):
    saved = state_dict.pop(prefix + "table", module.table)
    if not torch.equal(saved.to(module.table), module.table):
        lists[-1].append(f"{prefix}table: {saved.tolist()}")


model = Positions(persistent=False)
model.register_load_state_dict_pre_hook(compare_table)
for state in (old.state_dict(), shifted):
    try:
        print(model.load_state_dict(state))
    except RuntimeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# The way back, from non-persistent to persistent, makes the key missing in older files.
# A hook adds it, with the module's own value. A file that has the key loads as usual.


def add_table(module, state_dict, prefix, *args):
    state_dict.setdefault(prefix + "table", module.table)


model = Positions(persistent=True)
model.register_load_state_dict_pre_hook(add_table)
for state in (new.state_dict(), shifted):
    print(model.load_state_dict(state), model.table.tolist())

# %%
# .. since:: 2.5 nn.Buffer
#
# Persistence can also change by accident, since :ref:`an nn.Buffer brings its own
# <reg7>`. One that replaces the table is saved from then on. Assign an ordinary tensor:
# the name then keeps what it had.

for table in (torch.nn.Buffer(torch.arange(3.0)), torch.arange(3.0)):
    model = Positions(persistent=False)
    model.table = table
    print(list(model.state_dict()))

# %%
# .. rubric:: Remember
#
# - To stop saving a buffer breaks old files in new code, and new files in old code.
# - Drop the key in a hook. ``strict=False`` would forgive every other one as well.
# - What you drop is not compared: first make sure that the code computes it.
