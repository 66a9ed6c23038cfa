"""Print values whose text depends on the Python that prints it.

``python values.py`` prints a section each, opened by a line ``%%``.  The files beside
this one are what those releases printed.
"""

from __future__ import annotations

import abc
import collections
import dataclasses
import enum
import functools
import inspect
import math
import pickle
import random
import re
import sys
import traceback
import typing
from collections import OrderedDict
from pathlib import Path

if typing.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEYS = (
    *("weight", "layers.0.bias", "it's", 'say "x"', "both ' and \"", "a, b", "a: b"),
    *(
        "(",
        ")]",
        "})",
        "[('k', 1)]",
        "{'k': 1}",
        "<",
        "->",
        "",
        "  ",
        "\n",
        "\\",
        "模型",
    ),
    *(0, -1, 2.5, None, True, (), (1,), ("a", 2), frozenset({1}), b"x'y", b"["),
)


class Shown:
    """Something that shows itself as a given text."""

    def __init__(self, text: str) -> None:
        """Keep the text."""
        self.text = text

    def __repr__(self) -> str:
        """Return the text."""
        return self.text


class Colour(enum.Enum):
    """Names whose texts have brackets, colons and quotes."""

    RED = 1
    PAIR = (1, "a, b")
    TEXT = "')]"


class Access(enum.Flag):
    """Flags."""

    READ = 1
    WRITE = 2


class Layers(OrderedDict):
    """A class made from `OrderedDict`, as torch has some."""


@dataclasses.dataclass
class Record:
    """A dataclass with a dict in it."""

    name: str
    state: OrderedDict
    shape: tuple[int, ...] = (2, 3)


class Point(typing.NamedTuple):
    """A tuple with names."""

    x: object
    y: str = "b"


class Slots:
    """A class whose objects have one attribute."""

    __slots__ = ("weight",)


class Abstract(abc.ABC):
    """A class that cannot be called."""

    @abc.abstractmethod
    def forward(self) -> None:
        """Do nothing."""

    @abc.abstractmethod
    def extra(self) -> None:
        """Do nothing."""


def scale(x: int | None = None, *, maximum: typing.Optional[int] = None) -> None:  # noqa: UP045
    """Do nothing."""


def union(x: typing.Union[int, str], y: typing.Union[None, str, float] = None) -> None:  # noqa: RUF036, UP007
    """Do nothing."""


TENSORS = tuple(
    map(
        Shown,
        (
            "tensor([0.9412, 0.0178])",
            "tensor([[ 1.5445,  2.1983],\n        [-1.8460,  0.5065]])",
            "tensor([1.], grad_fn=<AddBackward0>)",
            "Parameter containing:\ntensor([1., 2.], requires_grad=True)",
            "device(type='cpu')",
        ),
    )
)


def value(moments: random.Random, depth: int) -> object:
    """Return a value that may have others in it."""
    kind = moments.choice(
        ["odict"] * 4 + ["dict", "list", "tuple", "leaf", "leaf", "record"]
    )
    if depth == 0 or kind == "leaf":
        leaves = (
            *TENSORS,
            *Colour,
            Access.READ | Access.WRITE,
            *KEYS,
            int,
            len.__class__,
        )
        return moments.choice(leaves)
    keys = moments.sample([*KEYS, *Colour], k=moments.randint(0, 3))
    pairs = [(key, value(moments, depth - 1)) for key in keys]
    made: dict[str, Callable[[], object]] = {
        "odict": lambda: moments.choice([OrderedDict, Layers])(pairs),
        "dict": lambda: dict(pairs),
        "list": lambda: pairs,
        "tuple": lambda: Point(pairs),
        "record": lambda: Record("r", OrderedDict(pairs)),
    }
    return made[kind]()


def itself() -> OrderedDict:
    """Return a dict that has itself in it."""
    found: OrderedDict = Layers(a=1)
    found["self"] = found
    return found


def local() -> type:
    """Return a class that pickle does not find."""

    class Local:
        pass

    return Local


class Gone:
    """A class that pickle looks for in vain."""


GONE = Gone
del Gone


def enter(value: object) -> None:
    """Use a value as a context."""
    with value:
        pass


def unpack(values: tuple[int, ...]) -> None:
    """Take two values."""
    _, _ = values


VALUES: tuple[object, ...] = (
    *(OrderedDict([(key, key)]) for key in (*KEYS, *Colour)),
    *(OrderedDict([(1, tensor), (2, tensor)]) for tensor in TENSORS),
    *(OrderedDict(), Layers(), Layers(a=Layers(b=Layers())), itself()),
    *(
        OrderedDict(a=1).keys(),
        OrderedDict(a=1).items(),
        OrderedDict(a=(1, 2)).values(),
    ),
    *(collections.defaultdict(list, a=[(1, 2)]), collections.Counter("aab")),
    collections.deque([("a", OrderedDict(b=1))], maxlen=3),
    *(
        Record("r", OrderedDict(a=[("b", 1)])),
        dataclasses.asdict(Record("r", Layers(a=1))),
    ),
    *(
        Colour.RED,
        list(Colour),
        Colour.__members__,
        Access.READ | Access.WRITE,
        ~Access.READ,
    ),
    *(Point(1), Point(OrderedDict(a=1)), functools.partial(int, base=2)),
    *(typing.Optional[int], typing.Union[int, str], typing.List[int]),  # noqa: UP006, UP007, UP045
    *(typing.Optional[typing.Union[int, str]], list[typing.Optional[int]]),  # noqa: UP007, UP045
    *(Shown(str(inspect.signature(function))) for function in (scale, union)),
    *(typing.get_type_hints(scale), typing.get_type_hints(union)),
)

ERRORS: tuple[Callable[[], object], ...] = (
    *(lambda: scale(maximun=1), lambda: scale(x=1, z=2), lambda: scale(1, 2)),
    *(
        lambda: int("1", bas=2),
        lambda: sorted([1], revers=True),
        lambda: print(nothing=1),
    ),
    *(lambda: Slots().wieght, lambda: setattr(Slots(), "wieght", 1)),
    *(lambda: setattr(object(), "x", 1), lambda: delattr([], "x"), lambda: len.x),
    *(lambda: Abstract(), lambda: Point(), lambda: Point(1)._replace(z=1)),
    *(lambda: {[]: 1}, lambda: {()}.add({}), lambda: {}[[]], lambda: {[1]}),
    *(lambda: unpack((1, 2, 3)), lambda: unpack((1,)), lambda: unpack(1)),
    *(lambda: min([]), lambda: max(()), lambda: [].index("a"), lambda: (1,).index(2)),
    *(lambda: 1 / 0, lambda: 1.0 / 0, lambda: 1 // 0, lambda: 1 % 0, lambda: 0.0**-1),
    *(lambda: math.sqrt(-1), lambda: math.log(0), lambda: 1 in 1, lambda: dict([1])),
    *(lambda: pickle.dumps(local()), lambda: pickle.loads(b"c__main__\nnope\n.")),
    *(lambda: pickle.dumps(GONE), lambda: pickle.dumps(sys.stdout)),
    *(lambda: re.compile("("), lambda: enter(1)),
    *(lambda: Colour(3), lambda: Colour["BLUE"], lambda: int("a"), lambda: [][0]),
    *(lambda: OrderedDict()["a"], lambda: undefined, lambda: math.squareroot),  # noqa: F821
)


TRACED = (lambda: called_on_two_lines(), lambda: Slots().wieght, lambda: json.dumps(1))  # noqa: F821


def said(fail: Callable[[], object]) -> str:
    """Return what a page prints of an error."""
    try:
        fail()
    except Exception as error:
        return f"{type(error).__name__}: {error}".replace(str(Path(__file__)), "x.py")
    return "no error"


def trace(fail: Callable[[], object]) -> str:
    """Return a traceback, with the suggestions that it has."""
    try:
        fail()
    except Exception:
        return traceback.format_exc().replace(str(Path(__file__)), "x.py")
    return "no error"


def called_on_two_lines() -> None:
    """Raise an error in a call that takes two lines."""
    scale(
        maximum=math.sqrt(-1),
    )


def sections() -> Iterator[str]:
    """Yield the text of each value."""
    yield from map(repr, VALUES)
    moments = random.Random(0)
    yield from (repr(value(moments, 3)) for _ in range(40))
    yield from map(said, ERRORS)
    yield from map(trace, TRACED)


if __name__ == "__main__":
    print("".join(f"%%\n{text}\n" for text in sections()), end="")
