"""Affine sampling on the OpenGL device equals NumPy on pictures of any shape."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.ops.affine import FILL_MODES, INTERPOLATIONS, affine_sample, affine_sample_grad
from gl_kernels.device import GlDevice
from tests.gl_kernels.running import run_op

lengths = st.sampled_from([1, 2, 3, 5, 7, 8, 13, 16, 17])


@st.composite
def cases(draw: st.DrawFn) -> tuple[tuple[int, int, int, int], dict[str, Any], int]:
    shape = (draw(st.integers(1, 3)), draw(lengths), draw(lengths), draw(st.sampled_from([1, 2, 3, 5])))
    attrs = {
        "size": (draw(lengths), draw(lengths)),
        "interpolation": draw(st.sampled_from(INTERPOLATIONS)),
        "fill_mode": draw(st.sampled_from(FILL_MODES)),
        "fill_value": 0.75,
    }
    return shape, attrs, draw(st.integers(0, 1000))


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(cases())
def test_equals_numpy(gl: GlDevice, case: tuple[tuple[int, int, int, int], dict[str, Any], int]) -> None:
    shape, attrs, seed = case
    generator = np.random.default_rng(seed)
    images = generator.normal(size=shape).astype(np.float32)
    transform = generator.normal(size=(shape[0], 6)).astype(np.float32)
    (sampled,) = run_op(gl, affine_sample, [images, transform], attrs)
    np.testing.assert_allclose(
        sampled, affine_sample.evaluate(images, transform, **attrs)[0], rtol=1e-5, atol=1e-5
    )
    grad = generator.normal(size=sampled.shape).astype(np.float32)
    more = {**attrs, "input_shape": shape}
    (given_back,) = run_op(gl, affine_sample_grad, [transform, grad], more)
    expected = affine_sample_grad.evaluate(transform, grad, **more)[0]
    np.testing.assert_allclose(given_back, expected, rtol=1e-4, atol=1e-4)
