"""
Parameter or buffer: which do I need?
=====================================

Register a tensor as a parameter if the optimizer should update it, as a buffer if it
must be saved but not optimized, and as a non-persistent buffer if it only has to move
with the model.
"""

# %%
# In short
# --------
#
# .. in-short::
#
# Answer the questions about your tensor. The last answer names the kind that you need
# and links to the explanation of this kind.
#
# .. decision::
#
# Then copy the line of that kind. In this module each tensor is named for its purpose,
# and the plain tensor stays out of the computation.

import torch


class Choices(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.trained = torch.nn.Parameter(torch.ones(4))
        self.frozen = torch.nn.Parameter(torch.ones(4), requires_grad=False)
        self.register_buffer("saved", torch.ones(4))
        self.register_buffer("computed", torch.arange(4.0), persistent=False)
        self.plain = torch.ones(4)

    def forward(self, x):
        return x * self.trained * self.frozen + self.saved + self.computed


print(Choices()(torch.ones(4)))

# %%
# .. _five_kinds:
#
# What does each choice do?
# -------------------------
#
# The panel below lists the five tensors of the module with their kinds. Three of the
# tensors are in the ``state_dict``.

model = Choices()
list(model.state_dict())

# %%
# Ask the module about each tensor: would an optimizer of its parameters update the
# tensor, is the tensor in the ``state_dict``, and does the tensor move with the module?
# A cast to another dtype answers the last question without a GPU: like a move, a cast
# leaves plain tensors as they are.

model.to(torch.float64)
trained = [name for name, p in model.named_parameters() if p.requires_grad]
print("name      trained saved  moved")
for name in ("trained", "frozen", "saved", "computed", "plain"):
    moved = getattr(model, name).dtype == torch.float64
    print(f"{name:9} {name in trained!s:7} {name in model.state_dict()!s:6} {moved}")

# %%
# The plain tensor is neither optimized nor saved, and does not move with the model. Use
# plain attributes for numbers, strings and other settings, and register the tensors
# that ``forward`` uses.
#
# Does training change a buffer?
# ------------------------------
#
# The optimizer of ``parameters()`` does not, since a buffer is not in ``parameters()``.
# But the code of a module may write to its buffers, and some modules do so whenever
# they run in training mode: here ``BatchNorm2d`` updates its running statistics in
# ``forward``, before any backward pass.

# sphinx_gallery_hide_state = "norm"
norm = torch.nn.BatchNorm2d(64)
print([name for name, _ in norm.named_parameters()])
before = norm.running_mean.clone()
norm(torch.full((8, 64, 14, 14), 3.0))
print([name for name, _ in norm.named_buffers()])
print(before[0], norm.running_mean[0], norm.num_batches_tracked)

# %%
# So ask who changes the values. The optimizer updates a parameter, from its gradient.
# Code in the module or in your training loop updates a buffer.
#
# .. _train3:
#
# Frozen parameter or buffer?
# ---------------------------
#
# A parameter that is created with ``requires_grad=False`` resembles a buffer: both move
# with the module, both are in its ``state_dict``, and by default neither gets a
# gradient. But a frozen parameter is a parameter. It is counted with the others, so the
# count is 8 here, and ``requires_grad_(True)`` on the model makes it trainable. A
# buffer is neither counted nor made trainable.

# sphinx_gallery_hide_state = "model"
print(sum(p.numel() for p in model.parameters()))
model.requires_grad_(True)
print(model.frozen.requires_grad, model.saved.requires_grad)

# %%
# Freeze what may be trained later, such as pretrained weights. Use a buffer for what no
# optimizer should ever update: a fixed random matrix, the mean of a data set, a mask.
# A buffer may also hold integers or booleans. A parameter of integers raises an error
# unless it is created with ``requires_grad=False``.

try:
    torch.nn.Parameter(torch.tensor([1, 2]))
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

model.register_buffer("indices", torch.tensor([1, 2]))
print(model.indices.dtype)

# %%
# Is a position embedding a buffer?
# ---------------------------------
#
# The name is used for two things. A learned position embedding is a parameter: one
# vector for each position, updated by the optimizer like any other weight.

# sphinx_gallery_hide_state = "learned"
learned = torch.nn.Embedding(512, 64)
print([(name, tuple(p.shape)) for name, p in learned.named_parameters()])

# %%
# A fixed position encoding is given by a formula. No optimizer should update the
# table, and the constructor can compute the table again, so no file needs to hold it:
# register the table as a non-persistent buffer.


def sinusoids(length, width):
    rates = 10000.0 ** (-torch.arange(0, width, 2) / width)
    angles = torch.arange(length)[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class PositionEncoding(torch.nn.Module):
    def __init__(self, length, width):
        super().__init__()
        self.register_buffer("table", sinusoids(length, width), persistent=False)

    def forward(self, x):
        return x + self.table[: x.shape[-2]]


# %%
# The table moves with the module and is in no file. One limit: a module that is built
# on the ``meta`` device gets no values from a file for such a table, so assign the
# table again after ``to_empty``, as in :doc:`../scale/materialising`.

# sphinx_gallery_hide_state = "encoding"
encoding = PositionEncoding(512, 64)
print(encoding(torch.zeros(2, 10, 64)).shape)
print(encoding.state_dict(), encoding.double().table.dtype)

# %%
# What goes wrong with the wrong choice?
# --------------------------------------
#
# **A constant as a parameter** is updated. This layer subtracts the mean of a data set
# from each channel of an image, and one ``optimizer.step()`` already changes the mean.


# sphinx_gallery_hide_state = "centred"
class Centred(torch.nn.Module):
    def __init__(self):
        super().__init__()
        mean = torch.tensor([[[0.485]], [[0.456]], [[0.406]]])
        self.mean = torch.nn.Parameter(mean)


centred = Centred()
optimizer = torch.optim.SGD(centred.parameters(), lr=0.1)
(torch.zeros(2, 3, 32, 32) - centred.mean).mean().backward()
optimizer.step()
print(centred.mean.detach()[:, 0, 0])

# %%
# **A random draw as a non-persistent buffer** is lost: the module that loads keeps the
# numbers that it drew itself, and the load reports that all keys match. Only a
# persistent buffer brings the saved numbers back.


# sphinx_gallery_hide_state = "saver, loader"
class Projection(torch.nn.Module):
    def __init__(self, persistent):
        super().__init__()
        self.register_buffer("draw", torch.randn(2, 128), persistent=persistent)


torch.manual_seed(0)
for persistent in (False, True):
    saver, loader = Projection(persistent), Projection(persistent)
    report = loader.load_state_dict(saver.state_dict())
    print(report, torch.equal(saver.draw, loader.draw))

# %%
# **A plain tensor in a computation** does not move with the model. On a GPU the
# computation raises :ref:`an error about two devices <device1>`. After a cast there may
# be no error: model and input are ``bfloat16`` here, and the sum with the plain tensor
# is ``float32``.

model = Choices().bfloat16()
x = torch.ones(4, dtype=torch.bfloat16)
print(model(x).dtype, (model(x) + model.plain).dtype)

# %%
# What does a ``state_dict`` not save?
# ------------------------------------
#
# By default a ``state_dict`` holds parameters and persistent buffers, and nothing else:
# no plain attributes, no ``training`` flag, and not whether a parameter requires a
# gradient. A load leaves all these as the code of the new model has set them.

# sphinx_gallery_hide_state = "restored"
model = Choices().eval().requires_grad_(True)
restored = Choices()
restored.load_state_dict(model.state_dict())
print(model.training, restored.training)
print(model.frozen.requires_grad, restored.frozen.requires_grad)

# %%
# Two other ways save more. A pickle of :ref:`the whole module <pra22>` contains its
# attributes too, and :ref:`extra state <load17>` puts values of your choice into the
# ``state_dict``.

# sphinx_gallery_hide_state = "whole"
import pickle

whole = pickle.loads(pickle.dumps(model))
print(whole.training, whole.frozen.requires_grad, whole.plain)

# %%
# Check yourself
# --------------
#
# Each question is about a new module of the class ``Choices``.

model = Choices()
len(list(model.parameters())), len(list(model.buffers())), len(model.state_dict())

# %%
# .. check::
#
#    - ``(2, 2, 3)``
#    - ``(1, 3, 3)``
#    - ``(2, 2, 4)``
#
#    The frozen parameter is a parameter. ``buffers()`` returns the non-persistent
#    buffer too, and ``state_dict()`` leaves it out.

model = Choices()
model.half()
model.computed.dtype, model.plain.dtype

# %%
# .. check::
#
#    - ``(torch.float16, torch.float16)``
#    - ``(torch.float16, torch.float32)``
#    - ``(torch.float32, torch.float32)``
#
#    A non-persistent buffer is cast with its module although it is not saved. The plain
#    tensor is not registered, so the cast does not reach it.

model = Choices()
with torch.no_grad():
    model.saved += 1
optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
model(torch.ones(4)).sum().backward()
optimizer.step()
model.trained[0].item(), model.saved[0].item()

# %%
# .. check::
#
#    - ``(1.0, 2.0)``
#    - ``(0.0, 1.0)``
#    - ``(0.0, 2.0)``
#
#    The line below ``no_grad`` adds 1 to the buffer. The optimizer then subtracts the
#    gradient, a 1, from the parameter; the optimizer does not have the buffer.
#
# Remember
# --------
#
# - Updated by the optimizer: a parameter. Perhaps later: a frozen parameter.
# - Not optimized but saved, such as statistics and random draws: a buffer.
# - Not saved, since it can be computed again: a non-persistent buffer.
# - Numbers and settings: plain attributes.
#
# To train only a part of the parameters, read :doc:`../training/freezing`.
