"""Simple layers on the OpenGL device are what their definitions say, in random shapes."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gl_kernels.device import GlDevice
from tests.engine.layers.agreement import agree
from tests.engine.layers.shapes import Case, cases


@pytest.mark.slow
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(case=cases(), training=st.booleans(), seed=st.integers(0, 1000))
def test_gl(either: GlDevice, case: Case, training: bool, seed: int) -> None:
    name, wanted, shapes = case
    agree(either, name, wanted, shapes, training=training, seed=seed)
