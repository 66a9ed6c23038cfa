"""
Assign to a parameter: ``cannot assign`` errors
===============================================

The name of a parameter takes only an ``nn.Parameter`` or ``None``, so keep a value that
``forward`` computes in a local variable. To give a parameter new values, copy them into
the parameter under ``torch.no_grad()``.
"""

# %%
# .. folded:: The hidden states of an encoder, and values for 13 scores

import torch

torch.manual_seed(0)
hidden = torch.randn(13, 4, 16, 768)
values = torch.arange(13.0)

# %%
# In short
# --------
#
# .. in-short:: hidden, values
#
# ``LayerMix`` averages the 13 hidden states with weights that it learns. ``forward``
# assigns the softmax of the scores to the local name ``weights``, not to
# ``self.scores``. The last lines write new values into the parameter, which stays the
# same object.

import torch


class LayerMix(torch.nn.Module):
    def __init__(self, layers=13):
        super().__init__()
        self.scores = torch.nn.Parameter(torch.zeros(layers))

    def forward(self, hidden):
        weights = self.scores.softmax(dim=0)
        return (weights[:, None, None, None] * hidden).sum(dim=0)


model = LayerMix()
with torch.no_grad():
    model.scores.copy_(values)
print(model(hidden).shape)

# %%
# .. _pra21:
#
# Why does ``self.scores = softmax(self.scores)`` raise an error?
# ---------------------------------------------------------------
#
# ``scores`` is the name of a parameter, and what ``softmax`` returns is a tensor and no
# ``Parameter``. The message names the type of this tensor: ``torch.FloatTensor`` for
# ``float32``, ``torch.BFloat16Tensor`` for ``bfloat16``.


class Assigned(LayerMix):
    def forward(self, hidden):
        self.scores = self.scores.softmax(dim=0)
        return (self.scores[:, None, None, None] * hidden).sum(dim=0)


for dtype in (torch.float32, torch.bfloat16):
    try:
        Assigned().to(dtype)(hidden.to(dtype))
    except TypeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# If ``forward`` wraps the result in ``nn.Parameter``, there is no error, but the scores
# are no longer trained: each call makes a new parameter. ``trained`` is the parameter
# that the optimizer has.


class Wrapped(LayerMix):
    def forward(self, hidden):
        self.scores = torch.nn.Parameter(self.scores.softmax(dim=0))
        return (self.scores[:, None, None, None] * hidden).sum(dim=0)


# sphinx_gallery_hide_state = "model"
model = Wrapped()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
trained = optimizer.param_groups[0]["params"][0]
print(model.scores is trained)

# %%
# The gradient goes to the new parameter, and the parameter of the optimizer gets none.
# The step changes nothing, and no error says so.

model(hidden).mean().backward()
optimizer.step()
print(model.scores is trained, trained.grad, model.scores.grad.shape)

# %%
# .. identity:: trained, model.scores
#
#    ``trained`` was taken from the optimizer before the call.
#
# The second way to get rid of the error, writing the result into the parameter,
# destroys the scores. Each call replaces them by their softmax, also in evaluation
# mode: after four calls the score of the last layer, 12 at first, is nearly 1/13, and
# so are the other scores.


class Overwritten(LayerMix):
    def forward(self, hidden):
        with torch.no_grad():
            self.scores.copy_(self.scores.softmax(dim=0))
        return (self.scores[:, None, None, None] * hidden).sum(dim=0)


model = Overwritten().eval()
with torch.no_grad():
    model.scores.copy_(values)
for _ in range(4):
    model(hidden)
    print(f"{model.scores[0].item():.4f} {model.scores[-1].item():.4f}")

# %%
# How do I give a parameter new values?
# -------------------------------------
#
# Values from outside, such as a table of word vectors, are a tensor too, and the
# assignment raises the same error.

# sphinx_gallery_hide_state = "embedding, linear"
embedding = torch.nn.Embedding(10_000, 300)
table = torch.zeros(10_000, 300, dtype=torch.float64)
try:
    embedding.weight = table
except TypeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# ``copy_`` under ``torch.no_grad()`` writes the values into the parameter and converts
# them to the ``dtype`` of the parameter. The parameter stays the same object, so an
# optimizer that was created before trains it. Compare the shapes first: ``copy_``
# broadcasts, and one row fills the whole table without an error.

weight = embedding.weight
with torch.no_grad():
    embedding.weight.copy_(table)
    print(embedding.weight is weight, embedding.weight.dtype)
    embedding.weight.copy_(torch.ones(300))
print(embedding.weight.shape, embedding.weight.sum().item())

# %%
# A new ``Parameter`` may be assigned, with another shape or ``dtype`` too. Create the
# optimizer after this assignment, since an optimizer :ref:`refers to parameter objects
# <move3>`.

embedding.weight = torch.nn.Parameter(table[:5000])
print(embedding.weight is weight, embedding.weight.dtype, embedding.weight.shape)

# %%
# .. _reg6:
#
# What can I assign to which name?
# --------------------------------
#
# .. since:: 2.5 nn.Buffer
#
# A name that is registered keeps its kind for ``None``. For other values it depends on
# the kind of the name and on the type of the value, as the table shows. The module of
# the table has a name of each kind, three names that are registered with the value
# ``None``, and ``constant``, an attribute of the class.
#
# .. folded:: The module of the table

from torch.nn import Buffer, Parameter


class Kinds(torch.nn.Module):
    constant = 3

    def __init__(self):
        super().__init__()
        self.plain = torch.zeros(2)
        self.param = Parameter(torch.ones(2))
        self.register_buffer("buffer", torch.zeros(2))
        self.module = torch.nn.ReLU()
        self.register_parameter("no_param", None)
        self.register_buffer("no_buffer", None)
        self.register_module("no_module", None)


kinds, ones = Kinds(), torch.ones(2)
list(kinds.state_dict())

# %%
# The next function tries one assignment on a new module and returns the kind that the
# name has afterwards, or the error. No public method lists the names that are
# registered with ``None``, so the function reads the private ``_parameters``,
# ``_buffers`` and ``_modules``.


def after(name, value):
    kinds = Kinds()
    try:
        setattr(kinds, name, value)
    except (KeyError, TypeError) as error:
        return type(error).__name__
    for kind in ("parameter", "buffer", "module"):
        if name in getattr(kinds, f"_{kind}s"):
            return kind
    return "plain"


after("buffer", ones)

# %%
# A row of the table is a name, and ``new`` is a name that the module does not have. A
# column is the value that is assigned.

given = [ones, Parameter(ones), Buffer(ones), torch.nn.ReLU(), None, 3, [0.5]]
heads = ["Tensor", "Parameter", "Buffer", "Module", "None", "int", "list"]
names = ["new", "plain", "param", "buffer", "module"]
print(" " * 9, *(f"{head:>9}" for head in heads))
for name in [*names, "no_param", "no_buffer", "no_module", "constant"]:
    print(f"{name:9}", *(f"{after(name, value):>9}" for value in given))

# %%
# The name of a parameter raises the error for an ``nn.Buffer`` and for a module too. An
# ``nn.Buffer`` is a plain tensor with a mark, so the message says
# ``torch.FloatTensor``. The name of a submodule takes a module, a ``Parameter`` or
# ``None``. A function raises an error, and so does a class without its parentheses,
# such as ``Identity`` in the last line.

# sphinx_gallery_hide_state = "network"
network = torch.nn.Sequential(torch.nn.Linear(512, 10))
network.head = torch.nn.Linear(10, 10)
for module, name, value in (
    (network[0], "bias", Buffer(torch.zeros(10))),
    (network[0], "bias", torch.nn.ReLU()),
    (network, "head", torch.nn.Identity),
):
    try:
        setattr(module, name, value)
    except TypeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# .. _assign1:
#
# To put a function in the place of a layer, assign a module that computes the function.
# To skip the layer, assign ``Identity``.

import torch

network = torch.nn.Sequential(torch.nn.Linear(512, 64))
network.head = torch.nn.Linear(64, 10)
network.head = torch.nn.ReLU()
network.head = torch.nn.Identity()
print(network(torch.ones(8, 512)).shape)

# %%
# Which assignments change the kind of a name?
# --------------------------------------------
#
# An assigned ``Parameter`` replaces the buffer, the submodule or the plain attribute of
# that name, and an assigned module replaces a buffer or a plain attribute. No warning
# says so, and an optimizer that is created afterwards trains what was meant as a
# constant. A buffer with the value ``None`` is replaced too.

# sphinx_gallery_card
kinds.plain = Parameter(ones)
kinds.buffer = Parameter(ones)
kinds.no_buffer = Parameter(ones)
print([name for name, _ in kinds.named_parameters()], list(kinds.buffers()))

# %%
# ``None`` takes the tensor away, and the name keeps its kind: a layer whose bias is
# ``None`` computes without a bias, and only a ``Parameter`` can be its bias again. A
# buffer that is ``None`` takes a tensor and :ref:`is saved or not saved as before
# <reg7>`.

# sphinx_gallery_hide_state = "linear, norm"
linear, norm = torch.nn.Linear(768, 768), torch.nn.BatchNorm2d(64)
linear.bias = norm.running_mean = None
norm.running_mean = torch.zeros(64)
print(list(linear.state_dict()), "running_mean" in norm.state_dict())
try:
    linear.bias = torch.zeros(768)
except TypeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# .. _assign2:
#
# A number or a list cannot be the value of a buffer: the assignment raises an error.

for value in (0.5, [0.5]):
    try:
        norm.running_mean = value
    except TypeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# .. _assign3:
#
# Write the number into the buffer with ``fill_``, or assign a tensor. The assignment
# compares neither the shape nor the ``dtype`` with those of the old tensor, so give
# both.

import torch

norm = torch.nn.BatchNorm2d(64)
norm.running_mean.fill_(0.5)
norm.num_batches_tracked = torch.tensor(0, dtype=torch.int64)
print(norm.running_mean.shape, norm.num_batches_tracked)

# %%
# .. _assign4:
#
# Why does the name already exist?
# --------------------------------
#
# An ``nn.Buffer`` that is assigned to a plain attribute raises ``KeyError``, and so do
# ``register_buffer`` and ``register_parameter`` with the name of a plain attribute. An
# assigned ``Parameter`` does not.

# sphinx_gallery_hide_state = "layer"
layer = torch.nn.Linear(768, 10)
layer.scale = torch.ones(10)
for register, value in (
    (layer.__setattr__, Buffer(torch.ones(10))),
    (layer.register_buffer, torch.ones(10)),
    (layer.register_parameter, Parameter(torch.ones(10))),
):
    try:
        register("scale", value)
    except KeyError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# .. _assign5:
#
# Delete the plain attribute, or better the line that assigned it, and register the
# buffer after that.

import torch

layer = torch.nn.Linear(768, 10)
layer.scale = torch.ones(10)
del layer.scale
layer.register_buffer("scale", torch.ones(10))
print(list(layer.state_dict()))

# %%
# The name of a class attribute, a method or a property raises ``KeyError`` for a
# ``Parameter`` too: choose another name. A module is registered under the name of a
# class attribute without an error and is never used, since a read finds the attribute
# of the class.

# sphinx_gallery_hide_state = "kinds"
kinds = Kinds()
for name in ("constant", "forward"):
    try:
        setattr(kinds, name, Parameter(ones))
    except KeyError as error:
        print(f"{type(error).__name__}: {error}")
kinds.constant = torch.nn.ReLU()
print([name for name, _ in kinds.named_children()], kinds.constant)

# %%
# The setter of a property runs for a plain tensor and not for a ``Parameter``. The
# ``weight`` of a parametrized layer is such a property: its setter computes the values
# of ``original0`` and ``original1`` from the tensor.

# sphinx_gallery_hide_state = "normed"
normed = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(768, 10))
normed.weight = torch.ones(10, 768)
print([name for name, _ in normed.named_parameters()], normed.weight.shape)
try:
    normed.weight = Parameter(torch.ones(10, 768))
except KeyError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# .. _reg4:
#
# Why call ``super().__init__()`` first?
# --------------------------------------
#
# ``super().__init__()`` creates the dictionaries in which a module registers. Before
# this call the assignment of a parameter, a buffer or a module raises an error.


class Early(torch.nn.Module):
    def __init__(self, value):
        self.value = value
        super().__init__()

    def forward(self, x):
        return x + self.value


for value in (Parameter(ones), Buffer(ones), torch.nn.ReLU()):
    try:
        Early(value)
    except AttributeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# A plain tensor raises no error. It is a plain attribute afterwards: the module runs,
# and the ``state_dict`` does not have the tensor.

# sphinx_gallery_hide_state = "early"
early = Early(ones)
print(early(torch.zeros(2)), "value" in vars(early), list(early.state_dict()))

# %%
# .. _assign6:
#
# Call ``super().__init__()`` in the first line of ``__init__``.

import torch


class Scale(torch.nn.Module):
    def __init__(self, size=768):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(size))

    def forward(self, x):
        return x * self.weight


print(list(Scale().state_dict()))

# %%
# Check yourself
# --------------
#
# Each question begins with a new module.

model = LayerMix()
scores = model.scores
with torch.no_grad():
    model.scores.copy_(values)
copied = model.scores is scores
model.scores = torch.nn.Parameter(values)
copied, model.scores is scores

# %%
# .. check::
#
#    - ``(True, True)``
#    - ``(True, False)``
#    - ``(False, False)``
#
#    ``copy_`` writes into the parameter that is there. The assignment registers another
#    parameter, which an optimizer that exists already does not have.

norm = torch.nn.BatchNorm2d(64)
norm.running_mean = torch.nn.Parameter(torch.zeros(64))
len(list(norm.parameters())), len(list(norm.buffers()))

# %%
# .. check::
#
#    - ``(2, 3)``
#    - ``(3, 3)``
#    - ``(3, 2)``
#
#    The layer has two parameters and three buffers at first. The ``Parameter`` replaces
#    the buffer ``running_mean``, without a warning.

linear = torch.nn.Linear(768, 10)
linear.bias = None
"bias" in vars(linear), list(linear.state_dict())

# %%
# .. check::
#
#    - ``(True, ['weight'])``
#    - ``(False, ['weight'])``
#    - ``(False, ['weight', 'bias'])``
#
#    The name is still that of a parameter and no plain attribute. A parameter that is
#    ``None`` has no key in the ``state_dict``.
#
# Remember
# --------
#
# - A value that ``forward`` computes belongs into a local variable.
# - New values for a parameter: ``copy_`` under ``torch.no_grad()``, after a look at the
#   shapes.
# - A ``Parameter`` or a module replaces a buffer of the same name without a warning.
# - ``KeyError: attribute '…' already exists``: the name belongs to a plain attribute,
#   to the class, or to something that is registered as another kind.
#
# If ``forward`` computes a new value for a buffer, such as a running mean,
# :doc:`/gallery/training/in_place_or_reassign` has the two ways to store it.
