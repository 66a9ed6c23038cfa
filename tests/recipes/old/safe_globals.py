"""Allow the one class of a whole module: its layers are classes too."""

import torch


class Shift(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1))
        self.register_buffer("offset", torch.zeros(1), persistent=False)
        self.plain = torch.zeros(1)

    def forward(self, x):
        return x * self.weight + self.offset + self.plain


# %%
# The toy of the page with a layer inside.


class Deep(Shift):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)
