"""Convolution and pooling layers are those of Keras: tests/golden/make_convolution.py."""

import pytest

from engine.devices.registry import open_device
from tests.engine.layers.golden import GoldenFile, check, check_on

FILE = GoldenFile("convolution")
AVERAGES = GoldenFile("convolution_jax")  # what the torch backend of Keras gets wrong


@pytest.mark.parametrize(("number", "mode"), FILE.parameters())
def test_as_keras(number: int, mode: str) -> None:
    check(FILE, number, mode)


@pytest.mark.parametrize(("number", "mode"), AVERAGES.parameters())
def test_padding_does_not_count_in_a_mean(number: int, mode: str) -> None:
    check(AVERAGES, number, mode)


def test_as_keras_on_the_cpu_device() -> None:
    device = open_device("cpu")
    check_on(device, FILE)
    check_on(device, AVERAGES)
