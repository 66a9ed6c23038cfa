"""Panels: what a module holds after a cell, seen without touching it."""

from __future__ import annotations

import weakref
from functools import partial
from typing import TYPE_CHECKING

import pytest
import torch
from bs4 import BeautifulSoup
from docutils import nodes
from torch import nn
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.tensor import Shard, distribute_tensor

import running
from project import EXPECTED, PAGE, ROOT, Project
from running import as_main
from tested_gallery.pages import page_texts
from tested_gallery.state import panel, snapshot, watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PAGES = [pytest.param(p, id=p.name) for p in page_texts.pages(ROOT)]


class Everything(nn.Module):
    """A module with a tensor of each kind, and some that are hard to look at."""

    def __init__(self) -> None:
        """Register one of each."""
        super().__init__()
        self.trained = nn.Parameter(torch.zeros(2))
        self.frozen = nn.Parameter(torch.zeros(2), requires_grad=False)
        self.register_parameter("no_parameter", None)
        self.register_buffer("kept", torch.zeros(2))
        self.register_buffer("unsaved", torch.zeros(2), persistent=False)
        self.register_buffer("empty", None)
        self.register_buffer("table", torch.zeros(1).expand(2, 3))
        self.register_buffer("turn", torch.tensor(1j))
        self.register_buffer("unreal", torch.zeros(2, device="meta"))
        self.plain = torch.zeros(2)
        with torch.inference_mode():
            self.inferred = torch.zeros(2)
        self.child = nn.LazyLinear(1, bias=False)

    @property
    def broken(self) -> torch.Tensor:
        """Raise."""
        raise RuntimeError


class Listing(nn.Module):
    """A module that holds others without registering them, two of them in a circle."""

    def __init__(self) -> None:
        """Register one only."""
        super().__init__()
        inner = nn.Module()
        inner.register_buffer("running", torch.zeros(2))
        self.child = nn.PReLU()
        self.steps = [torch.zeros(2)]
        self.layers = {"a": nn.Sequential(nn.Linear(1, 1, bias=False), inner)}
        self.registered = (self.child, self)
        self.held = [Circle(self)]


class Circle(nn.Module):
    """A module that knows who holds it."""

    def __init__(self, holder: nn.Module) -> None:
        """Register nothing."""
        super().__init__()
        self.holders = [holder, self]


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let these classes be the page's own: only of those are lists looked into."""
    for kind in (Listing, Circle):
        monkeypatch.setattr(kind, "__module__", "__main__")


def shown(code: str, **names: object) -> list[str]:
    """Return the lines of the panels after a cell."""
    return watch.panels(code, names, "page.py:1").splitlines()


@pytest.fixture(autouse=True)
def fresh() -> None:
    """Begin a page."""
    watch.reset()


def test_each_kind_has_its_row_and_no_values_are_read_where_there_are_none() -> None:
    rows = {row.name: row for row in snapshot.look(Everything())}
    kinds = {name: row.kind for name, row in rows.items()}
    assert kinds == {
        **{"trained": "P", "frozen": "F", "no_parameter": "0", "kept": "B"},
        **{"unsaved": "N", "empty": "0", "table": "B", "turn": "B", "unreal": "B"},
        **{"plain": "A", "inferred": "A", "child.weight": "P"},
        "child.bias": "0",
    }
    without = {name for name, row in rows.items() if row.values is None}
    slots = {"no_parameter", "empty", "child.bias"}
    assert without - slots == {"unreal", "child.weight"}
    assert {name for name, row in rows.items() if row.saved == "s"} == {
        *("trained", "frozen", "kept", "table", "turn", "unreal", "child.weight")
    }
    assert rows["child.weight"].shape == "?"
    assert not any(row.error for row in rows.values())


def test_a_look_leaves_no_trace() -> None:
    model, other = nn.Linear(2, 2), nn.Linear(2, 2)
    model.plain = torch.zeros(2)
    version = model.weight._version
    shown("", model=model, other=other)
    assert not weakref.getweakrefs(model.weight)
    assert model.weight._version == version
    torch.utils.swap_tensors(model.weight, other.weight)  # refuses what is referred to
    model.plain.resize_(9)  # refused once numpy() has shown the storage


def test_nothing_is_shown_twice_and_a_change_is_marked() -> None:
    model = nn.BatchNorm1d(1)
    assert shown("", model=model) == [
        "|| model: BatchNorm1d",
        "| P | weight | (1,) | float32 | cpu | g | s | -",
        "| P | bias | (1,) | float32 | cpu | g | s | -",
        "| B | running_mean | (1,) | float32 | cpu | - | s | -",
        "| B | running_var | (1,) | float32 | cpu | - | s | -",
        "| B | num_batches_tracked | () | int64 | cpu | - | s | -",
    ]
    assert shown("", model=model) == []
    model(torch.ones(2, 1))
    assert [line.rpartition(" | ")[2] for line in shown("", model=model)[1:]] == [
        *("-", "-", "*", "*", "*")
    ]
    kept = model.running_mean  # or its address could be used again
    model.double()
    model.weight.requires_grad_(False)
    assert shown("", model=model, kept=kept)[1:] == [
        "| P→F | weight | (1,) | float32→float64 | cpu | g→- | s | -",
        "| P | bias | (1,) | float32→float64 | cpu | g | s | -",
        "| B | running_mean | (1,) | float32→float64 | cpu | - | s | @",
        "| B | running_var | (1,) | float32→float64 | cpu | - | s | @",
        "| B | num_batches_tracked | () | int64 | cpu | - | s | -",
    ]


def test_what_is_new_gone_tied_or_shared_is_marked() -> None:
    model = nn.Module()
    model.first = nn.Parameter(torch.zeros(2))
    shown("", model=model)
    model.second = model.first
    model.register_buffer("part", model.first.detach()[:1])
    marks = [line.rpartition(" | ")[2] for line in shown("", model=model)[1:]]
    assert marks == ["-", "+ =first", "+ ~first"]
    model.double()
    marks = [line.rpartition(" | ")[2] for line in shown("", model=model)[1:]]
    assert marks == ["-", "=first", "@ /first"]
    del model.second
    assert shown("", model=model)[-1] == (
        "| P | second | (2,) | float64 | cpu | g | s | x"
    )
    other = nn.Module()
    other.register_parameter("weight", model.first)
    assert shown("", model=model, other=other)[-1].endswith("=model:first")


def test_two_rows_of_one_name_are_told_apart_by_their_kind() -> None:
    model = nn.Module()
    model.register_buffer("offset", torch.zeros(2))
    shown("", model=model)
    vars(model)["offset"] = torch.ones(2)
    registered = "| B | offset | (2,) | float32 | cpu | - | s | -"
    plain = "| A | offset | (2,) | float32 | cpu | - | - |"
    assert shown("", model=model)[1:] == [registered, f"{plain} +"]
    vars(model)["offset"] = model._buffers["offset"]
    assert shown("", model=model)[1:] == [registered, f"{plain} @ * =offset"]
    del vars(model)["offset"]
    assert shown("", model=model)[1:] == [registered, f"{plain} x"]
    tensor = model._buffers.pop("offset")
    model.offset = nn.Parameter(tensor)
    assert shown("", model=model)[1:] == [
        "| B→P | offset | (2,) | float32 | cpu | -→g | s | @"
    ]


def test_another_module_of_the_same_name_is_marked() -> None:
    assert shown("", layer=nn.PReLU())[0] == "|| layer: PReLU"
    layer = nn.PReLU()
    assert shown("", layer=layer)[0] == "|| layer: PReLU +"
    layer.double()
    assert shown("", layer=layer)[0] == "|| layer: PReLU"
    assert shown("", other=nn.PReLU())[0] == "|| other: PReLU"
    assert shown("", layer=layer)[0] == "|| layer: PReLU"  # a name that was free


@pytest.mark.parametrize("mark", ["+", "x"])
def test_a_head_says_what_it_marks(mark: str) -> None:
    row = ["P", "weight", "(1,)", "float32", "cpu", "g", "s", "-"]
    (table,) = panel.panel("layer: PReLU +", [row])
    assert table[0].astext().startswith("layer PReLU another object ")
    (table,) = panel.panel("layer: PReLU", [[*row[:-1], mark]])
    assert table[0].astext().startswith("layer PReLU P")


def test_a_tie_with_another_module_ends_in_words() -> None:
    first, second = nn.Module(), nn.Module()
    first.register_buffer("mean", torch.zeros(2))
    second.register_buffer("mean", first.mean)
    second.weight = nn.Parameter(first.mean[:1])
    looked = shown("", first=first, second=second)
    assert [line.rpartition(" | ")[2] for line in looked[-2:]] == [
        *("~first:mean", "=first:mean")
    ]
    second.double()
    looked = shown("", first=first, second=second)
    assert [line.rpartition(" | ")[2] for line in looked] == [
        *("|| second: Module", "/first:mean", "@ /first:mean")
    ]


def test_that_another_module_is_gone_is_no_change() -> None:
    first, second = nn.PReLU(), nn.Module()
    second.weight = first.weight
    shown("", first=first, second=second)
    second.bias = nn.Parameter(torch.zeros(1))
    looked = shown("", second=second)
    assert [line.rpartition(" | ")[2] for line in looked[1:]] == ["-", "+"]


@pytest.mark.usefixtures("own")
def test_modules_in_a_list_are_shown_as_tensors_in_a_list_are() -> None:
    model = Listing()
    assert shown("", model=model) == [
        "|| model: Listing",
        "| A | steps[0] | (2,) | float32 | cpu | - | - | -",
        "| A | layers['a'].0.weight | (1, 1) | float32 | cpu | g | - | -",
        "| 0 | layers['a'].0.bias | - | - | - | - | - | -",
        "| A | layers['a'].1.running | (2,) | float32 | cpu | - | - | -",
        "| P | child.weight | (1,) | float32 | cpu | g | s | -",
    ]
    model.layers["a"].double()
    lines = shown("", model=model)
    changed = [line.split(" | ")[1] for line in lines if "→float64" in line]
    assert changed == ["layers['a'].0.weight", "layers['a'].1.running"]


def test_a_module_is_shown_once_with_the_module_that_holds_it() -> None:
    model = nn.Sequential(nn.Linear(1, 1))
    names = {"model": model, "same": model, "inner": model[0], "_private": nn.PReLU()}
    heads = [line for line in shown("", **names) if line.startswith("||")]
    assert heads == ["|| model: Sequential"]


def test_a_comment_hides_a_cell_or_a_module() -> None:
    names = {"model": nn.PReLU(), "other": nn.PReLU()}
    assert shown("# sphinx_gallery_hide_state\nx = 1", **names) == []
    hidden = shown('# sphinx_gallery_hide_state = "other, third"\nx = 1', **names)
    assert hidden[0] == "|| model: PReLU"
    assert len(hidden) == 2
    assert shown("", **names) == []


@pytest.mark.parametrize("part", ["_buffers", "_modules"])
def test_a_module_that_breaks_while_looked_at_says_so(
    capsys: pytest.CaptureFixture[str], part: str
) -> None:
    broken, model = nn.PReLU(), nn.PReLU()
    delattr(broken, part)
    lines = shown("", broken=broken, model=model)
    assert lines[1] == "| - | - | - | - | - | - | - | !AttributeError"
    assert lines[2] == "|| model: PReLU"
    assert "page.py:1: cannot look at broken: AttributeError" in capsys.readouterr().err


def test_of_modules_that_hold_each_other_the_first_is_shown() -> None:
    one, two = nn.Module(), nn.Module()
    one.other, two.other = two, one
    assert list(watch.outermost({"one": one, "two": two})) == ["one"]
    assert list(watch.outermost({"two": two, "one": one})) == ["two"]


def test_a_name_is_one_word_in_a_row(tiny: Project) -> None:
    code = (
        "model.cache = {(0, 1): torch.zeros(1)}\nmodel.cache[0, 2] = model.cache[0, 1]"
    )
    named = f'{code}\nmodel.register_buffer("a | b", torch.zeros(1))'
    with tiny.changed(PAGE, "torch.zeros(2)", named):
        accepted = tiny.make("expected", "html")
        assert accepted.ok, accepted.text
        page = tiny.read("build/html/en/gallery/group/page.html")
        for name in ("cache[(0,1)]", "cache[(0,2)]", "a␣|␣b"):
            assert f'<span class="pre">{name}</span>' in page
    assert tiny.make("expected", "html").ok


def test_tensors_without_a_storage_are_looked_at() -> None:
    model = nn.Module()
    model.register_buffer("sparse", torch.eye(2).to_sparse())
    assert shown("", model=model)[1] == (
        "| B | sparse | (2, 2) | float32 | cpu | - | s | -"
    )


class Pair(torch.Tensor):
    """A tensor without a storage of its own, made of two others."""

    def __new__(cls: type[Pair], left: torch.Tensor, right: torch.Tensor) -> Pair:
        """Return a tensor of the form of ``left``."""
        made = torch.Tensor._make_wrapper_subclass(cls, left.shape, dtype=left.dtype)
        made.left, made.right = left, right
        return made

    @classmethod
    def __torch_dispatch__(
        cls, operation: object, types: object, args: tuple = (), kwargs: object = None
    ) -> object:
        """Do with the left one what is done with the pair."""
        pair = next(part for part in args if isinstance(part, Pair))
        return Pair(operation(pair.left, *args[1:]), pair.right)


class OpenPair(Pair):
    """One that says what it is made of."""

    def __tensor_flatten__(self) -> tuple[list[str], None]:
        """Return the names of its parts."""
        return ["left", "right"], None


@pytest.fixture
def mesh(tmp_path: Path) -> Iterator[DeviceMesh]:
    """Return a mesh of this process alone."""
    store = torch.distributed.FileStore(str(tmp_path / "store"), 1)
    torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
    yield init_device_mesh("cpu", (1,))
    torch.distributed.destroy_process_group()


def changed_in_place(tensor: torch.Tensor, change: Callable[[], object]) -> list[str]:
    """Return the marks of a module's buffer before and after a change."""
    model = nn.Module()
    model.register_buffer("kept", tensor)
    model.register_buffer("other", torch.zeros(1))
    shown("", model=model)
    with torch.no_grad():
        change()
        model.other += 1
    return [line.rpartition(" | ")[2] for line in shown("", model=model)[1:]]


def test_values_of_each_kind_that_can_be_read_are_compared(mesh: DeviceMesh) -> None:
    turn, line = torch.tensor([1j, 2.0]), torch.zeros(1)
    with torch.inference_mode():
        inferred = torch.zeros(2)
    sharded = distribute_tensor(torch.zeros(2), mesh, [Shard(0)])
    parts = torch.zeros(2), torch.zeros(2)
    for tensor, inside in (
        *((turn, turn), (turn.conj(), turn), (line.expand(2, 3), line)),
        *((inferred, inferred), (sharded, sharded.to_local())),
        (OpenPair(*parts), parts[1]),
    ):
        with torch.inference_mode(inside.is_inference()):
            assert changed_in_place(tensor, lambda: None) == ["-", "*"]
            assert changed_in_place(tensor, partial(inside.add_, 1)) == ["*", "*"]


def test_values_that_cannot_be_read_are_left_alone() -> None:
    pair = Pair(torch.zeros(2), torch.zeros(2))
    for tensor in (pair, torch.empty(2, device="meta"), torch.eye(2).to_sparse()):
        assert snapshot.checksum(tensor) is None


@pytest.mark.parametrize("page", PAGES)
def test_a_page_prints_the_same_with_panels_and_without(
    page: page_texts.Page,
) -> None:
    with_panels, without = (printed(page, look=look) for look in (True, False))
    assert len(with_panels) == len(page_texts.cells(page.script))
    assert with_panels == without


def printed(page: page_texts.Page, *, look: bool) -> list[str]:
    """Run a page; return what its cells print, without the panels."""
    from tested_gallery.pages import figures, reset_torch

    reset_torch.reset()
    figures.reset()
    watch.reset()
    found = []
    with as_main(page.script) as main:
        for cell in page_texts.cells(page.script):
            found.append(running.printed(cell.code, vars(main)))
            if look:
                watch.panels(cell.code, vars(main), "")
    reset_torch.reset()
    figures.reset()
    return found


def test_a_panel_is_an_output_that_must_be_expected(tiny: Project) -> None:
    with tiny.changed(EXPECTED, "| P | weight |", "| B | weight |"):
        result = tiny.make("html")
        assert not result.ok
        assert "- | B | weight |" in result.text
        checked = tiny.make("doctest")
        assert not checked.ok
        assert "| B | weight |" in checked.text


def test_a_panel_is_drawn_in_the_language_of_the_page(tiny: Project) -> None:
    for language, word in (("en", "parameter"), ("zh-cn", "参数")):
        path = tiny.root / f"build/html/{language}/gallery/group/page.html"
        soup = BeautifulSoup(path.read_text("utf-8"), "html.parser")
        table = soup.select_one(".state-panels table")
        assert table.caption.text.split()[0] == "model"
        assert table.select_one("tbody .unseen").text.strip() == word
        assert len(table.select("thead th")) == 7  # nothing to compare with yet


def test_what_changed_stands_beside_the_name() -> None:
    row = ["B", "offset", "()", "float32→float64", "cpu", "-", "s", "@"]
    (table,) = panel.panel("model: Shift", [row])
    head, body = table.findall(nodes.row)
    assert [part.astext() for part in head[:3]] == ["Kind", "Name", "Change"]
    assert [body[at].astext() for at in (1, 4)] == ["offset", "float32 → float64"]
    assert body[2].astext() == "dtype, replaced"


def test_a_change_of_a_field_is_in_the_column_that_a_phone_shows() -> None:
    still = ["P", "weight", "()", "float32", "cpu", "g", "s", "-"]
    (table,) = panel.panel("layer: PReLU", [still])
    assert "Change" not in table.astext()
    for at, name in ((2, "shape"), (5, "requires_grad"), (6, "state_dict")):
        row = [*still[:at], "-→x", *still[at + 1 :]]
        (table,) = panel.panel("layer: PReLU", [row, still])
        head, *rows = table.findall(nodes.row)
        assert head[2].astext() == "Change"
        assert [row[2].astext().replace("\u200b", "") for row in rows] == [name, ""]


def test_a_long_panel_is_folded() -> None:
    row = ["P", "weight", "()", "float32", "cpu", "g", "s", "-"]
    assert len(panel.panel("model: Many", [row] * 12)) == 1
    opened, table, closed = panel.panel("model: Many", [row] * 13)
    assert opened.astext().startswith("<details><summary><code>model</code>")
    assert len(list(table.findall(nodes.row))) == 14
    assert closed.astext() == "</details>"


@pytest.mark.parametrize("value", ["", ' = "model"'])
def test_the_comment_that_hides_is_not_on_the_page(tiny: Project, value: str) -> None:
    comment = f"# sphinx_gallery_hide_state{value}"
    hidden = ("model = Model()", f"{comment}\nmodel = Model()")
    with tiny.changed(PAGE, *hidden):
        accepted = tiny.make("expected")
        assert accepted.ok, accepted.text
        built = tiny.make("html")
        assert built.ok, built.text
        page = tiny.read("build/html/en/gallery/group/page.html")
        assert "hide_state" not in page
        assert "|| model" not in tiny.read(EXPECTED).partition("err")[0]
    assert tiny.make("expected", "html").ok


def test_a_module_that_breaks_does_not_end_the_build(tiny: Project) -> None:
    code = "print(type(model).__name__)"
    with tiny.changed(PAGE, "torch.zeros(2)", f"del model._buffers\n{code}"):
        result = tiny.make("expected")
        assert result.ok, result.text
        assert "page.py:" in result.text
        assert "cannot look at model: AttributeError" in result.text
        assert "!AttributeError" in tiny.read(EXPECTED)
    assert tiny.make("expected").ok
