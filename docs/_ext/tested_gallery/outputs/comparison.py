"""Compare printed outputs as a reader of tensors would.

What may differ between two runs of one page on two machines, and nothing else:

* the last printed digit of a number with four decimals or more, by one (torch
  prints four); a number with fewer was rounded on purpose and is exact;
* where torch wraps and pads a tensor: blanks and line ends inside brackets;
* the page's accelerator: ``cuda:0`` stands for the device of the expectation,
  which was accepted on a CPU, but not where torch names both of them.  A claim
  about a device is therefore asserted in the page's code;
* what Python's releases print in different words (`python_wordings`).
"""

import doctest
import re
from decimal import Decimal

from tested_gallery.outputs import python_wordings

DECIMALS = 4  # torch's print precision
NUMBER = re.compile(r"(?<![\w.])[-+]?\d+\.(\d*)(?:e([-+]?\d+))?(?=j?(?![\w.]))")
PARTS = re.compile(rf"({python_wordings.STRING}|[(\[{{]\s*|\s*[)\]}}]|\s+)")


class TensorChecker(doctest.OutputChecker):
    """doctest's checker, for outputs that show tensors."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        """Return whether ``got`` shows what ``want`` shows."""
        exact = super().check_output(want, got, optionflags)
        return exact or same_output(want, got)


def same_output(want: str, got: str) -> bool:
    """Return whether two outputs differ in no more than this module allows.

    >>> same_output("tensor([0.1234, 2.0000])", "tensor([0.1235, 2.0000])")
    True
    >>> same_output("tensor([0.1234])", "tensor([0.1236])")
    False
    """
    want, got = python_wordings.alike(on_cpu(want), on_cpu(got))
    want, got = unwrapped(want), unwrapped(got)
    if NUMBER.sub("#", want) != NUMBER.sub("#", got):
        return False
    pairs = zip(NUMBER.finditer(want), NUMBER.finditer(got), strict=True)
    return all(same_number(a, b) for a, b in pairs)


def same_number(a: re.Match[str], b: re.Match[str]) -> bool:
    """Return whether two printed numbers differ by one last digit at most.

    >>> sci = [NUMBER.match(s) for s in ("9.9999e-05", "1.0000e-04", "1.0002e-04")]
    >>> same_number(sci[0], sci[1]), same_number(sci[1], sci[2])
    (True, False)
    """
    decimals = max(len(a[1]), len(b[1]))
    exponent = max(int(a[2] or 0), int(b[2] or 0))
    last_digit = Decimal(1).scaleb(exponent - decimals)
    near = decimals >= DECIMALS and abs(Decimal(a[0]) - Decimal(b[0])) <= last_digit
    return a[0] == b[0] or (near and a[0].startswith("-") == b[0].startswith("-"))


def on_cpu(text: str) -> str:
    """Return ``text`` as a CPU would have printed it.

    >>> on_cpu("tensor([1.], device='cuda:0', dtype=torch.float64)")
    'tensor([1.], dtype=torch.float64)'
    >>> on_cpu("cuda:0"), on_cpu("found cuda:0 and cpu!")
    ('cpu', 'found cuda:0 and cpu!')
    """
    text = re.sub(r",\s+device='cuda:0'", "", text)
    text = text.replace("device(type='cuda', index=0)", "device(type='cpu')")
    return re.sub(r"(?<!\bcpu and )\bcuda:0\b(?! and cpu\b)", "cpu", text)


def unwrapped(text: str) -> str:
    r"""Return ``text`` with the blanks inside brackets made equal.

    >>> unwrapped("tensor([[ 1., -2.],\n        [ 3.,  4.]])\nnext  line\n")
    'tensor([[1., -2.], [3., 4.]])\nnext  line\n'
    >>> unwrapped("('[  ', 2)")
    "('[  ', 2)"
    """
    parts, depth = [], 0
    for part in PARTS.split(text):
        depth += part.strip() in {"(", "[", "{"}
        if depth:  # outside of brackets a line end before ")" means something
            part = " " if part.isspace() else part.strip()
        depth = max(depth - (part in {")", "]", "}"}), 0)
        parts.append(part)
    return "".join(parts)
