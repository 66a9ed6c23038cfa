"""
What ``load_state_dict`` changes and what it keeps
==================================================

``load_state_dict`` copies values into the tensors that the module has: the objects,
their devices, their data types and ``requires_grad`` stay those of the module.

By the end of this page you can predict these lines:

>>> half.load_state_dict({"weight": torch.tensor([[1e6]])}), half.weight.item()
(<All keys matched successfully>, inf)
>>> fixed.load_state_dict(trained.state_dict()), list(fixed.parameters())
(<All keys matched successfully>, [])
"""

import warnings

import torch

# %%
# .. _load1:
#
# The layer and its optimizer exist before the load. It writes new values, and the
# parameter and the buffer are the objects that they were.

norm = torch.nn.BatchNorm1d(2)
optimizer = torch.optim.SGD(norm.parameters(), lr=0.5)
bias, mean = norm.bias, norm.running_mean
values = {"bias": torch.tensor([1.0, 2.0]), "running_mean": torch.tensor([3.0, 4.0])}
saved = norm.state_dict() | values
norm.load_state_dict(saved)
print(norm.bias is bias, bias.tolist())
print(norm.running_mean is mean, mean.tolist())

# %%
# So the optimizer trains what was loaded. The values were copied: the training does not
# reach the tensor that you loaded from.

norm.eval()(torch.ones(1, 2)).sum().backward()
optimizer.step()
print(bias.tolist(), saved["bias"].tolist())

# %%
# While gradients are recorded, you cannot write in place into a parameter that requires
# one.

try:
    bias.copy_(saved["bias"])
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# A load works under ``no_grad`` without being asked. Even values that belong to a graph
# are only copied: the parameter stays a leaf, and the buffer requires no gradient.

source = torch.zeros(2, requires_grad=True)
norm.load_state_dict(saved | {"bias": source + 0.5, "running_mean": source + 0.5})
print(bias.tolist(), bias.is_leaf, bias.grad_fn)
print(mean.tolist(), mean.requires_grad)

# %%
# Whether a parameter is frozen is not saved, and a load does not change it, in either
# direction. That is the module's own choice.

frozen = torch.nn.BatchNorm1d(2).requires_grad_(False)
frozen.load_state_dict(norm.state_dict(keep_vars=True))
norm.load_state_dict(frozen.state_dict(keep_vars=True))
print(frozen.bias.requires_grad, norm.bias.requires_grad)

# %%
# The module also keeps its device and its data type. What you load is on the CPU and in
# ``float32``; the layer is in ``float64``, and on the GPU if there is one. On ``meta``
# the device wins too, and :ref:`nothing is loaded <load12>`.

device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
norm.to(device, torch.float64)
norm.load_state_dict(saved)
assert {tensor.device for tensor in norm.state_dict().values()} == {device}
print(norm.bias.dtype, norm.bias.tolist())

# %%
# Where the data types differ, the copy is a cast, and nothing tells you. One million is
# too large for ``float16``.

half = torch.nn.Linear(1, 1, bias=False).half()
print(half.load_state_dict({"weight": torch.tensor([[1e6]])}))
half.weight.item()

# %%
# A cast from complex to real loses the imaginary part, and this one warns.

model = torch.nn.Identity()
model.register_buffer("temperature", torch.tensor(2.0))
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    model.load_state_dict({"temperature": torch.tensor(0.25 + 1j)})
print(f"{caught[0].category.__name__}: {str(caught[0].message).partition(' (')[0]}")
model.temperature

# %%
# A number that you register without a decimal point makes an integer buffer, which
# loses what stands after the point in the file. Compare the data types to be told, and
# give the module the right one: a buffer takes it from the tensor that you assign.

saved = {"temperature": torch.tensor(1.5)}
for number in (2, 2.0):
    model.temperature = torch.tensor(number)
    own = model.state_dict()
    print([name for name in saved if saved[name].dtype != own[name].dtype])
    print(model.load_state_dict(saved), model.temperature)

# %%
# .. _load5:
#
# Shapes must be equal: a single element does not fill two. There is one exception, made
# for files older than tensors without dimensions: the shape ``(1,)`` loads into ``()``.
# The other way round it does not. Reshape the saved tensor in that case.

for shape, target in (((1,), ()), ((), (1,)), ((1,), (2,))):
    model.temperature = torch.zeros(target)
    try:
        model.load_state_dict({"temperature": torch.ones(shape)})
        print(model.temperature)
    except RuntimeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# .. _load13:
#
# A tensor from ``expand`` shows the same memory in each of its rows: its first stride
# is 0. New values cannot be written into it, whatever they are.


class Positions(torch.nn.Module):
    def __init__(self, positions):
        super().__init__()
        self.register_buffer("positions", positions)

    def forward(self, x):
        return x + self.positions


rows = torch.arange(3.0).expand(2, -1)
model, saved = Positions(rows), {"positions": torch.ones(2, 3)}
print(model(torch.zeros(2, 3)), model.positions.stride())
try:
    model.load_state_dict(saved)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Register a tensor that has memory for every row: ``clone()`` or ``contiguous()`` makes
# one. So does a real cast of the module: after it the load works.

registered = [Positions(rows.clone()), Positions(rows.contiguous())]
for model in (*registered, Positions(rows).to(torch.float64)):
    print(model.positions.stride(), model.load_state_dict(saved))

# %%
# .. _load14:
#
# .. since:: 2.5 nn.Buffer
#
# A load goes by the name. What was saved as a parameter loads into a buffer, which
# stays a buffer, and the other way round. You can turn one into the other in a new
# version of the code, and old files still load.


class Shift(torch.nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.shift = kind(torch.zeros(2))

    def forward(self, x):
        return x + self.shift


trained, fixed = Shift(torch.nn.Parameter), Shift(torch.nn.Buffer)
torch.nn.init.constant_(trained.shift, 0.5)
print(fixed.load_state_dict(trained.state_dict()), fixed(torch.ones(2)))
fixed.shift.fill_(0.25)
print(trained.load_state_dict(fixed.state_dict()), trained.shift)

# %%
# The order of the keys and the class of the module do not count either. That all keys
# match does not mean that the numbers do: the rows of an embedding become a weight.

state = torch.nn.Embedding(2, 2).state_dict()
print(torch.nn.Linear(2, 2, bias=False).load_state_dict(state))
print(norm.load_state_dict(dict(reversed(norm.state_dict().items()))))

# %%
# .. rubric:: Remember
#
# - A load changes values. Object, device, data type and ``requires_grad`` stay.
# - A copy into another data type is a cast: compare the types before you load.
# - Names and shapes must match. Nothing else is asked for.
