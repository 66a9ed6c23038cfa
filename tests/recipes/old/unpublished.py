"""Faults that no page had: for each of them a trial has a sentence of its own."""

import copy

import torch


class Shift(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(2))

    def forward(self, x):
        return x + self.weight


class Cut(Shift):
    def forward(self, x):
        return x.detach() + self.weight


class Unused(Shift):
    def forward(self, x):
        return 2 * x


class Sharing(Shift):
    def __deepcopy__(self, memo):
        return copy.copy(self)


class Forgotten(Shift):
    def __init__(self):
        super().__init__()
        self.register_buffer("table", torch.ones(2), persistent=False)

    def forward(self, x):
        return x * self.table + self.weight


class Plain(Shift):
    def __init__(self):
        super().__init__()
        self.plain = torch.ones(2)

    def forward(self, x):
        return x * self.plain + self.weight


class Emptied(Shift):
    def _load_from_state_dict(self, state_dict, prefix, *args):
        super()._load_from_state_dict(state_dict, prefix, *args)
        if prefix + "weight" not in state_dict:
            self.weight = None


class Narrow(Shift):
    def forward(self, x):
        return x @ torch.eye(2) + self.weight


class Held(Shift):
    def __init__(self):
        super().__init__()
        self.held = [self.weight]

    def forward(self, x):
        return x + self.held[0]


class Remembering(Shift):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.ones(2))

    def forward(self, x):
        if not self.training:
            self.mean = x.mean(dim=0)
        return x * self.mean + self.weight
