"""The checker forgives what differs between machines, and nothing else."""

from __future__ import annotations

import doctest

import pytest

from tested_gallery.outputs.comparison import TensorChecker

# The output of the document that this site grew from, on CUDA...
ON_CUDA = """\
OrderedDict([('param', tensor([[0.9412, 0.0178, 0.0433],
        [0.8280, 0.6318, 0.2142]], device='cuda:0')), ('my_buffer', tensor([[ 1.5445,  2.1983, -1.7092],
        [-1.8460,  0.5065, -0.5747]], device='cuda:0'))])
"""  # noqa: E501
# ...and the same values on a CPU.
ON_CPU = """\
OrderedDict([('param', tensor([[0.9412, 0.0178, 0.0433],
        [0.8280, 0.6318, 0.2142]])), ('my_buffer', tensor([[ 1.5445,  2.1983, -1.7092],
        [-1.8460,  0.5065, -0.5747]]))])
"""

SAME = {
    "the same": ("tensor([1, 2])", "tensor([1, 2])"),
    "one in the last digit": ("tensor([0.1234, 5.0000])", "tensor([0.1235, 4.9999])"),
    "a digit that carries": ("tensor([ 9.9999])", "tensor([10.0000])"),
    "whole numbers and not quite": ("tensor([1., 2.])", "tensor([1.0000, 1.9999])"),
    "nan and inf": ("tensor([nan, inf, -inf])", "tensor([nan, inf, -inf])"),
    "scientific, last digit": ("[1.2345e-05, 1e+08]", "[1.2346e-05, 1e+08]"),
    "scientific, carried": ("tensor([9.9999e-06])", "tensor([1.0000e-05])"),
    "complex": ("tensor([1.0000+2.5001j])", "tensor([1.0000+2.5002j])"),
    "wrapped": ("tensor([1.,\n        2.])", "tensor([1., 2.])"),
    "cuda:0 for none": ("tensor([1.])", "tensor([1.], device='cuda:0')"),
    "cuda:0 on a line of its own": (
        "tensor([1.], grad_fn=<A>)",
        "tensor([1.],\n       device='cuda:0', grad_fn=<A>)",
    ),
    "cuda:0 for cpu": ("cpu\n", "cuda:0\n"),
    "device object": ("device(type='cpu')", "device(type='cuda', index=0)"),
    "a message that names both": ("cuda:0 and cpu!", "cuda:0 and cpu!"),
    "the original document": (ON_CUDA, ON_CPU),
}

DIFFERENT = {
    "one of the two devices": ("found cuda:0 and cpu!", "found cpu and cpu!"),
    "the two devices in turn": ("found cuda:0 and cpu!", "found cpu and cuda:0!"),
    "two in the last digit": ("tensor([0.1234])", "tensor([0.1236])"),
    "three decimals are exact": ("0.123", "0.124"),
    "a rounded number": ("loss 0.25", "loss 0.26"),
    "an integer": ("tensor([1])", "tensor([2])"),
    "a whole number": ("tensor([1.])", "tensor([2.])"),
    "sign": ("tensor([0.1234])", "tensor([-0.1234])"),
    "sign of zero": ("tensor([0.0000])", "tensor([-0.0000])"),
    "sign of inf": ("tensor([inf])", "tensor([-inf])"),
    "nan": ("tensor([nan])", "tensor([0.1234])"),
    "exponent": ("tensor([1.2345e-05])", "tensor([1.2345e-06])"),
    "scientific": ("tensor([1.2345e-05])", "tensor([1.2347e-05])"),
    "key missing": ("['weight', 'bias']", "['weight']"),
    "key renamed": ("['weight', 'bias']", "['weight', 'gamma']"),
    "keys reordered": ("['weight', 'bias']", "['bias', 'weight']"),
    "shape": ("tensor([[0.5000], [0.5000]])", "tensor([[0.5000, 0.5000]])"),
    "printed shape": ("torch.Size([2, 3])", "torch.Size([3, 2])"),
    "dtype": ("tensor([1.])", "tensor([1.], dtype=torch.float64)"),
    "another dtype": ("torch.float32", "torch.float64"),
    "requires_grad": ("tensor([1.], requires_grad=True)", "tensor([1.])"),
    "meta for none": ("tensor([1.])", "tensor([1.], device='meta')"),
    "another accelerator": ("tensor([1.])", "tensor([1.], device='cuda:1')"),
    "words on two lines": ("a b\n", "a\nb\n"),
    "a line more": ("a\n", "a\na\n"),
    "an order of lines": ("a\nb\n", "b\na\n"),
    "True for 1": ("1\n", "True\n"),
}


def verdict(want: str, got: str) -> bool:
    return TensorChecker().check_output(want, got, doctest.DONT_ACCEPT_TRUE_FOR_1)


@pytest.mark.parametrize(("want", "got"), SAME.values(), ids=SAME)
def test_what_differs_between_machines_is_the_same(want: str, got: str) -> None:
    assert verdict(want, got)
    assert verdict(got, want)


@pytest.mark.parametrize(("want", "got"), DIFFERENT.values(), ids=DIFFERENT)
def test_everything_else_is_a_difference(want: str, got: str) -> None:
    assert not verdict(want, got)
    assert not verdict(got, want)
