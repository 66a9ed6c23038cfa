"""
Freeze layers: ``requires_grad_(False)``
========================================

To freeze a layer, call ``requires_grad_(False)`` on the module and clear its gradients.
``module.requires_grad = False`` freezes nothing: it only makes a new attribute of the
module.
"""

# %%
# .. folded:: The model of this page: the ends of a ResNet-18

import torch


# sphinx_gallery_hide_state = "model"
class ResNet(torch.nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(64)
        self.relu = torch.nn.ReLU()
        self.fc = torch.nn.Linear(64, classes)

    def forward(self, images):
        return self.fc(self.relu(self.bn1(self.conv1(images))).mean((2, 3)))


torch.manual_seed(0)
model, images = ResNet(12), torch.randn(8, 3, 32, 32)

# %%
# In short
# --------
#
# .. in-short:: model, images
#
# Freeze the whole model, unfreeze the layers that are to be trained, clear the
# gradients, and give the optimizer the parameters that require a gradient. BatchNorm
# layers need :ref:`eval() as well <train9>`: in training mode their running statistics
# still change.

import torch

model.requires_grad_(False)
model.fc.requires_grad_(True)
model.zero_grad()
trained = [param for param in model.parameters() if param.requires_grad]
optimizer = torch.optim.SGD(trained, lr=0.1, momentum=0.9)
model(images).sum().backward()
optimizer.step()
print([name for name, p in model.named_parameters() if p.grad is not None])

# %%
# .. _pra10:
#
# Why does ``module.requires_grad = False`` freeze nothing?
# ---------------------------------------------------------
#
# A module has no attribute ``requires_grad``; only its parameters have one. The
# assignment makes a new attribute of the module without an error, and the parameters
# still require a gradient. A typing error in the name has the same effect on a
# parameter: here the ``s`` of ``requires_grad`` is missing.

# sphinx_gallery_hide_state
layer = torch.nn.Linear(64, 12)
layer.requires_grad = False
layer.bias.require_grad = False
print([param.requires_grad for param in layer.parameters()])
print("requires_grad" in vars(layer))

# %%
# Call the method ``requires_grad_``, with an underscore at the end. It reaches all
# parameters of the module and of its submodules. For a single parameter, set the
# attribute ``requires_grad`` of this parameter.

# sphinx_gallery_hide_state = "layer, block"
layer.requires_grad_(False)
print([param.requires_grad for param in layer.parameters()])
layer.bias.requires_grad = True
print({name: param.requires_grad for name, param in layer.named_parameters()})

# %%
# ``training`` is an attribute of each module. Setting it to ``False`` changes the mode
# of this one module; its submodules, such as the dropout here, are still in training
# mode. ``eval()`` reaches the submodules too.

block = torch.nn.Sequential(layer, torch.nn.Dropout())
block.training = False
print(block.training, block[1].training)
print(block.eval()[1].training)

# %%
# .. _train4:
#
# Why does a frozen weight still change?
# --------------------------------------
#
# Because it still has a gradient. Optimizers such as ``SGD`` and ``Adam`` update each
# parameter that has a gradient, whatever its ``requires_grad`` is. Here both weights
# are 1 and their gradient is 1, so a step with ``lr=0.5`` makes the weights 0.5.


def build():
    layer = torch.nn.Linear(2, 1, bias=False)
    torch.nn.init.ones_(layer.weight)
    return layer


x, small = torch.ones(1, 2), build()
sgd = torch.optim.SGD(small.parameters(), lr=0.5)
small(x).sum().backward()
sgd.step()
print(small.weight.tolist())

# %%
# Now freeze the layer and make another step. The gradient of the last backward pass is
# still there, and the panel shows that the frozen weights go from 0.5 to 0.

small.requires_grad_(False)
sgd.step()
print(small.weight.requires_grad, small.weight.grad)

# %%
# ``zero_grad()`` sets the gradients to ``None``, and these optimizers skip a parameter
# whose gradient is ``None``. Call it on the module, or on an optimizer that has the
# frozen parameters: both clear the gradients of frozen parameters too.

small.zero_grad()
sgd.step()
print(small.weight.grad, small.weight.tolist())

# %%
# .. since:: 2.0
#
# With ``set_to_none=False``, the default before 2.0, the gradient is a tensor of zeros.
# A gradient of zeros does not stop every optimizer. ``moves`` makes one step, freezes
# the layer and makes another step; it returns whether the second step changed the
# weights.


def moves(clear, kind, **options):
    layer = build()
    optimizer = getattr(torch.optim, kind)(layer.parameters(), lr=0.5, **options)
    layer(x).sum().backward()
    optimizer.step()
    before = layer.requires_grad_(False).weight.clone()
    if clear != "keep":
        optimizer.zero_grad(set_to_none=clear == "none")
    optimizer.step()
    return not torch.equal(layer.weight, before)


cases = [("SGD", {}), ("SGD", {"momentum": 0.5}), ("SGD", {"weight_decay": 0.5})]
print(f"{'keep':5} {'zero':5} {'none':5}")
for kind, options in [*cases, ("Adam", {}), ("AdamW", {})]:
    moved = [moves(clear, kind, **options) for clear in ("keep", "zero", "none")]
    print(*(f"{changed!s:5}" for changed in moved), kind, *options)

# %%
# With a kept gradient every optimizer of the table changes the weights. Zeros stop
# plain ``SGD`` only: momentum goes on with earlier gradients, weight decay makes the
# weights smaller, and ``Adam`` has averages of earlier gradients. ``None`` stops all of
# them.
#
# How do I unfreeze layers later?
# -------------------------------
#
# If the optimizer has all parameters of the model, ``requires_grad_(True)`` is enough.
# A parameter that is frozen from the start costs the optimizer no memory: ``Adam``
# creates the averages of a parameter at the first step in which the parameter has a
# gradient. Before the model is unfrozen, 2 of 5 parameters have averages, afterwards
# all 5.

# sphinx_gallery_hide_state = "small, tuned"
tuned = ResNet(12)
tuned.requires_grad_(False).fc.requires_grad_(True)
adam = torch.optim.Adam(tuned.parameters())
for _ in range(2):
    tuned(images).sum().backward()
    adam.step()
    print(len(adam.param_groups[0]["params"]), len(adam.state))
    tuned.requires_grad_(True)

# %%
# An optimizer that was created with the trained parameters alone, as at the top of this
# page, does not update the others. Add them as a group when you unfreeze them; the
# group can have a learning rate of its own. A state that was saved before has one group
# and :ref:`does not fit two groups <res6>`.

model.conv1.requires_grad_(True)
optimizer.add_param_group({"params": model.conv1.parameters(), "lr": 0.01})
for group in optimizer.param_groups:
    print(group["lr"], [tuple(param.shape) for param in group["params"]])

# %%
# .. _freeze1:
#
# A parameter that the optimizer already has cannot be added again.

try:
    optimizer.add_param_group({"params": model.parameters()})
except ValueError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# .. _freeze2:
#
# Add only the parameters that the optimizer does not have yet. This cell has a model of
# two layers, of which the optimizer has the second.

# sphinx_gallery_hide_state = "layers"
import torch

layers = torch.nn.Sequential(torch.nn.Linear(512, 64), torch.nn.Linear(64, 12))
sgd = torch.optim.SGD(layers[1].parameters(), lr=0.1)
known = {id(param) for group in sgd.param_groups for param in group["params"]}
added = [param for param in layers.parameters() if id(param) not in known]
sgd.add_param_group({"params": added})
print([len(group["params"]) for group in sgd.param_groups])

# %%
# .. _freeze3:
#
# Do gradients pass through a frozen layer?
# -----------------------------------------
#
# Yes. The parameters of a frozen layer get no gradient, but the trained layers before
# it get theirs through the frozen layer. Under ``torch.no_grad()`` a layer passes
# nothing on, so do not use it for a frozen layer with trained layers before it.

# sphinx_gallery_hide_state = "pair"
pair = torch.nn.Sequential(torch.nn.Linear(512, 64), torch.nn.Linear(64, 12))
pair[1].requires_grad_(False)
pair(torch.randn(8, 512)).sum().backward()
print([name for name, param in pair.named_parameters() if param.grad is not None])

# %%
# If everything is frozen, the loss does not require a gradient, and ``backward`` raises
# an error.

pair.requires_grad_(False)
try:
    pair(torch.randn(8, 512)).sum().backward()
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# .. _struct8:
#
# How do I freeze BatchNorm for good?
# -----------------------------------
#
# Register everything as buffers: the weight, the bias and both statistics.
# ``torchvision`` has such a ``FrozenBatchNorm2d``; this is one of your own. Its
# ``forward`` computes the same in training mode and in evaluation mode.


class FrozenBatchNorm2d(torch.nn.Module):
    def __init__(self, features, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.register_buffer("weight", torch.ones(features))
        self.register_buffer("bias", torch.zeros(features))
        self.register_buffer("running_mean", torch.zeros(features))
        self.register_buffer("running_var", torch.ones(features))

    def forward(self, x):
        scale = self.weight * (self.running_var + self.eps).rsqrt()
        shift = self.bias - self.running_mean * scale
        return x * scale[:, None, None] + shift[:, None, None]


# %%
# The names of the buffers are those of ``BatchNorm2d``. Its ``state_dict`` has one more
# key, the count of batches, which the frozen layer does not have.

# sphinx_gallery_hide_state = "norm"
norm, features = torch.nn.BatchNorm2d(64), torch.randn(8, 64, 56, 56)
norm(features)
frozen, state = FrozenBatchNorm2d(64, norm.eps), norm.state_dict()
try:
    frozen.load_state_dict(state)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Remove this key before the load. The frozen layer then returns what the
# ``BatchNorm2d`` returns in evaluation mode.

# sphinx_gallery_hide_state
del state["num_batches_tracked"]
frozen.load_state_dict(state)
torch.allclose(frozen(features), norm.eval()(features), atol=1e-6)

# %%
# The frozen layer has no parameters, so ``train()``, ``requires_grad_(True)`` and
# weight decay do not change it. After a training step its four buffers still have the
# values of ``state``. The panel shows that they are buffers of the model: they are
# saved and moved with it. The convolution before the frozen layer gets a gradient.

# sphinx_gallery_hide_state = "frozen"
stage = torch.nn.Sequential(torch.nn.Conv2d(64, 64, 3), frozen)
stage.train().requires_grad_(True)
sgd = torch.optim.SGD(stage.parameters(), lr=0.1, weight_decay=0.1)
stage(features).mean().backward()
sgd.step()
print(len(list(frozen.parameters())), stage[0].weight.grad is not None)
print([torch.equal(buffer, state[name]) for name, buffer in frozen.named_buffers()])

# %%
# Check yourself
# --------------
#
# Each question begins with a new layer.

layer = torch.nn.Linear(64, 12)
layer.requires_grad = False
layer.weight.requires_grad, layer.bias.requires_grad

# %%
# .. check::
#
#    - ``(False, False)``
#    - ``(True, True)``
#
#    The assignment made an attribute of the module. ``layer.requires_grad_(False)``
#    freezes the parameters.

layer = build()
sgd = torch.optim.SGD(layer.parameters(), lr=0.25)
layer(x).sum().backward()
layer.requires_grad_(False)
sgd.step()
layer.weight.tolist()

# %%
# .. check::
#
#    - ``[[1.0, 1.0]]``
#    - ``[[0.75, 0.75]]``
#
#    The gradient was there before the layer was frozen, and the step uses it.

pair = torch.nn.Sequential(torch.nn.Linear(512, 64), torch.nn.Linear(64, 12))
pair[1].requires_grad_(False)
pair(torch.randn(8, 512)).sum().backward()
[param.grad is not None for param in pair.parameters()]

# %%
# .. check::
#
#    - ``[True, True, False, False]``
#    - ``[False, False, False, False]``
#    - ``[True, True, True, True]``
#
#    The second layer is frozen and gets no gradient. The first layer gets its gradient
#    through the second one.
#
# Remember
# --------
#
# - ``module.requires_grad_(False)`` freezes all parameters of a module;
#   ``module.requires_grad = False`` freezes none.
# - A gradient that is there when you freeze is still used: call ``zero_grad()``.
# - BatchNorm also needs ``eval()``, or a layer whose state is all buffers.
# - When you unfreeze layers, see that the optimizer has their parameters.
#
# If the state of an optimizer no longer loads after you have frozen or unfrozen layers,
# read :doc:`/gallery/resuming/optimizer_state`.
