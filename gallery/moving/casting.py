"""
Casting: floats, integers, booleans, complex
============================================

How far a cast reaches depends on the method: ``bfloat16()`` changes real
floating-point tensors, ``to(torch.bfloat16)`` complex ones too, and
``type(torch.bfloat16)`` every tensor.

By the end of this page you can predict these lines:

>>> Rotation().bfloat16().table.dtype
torch.complex64
>>> torch.nn.BatchNorm1d(2).half().num_batches_tracked.dtype
torch.int64
>>> torch.nn.BatchNorm1d(2).type(torch.float16).num_batches_tracked.dtype
torch.float16
>>> {parameter.dtype for parameter in layer.parameters()}
{torch.float32}
"""

import warnings

import torch

# %%
# The model has one tensor of each kind: a float parameter, integers that index, a
# boolean mask, and a complex table as in a rotary position encoding. It turns a number
# by a quarter turn for each position, and hides the last one.


class Rotation(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(4))
        self.register_buffer("order", torch.arange(4))
        self.register_buffer("visible", torch.tensor([True, True, True, False]))
        self.register_buffer("table", torch.tensor([1, 1j, -1, -1j]))

    def forward(self, x):
        return x * self.scale * self.table[self.order] * self.visible


x = torch.ones(4)
Rotation()(x).detach()

# %%
# .. _move4:
#
# ``bfloat16()`` casts the float. The integers, the booleans and the complex table keep
# their data types.

model = Rotation().bfloat16()
for name, tensor in model.state_dict().items():
    print(f"{name:8} {tensor.dtype}")

# %%
# .. since:: 1.8
#
# ``to(torch.bfloat16)`` looks like the same request. It also casts the complex table,
# to a real data type. The only sign is a warning.

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    model.to(torch.bfloat16)
print(f"{caught[0].category.__name__}: {str(caught[0].message).partition(' (')[0]}")
for name, tensor in model.state_dict().items():
    print(f"{name:8} {tensor.dtype}")

# %%
# The imaginary parts are gone. The model still runs, and no longer turns anything by a
# quarter: where the table had an imaginary number it now has zero.

print(model.table)
print(model(x).detach())

# %%
# Casting back to a complex type does not bring them back.

model.table.to(torch.complex64)

# %%
# Two ways keep the table. Either cast with a method that leaves complex tensors
# alone, or register the real and the imaginary parts as one real tensor: it is cast
# like any float, and you make it complex again where you use it.

model = Rotation()
model.register_buffer("parts", torch.view_as_real(model.table))
del model.table
model.to(torch.bfloat16)
print(model.parts.dtype)
print(torch.view_as_complex(model.parts.float()))

# %%
# The second way rounds the numbers: these few are exact in ``bfloat16``, most are not.
# Integers, booleans and bytes need no care, since only one method touches them. See who
# does what, with one buffer for each type.

types = [torch.float32, torch.float64, torch.uint8, torch.int64, torch.bool]
types += [torch.complex64]


def cast_all(method, *arguments):
    holder = torch.nn.Module()
    for position, dtype in enumerate(types):
        holder.register_buffer(f"tensor{position}", torch.ones(1, dtype=dtype))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        getattr(holder, method)(*arguments)
    return [buffer.dtype for buffer in holder.buffers()]


cast_all("half")

# %%
# A dot stands where the type does not change. The four methods without an argument
# reach the first two columns, ``to`` the floats and the complex type, and ``type`` all.


def short(dtype):
    return str(dtype).removeprefix("torch.")


calls = [("half",), ("bfloat16",), ("float",), ("double",), ("to", torch.float16)]
calls += [("to", torch.complex64), ("type", torch.float16), ("type", torch.int64)]
print(" " * 14, *(f"{short(dtype):>9}" for dtype in types))
for call in calls:
    pairs = zip(types, cast_all(*call), strict=True)
    row = [f"{'.' if old == new else short(new):>9}" for old, new in pairs]
    print(f"{' '.join(map(short, call)):14}", *row)

# %%
# ``to`` on a module refuses integers and booleans as the target.

for dtype in (torch.int64, torch.bool):
    try:
        Rotation().to(dtype)
    except TypeError as error:
        print(f"{type(error).__name__}: {error}")

# %%
# ``type`` casts integers and booleans to floats, and floats no longer index. The table
# is a real one here, so that the cast does not warn.

model = Rotation()
model.table = torch.ones(4)
model.type(torch.float16)
print(model.order.dtype, model.visible.dtype)
try:
    model(x)
except IndexError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# To integers ``type`` casts too, but only what does not require a gradient.

try:
    model.type(torch.int64)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# The counter of a batch normalisation becomes a float in the same way. ``half()`` asks
# for the same type and leaves the counter an integer.

print(torch.nn.BatchNorm1d(2).type(torch.float16).num_batches_tracked.dtype)
print(torch.nn.BatchNorm1d(2).half().num_batches_tracked.dtype)

# %%
# .. _move12:
#
# .. since:: 1.6 autocast
#
# ``autocast`` is no cast of the module. The first layer returns ``bfloat16``, while
# inside the same block its weight and the running mean stay ``float32``.

torch.manual_seed(0)
layer = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
stored = [*layer.parameters(), *layer.buffers()]
with torch.autocast("cpu", dtype=torch.bfloat16):
    output = layer(torch.eye(2))
    print(layer[0](torch.eye(2)).dtype)
    print(layer[0].weight.dtype, layer[1].running_mean.dtype)

# %%
# After the block, and after a backward pass, the module still holds the same objects,
# and a gradient has the type of its parameter.

output.sum().backward()
kept = [*layer.parameters(), *layer.buffers()]
print(all(old is new for old, new in zip(stored, kept, strict=True)))
print(layer[0].weight.grad.dtype)

# %%
# .. rubric:: Remember
#
# - ``half()``, ``bfloat16()``, ``float()`` and ``double()`` cast real floats only.
# - ``to`` with a real type makes complex tensors real, with no more than a warning.
# - ``type(dtype)`` casts indices, masks and counters as well.
