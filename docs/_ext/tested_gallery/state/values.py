"""Read the values of a tensor, count which of them changed, say them in few signs.

A look keeps copies on the CPU until the next one.  What cannot be read is unknown
(``None``), and so never unchanged: a tensor on ``meta``, one that is sparse or lazy, a
subclass that keeps its values elsewhere and does not say where.
"""

import warnings
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch.nn.parameter import is_lazy

FEW = 4  # elements that are said one by one
BITS = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
Shape = tuple[int, ...]


class Values(NamedTuple):
    """What a tensor held: copies of what lies in memory, each with its shape.

    A plain tensor is one part; a subclass, the parts which it says it is made of.
    """

    parts: list[tuple[torch.Tensor, Shape]]
    filled: bool = True  # false: memory that nobody has written to

    def __eq__(self, other: object) -> bool:
        """Return whether two tensors hold the same, bit by bit."""
        if not isinstance(other, Values) or len(self.parts) != len(other.parts):
            return False
        if self.parts is other.parts:
            return True
        pairs = zip(self.parts, other.parts, strict=True)
        return all(
            a.dtype == b.dtype and torch.equal(bits(a), bits(b))
            for (a, _), (b, _) in pairs
        )

    __hash__ = None

    def __str__(self) -> str:
        """Return the values in few signs."""
        if not self.filled:
            return "?"
        return " & ".join(said(copy, shape) for copy, shape in self.parts)

    def changed(self, old: "Values") -> int | None:
        """Return how many elements in memory are not the old ones.

        They are compared in the new dtype: a cast alone changes none.  ``None`` if the
        shapes differ.

        >>> a, b = read(torch.zeros(3)), read(torch.tensor([0.0, float("nan"), 0]))
        >>> b.changed(a), b.changed(b), b.changed(read(torch.zeros(2)))
        (1, 0, None)
        >>> read(torch.tensor([0.1, 0.2]).half()).changed(read(torch.tensor([0.1, 0])))
        1
        """
        if [copy.shape for copy, _ in old.parts] != [c.shape for c, _ in self.parts]:
            return None
        pairs = zip(old.parts, self.parts, strict=True)
        return sum(int(differing(a, b).sum()) for (a, _), (b, _) in pairs)

    def size(self) -> int:
        """Return how many elements lie in memory."""
        return sum(copy.numel() for copy, _ in self.parts)


def read(tensor: torch.Tensor, before: Values | None = None) -> Values | None:
    """Return what a tensor holds, ``None`` if that cannot be read.

    Of a DTensor it is the part in this process.  What is as ``before`` is not copied.

    >>> str(read(torch.eye(2))), str(read(torch.zeros(1).expand(10**15)))
    ('[1 0; 0 1]', '0…0')
    >>> read(torch.empty(1, device="meta"))
    """
    try:
        now = Values(list(parts(tensor)))
        if before is not None and now == before:
            return before._replace(filled=True)
        return Values([(part.clone(), shape) for part, shape in now.parts])
    except Exception:  # whatever a subclass does not know how to do
        return None


def parts(tensor: torch.Tensor) -> Iterator[tuple[torch.Tensor, Shape]]:
    """Yield what a tensor is made of, on the CPU; raise if it cannot be read."""
    if hasattr(tensor, "to_local"):
        yield from parts(tensor.to_local())
    elif hasattr(tensor, "__tensor_flatten__"):
        names, _ = tensor.__tensor_flatten__()
        for name in names:
            yield from parts(getattr(tensor, name))
    elif is_lazy(tensor) or tensor.layout != torch.strided:
        raise ValueError(tensor.layout)
    else:
        # what is expanded is one value many times
        many = zip(tensor.shape, tensor.stride(), strict=True)
        one = tuple(slice(1) if step == 0 else slice(None) for _, step in many)
        here = tensor.detach()[one].to("cpu").resolve_conj().resolve_neg()
        if here.numel() and not (tensor.data_ptr() and here.data_ptr()):
            raise ValueError(type(tensor))  # keeps its values elsewhere
        yield here, tuple(tensor.shape)


def differing(old: torch.Tensor, new: torch.Tensor) -> torch.Tensor:
    """Return where two tensors of one shape differ, bit by bit, in the new dtype."""
    if old.dtype != new.dtype:
        with warnings.catch_warnings(action="ignore"):  # complex to real
            old = old.to(new.dtype)
    found = bits(old) != bits(new)
    return found.any(-1) if new.dtype == torch.complex128 else found


def bits(tensor: torch.Tensor) -> torch.Tensor:
    """Return the memory of a tensor as integers: also ``nan`` is equal to itself."""
    if tensor.dtype == torch.complex128:  # of which no integer has the size
        tensor = torch.view_as_real(tensor)
    return tensor.view(BITS[tensor.element_size()])


def said(copy: torch.Tensor, shape: Shape) -> str:
    """Return up to four elements as they are, else the least and the greatest.

    >>> said(torch.tensor([[1.5, 2], [1e-9, 4]]), (2, 2)), said(torch.tensor(3), ())
    ('[1.5 2; 1e-09 4]', '3')
    >>> said(torch.arange(6.0), (6,)), said(torch.zeros(0), (0,))
    ('0…5', '[]')
    >>> nan, near = torch.tensor([float("nan"), *range(5)]), torch.ones(5).double()
    >>> near[0] += 1e-7
    >>> said(nan, (6,)), said(near, (5,)), said(torch.ones(5) * 1j, (5,))
    ('nan…4', '1…1.0000001', '|1…1|')
    """
    if torch.Size(shape).numel() <= FEW:
        whole = (copy.double() if copy.is_floating_point() else copy).expand(shape)
        if not shape:
            return number(whole.item())
        rows = whole.reshape(-1, max(shape[-1], 1)).tolist()
        return f"[{'; '.join(' '.join(map(number, row)) for row in rows)}]"
    wide = copy.abs() if copy.is_complex() else copy
    exact = not wide.is_floating_point() and wide.dtype != torch.uint64
    wide = wide.long() if exact else wide.double()
    known = wide[~wide.isnan()]
    if not known.numel():
        return "nan…nan"
    low, high = known.min().item(), known.max().item()
    least, most = number(low), number(high)
    if least == most and low != high:
        least, most = f"{low:.9g}", f"{high:.9g}"
    if copy.is_complex():
        return f"|{least}…{most}|"
    return f"{least}…{most}" if known.numel() == wide.numel() else f"nan…{most}"


def number(value: complex) -> str:
    """Return a number with four digits, a whole one with all.

    >>> [number(n) for n in (True, 0.1, 16777216.0, -0.000457, 2 - 1j, -1e9)]
    ['True', '0.1', '16777216', '-0.000457', '2-1j', '-1e+09']
    """
    if isinstance(value, complex):
        imaginary = number(value.imag)
        sign = "" if imaginary.startswith("-") else "+"
        return f"{number(value.real)}{sign}{imaginary}j"
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < 1e9
        return str(int(value)) if whole else f"{value:.4g}"
    return str(value)
