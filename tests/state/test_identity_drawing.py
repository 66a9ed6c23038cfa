"""Drawings: which name refers to which object, seen before and after a cell ran."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
import torch
from torch import nn

import project
from axe import violations
from built_pages import parse
from project import EXPECTED, PAGE, Project
from tested_gallery.site import search_text
from tested_gallery.state import (
    identity,
    identity_drawing,
    identity_frames,
    identity_svg,
)
from tested_gallery.state.identity_frames import Ref
from visitors import visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tested_gallery.state.identity_frames import Frames

MODEL = """
model = nn.Linear(2, 1, bias=False)
model.register_buffer("offset", torch.zeros(2))
weight, offset = model.weight, model.offset
"""
TIED = """
a, b = nn.Module(), nn.Module()
a.register_buffer("table", torch.ones(2))
b.register_buffer("table", a.table)
both = nn.ModuleList([a, b])
"""
CASES = {
    "to": (
        *(MODEL, "model.to(torch.float64)"),
        "model.weight, weight, offset, model.offset",
    ),
    "tie": (TIED, "both.double()", "a.table, b.table"),
    "assign": (
        MODEL + "state = {'weight': torch.ones(1, 2), 'offset': offset}",
        "model.load_state_dict(state, assign=True)",
        'model.weight, weight, state["weight"]',
    ),
}


def ran(before: str, code: str, names: str) -> Frames:
    """Return the frames of a cell that runs after another one."""
    page = {"torch": torch, "nn": nn}
    exec(before, page)
    first = identity_frames.look(names, page)
    exec(code, page)
    frames = [("before", first), ("after", identity_frames.look(names, page))]
    return identity_frames.read(identity_frames.text(frames))


@pytest.fixture(autouse=True)
def fresh() -> None:
    """Begin a page."""
    identity.reset()


def boxes(frames: Frames) -> list[dict[str, tuple[str, str]]]:
    """Return the objects of each frame as they are drawn: their place, their look."""
    tree = ElementTree.fromstring(identity_svg.drawn(frames))
    found = []
    for svg in tree.iter("svg"):
        parts = list(svg)
        found.append(
            {
                text.text: (
                    rect.get("y"),
                    rect.get("class").removeprefix("box object "),
                )
                for rect, text in itertools.pairwise(parts)
                if rect.get("class").startswith("box object")
            }
        )
    return found


def test_a_cast_refills_the_parameter_and_leaves_the_old_buffer_behind() -> None:
    before, after = boxes(ran(*CASES["to"]))
    assert set(before) == {"1 Parameter", "2 Tensor"}
    assert after["1 Parameter"] == (before["1 Parameter"][0], "refilled")
    assert after["2 Tensor"] == (before["2 Tensor"][0], "stale")
    assert after["3 Tensor"][1] == "new"
    looks = re.findall(r'"box storage (\w*)', identity_svg.drawn(ran(*CASES["to"])))
    assert looks == ["", "", "refilled", "stale", "new"]
    text = identity_svg.facts("after", *(s for _, s in reversed(ran(*CASES["to"]))))
    assert text.startswith(
        "After: parameter model.weight and weight: Parameter 1 (new data), memory 3: "
        "float64 "
    )


def test_a_cast_breaks_a_tie_of_buffers() -> None:
    before, after = boxes(ran(*CASES["tie"]))
    assert set(before) == {"1 Tensor"}
    assert {label: look for label, (_, look) in after.items()} == {
        "2 Tensor": "new",
        "3 Tensor": "new",
    }


def test_a_load_that_assigns_makes_a_parameter_over_the_memory_of_the_state() -> None:
    frames = ran(*CASES["assign"])
    after = frames[1][1]
    assert after["model.weight"].storage == after['state["weight"]'].storage
    assert after["model.weight"].object != after['state["weight"]'].object
    assert {label: look for label, (_, look) in boxes(frames)[1].items()} == {
        "1 Parameter": "stale",
        "2 Tensor": "",
        "3 Parameter": "new",
    }
    drawn = identity_svg.drawn(frames).rpartition("<svg")[2]
    assert re.findall(r'"box storage (\w*)', drawn) == ["", "stale"]


def test_what_changes_nothing_is_not_marked() -> None:
    before, _cast, names = CASES["to"]
    drawn = identity_svg.drawn(ran(before, "model.to(torch.float32)", names))
    assert not re.search("new|refilled|stale|changed", drawn)
    drawn = identity_svg.drawn(ran(before, "offset.fill_(3)", names))
    assert re.findall(r"box (\w+ new)", drawn) == ["storage new"]


def test_a_name_that_is_not_there_yet_has_no_place_before() -> None:
    code, names = "same, other = weight, weight.detach()", ["weight", "same", "other"]
    frames = ran(MODEL, code, ", ".join(names))
    assert [list(state) for _, state in frames] == [["weight"], names]
    drawn = identity_svg.drawn(frames)
    assert drawn.count("wire changed") == 2
    assert "new" not in drawn


def test_a_drawing_of_names_that_are_all_new_has_one_frame() -> None:
    node = identity_drawing.filled(ran("", MODEL, "model.weight, weight"))
    assert [head for head, _state in node["frames"]] == ["after"]
    assert "changed" not in identity_svg.drawn(node["frames"])
    assert "(" not in node.astext()


def test_a_long_name_is_cut_and_leaves_room_for_what_it_refers_to() -> None:
    ref = Ref("B", 1, "UninitializedBuffer", 1, "bfloat16", "0.25 0.25 0.25 0.25")
    drawn = identity_svg.drawn([("after", {"encoder.layers[0].norm.bias": ref})])
    texts = re.findall(r"<text[^>]*>([^<]*)", drawn)
    assert texts == ["B", "…s[0].norm.bias", "1 Uninitia…", "bfloat16", "0.25 0.2…"]


class Remaking(nn.Module):
    """A module with a tensor of each kind, and one that is another each time."""

    def __init__(self) -> None:
        """Hold one of each."""
        super().__init__()
        self.frozen = nn.Parameter(torch.zeros(1), requires_grad=False)
        self.register_buffer("unsaved", torch.zeros(1), persistent=False)
        self.plain = torch.zeros(1)

    @property
    def made(self) -> torch.Tensor:
        """Return a new tensor."""
        return torch.zeros(1)


def test_kinds_are_those_of_the_module_that_has_the_name() -> None:
    names = (
        "m.frozen, m.unsaved, m.plain, state['m.frozen'], m.made, gone, m.plain.grad"
    )
    model = Remaking()
    state = identity_frames.look(
        names, {"m": model, "state": {"m.frozen": model.frozen}}
    )
    assert {name: ref.kind for name, ref in state.items()} == {
        "m.frozen": "F",
        "m.unsaved": "N",
        "m.plain": "A",
        "state['m.frozen']": "",
    }


CAPTION = "Taken from the ``model`` before the cast."
TEXT = f"""\
# %%
# .. identity:: model.weight, held,
#    copied.weight
#
#    {CAPTION}
"""
CELLS = f"""\
held = model.weight

# %%
# Both streams and the last value are shown.

model.double()
model.weight is held

{TEXT}
import subprocess
run = subprocess.run([sys.executable, "_worker.py"], capture_output=True, text=True)
rows = run.stdout
print(run.returncode)

# %%
# .. identity:: rows
"""
WORKER = """\
import torch
model = torch.nn.BatchNorm1d(4, affine=False)
def show(head):
    print(f":: {head}")
    for name, kind in (("mean", "-"), ("model.running_mean", "B")):
        tensor = eval(name, globals())
        memory = tensor.untyped_storage().data_ptr()
        dtype = str(tensor.dtype).removeprefix("torch.")
        print(f": {name} | {kind} | {id(tensor)} {type(tensor).__name__} | "
              f"{memory} {dtype} | {' '.join(map(str, tensor.tolist()))}")
mean = model.running_mean.fill_(0.25)
show("before")
model.half()
show("after model.half()")
"""


@pytest.fixture(scope="module")
def drawing(tiny: Project) -> Iterator[Project]:
    """Return the project, built with two drawings on its page."""
    project.TRANSLATIONS[CAPTION] = "在转换之前从 ``model`` 取得。"
    (tiny.root / "gallery/group/_worker.py").write_text(WORKER)
    with tiny.changed(PAGE, "torch.zeros(2)", CELLS):
        assert tiny.make("catalogs").ok
        tiny.translate()
        accepted = tiny.make("expected")
        assert accepted.ok, accepted.text
        built = tiny.make("html")
        assert built.ok, built.text
        yield tiny


def test_what_was_found_is_an_output_that_must_be_expected(drawing: Project) -> None:
    assert """
:: before
: model.weight | P | 1 Parameter | 1 float32 | [1 1]
: held | - | 1 Parameter | 1 float32 | [1 1]
: copied.weight | P | 2 Parameter | 2 float32 | [1 1]
:: after model.double()
: model.weight | P | 1 Parameter | 3 float64 | [1 1]
: held | - | 1 Parameter | 3 float64 | [1 1]
: copied.weight | P | 2 Parameter | 2 float32 | [1 1]
""" in drawing.read(EXPECTED)
    for old, new in (("3 float64", "2 float64"), ("2 float16", "1 float16")):
        with drawing.changed(EXPECTED, old, new):
            for goal in ("html", "doctest"):
                result = drawing.make(goal)
                assert not result.ok
                assert f"| {new} | " in result.text
    again = drawing.make("html", "doctest")
    assert again.ok, again.text


def test_another_process_is_drawn_from_what_it_printed(drawing: Project) -> None:
    assert """
0
:: before
: mean | - | 1 Tensor | 1 float32 | 0.25 0.25 0.25 0.25
: model.running_mean | B | 1 Tensor | 1 float32 | 0.25 0.25 0.25 0.25
:: after model.half()
: mean | - | 1 Tensor | 1 float32 | 0.25 0.25 0.25 0.25
: model.running_mean | B | 2 Tensor | 2 float16 | 0.25 0.25 0.25 0.25
""" in drawing.read(EXPECTED)


@pytest.mark.parametrize(
    ("language", "label", "fact", "said"),
    [
        (
            *("en", "After model.double()"),
            "parameter model.weight and held: Parameter 1 (new data), memory 3: float",
            "Taken from the model before the cast.",
        ),
        (
            *("zh-cn", "执行后 model.double()"),
            "参数 model.weight、held：对象 Parameter 1（换了数据），存储 3：float64",
            "在转换之前从 model 取得。",
        ),
    ],
)
def test_a_drawing_says_the_same_in_each_language_and_form(
    drawing: Project, language: str, label: str, fact: str, said: str
) -> None:
    page = drawing.root / f"build/html/{language}/gallery/group/page"
    soup = parse(page.with_suffix(".html"))
    before, after = soup.select(".identity")[0].select("figure")
    panel = soup.select(".state-panels")[-1]
    assert "sphx-glr-script-out" in panel.find_previous_sibling()["class"]
    assert after.figcaption.text == label
    assert after.svg["role"] == "img"
    assert after.svg["aria-label"].startswith(label)
    assert fact in after.svg["aria-label"]
    assert soup.select_one("p.identity-legend").text == said
    listed = f"- {before.svg['aria-label']}\n- {after.svg['aria-label']}\n"
    plain = page.with_suffix(".md").read_text("utf-8")
    assert listed in plain
    cells = json.loads(page.with_suffix(".ipynb").read_text("utf-8"))["cells"]
    assert any(listed in "".join(cell["source"]) for cell in cells)
    words = search_text.record(page.with_suffix(".html").read_text("utf-8"))
    words = words.replace(" ~", "").replace(search_text.MARK, "")
    assert said.rpartition("model ")[2].rstrip(".") in words
    assert not re.search(f"float64 1|{label.split()[0]}", words)


DRAWS = "draws 1 to 8 names, with attributes and keys, not"
FAULTS = {
    ":: gone, model.weight": "after': gone",
    ":: model.weight.data": "another one each time, or no lines ':: before', ",
    ":: model.double()": f"{DRAWS} model.double()",
    f":: {', '.join('abcdefghi')}": f"{DRAWS} a, b, c",
    "::": f"{DRAWS} none",
    ":: __name__": "or no lines ':: before', ': name | …', ':: after': __name__",
    ":: held\n#\n# .. identity:: held": "stands below no code cell",  # twice
}


def test_a_drawing_that_cannot_be_is_refused_with_its_line(drawing: Project) -> None:
    cells = "".join(f"\n# %%\n# .. identity{fault}\n\n1 + 1\n" for fault in FAULTS)
    above = "hard to run twice."
    last = "# .. identity:: rows\n"
    with (
        drawing.changed(PAGE, last, f"{last}\n1 + 1\n{cells}"),
        drawing.changed(PAGE, above, f"{above}\n\n.. identity:: held"),
    ):
        page = drawing.read(PAGE)
        text = drawing.make("draft", "PAGE=group/page").text
    first = page.splitlines().index(".. identity:: held") + 1
    assert f"page.py:{first}: ERROR: identity stands below no code cell" in text
    for fault, said in FAULTS.items():
        line = page.partition(f"identity{fault}\n\n")[0].count("\n") + 1
        line += fault.count("\n#\n") * 2
        assert re.search(rf"page\.py:{line}: .*{re.escape(said)}", text), (said, text)


# What is wrong with the drawings of a page: letters, contrast, what sticks out.
LOOK = """() => {
  const channel = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map(channel);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faults = [];
  for (const svg of document.querySelectorAll(".identity svg")) {
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    let rect = null;
    for (const part of svg.children) {
      const style = getComputedStyle(part);
      if (part.tagName === "rect") rect = part;
      if (part.tagName !== "text") continue;
      if (parseFloat(style.fontSize) * scale < 11.95) faults.push("small: " + scale);
      const own = !part.classList.contains("name");
      const page = getComputedStyle(document.body).backgroundColor;
      const fill = own ? getComputedStyle(rect).fill : "none";
      const back = fill === "none" ? page : fill;
      const [low, high] = [light(back), light(style.fill)].sort((a, b) => a - b);
      if ((high + 0.05) / (low + 0.05) < 4.5)
        faults.push("contrast: " + part.textContent + style.fill + back);
      const [box, frame] = [part, own ? rect : svg].map(e => e.getBoundingClientRect());
      if (box.left < frame.left - 1 || box.right > frame.right + 1)
        faults.push("sticks out: " + part.textContent);
    }
  }
  return faults;
}"""


@pytest.mark.parametrize("language", ["en", "zh-cn"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_drawing_is_read_on_a_phone_in_the_dark_and_without_scripts(
    chromium: Browser, drawing: Project, language: str, scheme: str
) -> None:
    page = (drawing.root / f"build/html/{language}/gallery/group/page.html").as_uri()
    size = {"width": 360, "height": 720}
    with visitor(chromium, viewport=size, color_scheme=scheme) as tab:
        tab.goto(page)
        assert tab.locator(".identity svg").count() == 4
        assert tab.evaluate("document.documentElement.scrollWidth") == 360
        assert tab.evaluate(LOOK) == []
        assert not violations(tab)
        tab.emulate_media(media="print", color_scheme=scheme)
        assert tab.evaluate(LOOK) == []
    with visitor(chromium, viewport=size, java_script_enabled=False) as tab:
        tab.goto(page)
        assert tab.locator(".identity svg").last.is_visible()
