"""
Strict, missing, unexpected, mismatched
=======================================

By default every key must match. ``strict=False`` forgives keys that one side lacks and
nothing else, and what it left out stands only in what it returns.

By the end of this page you can predict these lines:

>>> model.load_state_dict({"module.body.bias": torch.ones(2)}, strict=False)[1]
['module.body.bias']
>>> model.body.bias.tolist(), model.head.bias.tolist()
([0.0, 0.0], [0.0, 0.0, 0.0])
"""

import copy
import warnings

import torch

# %%
# The model has a body and a head. All that it holds is zero, so that you see what a
# load changes. What it loads comes from another one, full of ones.


class Classifier(torch.nn.Module):
    def __init__(self, classes, value):
        super().__init__()
        self.body = torch.nn.Linear(2, 2)
        self.head = torch.nn.Linear(2, classes)
        for parameter in self.parameters():
            torch.nn.init.constant_(parameter, value)

    def forward(self, x):
        return self.head(self.body(x))


def biases(model):
    return model.body.bias.tolist(), model.head.bias.tolist()


model, trained = Classifier(3, value=0.0), Classifier(3, value=1.0)
print(model(torch.ones(2)).tolist(), trained(torch.ones(2)).tolist())

# %%
# .. _load2:
#
# A key that the model expects and does not find is missing. A key that it finds and
# does not expect is unexpected. Either makes a load fail, and the error lists both.

saved = trained.state_dict()
saved["scale"] = saved.pop("head.bias")
try:
    model.load_state_dict(saved)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# With ``strict=False`` the same load succeeds. It returns a named tuple that says what
# was left out; the head keeps its own bias.

model = Classifier(3, value=0.0)
result = model.load_state_dict(saved, strict=False)
print(result.missing_keys, result.unexpected_keys)
biases(model)

# %%
# It forgives keys, not shapes. A head for ten classes does not fit one for three, and
# the load fails as a strict one does.

other = Classifier(10, value=1.0).state_dict()
try:
    model.load_state_dict(other, strict=False)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Nor does it forgive a value that is not a tensor, or an argument that is not a
# mapping, such as the module itself.

for state in ({"body.bias": [1.0, 1.0]}, trained):
    try:
        model.load_state_dict(state, strict=False)
    except (RuntimeError, TypeError) as error:
        print(f"{type(error).__name__}: {error}")

# %%
# To load the body without the head, remove the keys that must not load. Then compare
# what is missing with what you removed, and you are as strict as before.

model = Classifier(3, value=0.0)
removed = [key for key in other if key.startswith("head.")]
kept = {key: other[key] for key in other if key not in removed}
assert model.load_state_dict(kept, strict=False) == (removed, [])
print(removed, biases(model))

# %%
# .. _load3:
#
# Where every saved key has a prefix that the model's keys lack, nothing matches.
# :ref:`Wrappers <sd7>` add one to each key, as this container does. A load that is not
# strict then loads nothing: no error, no warning.

model = Classifier(3, value=0.0)
wrapped = torch.nn.ModuleDict({"module": trained}).state_dict()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    result = model.load_state_dict(wrapped, strict=False)
print(len(caught), biases(model))

# %%
# Only the result tells. It has every key twice: without the prefix as missing, and with
# it as unexpected.

print(result.missing_keys)
print(result.unexpected_keys)

# %%
# So it is with a checkpoint that holds the ``state_dict`` among other things, if you
# pass all of it.

result = model.load_state_dict(
    {"model": trained.state_dict(), "epoch": 3}, strict=False
)
print(len(result.missing_keys), result.unexpected_keys, biases(model))

# %%
# A strict load shows both names in its error. Remove the prefix, and every key matches.

try:
    model.load_state_dict(wrapped)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")
unwrapped = {key.removeprefix("module."): wrapped[key] for key in wrapped}
print(model.load_state_dict(unwrapped), biases(model))

# %%
# .. _load4:
#
# A load that fails has already loaded. The error comes at the end, after all tensors
# that match were overwritten: the body is new, the head is old.

model = Classifier(3, value=0.0)
try:
    model.load_state_dict(other)
except RuntimeError:
    print(biases(model))

# %%
# The same holds for a missing key. With an unexpected one the load fails although all
# is new. If you catch the error, do not go on with the model as it is.

for state in ({"body.bias": torch.ones(2)}, {**saved, **trained.state_dict()}):
    model = Classifier(3, value=0.0)
    try:
        model.load_state_dict(state)
    except RuntimeError:
        print(biases(model))

# %%
# So keep :ref:`a snapshot <sd2>` and load it when the load fails.

model = Classifier(3, value=0.0)
snapshot = copy.deepcopy(model.state_dict())
try:
    model.load_state_dict(other)
except RuntimeError:
    model.load_state_dict(snapshot)
biases(model)

# %%
# .. rubric:: Remember
#
# - Missing: the model has the key, the file does not. Unexpected: the other way round.
# - ``strict=False`` forgives these two. Read what it returns, every time.
# - After an error the model may be half loaded. Load a snapshot, or build it again.
