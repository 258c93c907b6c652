"""Dense, shape and merge layers are those of Keras: tests/golden/make_shape.py."""

import pytest

from engine.devices.registry import open_device
from tests.engine.layers.golden import GoldenFile, check, check_on

TORCH, JAX = GoldenFile("shape"), GoldenFile("shape_jax")


@pytest.mark.parametrize(("number", "mode"), TORCH.parameters())
def test_as_keras(number: int, mode: str) -> None:
    check(TORCH, number, mode)


@pytest.mark.parametrize(("number", "mode"), JAX.parameters())
def test_as_keras_on_jax(number: int, mode: str) -> None:
    check(JAX, number, mode)


def test_as_keras_on_the_cpu_device() -> None:
    check_on(open_device("cpu"), TORCH)
