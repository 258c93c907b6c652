"""The order in which threads take the tasks of a convolution changes no bit of its result."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from engine.devices.cpu.native import blas, geometry
from engine.devices.cpu.native.machine import Machine
from engine.ops.conv import conv, conv_input_grad, conv_weight_grad
from engine.tensor.spec import Array
from tests.engine.devices.test_native import normal, on_device, reference

pytestmark = pytest.mark.skipif(blas.find_blas() is None, reason="NumPy's BLAS cannot be called from outside")


def in_order(order: Callable[[int], list[int]]) -> Callable[..., None]:
    """A machine's `run` by one thread, with the tasks of each call in that order."""
    kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)

    def run(machine: Machine, entries: Array, *, shared: bool, steps: int = 1) -> None:
        for step in range(steps):
            machine.step[0] = step
            for address, table, tasks in entries.tolist():
                for task in order(tasks):
                    kind(address)(table, task, 0)

    return run


ORDERS: list[Callable[[int], list[int]]] = [
    lambda tasks: list(range(tasks)),
    lambda tasks: list(range(tasks))[::-1],
    lambda tasks: [*range(0, tasks, 2), *range(1, tasks, 2)],
]


@pytest.mark.parametrize(
    ("images", "weight", "stride"),
    [
        ((12, 7, 8, 2), (3, 3, 2, 32), 1),  # a single piece: its tasks are shared, and there are no lanes
        ((12, 9, 8, 16), (3, 3, 16, 64), 2),
        ((12, 40, 4), (5, 4, 48), 1),
        ((12, 40, 4), (5, 4, 7), 1),  # unfolded
        ((90, 18, 18, 16), (3, 2, 16, 32), 1),  # several pieces, in lanes
        ((90, 18, 18, 16), (3, 3, 16, 32), 1),  # the same by tiles
    ],
)
def test_the_order_of_tasks_changes_no_bit_of_a_convolution(
    images: tuple[int, ...], weight: tuple[int, ...], stride: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever does which task when: no two add to the same numbers."""
    monkeypatch.setattr(geometry, "SHARED_PRODUCT", 1000)
    monkeypatch.setattr(geometry, "LEAST_PART", 1000)
    lengths = len(weight) - 2
    attrs: dict[str, Any] = {"strides": (stride,) * lengths, "padding": ((1, 1),) * lengths}
    attrs |= {"dilation": (1,) * lengths, "groups": 1}
    x, w = normal(21, *images), normal(22, *weight)
    y = reference(conv, x, w, **attrs)
    slopes = normal(23, *y.shape)

    def results() -> list[Array]:
        return [
            on_device(lambda a, b: conv(a, b, **attrs), x, w),
            on_device(lambda a, b: conv_weight_grad(a, b, weight_shape=weight, **attrs), x, slopes),
            on_device(lambda a, b: conv_input_grad(a, b, input_shape=images, **attrs), slopes, w),
        ]

    expected = results()
    gradient = reference(conv_weight_grad, x, slopes, weight_shape=weight, **attrs)
    np.testing.assert_allclose(expected[1], gradient, rtol=1e-4, atol=1e-3)
    for order in ORDERS:
        monkeypatch.setattr(Machine, "run", in_order(order))
        for found, known in zip(results(), expected, strict=True):
            np.testing.assert_array_equal(found, known)
