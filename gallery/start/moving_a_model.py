"""
Move a model to the GPU: ``.to(device)``
========================================

``model.to(device)`` moves the parameters and the buffers of the model; the result need
not be assigned. A plain tensor attribute stays where it is, so register it as a buffer.
"""

# %%
# .. folded:: A model with a parameter and a buffer, and an input

import torch


class MyModel(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("my_buffer", torch.randn(2, 3))
        self.param = torch.nn.Parameter(torch.rand(2, 3))

    def forward(self, x):
        return x * self.param + self.my_buffer


torch.manual_seed(0)
model, x = MyModel(), torch.ones(2, 3)

# %%
# In short
# --------
#
# .. in-short:: model, x
#
# Choose the device once. Move the model with a line of its own, and assign what the
# ``to`` of a tensor returns. The script then runs on a machine with a GPU and on a
# machine without one.

# sphinx_gallery_hide_state
import torch

device = "cuda" if torch.cuda.is_available() else "cpu"
model.to(device)
x = x.to(device)
print(model(x).device.type == device)

# %%
# What does ``model.to(device)`` move?
# ------------------------------------
#
# All parameters and all buffers, also the ones in the layers of the model.
# ``model.cuda()`` moves them too, but raises an error on a machine without a GPU.
#
# To show a change on every machine, the next cell asks for another data type as well.
# This changes the tensors that a move changes, except :ref:`integers and booleans
# <move4>`.

# sphinx_gallery_card
assert model.param.device.type == model.my_buffer.device.type == device
model.to(device, torch.float64)
print(model.param.dtype, model.my_buffer.dtype)

# %%
# Why ``x = x.to(device)``, but only ``model.to(device)``?
# --------------------------------------------------------
#
# The ``to`` of a module changes the module and returns the same module. The ``to`` of a
# tensor does not change the tensor: it returns another tensor if the device or the data
# type is another one. Without the assignment ``x`` stays as it was.

print(model.to(device) is model)
x.to(torch.float64)
print(x.dtype)
x = x.to(torch.float64)
print(x.dtype)

# %%
# Why does a plain tensor stay where it is?
# -----------------------------------------
#
# ``to`` goes through the registered tensors, and a tensor that is only assigned to an
# attribute is not registered. The move itself raises no error. The error comes when
# ``forward`` uses the plain tensor together with a tensor that was moved or cast.


class PlainModel(MyModel):
    def __init__(self):
        super().__init__()
        self.plain = torch.eye(3)

    def forward(self, x):
        return super().forward(x) @ self.plain


left = PlainModel().to(torch.float64)
try:
    left(torch.ones(2, 3, dtype=torch.float64))
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Sometimes there is no error, and the result has another data type: a sum of
# ``bfloat16`` and ``float32`` is ``float32``. Both models of the next cell are cast to
# ``bfloat16``; the plain tensor of the second model makes its result ``float32``.


class PlainSum(MyModel):
    def __init__(self):
        super().__init__()
        self.plain = torch.zeros(2, 3)

    def forward(self, x):
        return super().forward(x) + self.plain


# sphinx_gallery_hide_state
half = torch.ones(2, 3, dtype=torch.bfloat16)
print(MyModel().to(torch.bfloat16)(half).dtype)
print(PlainSum().to(torch.bfloat16)(half).dtype)

# %%
# .. _device1:
#
# What does ``Expected all tensors to be on the same device`` mean?
# -----------------------------------------------------------------
#
# One tensor of a computation is on the GPU, and another tensor is on the CPU. The cells
# below show the message on every machine, with fake tensors: they have a device but no
# values, and nothing is computed. ``FakeTensorMode`` is a private part of torch.

from torch._subclasses.fake_tensor import FakeTensorMode


class Normalise(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(3))
        self.scale = torch.ones(3)

    def forward(self, x):
        return (x - self.mean) * self.scale


# %%
# The buffer ``mean`` moves to ``cuda:0``, and the plain tensor ``scale`` stays on the
# CPU. Some functions say the same in other words.

with FakeTensorMode():
    x_gpu = torch.ones(2, 3, device="cuda:0")
    try:
        Normalise().to("cuda:0")(x_gpu)
    except RuntimeError as error:
        print(f"{RuntimeError.__name__}: {error}")

# %%
# How do I make a plain tensor move?
# ----------------------------------
#
# Register it as a buffer. With ``persistent=False`` the buffer moves with the model and
# is not saved, so files that were saved before still load. (Models that are built with
# ``to_empty`` have to :ref:`compute such a buffer again <meta4>`.)


class Registered(MyModel):
    def __init__(self):
        super().__init__()
        self.register_buffer("plain", torch.eye(3), persistent=False)

    def forward(self, x):
        return super().forward(x) @ self.plain


registered = Registered().to(device, torch.float64)
assert registered.plain.device.type == device
print(registered(x).dtype, list(registered.state_dict()))

# %%
# What else has to be on the device?
# ----------------------------------
#
# Each input, each target, and a loss with class weights: such a loss is a module too,
# and its ``weight`` :ref:`is a buffer <pra20>`.

loss_function = torch.nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 1.0]))
loss_function.to(device, torch.float64)
labels = torch.tensor([0, 2]).to(device)
loss = loss_function(registered(x), labels)
assert loss.device.type == device
print([name for name, _ in loss_function.named_buffers()], loss.dtype)

# %%
# By default ``torch.load`` puts each tensor on the device where the tensor was when it
# was saved. ``torch.load(path, map_location=device)`` :ref:`puts it on another device
# <res7>`.
#
# Check yourself
# --------------
#
# Each question begins with a new model on the CPU.

model = PlainModel()
model.to(torch.float64)
model.param.dtype, model.plain.dtype

# %%
# .. check::
#
#    - ``(torch.float64, torch.float64)``
#    - ``(torch.float64, torch.float32)``
#    - ``(torch.float32, torch.float32)``
#
#    ``to`` changes the registered tensors. ``plain`` is not registered.

model = Registered()
model.to(torch.float64)
model.plain.dtype, "plain" in model.state_dict()

# %%
# .. check::
#
#    - ``(torch.float64, True)``
#    - ``(torch.float64, False)``
#    - ``(torch.float32, False)``
#
#    A buffer with ``persistent=False`` is moved and cast with the model, and is not
#    saved.

plain = torch.eye(3)
model = MyModel()
model.register_buffer("plain", plain)
model.to(torch.float64)
plain.dtype

# %%
# .. check::
#
#    - ``torch.float64``
#    - ``torch.float32``
#
#    ``to`` gives the model a new tensor in the place of the buffer. The name ``plain``
#    is still bound to the tensor from before.
#
# Remember
# --------
#
# - ``model.to(device)`` changes the model itself; ``x = x.to(device)`` needs the
#   assignment.
# - Parameters and buffers move with the model, and plain tensors stay where they are.
# - A tensor that ``forward`` needs and that is not trained: register it as a buffer.
#
# If the error about two devices stays, :doc:`/gallery/moving/what_to_does` finds the
# tensor that was not moved.
