"""
The master matrix
=================

What happens to a tensor depends on where its module keeps it: seven places against
nineteen operations, each combination tried on this page.

By the end of this page you can predict these lines:

>>> results["moves"]["plain"], results["moves"]["buffer"]
('-', 'yes')
>>> results["identity"]["parameter"], results["identity"]["buffer"]
('same', 'new')
"""

import copy
import pickle

import torch
from torch.func import functional_call
from torch.optim.swa_utils import AveragedModel

# %%
# The experiments are done on a layer that keeps one more tensor and multiplies by it.


class Holder(torch.nn.Linear):
    def tensor(self):
        if self.held is None:
            raise LookupError
        return self.held[0] if isinstance(self.held, list) else self.held

    def forward(self, x):
        return super().forward(x) * (1 if self.held is None else self.tensor())


# %%
# ``hold`` makes one. ``unsaved`` is a non-persistent buffer, ``none`` holds ``None``.


def hold(place):
    model, ones = Holder(2, 2), torch.ones(2)
    if place in ("plain", "list"):
        model.held = ones if place == "plain" else [ones]
    elif place in ("parameter", "frozen"):
        model.held = torch.nn.Parameter(ones, requires_grad=place == "parameter")
    else:
        ones = None if place == "none" else ones
        model.register_buffer("held", ones, persistent=place != "unsaved")
    return model


hold("buffer")(torch.ones(1, 2)).shape

# %%
# .. _matrix-experiments:
#
# An experiment does one thing to such a layer and says what came of it. First, who has
# the tensor: a list of the module, or a copy of the whole module.

experiments = {
    "parameters": lambda model: "held" in dict(model.named_parameters()),
    "buffers": lambda model: "held" in dict(model.named_buffers()),
    "state_dict": lambda model: "held" in model.state_dict(),
    "deepcopy": lambda model: hasattr(copy.deepcopy(model), "held"),
    "pickle": lambda model: hasattr(pickle.loads(pickle.dumps(model)), "held"),
}
experiments["state_dict"](hold("unsaved"))

# %%
# Next, does a move take it along, or a cast? Is it still the object that it was? Do two
# layers that hold one tensor still do? The ``meta`` device exists on every machine.


def tie(model):
    other = Holder(2, 2)
    other.held = model.held
    torch.nn.ModuleList([model, other]).double()
    return "kept" if other.tensor() is model.tensor() else "lost"


experiments |= {
    "moves": lambda model: model.to("meta").tensor().is_meta,
    "casts": lambda model: model.double().tensor().dtype == torch.float64,
    "identity": lambda m: "same" if m.tensor() is m.double().tensor() else "new",
    "tie": tie,
}
experiments["identity"](hold("buffer"))

# %%
# Does an optimizer change it? Does the module reset its gradient, or make it trainable?


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
experiments["optimizer"](hold("frozen"))

# %%
# .. _matrix-memory:
#
# Is its memory shared, or made anew? Does loading give it another value?


def to_empty(model):
    before = model.tensor().detach()
    return model.to_empty(device="cpu").tensor().data_ptr() != before.data_ptr()


def load(model):
    try:
        model.load_state_dict(Holder(2, 2).state_dict() | {"held": torch.zeros(2)})
    except RuntimeError:
        return "error"
    return not model.tensor().any().item()


experiments |= {
    "share_memory": lambda model: model.share_memory().tensor().is_shared(),
    "to_empty": to_empty,
    "load": load,
}
experiments["load"](hold("unsaved"))

# %%
# The average of a model in which it is 1 and then 3 has its mean, last or first value.


def average(model, **options):
    averaged = AveragedModel(model, **options)
    for value in (1.0, 3.0):
        model.tensor().detach().fill_(value)
        averaged.update_parameters(model)
    found = averaged.module.tensor()[0].item()
    return {1.0: "first", 2.0: "mean", 3.0: "last"}[found]


experiments["average"] = average
experiments["average_buffers"] = lambda model: average(model, use_buffers=True)
experiments["average_buffers"](hold("buffer"))

# %%
# .. _matrix-call:
#
# Can one call use another tensor in its place? And what is it in an exported program?


def functional(model):
    try:
        output = functional_call(model, {"held": torch.zeros(2)}, torch.ones(1, 2))
    except TypeError:
        return "error"
    return not output.any().item()


def export(model):
    signature = torch.export.export(model, (torch.ones(1, 2),)).graph_signature
    kinds = [spec.kind.name for spec in signature.input_specs]
    return kinds[2].partition("_")[0].lower() if len(kinds) == 4 else False


experiments |= {"functional_call": functional, "export": export}
experiments["export"](hold("plain"))

# %%
# Now all of it. Where an experiment finds no tensor to ask, the result is ``none``.

PLACES = ("plain", "list", "parameter", "frozen", "buffer", "unsaved", "none")


def result(experiment, place):
    try:
        found = experiment(hold(place))
    except LookupError:
        return "none"
    return {True: "yes", False: "-"}.get(found, found)


results = {n: {p: result(e, p) for p in PLACES} for n, e in experiments.items()}
print(" " * 15, *(f"{place:9}" for place in PLACES))
for name, row in results.items():
    print(f"{name:15}", *(f"{cell:9}" for cell in row.values()))

# %%
# .. output-table::
#    :kinds: A A P F B N 0
#
#    :parameters: listed by ``parameters()``: :ref:`why not <reg1>`
#    :buffers: listed by ``buffers()``, :ref:`non-persistent ones too <enum1>`
#    :state_dict: :ref:`saved <sd1>` under its name
#    :deepcopy: has its name in a deep copy: :ref:`what copies keep <train13>`
#    :pickle: has its name in a pickle of :ref:`the whole module <load15>`
#    :moves: moves with the module: :ref:`what that changes <move1>`
#    :casts: is cast with the module: :ref:`which types are <move4>`
#    :identity: after a cast the same or a new object: :ref:`the rule <move2>`
#    :tie: of two modules that hold it, :ref:`kept or lost <move5>` by a cast
#    :optimizer: changed by an optimizer of ``parameters()``: :ref:`more <train3>`
#    :zero_grad: its gradient is reset by ``zero_grad()``: :ref:`more <train1>`
#    :requires_grad: made trainable by ``requires_grad_()``: :ref:`more <train3>`
#    :share_memory: shared by ``share_memory()``: :ref:`tried above <matrix-memory>`
#    :to_empty: given new memory by ``to_empty()``: :ref:`more <move6>`
#    :load: restored by ``load_state_dict()``: :ref:`the error <load6>`
#    :average: in ``AveragedModel``: its mean, last or first value: :ref:`why
#       <train12>`
#    :average_buffers: the same with ``use_buffers=True``: :ref:`why <train12>`
#    :functional_call: replaced for one call: :ref:`tried above <matrix-call>`
#    :export: in an exported program one of three: :ref:`tried above <matrix-call>`
#
# What a GPU does, only a CUDA build can prove: that ``moves`` is there as it is here
# for ``meta``, and ``identity`` and ``tie`` as they are here for the cast.
#
# .. rubric:: Remember
#
# - Registered tensors move, are cast and are shared; plain ones and lists stay behind.
# - A cast keeps a parameter's object and ties, and replaces a buffer's.
# - Only parameters and persistent buffers are saved and loaded.
