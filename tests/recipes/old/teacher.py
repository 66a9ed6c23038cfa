"""Average the floating tensors, copy the others: a mask becomes no number."""

import copy

import torch
from torch.optim.swa_utils import AveragedModel


class Teacher(torch.nn.Module):
    def __init__(self, student):
        super().__init__()
        self.module = copy.deepcopy(student).eval().requires_grad_(False)

    def train(self, mode=True):
        return super().train(False)

    def update(self, student):
        state = student.state_dict()
        for name, ours in self.module.state_dict().items():
            if ours.is_floating_point():
                ours.lerp_(state[name], 0.5)
            else:
                ours.copy_(state[name])

    def forward(self, x):
        return self.module(x)


# %%
# A student that has what the students of the page had not.


class Masked(torch.nn.Module):
    def __init__(self):
        super().__init__()
        mask = torch.full((2, 2), -torch.inf).triu(1)
        self.register_buffer("mask", mask)
        self.register_buffer("calls", torch.tensor(0), persistent=False)

    def forward(self, x):
        self.calls += 1
        return (x + self.mask).softmax(dim=-1)


def taught():
    student = Masked()
    teacher = Teacher(student)
    teacher.update(student)
    return teacher


def averaged():
    model = Masked()
    average = AveragedModel(model, use_buffers=True)
    for _ in range(2):
        average.update_parameters(model)
    return average
