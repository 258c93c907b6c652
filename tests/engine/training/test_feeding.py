"""Rows that are staged instead of resident: the same run to the bit, whatever the stages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.data.load import load
from engine.devices.base import DeviceInfo
from engine.devices.registry import open_device, reason_for_absence
from engine.paths import CACHE_DIR_VARIABLE
from engine.training import feeding
from engine.training.session import Session
from tests.engine.training.networks import XOR, settings, with_everything
from tests.engine.training.test_session import assert_same_bits

DEVICES = [
    "cpu",
    pytest.param("gl", marks=pytest.mark.skipif(bool(reason_for_absence("gl")), reason="no OpenGL compute")),
]


@pytest.fixture
def one_shader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On gl, every run is one shader: which way is faster is measured for each of them, and the ways differ in a bit."""
    monkeypatch.setenv(CACHE_DIR_VARIABLE, str(tmp_path))  # where nobody has chosen yet
    if not reason_for_absence("gl"):
        monkeypatch.setattr("gl_kernels.whole.choice.GAIN", 0.0)


@pytest.mark.usefixtures("one_shader")
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("stage", [1, 3, 1000])
def test_a_staged_run_is_the_resident_run(device: str, stage: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "MOST_STEPS", stage)
    bundle, opened = load(XOR), open_device(device)
    one, other = (
        Session(with_everything(), bundle, settings(), opened, staged=staged) for staged in (False, True)
    )
    try:
        for steps in (1, 5, 2, 7):
            one.advance(steps)
            other.advance(steps)
            assert one.report_sums().tobytes() == other.report_sums().tobytes()
        rows = bundle.validation
        assert one.evaluate(rows) == other.evaluate(rows)
        for name, values in one.predict_rows(rows).items():
            np.testing.assert_array_equal(values, other.predict_rows(rows)[name])
        one.advance(4)
        other.advance(4)
        assert_same_bits(one.states(), other.states())
        before = one.states()
        one.restore(before, 2)
        other.restore(before, 2)
        one.advance(3)
        other.advance(3)
        assert_same_bits(one.states(), other.states())
    finally:
        one.close()
        other.close()
        opened.close()


def test_what_fits_is_resident(monkeypatch: pytest.MonkeyPatch) -> None:
    small = {"x": np.zeros((4, 10), np.float32)}
    assert feeding.fits(DeviceInfo("gl", "GPU"), small)
    assert not feeding.fits(DeviceInfo("gl", "GPU", tensor_bytes=100), small)
    monkeypatch.setattr(feeding, "HELD_BYTES", 100)
    assert not feeding.fits(DeviceInfo("gl", "GPU"), small)
    assert feeding.fits(DeviceInfo("cpu", "NumPy"), small)
