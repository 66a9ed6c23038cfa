"""Number tensors, so that two looks at a page's modules know them again.

An address says nothing: torch and Python use that of a freed tensor again, at times.
What is kept here is one of torch's own weak references for each tensor: it lets go of
the data and holds the address.  `torch.utils.swap_tensors`, which refuses a tensor
that is referred to, is given them back before it works, and its tensors their numbers
after.  A storage is known by its own weak reference, which holds its address too.
"""

import functools
from typing import Any

import torch
from torch.multiprocessing.reductions import StorageWeakRef

references: dict[int, torch._C._WeakTensorRef] = {}  # by the tensor's address
numbers: dict[int, int] = {}
storages: dict[int, tuple[int, StorageWeakRef]] = {}  # number by address
kept: dict[int, Any] = {}  # what a tensor held when it was last looked at, by number


def reset() -> None:
    """Forget the tensors of the page before."""
    references.clear()
    numbers.clear()
    storages.clear()
    kept.clear()


def number(tensor: torch.Tensor) -> int:
    """Return the number of a tensor: the same for the same one, until `reset`.

    >>> a, b = torch.zeros(1), torch.zeros(1)
    >>> number(a) == number(a) != number(b)
    True
    """
    address = tensor._cdata
    if address not in numbers:
        numbers[address] = len(numbers) + 1
        references[address] = torch._C._WeakTensorRef(tensor)
    return numbers[address]


def storage_number(tensor: torch.Tensor) -> int:
    """Return the number of a tensor's storage: the same for the same one.

    >>> a = torch.zeros(2)
    >>> storage_number(a) == storage_number(a[1:]) != storage_number(a.clone())
    True
    >>> before = storage_number(a)
    >>> a.data = torch.zeros(2)
    >>> storage_number(a) == before
    False
    """
    storage = tensor.untyped_storage()
    address = storage._cdata
    if address not in storages:
        storages[address] = len(storages) + 1, StorageWeakRef(storage)
    return storages[address][0]


@functools.wraps(torch.utils.swap_tensors)
def swap_tensors(t1: torch.Tensor, t2: torch.Tensor) -> None:
    """Swap two tensors with torch's own function."""
    known = {
        id(tensor): numbers.pop(tensor._cdata)
        for tensor in (t1, t2)
        if references.pop(tensor._cdata, None)
    }
    try:
        swap_tensors.__wrapped__(t1, t2)
    finally:
        for tensor in (t1, t2):
            if id(tensor) in known:
                numbers[tensor._cdata] = known[id(tensor)]
                references[tensor._cdata] = torch._C._WeakTensorRef(tensor)


torch.utils.swap_tensors = swap_tensors
