"""Finds the kernel records, as `engine.ops.registry` finds the ops: declaring one is all it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import gl_kernels.kernels as package
from engine.compiler.fuse import FusionLimits
from engine.devices.base import DeviceError
from engine.ops.op import Op, OpKind
from engine.registry import Registry, instances
from gl_kernels.launch import Launch, Request

Lower = Callable[[Request], Sequence[Launch]]
ELEMENTWISE = "elementwise"


@dataclass(frozen=True)
class Kernel:
    """How one op (by name) becomes launches, which run in the order given.

    Attributes:
        op: its name.
        lower: makes the launches.
        forms: so many of its inputs, from the first on, are only read by `load_<name>`, so that they can be formed there.
        ends: whether it applies the attribute `epilogue` to its results.
        totals: whether it gives the sums of its last input's columns where it has the attribute `totals`.
    """

    op: str
    lower: Lower
    forms: int = 0
    ends: bool = False
    totals: bool = False


@cache
def kernels() -> Mapping[str, Kernel]:
    """All kernels by the name of their op."""
    return Registry[Kernel](package.__name__, "kernels", instances(Kernel), lambda kernel: kernel.op).whole


def limits_of(operands: int) -> FusionLimits:
    """What the compiler may put into one launch that binds at most so many tensors."""
    known = kernels().values()
    return FusionLimits(
        operands,
        epilogues=frozenset(kernel.op for kernel in known if kernel.ends),
        fronts={kernel.op: kernel.forms for kernel in known if kernel.forms},
        totals=frozenset(kernel.op for kernel in known if kernel.totals),
        gathers=True,
        replaces=True,
    )


def kernel_of(op: Op) -> Kernel | None:
    """The kernel that runs `op`; element-wise ops share one that is generated from their GLSL expression."""
    name = ELEMENTWISE if op.kind is OpKind.ELEMENTWISE and op.glsl else op.name
    return kernels().get(name)


def required(op: Op) -> Kernel:
    """Like `kernel_of`.

    Raises:
        DeviceError: the op has no kernel.
    """
    kernel = kernel_of(op)
    if kernel is None:
        raise DeviceError(f"The gl device has no kernel for the operation {op.name}. Use the cpu device.")
    return kernel
