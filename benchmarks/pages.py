"""The pages of a generated gallery, as a script, as a notebook, and as plain text.

A page is a little torch program of three cells, with a sentence before each, in two
languages.  Its number gives its subject and its sizes, so that no two pages say, run
or print the same.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import sys
from typing import NamedTuple

GROUP = 10  # pages


class Text(NamedTuple):
    """A message and its translation."""

    en: str
    zh_CN: str


class Page(NamedTuple):
    """What a page says and runs; ``cells`` are pairs of text and code."""

    name: str
    title: Text
    definition: Text
    cells: list[tuple[Text, str]]


def page(number: int) -> Page:
    """Return a page of the gallery.

    >>> page(3).name, page(3).title.en
    ('page_0003', 'A linear layer from 5 to 4')
    """
    subjects = (linear, normalisation, counter)
    name = f"page_{number:04}"
    return subjects[number % len(subjects)](name, number + 2, number % 7 + 1)


def linear(name: str, inputs: int, outputs: int) -> Page:
    """Return a page about the parameters of a linear layer."""
    return Page(
        name,
        Text(
            f"A linear layer from {inputs} to {outputs}",
            f"从 {inputs} 维到 {outputs} 维的线性层",
        ),
        Text(
            f"A linear layer keeps a weight of {inputs * outputs} numbers and a bias.",
            f"线性层保存一个有 {inputs * outputs} 个数的权重和一个偏置。",
        ),
        [
            (
                Text(
                    "Both are parameters, registered under the names of attributes.",
                    "两者都是参数，以属性名注册。",
                ),
                "import torch\nfrom torch import nn\n\n"
                f"torch.manual_seed(0)\nlayer = nn.Linear({inputs}, {outputs})\n"
                "for name, parameter in layer.named_parameters():\n"
                "    print(name, tuple(parameter.shape))",
            ),
            (
                Text(
                    f"With zeros in both, {inputs} ones give zeros.",
                    f"两者都是零时，{inputs} 个一得到的是零。",
                ),
                "with torch.no_grad():\n"
                "    for parameter in layer.parameters():\n"
                "        parameter.zero_()\n\n"
                f"layer(torch.ones({inputs})).tolist()",
            ),
            (
                Text(
                    "A frozen bias stays in ``state_dict``.",
                    "冻结的偏置仍在 ``state_dict`` 里。",
                ),
                "layer.bias.requires_grad_(False)\n"
                "{name: tensor.dtype for name, tensor in layer.state_dict().items()}",
            ),
        ],
    )


def normalisation(name: str, features: int, batch: int) -> Page:
    """Return a page about the buffers of a batch normalisation."""
    size = batch + 1
    return Page(
        name,
        Text(
            f"A normalisation of {features} features",
            f"{features} 个特征的归一化",
        ),
        Text(
            f"A batch normalisation watches {features} features and keeps buffers.",
            f"批归一化观察 {features} 个特征，并保存缓冲区。",
        ),
        [
            (
                Text(
                    "Beside two parameters it has three buffers.",
                    "除了两个参数，它还有三个缓冲区。",
                ),
                f"import torch\n\nnorm = torch.nn.BatchNorm1d({features})\n"
                "{name: tuple(buffer.shape) for name, buffer in norm.named_buffers()}",
            ),
            (
                Text(
                    f"A batch of {size} ones moves the running mean by a tenth.",
                    f"一批 {size} 个一，使运行均值移动十分之一。",
                ),
                f"norm(torch.ones({size}, {features}))\n"
                "round(norm.running_mean[0].item(), 4), int(norm.num_batches_tracked)",
            ),
            (
                Text(
                    "In evaluation mode nothing is counted.",
                    "在评估模式下什么都不计。",
                ),
                f"norm.eval()\nnorm(torch.zeros({size}, {features}))\n"
                'print(norm.training, norm.state_dict()["num_batches_tracked"])',
            ),
        ],
    )


def counter(name: str, start: int, step: int) -> Page:
    """Return a page about a module of the page's own."""
    return Page(
        name,
        Text(f"A count that starts at {start}", f"从 {start} 开始的计数"),
        Text(
            f"A buffer counts calls by {step}, and is saved.",
            f"一个缓冲区每次调用加 {step}，并且会保存。",
        ),
        [
            (
                Text(
                    "The module registers the tensor that its method changes.",
                    "模块注册的张量由它的方法修改。",
                ),
                "import torch\n\n\nclass Model(torch.nn.Module):\n"
                "    def __init__(self):\n        super().__init__()\n"
                f'        self.register_buffer("calls", torch.tensor({start}))\n\n'
                f"    def forward(self, x):\n        self.calls += {step}\n"
                "        return x\n\n\nmodel = Model()\nmodel",
            ),
            (
                Text(
                    f"One call adds {step} to what was {start}.",
                    f"一次调用给原来的 {start} 加上 {step}。",
                ),
                "model(torch.ones(1))\nmodel.calls",
            ),
            (
                Text(
                    "A copy is loaded from what was saved.",
                    "副本从保存的内容加载。",
                ),
                "other = Model()\n"
                "print(other.load_state_dict(model.state_dict()))\n"
                "other.calls == model.calls",
            ),
        ],
    )


def messages(page: Page) -> dict[str, str]:
    """Return the translation of each message of a page's script."""
    texts = [page.title, page.definition, *(text for text, _ in page.cells)]
    return {text.en: text.zh_CN for text in texts}


def script(page: Page) -> str:
    """Return a page as sphinx-gallery reads it."""
    head = [page.title.en, "=" * len(page.title.en), "", page.definition.en]
    cells = "".join(f"\n# %%\n# {text.en}\n\n{code}\n" for text, code in page.cells)
    return '"""\n' + "\n".join(head) + '\n"""\n' + cells


def notebook(page: Page) -> str:
    """Return a page as a Jupyter notebook that was not executed.

    >>> [cell["cell_type"] for cell in json.loads(notebook(page(1)))["cells"]][:3]
    ['markdown', 'markdown', 'code']
    """
    cells = [markdown(f"# {page.title.en}\n\n{page.definition.en}")]
    for text, code in page.cells:
        cells.append(markdown(text.en))
        cells.append(
            {"cell_type": "code", "source": code, "outputs": [], "metadata": {}}
            | {"execution_count": None}
        )
    names = {"name": "python3", "display_name": "Python 3", "language": "python"}
    whole = {"cells": cells, "metadata": {"kernelspec": names}}
    return json.dumps(whole | {"nbformat": 4, "nbformat_minor": 4}, indent=1)


def markdown(text: str) -> dict[str, object]:
    """Return a notebook's cell of text."""
    return {"cell_type": "markdown", "source": text, "metadata": {}}


def plain(page: Page, language: str, outputs: list[str]) -> str:
    """Return a page as MyST with its outputs, for which nothing need be executed."""
    title, definition = (
        getattr(text, language) for text in (page.title, page.definition)
    )
    parts = [f"# {title}", definition]
    for (text, code), output in zip(page.cells, outputs, strict=True):
        parts += [getattr(text, language), fence("python", code)]
        parts += [fence("text", output)]
    return "\n\n".join(parts) + "\n"


def fence(language: str, text: str) -> str:
    """Return a block of code."""
    return f"```{language}\n{text.rstrip()}\n```"


def outputs(page: Page) -> list[str]:
    """Run a page here; return what each cell prints, its last value included."""
    found, names = [], {"__name__": "__main__"}
    for _text, code in page.cells:
        tree = ast.parse(code)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(tree, page.name, "exec"), names)
            if last:
                value = eval(
                    compile(ast.Expression(last.value), page.name, "eval"), names
                )
                if value is not None:
                    print(repr(value))
        found.append(printed.getvalue())
    return found


if __name__ == "__main__":  # the outputs of pages 1, 2, ...: a list a page
    count = int(sys.argv[1])
    json.dump([outputs(page(number)) for number in range(1, count + 1)], sys.stdout)
