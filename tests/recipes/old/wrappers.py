"""Take a prefix out of the middle of the keys: names are no ``state_dict``."""

import torch
from torch.nn.modules.utils import consume_prefix_in_state_dict_if_present

layer = torch.nn.Linear(2, 1)
model = torch.nn.Sequential(torch.compile(layer, backend="eager"))
state = model.state_dict()
consume_prefix_in_state_dict_if_present(state, "_orig_mod.")
renamed = [name.replace("_orig_mod.", "") for name in state]
