"""The CPU device works in two ways, with machine code and with NumPy alone: its tests run in both."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest

from engine.devices.cpu import device

WAYS = ("machine code", "NumPy") if importlib.util.find_spec("llvmlite") else ("NumPy",)


@pytest.fixture(scope="module", params=WAYS)
def way(request: pytest.FixtureRequest) -> Iterator[str]:
    """Which of the two; the other one is not to be found meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "NumPy":
            patch.setattr(device, "_native", lambda: None)
        yield request.param
