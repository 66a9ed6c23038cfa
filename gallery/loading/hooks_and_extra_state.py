"""
Hooks and extra state
=====================

A ``state_dict`` can hold more than tensors: a module adds its extra state under a key
of its own, and a hook changes the dictionary before you get it.

By the end of this page you can predict these lines:

>>> list(model.state_dict())
['0.weight', '0._extra_state']
>>> restored(torch.tensor([0.0, 1.0]))
'dog'
"""

import copy
import io
import pickle
from fractions import Fraction

import torch

# %%
# .. _load17:
# .. since:: 1.10 Module.get_extra_state
#
# This layer answers with a label. The labels are strings, so no buffer can hold them.
# What ``get_extra_state`` returns is saved beside the tensors, and a load gives it to
# ``set_extra_state``.


class Labelled(torch.nn.Linear):
    def __init__(self, *labels):
        super().__init__(2, len(labels), bias=False)
        self.labels = labels

    def forward(self, x):
        return self.labels[super().forward(x).argmax()]

    def get_extra_state(self):
        return self.labels

    def set_extra_state(self, labels):
        self.labels = labels


torch.manual_seed(0)
model = torch.nn.Sequential(Labelled("cat", "dog"))
list(model.state_dict())

# %%
# The key is ``_extra_state`` after the prefix of the module. A file keeps the labels
# with the weights, so a model that was built with other labels gets the saved ones.


def reread(state):
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file)


torch.nn.init.eye_(model[0].weight)
restored = torch.nn.Sequential(Labelled("no", "yes"))
restored.load_state_dict(reread(model.state_dict()))
restored(torch.tensor([0.0, 1.0]))

# %%
# A strict load checks this key as it checks the others. If the module has extra state
# and the ``state_dict`` has none, the key is missing. If it is the other way round, the
# key is unexpected.

plain = torch.nn.Sequential(torch.nn.Linear(2, 2, bias=False))
for target, source in ((model, plain), (plain, model)):
    try:
        target.load_state_dict(source.state_dict())
    except RuntimeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# .. since:: 2.6 torch.load(weights_only=True)
#
# ``torch.load`` reads tensors and simple types, such as strings, numbers, tuples and
# dictionaries. :ref:`Most other classes it refuses <load15>`: labels that are fractions
# are written to the file and are not read back by default.

shares = Labelled(Fraction(1, 2), Fraction(1, 4))
try:
    reread(shares.state_dict())
except pickle.UnpicklingError as error:
    print(f"{type(error).__name__}: {str(error).partition('.')[0]}")
    print(str(error).splitlines()[3].strip().partition(". ")[0])

# %%
# So return simple values, and build the objects again from what comes back.


class Shares(Labelled):
    def get_extra_state(self):
        return [label.as_integer_ratio() for label in self.labels]

    def set_extra_state(self, ratios):
        self.labels = [Fraction(*ratio) for ratio in ratios]


shares, restored_shares = Shares(Fraction(1, 2), Fraction(1, 4)), Shares(0, 0)
torch.nn.init.eye_(shares.weight)
restored_shares.load_state_dict(reread(shares.state_dict()))
restored_shares(torch.tensor([0.0, 1.0]))

# %%
# .. _sd8:
#
# A hook can change what ``state_dict()`` returns. The old way is the private
# ``_register_state_dict_hook``, whose hook may return another dictionary. The layer
# itself uses that; a model that holds the layer ignores it.


def dtypes(layer):
    models = (layer, torch.nn.Sequential(layer))
    return [value.dtype for model in models for value in model.state_dict().values()]


def halved(module, state, prefix, metadata):
    return {key: value.half() for key, value in state.items()}


layer = torch.nn.Linear(1, 1, bias=False)
handle = layer._register_state_dict_hook(halved)
dtypes(layer)

# %%
# .. since:: 2.5 Module.register_state_dict_post_hook
#
# The public method adds a post-hook, which must not return a dictionary.

handle.remove()
handle = layer.register_state_dict_post_hook(halved)
try:
    layer.state_dict()
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# It changes the one that it gets, in place. Keys of other modules may be in there too,
# so leave alone what does not begin with the prefix. The model obeys this hook as well.


def halve(module, state, prefix, metadata):
    for key in state:
        if key.startswith(prefix):
            state[key] = state[key].half()


handle.remove()
handle = layer.register_state_dict_post_hook(halve)
dtypes(layer)

# %%
# A deep copy has the hooks too. Removing one from the layer leaves it in the copy.

copied = copy.deepcopy(layer)
handle.remove()
print(dtypes(layer), dtypes(copied))

# %%
# .. since:: 2.0 Module.register_state_dict_pre_hook
#
# A pre-hook runs first. This one writes a number into a buffer, so that it is saved.

layer.steps = 3
layer.register_buffer("saved", torch.tensor(0))
layer.register_state_dict_pre_hook(lambda module, *_: module.saved.fill_(module.steps))
layer.state_dict()["saved"]

# %%
# .. rubric:: Remember
#
# - Extra state is for what is no tensor. Let it return simple values.
# - A post-hook changes the ``state_dict`` in place and returns nothing.
# - A deep copy copies the hooks.
