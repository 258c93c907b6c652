"""Recurrent layers, their wrappers and masks are those of Keras: tests/golden/make_recurrent.py."""

import pytest

from engine.devices.registry import open_device
from tests.engine.layers.golden import GoldenFile, check, check_on

FILE = GoldenFile("recurrent")


@pytest.mark.parametrize(("number", "mode"), FILE.parameters())
def test_as_keras(number: int, mode: str) -> None:
    check(FILE, number, mode)


def test_as_keras_on_the_cpu_device() -> None:
    check_on(open_device("cpu"), FILE)
