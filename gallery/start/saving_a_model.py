"""
Save and load a model: ``state_dict``
=====================================

Save ``model.state_dict()`` with ``torch.save``, and load it with ``load_state_dict``
into a model of the same class. The file holds the tensors and their names; the class
of the model must be in the code that loads the file.
"""

# %%
# .. folded:: The model of this page and an input

import torch


class MyModel(torch.nn.Module):
    def __init__(self, input_size, output_size):
        super().__init__()
        self.linear = torch.nn.Linear(input_size, output_size)

    def forward(self, x):
        return self.linear(x)


# sphinx_gallery_hide_state
torch.manual_seed(0)
model, x = MyModel(2, 3), torch.ones(4, 2)

# %%
# .. folded:: A path in a temporary folder

import shutil
import tempfile
import weakref
from pathlib import Path

# sphinx_gallery_hide_state
folder = tempfile.mkdtemp()
weakref.finalize(model, shutil.rmtree, folder)
path = f"{folder}/model.pt"

# %%
# In short
# --------
#
# .. in-short:: model, MyModel, path, x
#
# Save the ``state_dict``. To load the file, make a model of the same class with the
# same sizes, and call ``eval()`` before you use the model. ``path`` is the path of a
# file, such as ``"model.pt"``.

# sphinx_gallery_hide_state
# sphinx_gallery_hide_state = "restored"
import torch

torch.save(model.state_dict(), path)

restored = MyModel(2, 3)
restored.load_state_dict(torch.load(path))
restored.eval()
torch.equal(restored(x), model(x))

# %%
# What does ``state_dict()`` return?
# ----------------------------------
#
# An ``OrderedDict``, which maps names to tensors and keeps their order. A name is a
# path: ``linear`` is an attribute of the model, ``weight`` and ``bias`` are the tensors
# of that layer. The values of the two tensors were random when the model was made.

# sphinx_gallery_show_state = "model"
state = model.state_dict()
print(type(state).__name__)
for name, tensor in state.items():
    print(name, tuple(tensor.shape))

# %%
# Both tensors are parameters, which training changes. A ``state_dict`` holds buffers
# too: :doc:`parameters_and_buffers` shows them.
#
# The mapping is not a copy: a change of the model :ref:`shows in the mapping too
# <sd2>`. A file keeps the values that were saved. The next cell sets the bias to zero.

with torch.no_grad():
    model.linear.bias.zero_()
print(state["linear.bias"])
print(torch.load(path)["linear.bias"])

# %%
# .. _save1:
#
# What is in the file?
# --------------------
#
# The names and the values of the tensors, but not the class: ``linear.weight`` is in
# the file, and ``MyModel`` is not.

content = Path(path).read_bytes()
print(b"linear.weight" in content, b"MyModel" in content)

# %%
# So ``torch.load`` returns the mapping, not a model. The mapping has no ``eval``, and
# it cannot be called like a model.

loaded = torch.load(path)
try:
    loaded.eval()
except AttributeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# ``torch.save(model, path)`` writes the whole model, with the name of its class. Such a
# file needs the class too, and since torch 2.6 ``torch.load`` :ref:`raises an error by
# default <whole_module>`. Saving the ``state_dict`` is the usual way.
#
# .. _save2:
#
# What does ``load_state_dict`` do?
# ---------------------------------
#
# ``load_state_dict`` copies the values into the tensors of the model, name by name.
# Before that, the new model in the next cell has random values of its own.

new = MyModel(2, 3)
print(torch.equal(new.linear.weight, model.linear.weight))
print(new.load_state_dict(model.state_dict()))
print(torch.equal(new.linear.weight, model.linear.weight))

# %%
# ``load_state_dict`` returns a report about the names, not the model. So call it on a
# line of its own. In the next cell ``result`` is the report, and a report has no
# ``eval``.

result = MyModel(2, 3).load_state_dict(torch.load(path))
try:
    result.eval()
except AttributeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# ``load_state_dict`` takes the mapping, not the path of a file. ``torch.load`` reads
# the file. On a machine without a GPU, ``torch.load(path, map_location="cpu")`` reads a
# file that was saved on a GPU: :ref:`see why <res7>`.

try:
    new.load_state_dict(path)
except TypeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# What if the names or the shapes differ?
# ---------------------------------------
#
# Then ``load_state_dict`` raises an error by default, and the message lists what does
# not fit. In the next cell the file is from a model with three outputs, and the new
# model has four. :ref:`Missing and unexpected names <load2>` are in the same message.

try:
    MyModel(2, 4).load_state_dict(torch.load(path))
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# .. _eval1:
#
# Why call ``eval()`` after loading?
# ----------------------------------
#
# The ``state_dict`` does not hold the mode of a model, and a new model is in training
# mode. In training mode dropout sets randomly chosen elements to zero, so two calls
# with the same input differ. Batch normalisation :ref:`depends on the mode too
# <train9>`.

# sphinx_gallery_hide_state = "net"
net = torch.nn.Sequential(MyModel(2, 30), torch.nn.Dropout(0.5))
print(net.load_state_dict(net.state_dict()))
print(net.training, torch.equal(net(x), net(x)))

# %%
# ``eval()`` sets the model and all its layers to evaluation mode, and the two calls are
# equal. ``eval()`` does not switch off gradients; ``torch.no_grad()`` does.

net.eval()
print(net.training, torch.equal(net(x), net(x)))
print(net(x).requires_grad)
with torch.no_grad():
    print(net(x).requires_grad)

# %%
# Is the file enough to continue training?
# ----------------------------------------
#
# Not if the optimizer has values of its own. Adam keeps a count of steps and two
# averages, ``exp_avg`` and ``exp_avg_sq``, for each parameter; they are in the
# ``state_dict`` of the optimizer, not in the ``state_dict`` of the model. Save both in
# one dictionary, with the number of the epoch.

# sphinx_gallery_hide_state
optimizer = torch.optim.Adam(model.parameters())
model(x).sum().backward()
optimizer.step()
states = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
torch.save(states | {"epoch": 1}, path)
checkpoint = torch.load(path)
print(list(checkpoint), list(checkpoint["model"]))
print(list(checkpoint["optimizer"]["state"][0]))

# %%
# Check yourself
# --------------
#
# Each question begins with a new model.

model = MyModel(2, 3).eval()
new = MyModel(2, 3)
new.load_state_dict(model.state_dict())
new.training

# %%
# .. check::
#
#    - ``True``
#    - ``False``
#
#    ``new`` is in training mode, as every new model is. Loading does not change the
#    mode.

outer = torch.nn.Module()
outer.inner = MyModel(2, 3)
list(outer.state_dict())

# %%
# .. check::
#
#    - ``['linear.weight', 'linear.bias']``
#    - ``['inner.linear.weight', 'inner.linear.bias']``
#    - ``['inner', 'linear', 'weight', 'bias']``
#
#    A name is the whole path from the model to the tensor.

model = MyModel(2, 3)
new = MyModel(2, 3)
new = new.load_state_dict(model.state_dict())
isinstance(new, MyModel)

# %%
# .. check::
#
#    - ``True``
#    - ``False``
#
#    The name ``new`` is now bound to the report that ``load_state_dict`` returned.
#
# Remember
# --------
#
# - Save ``model.state_dict()``, the names and the tensors. The class stays in the code.
# - Load with ``model.load_state_dict(torch.load(path))`` on a line of its own.
# - Call ``model.eval()`` before inference, since the mode is not saved.
#
# If you want to continue training from the file, go on with
# :doc:`/gallery/resuming/optimizer_state`.
