"""Weights start with the spread that Keras gives them, the same for the same seed."""

import math

import numpy as np
import pytest

from engine.layers.initializers import fans, initial, initializers

SHAPE = (3, 3, 40, 60)  # a convolution: 360 inputs and 540 outputs of a unit


def deviation(scale: float, fan: float) -> float:
    return math.sqrt(scale / fan)


@pytest.mark.parametrize(
    ("name", "spread", "largest"),
    [
        ("glorot_uniform", deviation(1.0, 450), math.sqrt(3 / 450)),
        ("glorot_normal", deviation(1.0, 450), 2 * deviation(1.0, 450) / 0.87962566103423978),
        ("he_uniform", deviation(2.0, 360), math.sqrt(6 / 360)),
        ("he_normal", deviation(2.0, 360), 2 * deviation(2.0, 360) / 0.87962566103423978),
        ("lecun_uniform", deviation(1.0, 360), math.sqrt(3 / 360)),
        ("lecun_normal", deviation(1.0, 360), 2 * deviation(1.0, 360) / 0.87962566103423978),
        ("random_uniform", 0.05 / math.sqrt(3), 0.05),
        ("random_normal", 0.05, 0.5),
    ],
)
def test_spread(name: str, spread: float, largest: float) -> None:
    values = initial(name, SHAPE, np.random.default_rng(1))
    assert values.dtype == np.float32
    assert values.shape == SHAPE
    assert abs(float(values.mean())) < spread * 0.02
    assert float(values.std()) == pytest.approx(spread, rel=0.02)
    assert float(np.abs(values).max()) <= largest * (1 + 1e-6)


def test_constants() -> None:
    generator = np.random.default_rng(1)
    assert (initial("zeros", (3,), generator) == 0.0).all()
    assert (initial("ones", (3,), generator) == 1.0).all()


@pytest.mark.parametrize("name", initializers())
def test_the_seed_decides(name: str) -> None:
    first, again = (initial(name, (4, 5), np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize(
    ("shape", "expected"), [((), (1, 1)), ((5,), (5, 5)), ((3, 4), (3, 4)), ((2, 3, 4, 5), (24, 30))]
)
def test_fans(shape: tuple[int, ...], expected: tuple[int, int]) -> None:
    assert fans(shape) == expected
