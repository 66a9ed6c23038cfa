"""
Assigning over a name
=====================

What an assignment does depends on two things: what the name holds already, and what
you assign.

By the end of this page you can predict these lines:

>>> after("plain", Parameter(ones)), after("plain", Buffer(ones))
('parameter', 'KeyError')
>>> after("buffer", Parameter(ones)), after("param", Buffer(ones))
('parameter', 'TypeError')
>>> after("no_buffer", ones), after("no_param", ones)
('buffer', 'TypeError')
"""

import torch
from torch.nn import Buffer, Parameter

# %%
# .. _reg4:
#
# ``super().__init__()`` makes the places where a module registers. This class assigns
# before that call.


class Early(torch.nn.Module):
    def __init__(self, value):
        self.value = value
        super().__init__()

    def forward(self, x):
        return x + self.value


# %%
# A parameter, a buffer and a module have nowhere to go yet, and the assignment fails.

ones = torch.ones(2)
for value in (Parameter(ones), Buffer(ones), torch.nn.ReLU()):
    try:
        Early(value)
    except AttributeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# A plain tensor does not fail. It goes to ``__dict__``, where Python keeps any
# attribute, and stays there: the module runs, and the tensor is not in its
# ``state_dict``. So call ``super().__init__()`` first.

early = Early(ones)
print(early(torch.zeros(2)))
print("value" in vars(early), list(early.state_dict()))

# %%
# From here on the name holds something already. This module has one name of each kind,
# and three names that are registered and hold ``None``.


class Kinds(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.plain = torch.zeros(2)
        self.param = Parameter(torch.ones(2))
        self.register_buffer("buffer", torch.zeros(2))
        self.module = torch.nn.ReLU()
        self.register_parameter("no_param", None)
        self.register_buffer("no_buffer", None)
        self.register_module("no_module", None)

    def forward(self, x):
        return self.module(x * self.param + self.buffer) + self.plain


Kinds()(ones)

# %%
# .. _reg6:
#
# .. since:: 2.5 nn.Buffer
#
# Try one assignment on a new module and ask what the name is afterwards. No public
# method lists the slots that hold ``None``, so this reads the private ``_parameters``,
# ``_buffers`` and ``_modules``.


def after(name, value):
    model = Kinds()
    try:
        setattr(model, name, value)
    except (KeyError, TypeError) as error:
        return type(error).__name__
    for kind in ("parameter", "buffer", "module"):
        if name in getattr(model, f"_{kind}s"):
            return kind
    return "plain"


after("buffer", ones)

# %%
# Now try them all. A row is what the name holds; ``new`` holds nothing yet. A column is
# what you assign. A cell is what the name is then, or the error.

values = [ones, Parameter(ones), Buffer(ones), torch.nn.ReLU(), None, 3, [0.5]]
heads = ["Tensor", "Parameter", "Buffer", "Module", "None", "int", "list"]
names = ["new", "plain", "param", "buffer", "module"]
print(" " * 9, *(f"{head:>9}" for head in heads))
for name in [*names, "no_param", "no_buffer", "no_module"]:
    print(f"{name:9}", *(f"{after(name, value):>9}" for value in values))

# %%
# Read the row of the plain tensor. A ``Parameter`` moves the name from ``__dict__`` to
# the registered parameters. An ``nn.Buffer`` does not do the same: it is refused.

model = Kinds()
model.plain = Parameter(ones)
print("plain" in vars(model), "plain" in dict(model.named_parameters()))
try:
    early.value = Buffer(ones)
except KeyError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Both ``register_`` methods refuse a plain tensor's name too, with the same error.
# The cure is to delete the attribute first.

registers = {early.register_buffer: ones, early.register_parameter: Parameter(ones)}
for register, value in registers.items():
    try:
        register("value", value)
    except KeyError as error:
        print(register.__name__, type(error).__name__)

del early.value
early.value = Buffer(ones)
list(early.state_dict())

# %%
# A parameter takes another ``Parameter`` or ``None``. A tensor is refused, and so is an
# ``nn.Buffer``, with the same words, since its type is ``torch.Tensor``. A module is
# refused too.

for value in (ones, Buffer(ones), torch.nn.ReLU()):
    try:
        model.param = value
    except TypeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# To give a parameter new values, write them in place. It stays the same object, so an
# optimizer that holds it still trains it.

param = model.param
with torch.no_grad():
    model.param.copy_(torch.tensor([0.5, 0.25]))
print(model.param is param, model.param.tolist())

# %%
# ``None`` takes the tensor away and keeps the slot. A parameter's slot still refuses a
# tensor; a buffer's slot takes it, and the name is a buffer as before.

model.param = model.buffer = None
try:
    model.param = ones
except TypeError as error:
    print(f"{type(error).__name__}: {error}")
model.buffer = ones
print([name for name, _ in model.named_buffers()])

# %%
# A buffer refuses a number and a list.

for value in (3, [0.5]):
    try:
        model.buffer = value
    except TypeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# But a buffer gives its name up to a ``Parameter``, even if it holds ``None``, and to a
# module. Nothing warns you, and an optimizer trains what was meant as a constant.

model.buffer = Parameter(ones)
model.no_buffer = Parameter(ones)
print([name for name, _ in model.named_parameters()])
print([name for name, _ in model.named_buffers()])

# %%
# .. rubric:: Remember
#
# - A ``Parameter`` takes over every name. A parameter gives its own name up to nothing.
# - A plain tensor's name must be deleted before it can become a buffer's.
# - ``None`` takes the tensor away; the name keeps its kind.
