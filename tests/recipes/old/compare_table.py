"""Drop a saved table that equals the computed one, bit by bit."""

import torch


class Positions(torch.nn.Module):
    def __init__(self, persistent):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(3))
        self.register_buffer("table", torch.arange(3.0), persistent=persistent)

    def forward(self, x):
        return x * self.scale + self.table


def compare_table(module, state_dict, prefix, metadata, strict, *lists):
    saved = state_dict.pop(prefix + "table", module.table)
    if not torch.equal(saved.to(module.table), module.table):
        lists[-1].append(f"{prefix}table: {saved.tolist()}")


def compared():
    model = Positions(persistent=False)
    model.register_load_state_dict_pre_hook(compare_table)
    return model
