"""
A page
======

A page with the ways of printing that are hard to run twice.
"""

import pickle
import sys

import torch

# %%
# A class is of the script, and a whole module can be pickled.


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(2))


model = Model()
copied = pickle.loads(pickle.dumps(model))
print(type(copied))

# %%
# Both streams and the last value are shown.

print("out")
print("err", file=sys.stderr)
model.weight / 3

# %%
# See :doc:`/index` about the ``weight`` parameter.

torch.zeros(2)
