"""A page that asks, folds and has an answer to copy, for a project of tests."""

from __future__ import annotations

from project import TRANSLATIONS, Project

SCRIPT = "gallery/group/asking.py"
EXPECTED = "tests/expected/group/asking.txt"
PAGE = '''\
"""
asking
======

See :doc:`/index` about the ``weight`` parameter.
"""

# %%
# .. folded:: The model of this page: ``weight``

import torch

torch.manual_seed(0)
layers = [torch.nn.Linear(1, 1) for _ in range(7)]
model = torch.nn.Sequential(*layers)
len(model)

# %%
# In short
# --------
#
# .. in-short:: model
#
# Write it so.

import torch

kept = [p for p in model.parameters()]
model.double()
print(kept[0].dtype, kept[0] is model[0].weight)

# %%
# It says why.

try:
    model(torch.ones(1))
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")

# %%
# Check yourself
# --------------

same = kept[0] is model.to(torch.float32)[0].weight
(same, kept[0].dtype)

# %%
# .. check::
#
#    - ``(False, torch.float32)``
#    - ``(True, torch.float32)``
#    - ``(True, torch.float64)``
#
#    The parameter is *refilled*: see :doc:`/index`.

print(torch.nn.Linear(1, 1).bias.is_leaf)

# %%
# .. check::
#
#    - ``True``
#    - ``False``
#
#    Nothing computed it.
'''
CHINESE = {
    "asking": "提问",
    "The model of this page: ``weight``": "这一页的模型：\\ ``weight``",
    "In short": "简言之",
    "Write it so.": "这样写。",
    "It says why.": "报错信息说明原因。",
    "Check yourself": "自测",
    "The parameter is *refilled*: see :doc:`/index`.": (
        "参数对象不变，*数据* 换新：见 :doc:`/index`。"
    ),
    "Nothing computed it.": "它不是计算的结果。",
}


def add(project: Project) -> None:
    """Add the page to a project, translated, its output accepted."""
    (project.root / SCRIPT).write_text(PAGE, "utf-8")
    order = project.root / "gallery/group/index.rst"
    order.write_text(f"{order.read_text()}   asking\n")
    TRANSLATIONS.update(CHINESE)
    made = project.make("catalogs")
    assert made.ok, made.text
    project.translate()
    accepted = project.make("expected")
    assert accepted.ok, accepted.text
