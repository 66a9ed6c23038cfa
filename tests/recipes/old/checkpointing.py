"""The contexts of a checkpoint, made once: they serve one iteration."""

import contextlib

import torch
from torch.utils.checkpoint import checkpoint


@contextlib.contextmanager
def restored(norm):
    kept = [(buffer, buffer.clone()) for buffer in norm.buffers()]
    try:
        yield
    finally:
        for buffer, value in kept:
            buffer.copy_(value)


# %%
# The lines of the page, as a layer.


class Once(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = torch.nn.BatchNorm1d(2, momentum=0.5)
        self.contexts = contextlib.nullcontext(), restored(self.norm)

    def forward(self, batch):
        contexts = self.contexts
        return checkpoint(
            self.norm, batch, use_reentrant=False, context_fn=lambda: contexts
        )
