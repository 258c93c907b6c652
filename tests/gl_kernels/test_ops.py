"""Every op of the registry runs on the OpenGL device and agrees with its NumPy reference on all of its samples."""

from __future__ import annotations

import numpy as np
import pytest

from engine.ops.op import Op, OpKind, Sample
from engine.ops.registry import ops
from gl_kernels.device import GlDevice
from gl_kernels.kernels.registry import kernel_of, kernels
from tests.gl_kernels.running import arrays_of, run_op

SUMS = {"sum", "matmul", "conv", "conv_input_grad", "conv_weight_grad", "scatter_add_rows"}
SUMS |= {"cumsum", "linear_recurrence", "prod", "fourier"}
CASES = [pytest.param(op, s, id=f"{op.name}-{k}") for op in ops().values() for k, s in enumerate(op.samples)]


@pytest.mark.parametrize("op", ops().values(), ids=lambda op: op.name)
def test_every_op_has_a_kernel(op: Op) -> None:
    assert op.kind is OpKind.VIEW or op.host or kernel_of(op) is not None


def test_every_kernel_has_an_op() -> None:
    assert set(kernels()) - {"elementwise", "fused", "enclosed"} <= set(ops())


@pytest.mark.parametrize(("op", "sample"), CASES)
def test_matches_numpy(either: GlDevice, op: Op, sample: Sample) -> None:
    arrays = arrays_of(sample)
    attrs = {**op.defaults, **sample.attrs}
    expected = op.evaluate(*arrays, **attrs)
    received = run_op(either, op, arrays, attrs)
    tolerance = 1e-4 if op.name in SUMS else 1e-5
    for one, other in zip(received, expected, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance / 10)
