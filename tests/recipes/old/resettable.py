"""Call ``reset_parameters`` where there is one: some layers have none."""

import torch


def reset(model):
    for module in model.modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()


# %%
# A layer with a table of its own, and one of torch without ``reset_parameters``.


class Attention(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(2, 2)
        self.attention = torch.nn.MultiheadAttention(2, 1)

    def forward(self, x):
        first = self.first(x)
        return self.attention(first, first, first)[0]
