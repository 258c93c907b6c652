"""Layers that disturb their input: how much, on average; never when the network is used; the gradient goes the same way."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from engine.compiler.differentiate import differentiate
from engine.layers.registry import layers
from engine.ops.reductions import sum_
from engine.tensor.spec import Array
from tests.engine.bench import LayerBench

MANY = (200, 10, 8, 9)


def disturbed(name: str, settings: dict[str, Any], x: Array) -> Array:
    bench = LayerBench(seed=4)
    (y,) = layers()[name].model_validate(settings).build(bench, bench.input(x))
    return bench.run(y)[0]


@pytest.mark.parametrize(
    ("name", "settings", "rank"),
    [
        ("Dropout", {"rate": 0.3}, 2),
        ("SpatialDropout1D", {"rate": 0.3}, 3),
        ("SpatialDropout2D", {"rate": 0.3}, 4),
        ("SpatialDropout3D", {"rate": 0.3}, 5),
        ("GaussianNoise", {"stddev": 0.3}, 3),
        ("GaussianDropout", {"rate": 0.3}, 3),
        ("AlphaDropout", {"rate": 0.3}, 3),
    ],
)
def test_in_use_nothing_is_disturbed(name: str, settings: dict[str, Any], rank: int) -> None:
    bench = LayerBench(training=False)
    x = bench.input(np.ones((2, 3, 2, 2, 2)[:rank]))
    assert layers()[name].model_validate(settings).build(bench, x) == (x,)


@pytest.mark.parametrize(
    ("name", "shape", "inner"),
    [
        ("SpatialDropout1D", (300, 5, 40), (1,)),
        ("SpatialDropout2D", (300, 3, 4, 40), (1, 2)),
        ("SpatialDropout3D", (300, 2, 3, 2, 40), (1, 2, 3)),
    ],
)
def test_channels_are_left_out_as_a_whole(name: str, shape: tuple[int, ...], inner: tuple[int, ...]) -> None:
    y = disturbed(name, {"rate": 0.25}, np.ones(shape))
    assert (y.min(inner) == y.max(inner)).all()
    assert (y == 0.0).mean() == pytest.approx(0.25, abs=0.02)
    assert set(np.unique(y.round(5))) == {0.0, 1.33333}


def test_a_noise_shape_decides_for_whole_rows() -> None:
    y = disturbed("Dropout", {"rate": 0.5, "noise_shape": [None, 1, 8, 1]}, np.ones(MANY))
    assert (y.min((1, 3)) == y.max((1, 3))).all()
    assert not (y.min(2) == y.max(2)).all()
    assert (y == 0.0).mean() == pytest.approx(0.5, abs=0.05)


def test_a_rate_of_1_leaves_nothing() -> None:
    assert not disturbed("Dropout", {"rate": 1.0}, np.ones((3, 4))).any()


def test_noise_has_the_deviation_that_was_set() -> None:
    noise = disturbed("GaussianNoise", {"stddev": 0.3}, np.full(MANY, 2.0)) - 2.0
    assert float(noise.mean()) == pytest.approx(0.0, abs=0.003)
    assert float(noise.std()) == pytest.approx(0.3, rel=0.01)


def test_gaussian_dropout_is_as_strong_as_dropout() -> None:
    y = disturbed("GaussianDropout", {"rate": 0.2}, np.full(MANY, 2.0)) / 2.0
    assert float(y.mean()) == pytest.approx(1.0, abs=0.005)
    assert float(y.std()) == pytest.approx(math.sqrt(0.25), rel=0.01)


@pytest.mark.parametrize("rate", [0.05, 0.4])
def test_alpha_dropout_keeps_mean_and_deviation(rate: float) -> None:
    x = np.random.default_rng(5).normal(size=MANY)
    y = disturbed("AlphaDropout", {"rate": rate}, x)
    assert float(y.mean()) == pytest.approx(0.0, abs=0.01)
    assert float(y.std()) == pytest.approx(1.0, abs=0.01)
    values, counts = np.unique(y.round(6), return_counts=True)
    assert counts.max() / y.size == pytest.approx(rate, abs=0.01), "what is left out has one value"
    assert values[counts.argmax()] < -0.5


@pytest.mark.parametrize("name", ["Dropout", "GaussianDropout"])
def test_the_gradient_is_disturbed_alike(name: str) -> None:
    bench = LayerBench(seed=4)
    x = bench.input(np.random.default_rng(1).normal(size=(4, 6)))
    (y,) = layers()[name].model_validate({"rate": 0.4}).build(bench, x)
    (grad,) = differentiate(bench.builder, sum_(y, axes=(0, 1)), [x])
    value, output, slope = bench.run(x, y, grad)
    np.testing.assert_allclose(slope * value, output, rtol=1e-12)
