"""Panels: what a module holds after a cell, seen without touching it."""

from __future__ import annotations

import re
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
from tested_gallery.state import panel, snapshot, values, vocabulary, watch

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


WEIGHT = "P | weight | (1,) | float32 | cpu | [1] | -"


def drawn(title: str, *rows: str, raised: bool = False) -> nodes.Element:
    """Return a panel as it is drawn."""
    return panel.panel(title, [row.split(" | ") for row in rows], raised=raised)


def text_of(part: nodes.Node) -> str:
    """Return the text of a drawn part, without its marks."""
    return re.sub("<svg.*?</svg>", "", part.astext())


def drawn_head(title: str, *rows: str) -> str:
    """Return the head of a drawn panel, or the line that it is folded into."""
    parts = drawn(title, *rows)
    head = next(part for part in parts if not isinstance(part, nodes.raw))
    text = "".join(n.astext() for n in head if not isinstance(n, nodes.raw))
    return " ".join(text.split())


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
        "| P | weight | (1,) | float32 | cpu | [1] | -",
        "| P | bias | (1,) | float32 | cpu | [0] | -",
        "| B | running_mean | (1,) | float32 | cpu | [0] | -",
        "| B | running_var | (1,) | float32 | cpu | [1] | -",
        "| B | num_batches_tracked | () | int64 | cpu | 0 | -",
    ]
    assert shown("", model=model) == []
    model(torch.ones(2, 1))
    assert [line.split(" | ")[-2:] for line in shown("", model=model)[1:]] == [
        *(["[1]", "-"], ["[0]", "-"], ["[0]→[0.1]", "*"], ["[1]→[0.9]", "*"]),
        ["0→1", "*"],
    ]
    kept = model.running_mean  # or its address could be used again
    model.double()
    model.weight.requires_grad_(False)
    assert shown("", model=model, kept=kept)[1:] == [
        "| P→F | weight | (1,) | float32→float64 | cpu | [1] | %",
        "| P | bias | (1,) | float32→float64 | cpu | [0] | %",
        "| B | running_mean | (1,) | float32→float64 | cpu | [0.1] | @",
        "| B | running_var | (1,) | float32→float64 | cpu | [0.9] | @",
        "| B | num_batches_tracked | () | int64 | cpu | 1 | -",
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
    assert marks == ["%", "% =first", "@ /first"]
    del model.second
    assert shown("", model=model)[-1] == (
        "| P | second | (2,) | float64 | cpu | [0 0] | x"
    )
    other = nn.Module()
    other.register_parameter("weight", model.first)
    assert shown("", model=model, other=other)[-1].endswith("=model:first")


def test_two_rows_of_one_name_are_told_apart_by_their_kind() -> None:
    model = nn.Module()
    model.register_buffer("offset", torch.zeros(2))
    shown("", model=model)
    vars(model)["offset"] = torch.ones(2)
    registered = "| B | offset | (2,) | float32 | cpu | [0 0] | -"
    plain = "| A | offset | (2,) | float32 | cpu |"
    assert shown("", model=model)[1:] == [registered, f"{plain} [1 1] | +"]
    vars(model)["offset"] = model._buffers["offset"]
    then = f"{plain} [1 1]→[0 0] | @ =offset"
    assert shown("", model=model)[1:] == [registered, then]
    del vars(model)["offset"]
    assert shown("", model=model)[1:] == [registered, f"{plain} [0 0] | x"]
    tensor = model._buffers.pop("offset")
    model.offset = nn.Parameter(tensor)
    assert shown("", model=model)[1:] == [
        "| B→P | offset | (2,) | float32 | cpu | [0 0] | @"
    ]


def test_another_module_of_the_same_name_is_marked() -> None:
    assert shown("", layer=nn.PReLU())[0] == "|| layer: PReLU"
    layer = nn.PReLU()
    assert shown("", layer=layer)[0] == "|| layer: PReLU +"
    layer.double()
    assert shown("", layer=layer)[0] == "|| layer: PReLU"
    assert shown("", other=nn.PReLU())[0] == "|| other: PReLU"
    assert shown("", layer=layer)[0] == "|| layer: PReLU"  # a name that was free


def test_a_head_says_what_is_new_and_how_many_changed() -> None:
    assert drawn_head("layer: PReLU +", WEIGHT) == "layer PReLU another object 1 tensor"
    assert drawn_head("layer: PReLU =", WEIGHT) == "layer PReLU unchanged: 1 tensor"
    changed = WEIGHT.replace("-", "*")
    assert drawn_head("layer: PReLU", changed, WEIGHT) == "layer PReLU 1 of 2 changed"


def test_a_change_before_an_error_is_said_in_the_head() -> None:
    said = "1 of 1 changed, although the cell raised an error"
    changed = WEIGHT.replace("-", "*")
    assert said in drawn("layer: PReLU", changed, raised=True).astext()
    assert said not in drawn("layer: PReLU", changed).astext()
    assert "error" not in drawn("layer: PReLU", WEIGHT, raised=True).astext()


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
        *("|| second: Module", "% /first:mean", "@ /first:mean")
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
    nn.init.constant_(model.layers["a"][0].weight, 2)
    assert shown("", model=model) == [
        "|| model: Listing",
        "| A | steps[0] | (2,) | float32 | cpu | [0 0] | -",
        "| A | layers['a'].0.weight | (1, 1) | float32 | cpu | [2] | g",
        "| 0 | layers['a'].0.bias | - | - | - | - | -",
        "| A | layers['a'].1.running | (2,) | float32 | cpu | [0 0] | -",
        "| P | child.weight | (1,) | float32 | cpu | [0.25] | -",
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
    assert lines[1] == "| - | - | - | - | - | - | !AttributeError"
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
        "| B | sparse | (2, 2) | float32 | cpu | ? | -"
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
    """Return values and mark of a buffer after a change."""
    model = nn.Module()
    model.register_buffer("kept", tensor)
    model.register_buffer("other", torch.zeros(1))
    shown("", model=model)
    with torch.no_grad():
        change()
        model.other += 1
    return shown("", model=model)[1].split(" | ")[-2:]


def test_values_of_each_kind_that_can_be_read_are_compared(mesh: DeviceMesh) -> None:
    turn, line = torch.tensor([1j, 2.0]), torch.zeros(1)
    with torch.inference_mode():
        inferred = torch.zeros(2)
    sharded = distribute_tensor(torch.zeros(2), mesh, [Shard(0)])
    parts = torch.zeros(2), torch.zeros(2)
    for tensor, inside, was, now in (
        (turn, turn, "[0+1j 2+0j]", "[1+1j 3+0j]"),
        (turn.conj(), turn, "[1-1j 3+0j]", "[2-1j 4+0j]"),
        (line.expand(2, 3), line, "0…0", "1/1 1…1"),
        (inferred, inferred, "[0 0]", "[1 1]"),
        (sharded, sharded.to_local(), "[0 0]", "[1 1]"),
        (OpenPair(*parts), parts[1], "[0 0] & [0 0]", "[0 0] & [1 1]"),
    ):
        with torch.inference_mode(inside.is_inference()):
            assert changed_in_place(tensor, lambda: None) == [was, "-"]
            last = now if "/" in now else f"{was}→{now}"
            assert changed_in_place(tensor, partial(inside.add_, 1)) == [last, "*"]


def test_a_part_of_a_distributed_tensor_is_called_local(mesh: DeviceMesh) -> None:
    model = nn.Module()
    model.weight = nn.Parameter(distribute_tensor(torch.zeros(4, 2), mesh, [Shard(0)]))
    row = shown("", model=model)[1]
    assert row == "| P | weight | (4, 2)/(4, 2) | float32 | cpu | 0…0 | -"
    assert "local (4, 2) of (4, 2) · cpu" in drawn("m: M", row[2:]).astext()


def test_what_cannot_be_read_is_unknown_and_never_unchanged() -> None:
    lazy = nn.LazyLinear(1).weight
    sparse, pair = torch.eye(2).to_sparse(), Pair(torch.zeros(2), torch.zeros(2))
    for tensor in (pair, torch.empty(2, device="meta"), sparse, lazy):
        assert values.read(tensor) is None
        assert changed_in_place(tensor, lambda: None)[0] == "?"
    unknown = "B | table | (2,) | float32 | meta | ? | -"
    changed = WEIGHT.replace("-", "*")
    folded = [n for n in drawn("m: M", changed, unknown) if isinstance(n, nodes.raw)]
    assert folded == []
    assert "no values" in drawn("m: M", changed, unknown).astext()
    assert "values unknown" in drawn("m: M", unknown.replace("meta", "cpu")).astext()
    head, table, *rest = drawn("m: M =", unknown, WEIGHT)  # nor is its module
    assert "unchanged" not in head.astext()
    assert "table" in table.astext()
    assert "unchanged: P weight" in " ".join(part.astext() for part in rest)


def test_a_write_to_what_cannot_be_read_is_seen() -> None:
    model = nn.Module()
    model.register_buffer("unreal", torch.zeros(2, device="meta"))
    shown("", model=model)
    assert shown("", model=model) == []
    model.unreal.add_(1)
    assert shown("", model=model)[1].endswith("| meta | ? | *")


def test_more_than_four_elements_are_counted() -> None:
    table = torch.zeros(3, 4)
    assert changed_in_place(table, lambda: table[0, :3].add_(0.5)) == [
        *("3/12 0…0.5", "*")
    ]
    (row,) = drawn("m: M", "B | t | (3, 4) | float32 | cpu | 3/12 0…0.5 | *").findall(
        nodes.tbody
    )
    assert "3 of 12 changed 0 … 0.5" in row.astext()
    zeros = drawn("m: M", "B | t | (3, 4) | float32 | cpu | 0…0 | -")
    assert "all 0" in zeros.astext()


def test_a_cast_that_also_changes_values_is_told_from_one_that_does_not() -> None:
    model = nn.Module()
    model.weight = nn.Parameter(torch.linspace(0, 1, 6))
    shown("", model=model)
    model.half()
    assert shown("", model=model)[1].endswith("| float32→float16 | cpu | 0…1 | %")
    model.weight.data = model.weight.data.flip(0).float()
    assert shown("", model=model)[1].endswith("| cpu | 6/6 0…1 | %")


def test_memory_that_nobody_has_written_to_has_no_values() -> None:
    cell = '# sphinx_gallery_uninitialised = "model"'
    for model, was, now in (
        (nn.PReLU(), "[0.25]", "[1]"),
        (nn.PReLU(5), "0.25…0.25", "1…1"),
    ):
        watch.reset()
        shown("", model=model)
        model.to("meta").to_empty(device="cpu")
        assert shown(cell, model=model)[1].endswith(f"| cpu | {was}→? | @")
        assert shown("", model=model) == []
        nn.init.ones_(model.weight)
        assert shown("", model=model)[1].endswith(f"| cpu | ?→{now} | *")


class Counting(nn.Module):
    """A module that saves more than tensors."""

    calls = 0

    def get_extra_state(self) -> dict[str, object]:
        """Return how often it was called."""
        print("never on the page")
        return {"calls": self.calls}


def test_an_extra_state_is_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    model = Counting()
    line = "| X | _extra_state | - | dict | - | {'calls':"
    assert shown("", model=model)[1] == f"{line} 0}} | -"
    model.calls = 1
    assert shown("", model=model)[1] == f"{line} 0}}→{{'calls': 1}} | *"
    model.calls = object()
    assert shown("", model=model)[1] == f"{line} 1}}→? | *"
    assert capsys.readouterr().out == ""


def test_a_gradient_of_what_is_no_parameter_is_told() -> None:
    model = nn.Module()
    model.plain = torch.ones(1)
    shown("", model=model)
    for wanted, mark in ((True, "g+"), (False, "g-")):
        model.plain.requires_grad_(wanted)
        assert shown("", model=model)[1].endswith(f"| [1] | {mark}")


def test_an_unchanged_module_is_shown_in_a_line_where_the_author_asks() -> None:
    model = nn.PReLU()
    shown("", model=model)
    assert shown("", model=model) == []
    order = '# sphinx_gallery_show_state = "model"'
    same = shown(order, model=model, other=nn.PReLU())[:2]
    assert same == ["|| model: PReLU =", f"| {WEIGHT.replace('[1]', '[0.25]')}"]


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
        first = soup.select_one(".state-panels .state#state-1")
        assert first.select_one(".state-head strong").text == "model"
        assert first.select_one("tbody .spoken").text.strip() == word
        assert len(first.select("thead th")) == 4
        key = soup.select_one("article #key")
        assert {m["href"] for m in key.select("use")} >= {"#m-refilled", "#m-saved"}
        drawn = {m["href"] for m in soup.select(".state use")}
        assert drawn <= {f"#{symbol['id']}" for symbol in soup.select("symbol")}


def test_the_key_has_each_letter_and_each_mark(site: Path) -> None:
    key = page_of(site, "moving/what_to_does").select_one("#key")
    letters = {badge.text for badge in key.select(".state-kind")}
    assert letters == {*vocabulary.kinds()} - {"0"} | {"∅"}
    drawn = {mark["href"] for mark in key.select("use")}
    changes = {*vocabulary.SYMBOLS.values()} - {"error"}
    assert drawn == {f"#m-{name}" for name in (*changes, "saved")}


def test_a_change_is_before_an_error_if_the_cell_ends_with_it(site: Path) -> None:
    page = page_of(site, "loading/strict_and_mismatch")
    counts = [part.text for part in page.select(".state-count.error")]
    assert counts == ["7 of 11 changed, although the cell raised an error"]
    loaded = page.find_all(string=re.compile("All keys matched"))[-1]  # no error
    panel = loaded.find_parent(class_="sphx-glr-script-out").find_next(class_="state")
    assert panel.select_one(".state-count").text == "7 of 11 changed"


def page_of(site: Path, name: str) -> BeautifulSoup:
    """Return a built page of the gallery, in English."""
    text = (site / f"en/gallery/{name}.html").read_text("utf-8")
    return BeautifulSoup(text, "html.parser")


def test_what_changed_stands_before_and_after() -> None:
    row = "B→P | offset | () | float32→float64 | cpu→meta | 1→? | @ /first"
    (body,) = drawn("model: Shift", row).findall(nodes.tbody)
    tensor, happened, dtype, held = map(text_of, body.findall(nodes.entry))
    assert tensor == "B buffer → P parameter offset saved\n\n() · cpu → meta"
    assert happened.split("\n\n") == [
        *("buffer → parameter", "new object", "no longer shared with first")
    ]
    assert (dtype, held) == ("float32 → float64", "1 → no values")


def test_what_is_gone_is_struck_through_and_requires_nothing() -> None:
    model = nn.Module()
    model.plain = torch.ones(1, requires_grad=True)
    model.other = torch.ones(1)
    shown("", model=model)
    del model.plain
    gone = shown("", model=model)[-1]
    assert gone == "| A | plain | (1,) | float32 | cpu | [1] | x"
    rows = drawn("m: M", gone[2:], WEIGHT.replace("-", "* =b")).findall(nodes.row)
    assert [row["classes"] for row in rows][1:] == [["changed", "gone"], ["changed"]]


def test_what_cannot_be_looked_at_is_no_change_and_is_not_folded() -> None:
    broken = "P | bias | - | - | - | - | !TypeError"
    assert drawn_head("m: M", broken, WEIGHT) == "m M 2 tensors"
    changed = drawn("m: M", broken, WEIGHT.replace("-", "*"))
    assert "details" not in changed.pformat()
    assert "1 of 2 changed" in changed.astext()


def test_a_tensor_that_was_on_meta_had_no_values() -> None:
    moved = "P | weight | (1,) | float32 | meta→cpu | ?→[1] | @"
    assert "no values → [1]" in text_of(drawn("m: M", moved))


def test_an_extra_state_is_drawn_as_it_is() -> None:
    state = "X | _extra_state | - | dict | - | [[1], [2]]→3/4 x | *"
    assert "[[1], [2]] → 3/4 x" in text_of(drawn("m: M", state))


def test_unchanged_rows_are_a_line_that_names_them() -> None:
    other = WEIGHT.replace("weight", "bias")
    parts = drawn("model: Many", WEIGHT.replace("-", "*"), other)
    _head, table, _opened, line, _closed, rest, _end = parts
    assert len(list(table.findall(nodes.row))) == 2
    assert line.astext() == "unchanged: P bias"
    assert [text_of(row[0][0]) for row in rest.findall(nodes.row)][1:] == [
        "P parameter bias saved"
    ]
    many = [WEIGHT.replace("weight", str(n)) for n in range(9)]
    *_, line, _closed, _rest, _end = drawn("m: M", other.replace("-", "*"), *many)
    assert line.astext().endswith("P 7 … 9")


def test_a_long_panel_is_folded() -> None:
    assert "details" not in drawn("model: Many", *[WEIGHT] * 12).pformat()
    rows = [WEIGHT.split(" | ")] * 13
    assert "details" not in panel.panel("model: Many", rows, fold=False).pformat()
    opened, line, _closed, table, end = drawn("model: Many", *[WEIGHT] * 13)
    assert (opened.astext(), end.astext()) == ("<details><summary>", "</details>")
    assert line.astext().strip() == "model Many 13 tensors"
    assert len(list(table.findall(nodes.row))) == 14
    written = [WEIGHT.replace("-", "*")] * 13
    assert "state-long" in drawn("model: Many", *written)["classes"]
    assert "state-long" not in drawn("model: Many", *written[1:])["classes"]


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
