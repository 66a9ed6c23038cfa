"""
Cheat sheet: saved, moved, trained
==================================

One table shows, for seven places where a module keeps a tensor, which of nineteen
operations reach the tensor. By default parameters and buffers move with the module,
parameters and persistent buffers are saved, and an optimizer updates parameters alone.
"""

# %%
# In short
# --------
#
# .. in-short::
#    :shows: table
#
# A column is a place of the tensor, and each result leads to its proof. Yellow, with a
# triangle, is where people are caught.
#
# .. output-table::
#    :kinds: P B N A F A 0
#
#    Lists
#       :parameters ! list: listed by ``parameters()``: :ref:`why not <reg1>`
#       :buffers: listed by ``buffers()``, :ref:`non-persistent ones too <enum1>`
#
#    Saves, loads, copies
#       :state_dict ! plain list: in the ``state_dict``: :ref:`what is saved <sd1>`
#       :load ! unsaved plain list None: given its value by ``load_state_dict()``:
#          :ref:`the error <load6>`
#       :deepcopy: in a deep copy of the module: :ref:`what copies keep <train13>`
#       :pickle: in a pickle of :ref:`the whole module <pra22>`
#
#    Moves and casts
#       :moves ! plain list: moved by ``to(device)``: :ref:`what changes <move1>`
#       :casts ! plain list: cast by ``double()``: :ref:`which types are cast <move4>`
#       :identity ! buffer unsaved: after a cast the same object or a new one:
#          :ref:`the rule <move2>`
#       :tie ! buffer unsaved: held by two modules, and after a cast :ref:`still by both
#          <move5>`, or not
#       :to_empty: given new memory by ``to_empty()``: :ref:`more <move6>`
#       :share_memory: shared by ``share_memory()``: :ref:`shown below <matrix-memory>`
#
#    Trains and averages
#       :optimizer: updated by an optimizer of ``parameters()``: :ref:`more <train3>`
#       :zero_grad: its gradient is reset by ``zero_grad()``: :ref:`more <train1>`
#       :requires_grad ! frozen: made trainable by ``requires_grad_(True)``: :ref:`more
#          <train3>`
#       :average ! buffer unsaved: in ``AveragedModel``, with 1 and 3 averaged, the
#          mean, the last or the first value: :ref:`why <train12>`
#       :average_buffers: the same with ``use_buffers=True``: :ref:`why <train12>`
#
#    Calls and exports
#       :functional_call ! list: replaced for one call: :ref:`shown below <matrix-call>`
#       :export ! plain list: in an exported program a parameter, a buffer or a
#          constant: :ref:`what that means <matrix-call>`
#
#    :parameter: parameter
#    :buffer: buffer
#    :unsaved: unsaved
#    :plain: plain
#    :frozen: frozen
#    :list: list
#    :error: error
#    :same: same
#    :new: new
#    :kept: kept
#    :lost: lost
#    :mean: mean
#    :last: last
#    :first: first
#    :constant: const
#
# A tick means that the operation reaches the tensor, a dash that it does not or that
# there is no tensor, “error” that torch raises an error. “Unsaved” is a non-persistent
# buffer, “plain” an attribute, “list” an attribute that is a list of tensors, “frozen”
# a parameter that requires no gradient, ``None`` a name that is registered with the
# value ``None``. On a phone the name of a row unfolds what was tried.
#
# How is each result found?
# -------------------------
#
# Each of the nineteen operations is tried with a new layer for each of the seven
# places; the last cell prints the table.
#
# .. folded:: The layer: its output is multiplied by one more tensor

import copy
import pickle

import torch
from torch.func import functional_call
from torch.optim.swa_utils import AveragedModel


class Holder(torch.nn.Linear):
    def tensor(self):
        if self.held is None:
            raise LookupError
        return self.held[0] if isinstance(self.held, list) else self.held

    def forward(self, x):
        return super().forward(x) * (1 if self.held is None else self.tensor())


# %%
# .. folded:: ``hold`` makes such a layer, with the tensor in one of the places

PLACES = ("parameter", "buffer", "unsaved", "plain", "frozen", "list", "None")


def hold(place):
    model, ones = Holder(2, 2), torch.ones(2)
    if place in ("plain", "list"):
        model.held = ones if place == "plain" else [ones]
    elif place in ("parameter", "frozen"):
        model.held = torch.nn.Parameter(ones, requires_grad=place == "parameter")
    else:
        ones = None if place == "None" else ones
        model.register_buffer("held", ones, persistent=place != "unsaved")
    return model


# %%
# .. folded:: Lists, saves, loads, copies


def load(model):
    model.load_state_dict(Holder(2, 2).state_dict() | {"held": torch.zeros(2)})
    return not model.tensor().any().item()


experiments = {
    "parameters": lambda model: "held" in dict(model.named_parameters()),
    "buffers": lambda model: "held" in dict(model.named_buffers()),
    "state_dict": lambda model: "held" in model.state_dict(),
    "load": load,
    "deepcopy": lambda model: hasattr(copy.deepcopy(model), "held"),
    "pickle": lambda model: hasattr(pickle.loads(pickle.dumps(model)), "held"),
}

# %%
# .. folded:: Moves and casts


def tie(model):
    other = Holder(2, 2)
    other.held = model.held
    torch.nn.ModuleList([model, other]).double()
    return "kept" if other.tensor() is model.tensor() else "lost"


def to_empty(model):
    before = model.tensor().detach()
    return model.to_empty(device="cpu").tensor().data_ptr() != before.data_ptr()


experiments["moves"] = lambda model: model.to("meta").tensor().is_meta
experiments["casts"] = lambda model: model.double().tensor().dtype == torch.float64
experiments["identity"] = lambda m: (
    "same" if m.tensor() is m.double().tensor() else "new"
)
experiments |= {"tie": tie, "to_empty": to_empty}
experiments["share_memory"] = lambda m: m.share_memory().tensor().is_shared()

# %%
# .. folded:: Trains


def optimizer(model):
    model(torch.ones(1, 2)).sum().backward()
    torch.optim.SGD(model.parameters(), lr=0.5).step()
    return not torch.equal(model.tensor(), torch.ones(2))


def zero_grad(model):
    model.tensor().requires_grad_(True)
    model(torch.ones(1, 2)).sum().backward()
    model.zero_grad()
    return model.tensor().grad is None


experiments |= {"optimizer": optimizer, "zero_grad": zero_grad}
experiments["requires_grad"] = lambda m: m.requires_grad_(True).tensor().requires_grad

# %%
# .. folded:: Averages


def average(model, **options):
    averaged = AveragedModel(model, **options)
    for value in (1.0, 3.0):
        model.tensor().detach().fill_(value)
        averaged.update_parameters(model)
    found = averaged.module.tensor()[0].item()
    return {1.0: "first", 2.0: "mean", 3.0: "last"}[found]


experiments["average"] = average
experiments["average_buffers"] = lambda model: average(model, use_buffers=True)

# %%
# .. folded:: Calls and exports


def functional(model):
    output = functional_call(model, {"held": torch.zeros(2)}, torch.ones(1, 2))
    return not output.any().item()


def export(model):
    signature = torch.export.export(model, (torch.ones(1, 2),)).graph_signature
    kinds = [spec.kind.name for spec in signature.input_specs]
    letters = {"PARAMETER": "P", "BUFFER": "B", "CONSTANT_TENSOR": "constant"}
    return letters[kinds[2]] if len(kinds) == 4 else False


experiments |= {"functional_call": functional, "export": export}

# %%
# .. folded:: All results: ``error`` where torch raises one, ``none`` without a tensor


def result(experiment, place):
    try:
        found = experiment(hold(place))
    except LookupError:
        return "none"
    except (RuntimeError, TypeError):
        return "error"
    return {True: "yes", False: "-"}.get(found, found)


print(" " * 15, *(f"{place:9}" for place in PLACES))
for name, experiment in experiments.items():
    print(f"{name:15}", *(f"{result(experiment, place):9}" for place in PLACES))

# %%
# .. _matrix-experiments:
#
# Which tensors are saved and loaded?
# -----------------------------------
#
# Parameters and persistent buffers are in the ``state_dict``. A non-persistent buffer
# is listed by ``buffers()`` alone. A deep copy and a pickle of the whole module
# contain every attribute of the module, plain tensors too.

# sphinx_gallery_hide_state = "layer, twin"
layer = hold("unsaved")
print([name for name, _ in layer.named_buffers()], list(layer.state_dict()))
print(copy.deepcopy(hold("plain")).held)

# %%
# The row ``load`` has an “error” where a file has a key that the module does not
# expect. ``strict=False`` ignores such a key: the load raises no error, and the tensor
# of the module keeps its value.

saved = hold("buffer").state_dict()
layer = hold("plain")
try:
    layer.load_state_dict(saved)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

print(layer.load_state_dict(saved, strict=False))

# %%
# Which tensors move, and stay the same object?
# ---------------------------------------------
#
# Parameters and buffers move, persistent or not. A parameter that is cast stays the
# same object, so all modules that share the parameter still share it. A buffer that is
# cast is replaced in each module by a new object, so two modules that shared a buffer
# have one each. Of a plain tensor “same” and “kept” only say that the cast did not
# reach the tensor.

for place in ("parameter", "buffer"):
    layer, twin = hold(place), Holder(2, 2)
    twin.held = before = layer.held
    torch.nn.ModuleList([layer, twin]).double()
    print(f"{place:9} {layer.held is before!s:5} {twin.held is layer.held}")

# %%
# Two limits. The tensor of the table is ``float32``; a cast :ref:`leaves integers and
# booleans as they are <move4>`. And a move to ``meta`` :ref:`replaces parameters
# too <move6>`.

layer = hold("parameter")
layer.register_buffer("count", torch.tensor(3))
before = layer.held
layer.double()
print(layer.count.dtype, layer.held is before)
layer.to("meta")
print(layer.held is before)

# %%
# The row ``moves`` was tried with ``meta``, which exists on every machine. On a machine
# with a GPU the next cell moves the layers to the GPU, and finds the same places.

device = "cuda" if torch.cuda.is_available() else "meta"
[p for p in PLACES[:-1] if hold(p).to(device).tensor().device.type == device]

# %%
# .. _matrix-memory:
#
# What do ``share_memory`` and ``to_empty`` reach?
# ------------------------------------------------
#
# ``share_memory()`` puts parameters and buffers into memory that other processes can
# use. ``to_empty()`` gives parameters and buffers new memory with undefined values, on
# the same device too; a parameter stays the same object. Neither of the two reaches a
# plain tensor. Below: whether the tensor is shared, and whether ``to_empty`` keeps its
# object.

for place in ("plain", "parameter", "unsaved"):
    layer = hold(place)
    shared = layer.share_memory().held.is_shared()
    before = layer.held
    print(f"{place:9} {shared!s:5} {layer.to_empty(device='cpu').held is before}")

# %%
# Which tensors are trained and averaged?
# ---------------------------------------
#
# An optimizer of ``parameters()`` updates only the parameters that have a gradient. A
# frozen parameter gets none, but :ref:`a gradient from before the freeze <train4>` is
# still used. ``requires_grad_(True)`` of a module reaches parameters alone: a frozen
# parameter becomes trainable, a buffer does not.

for place in ("parameter", "frozen", "buffer"):
    trainable = hold(place).requires_grad_(True).held.requires_grad
    print(f"{place:9} {optimizer(hold(place))!s:5} {trainable}")

# %%
# A buffer that requires a gradient gets one in each backward pass, and ``zero_grad()``
# of the module does not reset that gradient: here the second gradient of the buffer is
# added to the first, and the gradient of the weight is not.

layer = hold("buffer")
torch.nn.init.ones_(layer.weight)
torch.nn.init.zeros_(layer.bias)
layer.held.requires_grad_(True)
for _ in range(2):
    layer.zero_grad()
    layer(torch.ones(1, 2)).sum().backward()
    print(layer.weight.grad[0], layer.held.grad)

# %%
# By default ``AveragedModel`` averages the parameters and copies the buffers of the
# model at each update; ``use_buffers=True`` averages the buffers too. A plain tensor
# keeps the value that it had when the average was made.

for place in ("plain", "frozen", "buffer"):
    print(f"{place:6} {average(hold(place)):5}", average(hold(place), use_buffers=True))

# %%
# .. _matrix-call:
# .. _comp6:
#
# What happens in ``functional_call`` and in an exported program?
# ---------------------------------------------------------------
#
# ``functional_call`` replaces tensors of the module for one call, here by zeros, so
# that the output is zero; afterwards the module has its own tensors again. A plain
# tensor can be replaced, a list of tensors cannot.

layer = hold("plain")
output = functional_call(layer, {"held": torch.zeros(2)}, torch.ones(1, 2))
print(output.any(), layer.held)
try:
    functional_call(hold("list"), {"held": torch.zeros(2)}, torch.ones(1, 2))
except TypeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# .. _comp7:
#
# A ``ParameterList`` has a name for each of its tensors, and these can be replaced.

import torch
from torch.func import functional_call


# sphinx_gallery_hide_state
class Listed(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.held = torch.nn.ParameterList([torch.ones(2)])

    def forward(self, x):
        return x * self.held[0]


print(functional_call(Listed(), {"held.0": torch.zeros(2)}, torch.ones(1, 2)))

# %%
# The tensors of an exported program are parameters, buffers and constants, and a plain
# tensor becomes a constant. The difference matters if ``forward`` assigns a new tensor
# to the attribute: this module counts its calls, in a buffer or in a plain tensor.


class Counter(torch.nn.Module):
    def __init__(self, registered):
        super().__init__()
        self.count = torch.nn.Buffer(torch.zeros(1)) if registered else torch.zeros(1)

    def forward(self, x):
        self.count = self.count + 1
        return x + self.count


# %%
# .. _comp5:
#
# The program keeps what is assigned to a buffer. What is assigned to a constant is lost
# after each call, so the plain counter begins anew each time, and the export warns.

# sphinx_gallery_hide_state
import warnings

for registered in (False, True):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        program = torch.export.export(Counter(registered), (torch.zeros(1),)).module()
    print([program(torch.zeros(1)).item() for _ in range(3)])
    for warning in caught:
        print(f"{warning.category.__name__}: {str(warning.message).split(' (')[0]}")

# %%
# .. _comp8:
#
# So register a tensor that ``forward`` assigns.

import torch


# sphinx_gallery_hide_state
class Counted(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("count", torch.zeros(1))

    def forward(self, x):
        self.count = self.count + 1
        return x + self.count


program = torch.export.export(Counted(), (torch.zeros(1),)).module()
print(program(torch.zeros(1)), program(torch.zeros(1)))

# %%
# Check yourself
# --------------
#
# ``hold`` makes a new layer with the parameters ``weight`` and ``bias`` and one more
# tensor, ``held``, in the place that is named.

layer = hold("frozen")
layer.requires_grad_(True)
[name for name, p in layer.named_parameters() if p.requires_grad]

# %%
# .. check::
#
#    - ``['weight', 'bias']``
#    - ``['weight', 'bias', 'held']``
#
#    A frozen parameter is a parameter, so ``requires_grad_(True)`` of the module makes
#    it trainable.

layer = hold("unsaved")
before = layer.held
layer.double()
layer.held is before, layer.held.dtype

# %%
# .. check::
#
#    - ``(True, torch.float32)``
#    - ``(True, torch.float64)``
#    - ``(False, torch.float64)``
#
#    A non-persistent buffer is cast like any buffer: the module has a new tensor.

layer = hold("plain")
layer.double()
layer.held.dtype, "held" in layer.state_dict(), hasattr(copy.deepcopy(layer), "held")

# %%
# .. check::
#
#    - ``(torch.float32, False, True)``
#    - ``(torch.float64, False, True)``
#    - ``(torch.float32, False, False)``
#
#    A plain tensor is neither cast nor in the ``state_dict``. A deep copy copies all
#    attributes of the module.
#
# Remember
# --------
#
# - Parameters and buffers move and are cast; plain tensors and tensors in a list are
#   not.
# - Parameters and persistent buffers are in the ``state_dict``, and a load restores
#   them.
# - Only parameters are updated by an optimizer of ``parameters()``.
# - A cast keeps parameters and their ties; buffers become new objects, and their ties
#   are lost.
#
# If a file and a module do not have the same keys, read
# :doc:`../loading/strict_and_mismatch`.
