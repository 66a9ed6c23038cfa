"""The cure that reassigns: under ``inference_mode`` it makes an inference tensor."""

import torch


class RunningMean(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(2))

    def forward(self, x):
        self.mean = (self.mean + x.mean(dim=0)) / 2
        return x - self.mean


class DetachedMean(RunningMean):
    def forward(self, x):
        self.mean = (self.mean + x.detach().mean(dim=0)) / 2
        return x - self.mean


# %%
# A use that multiplies by the buffer before the update.


class Multiplied(DetachedMean):
    def forward(self, x):
        result = x * self.mean
        super().forward(x)
        return result
