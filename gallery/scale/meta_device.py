"""
The ``meta`` device without garbage
===================================

On the ``meta`` device a model has shapes but no numbers, and ``to_empty``, a way off
it, brings memory but no numbers either.

By the end of this page you can predict these lines:

>>> [name for name in names if getattr(model, name).is_meta]
['limit']
>>> skipped.num_batches_tracked == torch.iinfo(torch.int64).max
tensor(True)
>>> layer.weight.is_meta, loaded.weight.is_meta
(False, True)
"""

import warnings

import torch

# %%
# The module has one tensor of each kind: a parameter, a buffer, a non-persistent buffer
# and a plain tensor. It centres its input, scales it and cuts it off.


class Scale(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(size))
        self.register_buffer("mean", torch.full((size,), 0.5))
        self.register_buffer("factor", torch.full((size,), 0.25), persistent=False)
        self.limit = torch.full((size,), 2.0)

    def forward(self, x):
        return ((x - self.mean) * self.factor * self.weight).minimum(self.limit)


real = Scale(2)
real(torch.tensor([4.5, 10.5]))

# %%
# .. _meta1:
# .. since:: 2.0 torch.device
#
# A device is also a context: inside it, tensors that are made without a device are made
# there. On ``meta`` that reaches all four kinds, the plain tensor too. Only code that
# names a device itself gets that one.

names = ("weight", "mean", "factor", "limit")
with torch.device("meta"):
    model = Scale(2)
    print(torch.zeros(1, device="cpu").device)
print({name: getattr(model, name).device.type for name in names})

# %%
# Shapes and data types are all that such a model has, and all that it computes. So a
# layer of a million times a million numbers needs no memory for them.

with torch.device("meta"):
    large = torch.nn.Linear(10**6, 10**6, bias=False)
    output = large(torch.zeros(2, 10**6))
print(large.weight.numel() == 10**12, tuple(output.shape), output.is_meta)

# %%
# .. _meta2:
# .. since:: 1.9 Module.to_empty
#
# A move to the CPU copies numbers, and here are none. So ``to`` fails. The advice in
# the message came with torch 2.3.

try:
    model.to("cpu")
except NotImplementedError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# ``to_empty`` copies nothing: it makes a tensor of the same shape for each parameter
# and each buffer. The module does not know its plain tensor, which stays on ``meta``.

# sphinx_gallery_uninitialised = "model"
model.to_empty(device="cpu")
print({name: getattr(model, name).device.type for name in names})

# %%
# So the module does not run yet. Had ``limit`` been a non-persistent buffer, it would
# have come along.

try:
    model(torch.ones(2))
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Nor is it ready: the new tensors show what was in their memory before. To make sure
# that there is something in it, fill memory of that size and free it, then call
# ``to_empty``. No tensor holds what its line in the class says.

# sphinx_gallery_hide_state = "model"
used = [torch.full((2,), 123.0) for _ in range(64)]
del used
model.to("meta").to_empty(device="cpu")
for name in ("weight", "mean", "factor"):
    print(name, torch.equal(getattr(model, name), getattr(real, name)))

# %%
# .. since:: 2.2 torch.utils.deterministic.fill_uninitialized_memory
#
# Such values differ from run to run, and some look right. With deterministic algorithms
# torch marks memory that nobody has filled: each number is ``nan``, or the largest
# integer in an integer tensor. The rest of this page uses that.

torch.use_deterministic_algorithms(True)
print(torch.utils.deterministic.fill_uninitialized_memory)
print(torch.empty(2), torch.empty(2, dtype=torch.int8))

# %%
# ``to_empty`` does not ask where a module comes from. Called on one that has values, on
# the device where it is, it wipes its parameters and its buffers.

real.to_empty(device="cpu")
for name in names:
    print(name, getattr(real, name).tolist())

# %%
# .. _meta7:
# .. since:: 1.10 torch.nn.utils.skip_init
#
# ``skip_init`` builds a layer without its initialisation. It needs a class that takes a
# device, as the layers of torch do.

try:
    torch.nn.utils.skip_init(Scale, 2)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# It takes two steps that you know: it builds the layer on ``meta``, then calls
# ``to_empty``. A subclass of ``BatchNorm1d`` shows both.


class Traced(torch.nn.BatchNorm1d):
    def __init__(self, size, device):
        super().__init__(size, device=device)
        print(device, self.running_mean.device)

    def to_empty(self, **options):
        print(options)
        return super().to_empty(**options)


skipped = torch.nn.utils.skip_init(Traced, 2)

# %%
# Its buffers are therefore as empty as its parameters. What was meant for a weight that
# you fill anyway also leaves out the zeros and ones of the running statistics.

print({name: tensor.tolist() for name, tensor in skipped.state_dict().items()})
skipped.eval()(torch.ones(1, 2))

# %%
# .. _load12:
# .. since:: 2.1 load_state_dict(assign=True)
#
# A load copies into the tensors that are there. On ``meta`` they hold no numbers, so
# nothing happens. The load reports success; only a warning for each key says so.

torch.manual_seed(0)
loaded = torch.nn.Linear(2, 1, bias=False)
layer = torch.nn.Linear(2, 1, bias=False, device="meta")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(layer.load_state_dict(loaded.state_dict()))
print(f"{caught[0].category.__name__}: {caught[0].message}")
print(len(caught), layer.weight.is_meta)

# %%
# The other way round is an error: a ``meta`` tensor has nothing to copy.

try:
    loaded.load_state_dict(layer.state_dict())
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# With ``assign=True`` both go through, because nothing is copied: the module gets the
# tensors of the ``state_dict``. That makes a ``meta`` layer real, and a real one
# ``meta``.

saved, empty = loaded.state_dict(), layer.state_dict()
print(layer.load_state_dict(saved, assign=True), layer.weight.device.type)
print(loaded.load_state_dict(empty, assign=True), loaded.weight.device.type)

# %%
# .. rubric:: Remember
#
# - ``with torch.device("meta")`` builds every tensor without numbers, plain ones too.
# - ``to_empty`` gives memory to parameters and buffers, and what it holds is garbage.
# - A load into ``meta`` tensors does nothing without ``assign=True``.
