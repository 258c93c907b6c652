"""The peaks of a device: measured once, remembered, and measured again where the file is of no use."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.devices.base import Interrupted
from engine.devices.registry import open_device
from engine.paths import CACHE_DIR_VARIABLE
from engine.profiling import peaks as module
from engine.profiling.peaks import FILE, Peaks, peaks_of, remembered_peaks


@pytest.fixture(autouse=True)
def _small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_DIR_VARIABLE, str(tmp_path))
    for name, value in {"SMALLEST": 64, "LARGEST": 64, "COPIED": 2**12}.items():
        monkeypatch.setattr(module, name, value)


@pytest.mark.parametrize("kind", ["cpu", "gl"])
def test_peaks_are_measured_once(kind: str) -> None:
    device = open_device(kind)
    try:
        assert remembered_peaks(device.info) is None
        first = peaks_of(device)
        assert min(first) > 1e3
        assert peaks_of(device, clock=_never) == first
        assert remembered_peaks(device.info) == first
    finally:
        device.close()


def _never() -> float:
    raise AssertionError("measured again")


@pytest.mark.parametrize("content", ["", "[]", '{"a": 3}', '{"a": ["x", 1]}', "\0"])
def test_a_damaged_file_is_measured_anew(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    device = open_device("cpu")
    found = peaks_of(device)
    assert remembered_peaks(device.info) == Peaks(*found)


def test_nobody_has_to_wait_for_a_measurement() -> None:
    def watch(_done: int, _total: int) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        peaks_of(open_device("cpu"), watch)
