"""Simple layers on the CPU device, fused and planned, are what their definitions say, in random shapes."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.devices.registry import open_device
from tests.engine.layers.agreement import agree
from tests.engine.layers.shapes import Case, cases


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=cases(), training=st.booleans(), seed=st.integers(0, 1000))
def test_cpu(case: Case, training: bool, seed: int) -> None:
    name, wanted, shapes = case
    agree(open_device("cpu"), name, wanted, shapes, training=training, seed=seed)
