"""Activations, normalization, regularization, shape and merge layers are those of Keras: tests/golden/make_simple.py."""

import pytest

from engine.devices.cpu.device import CpuDevice
from tests.engine.layers.golden import GoldenFile, check, check_on

FILE = GoldenFile("simple")


@pytest.mark.parametrize(("number", "mode"), FILE.parameters())
def test_as_keras(number: int, mode: str) -> None:
    check(FILE, number, mode)


def test_as_keras_on_the_cpu_device() -> None:
    check_on(CpuDevice(), FILE)
