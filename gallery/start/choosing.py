"""
Which one do I need?
====================

Ask three questions of a tensor: should training change it, should it be saved, and
should it move with the model?

By the end of this page you can predict these lines:

>>> [name for name, p in model.named_parameters() if p.requires_grad]
['trained', 'frozen']
>>> list(model.state_dict())
['trained', 'frozen', 'saved']
>>> sum(p.numel() for p in model.parameters())
8
"""

import math

import torch

# %%
# .. decision::
#
# Here are all five answers in one module. Each tensor has four elements, and its name
# says what it is for.


class Choices(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.trained = torch.nn.Parameter(torch.zeros(4))
        self.frozen = torch.nn.Parameter(torch.zeros(4), requires_grad=False)
        self.register_buffer("saved", torch.zeros(4))
        self.register_buffer("computed", torch.zeros(4), persistent=False)
        self.plain = torch.zeros(4)

    def forward(self, x):
        return x + self.trained + self.frozen + self.saved + self.computed


model = Choices()
model(torch.ones(4))

# %%
# .. _five_kinds:
#
# Ask the module. Cast it, which reaches the tensors that a move reaches, then see for
# each tensor whether an optimizer would change it, whether it is saved, and whether it
# moved.

model.to(torch.float64)
trained = [name for name, p in model.named_parameters() if p.requires_grad]
print("name      trained saved  moved")
for name in ("trained", "frozen", "saved", "computed", "plain"):
    moved = getattr(model, name).dtype == torch.float64
    print(f"{name:9} {name in trained!s:7} {name in model.state_dict()!s:6} {moved}")

# %%
# Read it from the bottom. A plain tensor does nothing of the three: keep it for values
# that never meet the model's own tensors. What must move but can be computed again is
# a non-persistent buffer. What must be saved but is not trained is a buffer.
#
# A buffer is not a second kind of parameter. ``parameters()`` does not return it, and
# it does not count as one: the two parameters have four elements each.

sum(p.numel() for p in model.parameters())

# %%
# .. _train3:
#
# A frozen parameter looks like a buffer: it is saved, it moves, and nothing trains it.
# But it is still a parameter. Whoever unfreezes the model unfreezes it too, while the
# buffer stays what it is.

model.requires_grad_(True)
print(model.frozen.requires_grad, model.saved.requires_grad)

# %%
# Freeze a parameter that may be trained later, such as pretrained weights. For a value
# that must never be trained use a buffer. A buffer may also hold integers, which a
# parameter refuses unless you say ``requires_grad=False``.

try:
    torch.nn.Parameter(torch.tensor([1, 2]))
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

torch.nn.BatchNorm1d(1).num_batches_tracked.dtype

# %%
# "Position embedding" names two different things, which is why it is a poor example of
# a buffer. A learned one is a parameter: training changes it.

torch.manual_seed(0)
learned = torch.nn.Embedding(4, 2)
[name for name, _ in learned.named_parameters()]

# %%
# A fixed one is a table that a formula gives. Training must not change it, and any
# program can compute it again: a non-persistent buffer.


class Sinusoidal(torch.nn.Module):
    def __init__(self, length):
        super().__init__()
        angle = torch.arange(length) * math.pi / 2
        table = torch.stack([angle.sin(), angle.cos()], dim=1).round()
        self.register_buffer("table", table, persistent=False)

    def forward(self, x):
        return x + self.table[: len(x)]


fixed = Sinusoidal(4)
print(fixed(torch.zeros(2, 2)))
print(list(fixed.state_dict()))

# %%
# Some things are never saved, whatever you choose: plain tensors, numbers, the
# ``training`` flag, and whether a parameter requires a gradient. A new model answers as
# its own code says.

model.eval()
restored = Choices()
restored.load_state_dict(model.state_dict())
print(model.training, restored.training)
print(model.frozen.requires_grad, restored.frozen.requires_grad)

# %%
# .. rubric:: Remember
#
# - Trained: a parameter. Trained perhaps later: a frozen parameter.
# - Not trained but saved: a buffer. Not even saved: a non-persistent buffer.
# - Neither trained nor saved nor moved: a plain attribute.
#
# Back to the start: :doc:`saving_a_model`
