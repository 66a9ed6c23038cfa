"""
Saving a model
==============

A model is saved as its ``state_dict``: an ordered mapping from names to tensors.

By the end of this page you can predict these lines:

>>> list(model.state_dict())
['linear.weight', 'linear.bias']
>>> model.state_dict()["linear.weight"].shape
torch.Size([3, 2])
>>> torch.equal(restored.linear.weight, model.linear.weight)
True
"""

import io

import torch

# %%
# Here is a model with a single layer. You choose how many numbers go in and how
# many come out.


class MyModel(torch.nn.Module):
    def __init__(self, input_size, output_size):
        super().__init__()
        self.linear = torch.nn.Linear(input_size, output_size)

    def forward(self, x):
        return self.linear(x)


# %%
# The layer fills itself with random numbers. A seed makes them the same on each
# run, so that you can compare them with yours. ``state_dict()`` returns all that
# this model saves.

torch.manual_seed(0)
model = MyModel(2, 3)
model.state_dict()

# %%
# That is an ``OrderedDict``: it maps names to tensors and keeps their order. A name
# is a path. ``linear`` is the attribute of the model, ``weight`` and ``bias`` are
# the tensors of the layer.

for name, tensor in model.state_dict().items():
    print(name, tuple(tensor.shape))

# %%
# Both names belong to parameters, the tensors that training changes. They are not
# all that a ``state_dict`` may hold: the next page adds a buffer.

dict(model.named_parameters()).keys() == model.state_dict().keys()

# %%
# Saving the model means writing this mapping to a file. ``io.BytesIO`` is a file in
# memory; a path such as ``"model.pt"`` works the same way. The file holds the names of
# the tensors, but not the class of the model.

file = io.BytesIO()
torch.save(model.state_dict(), file)
print(b"linear.weight" in file.getvalue(), b"MyModel" in file.getvalue())

# %%
# So to read it back, build the model first, from its class. Then load the mapping into
# it.

file.seek(0)
restored = MyModel(2, 3)
restored.load_state_dict(torch.load(file))

# %%
# Every name was found on both sides. The new model now computes what the old one
# computes.

x = torch.eye(2)
torch.equal(restored(x), model(x))

# %%
# .. rubric:: Remember
#
# - ``state_dict()`` returns an ordered mapping from names to tensors.
# - A name is the path of attributes that leads to the tensor.
# - The mapping is what you save; the class is what you write again, in code.
