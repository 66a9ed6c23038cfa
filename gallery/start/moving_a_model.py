"""
Moving a model
==============

Moving a model moves its parameters and its buffers; a plain tensor stays behind.

By the end of this page you can predict these lines:

>>> model.param.dtype, model.my_buffer.dtype, plain.dtype
(torch.float64, torch.float64, torch.float32)
>>> model.param.device == model.my_buffer.device == device
True
"""

import torch

# %%
# The model of the page before, but its plain tensor is a 3 by 3 identity matrix, and
# ``forward`` multiplies by it.


class MyModel(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("my_buffer", torch.randn(2, 3))
        self.param = torch.nn.Parameter(torch.rand(2, 3))
        self.plain = torch.eye(3)

    def forward(self, x):
        return (x * self.param + self.my_buffer) @ self.plain


torch.manual_seed(0)
model = MyModel()

# %%
# You often see ``model.cuda()``, which moves a model to the GPU and needs one.
# ``model.to(device)`` does the same for any device, so this script runs on a machine
# with a GPU and on one without.

device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")

# %%
# A move to the device where the model already is does nothing: the buffer is the same
# object as before.

before = model.my_buffer
model.to("cpu")
model.my_buffer is before

# %%
# To see a real move on every machine, change the data type in the same call. A module
# moves in place: the call returns the model itself.

model.to(device, torch.float64) is model

# %%
# The parameter and the buffer moved together. Their values are those of the page
# before.

model.state_dict()

# %%
# The plain tensor did not move: its data type is the old one.

for name in ("param", "my_buffer", "plain"):
    print(name, getattr(model, name).dtype)

# %%
# What holds for the device is checked here and not printed, since it depends on the
# machine: the two registered tensors are on ``device``, the plain one is on the CPU.

assert model.param.device == device
assert model.my_buffer.device == device
assert model.plain.device == torch.device("cpu")

# %%
# So the model no longer runs. The error names what does not match: the device if there
# is a GPU, the data type if there is none.

x = torch.ones(2, 3, dtype=torch.float64, device=device)
try:
    model(x)
except RuntimeError as error:
    assert "device" in str(error) or "dtype" in str(error)
    print(type(error).__name__)

# %%
# .. _device1:
#
# The message about the device can be produced without a GPU. Inside a
# ``FakeTensorMode``, a private part of torch that a release may change, every new
# tensor is fake: it has a shape, a data type and a device, and no values.

from torch._subclasses.fake_tensor import FakeTensorMode


def message(module, *inputs):
    try:
        return tuple(module(*inputs).shape)
    except RuntimeError as error:
        return f"{RuntimeError.__name__}: {error}"


fake = FakeTensorMode()
with fake:
    x_gpu = torch.ones(2, 3, device="cuda:0")
print(tuple(x_gpu.shape), x_gpu.device.type)

# %%
# The buffer ``mean`` moves to ``cuda:0`` with its module; the plain tensor ``scale``
# stays on the CPU. Since nothing is computed, the message is the same on every machine.


class Normalise(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(3))
        self.scale = torch.ones(3)

    def forward(self, x):
        return (x - self.mean) * self.scale


with fake:
    print(message(Normalise().to("cuda:0"), x_gpu))

# %%
# With fake tensors torch raises a subclass of ``RuntimeError``, with tensors that have
# values ``RuntimeError`` itself; some functions word it otherwise or name the argument
# too. ``CrossEntropyLoss`` is a module as well: its ``weight`` is a buffer. The first
# loss was not moved and raises the same error. The second loss was moved and returns a
# tensor without dimensions.

with fake:
    labels = torch.zeros(2, dtype=torch.int64, device="cuda:0")
    loss = [torch.nn.CrossEntropyLoss(weight=torch.ones(3)) for _ in range(2)]
    print(message(loss[0], x_gpu, labels))
    print(message(loss[1].to("cuda:0"), x_gpu, labels))

# %%
# The cure for the plain tensor of ``model`` is to register it. A buffer moves with its
# module, and with ``persistent=False`` it is not saved. The name must be free first.

plain = model.plain
del model.plain
model.register_buffer("plain", plain, persistent=False)
model.to(device, torch.float64)
model(x).dtype

# %%
# The tensor that you registered is as it was: a tensor does not move in place. The
# module holds another one now, and ``to`` on a tensor returns another one too.

moved = plain.to(torch.float64)
print(plain.dtype, model.plain.dtype, moved.dtype)

# %%
# .. rubric:: Remember
#
# - ``model.to(...)`` moves every parameter and every buffer, in place.
# - A plain tensor keeps its device and its data type. Register it, or the model fails
#   as soon as it is moved.
# - ``tensor.to(...)`` returns the result and leaves the tensor as it is: assign it.
