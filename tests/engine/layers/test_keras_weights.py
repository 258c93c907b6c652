"""Initializers, regularizers and constraints do what Keras's do: values made by tests/golden/make_weights.py."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.compiler.differentiate import differentiate
from engine.layers.constraints import CONSTRAINTS
from engine.layers.initializers import INITIALIZERS, initial
from engine.layers.regularizers import REGULARIZERS
from engine.tensor.spec import ShapeError
from tests.engine.bench import Bench

GOLDEN: dict[str, Any] = json.loads((Path(__file__).parents[2] / "golden" / "weights.json").read_text())
WEIGHT = np.array(GOLDEN["weight"], np.float32)


@pytest.mark.parametrize(("name", "settings", "shape", "statistics"), GOLDEN["initializers"])
def test_initializer_statistics(
    name: str, settings: dict[str, Any], shape: list[int], statistics: list[float]
) -> None:
    draw = INITIALIZERS(name, **settings).sample(tuple(shape), np.random.default_rng(1))
    assert draw.dtype == np.float32
    mean, deviation, low, high = statistics
    noise = 4.0 * deviation / math.sqrt(draw.size)  # four deviations of the mean of a draw
    assert float(draw.mean()) == pytest.approx(mean, abs=2 * noise + 1e-6)
    assert float(draw.std()) == pytest.approx(deviation, rel=0.02, abs=1e-6)
    assert float(draw.min()) == pytest.approx(low, rel=0.2, abs=0.05 * deviation + 1e-6)
    assert float(draw.max()) == pytest.approx(high, rel=0.2, abs=0.05 * deviation + 1e-6)


def test_orthogonal_is_orthogonal() -> None:
    tall = initial("orthogonal", (3, 4, 5), np.random.default_rng(1)).reshape(12, 5)
    np.testing.assert_allclose(tall.T @ tall, np.eye(5), atol=1e-6)
    wide = initial("orthogonal", (5, 9), np.random.default_rng(1))
    np.testing.assert_allclose(wide @ wide.T, np.eye(5), atol=1e-6)
    with pytest.raises(ShapeError, match="makes matrices"):
        initial("orthogonal", (5,), np.random.default_rng(1))


@pytest.mark.parametrize(("name", "settings", "penalty", "gradient"), GOLDEN["regularizers"])
def test_regularizers(
    name: str, settings: dict[str, Any], penalty: float, gradient: list[list[float]]
) -> None:
    bench = Bench()
    weight = bench.input(WEIGHT)
    loss = REGULARIZERS(name, **settings).penalty(weight)
    assert loss.shape == ()
    value, slope = bench.run(loss, *differentiate(bench.builder, loss, [weight]))
    np.testing.assert_allclose(value, penalty, rtol=1e-5)
    np.testing.assert_allclose(slope, gradient, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("name", "settings", "projected"), GOLDEN["constraints"])
def test_constraints(name: str, settings: dict[str, Any], projected: list[list[float]]) -> None:
    bench = Bench()
    (value,) = bench.run(CONSTRAINTS(name, **settings).project(bench.input(WEIGHT)))
    np.testing.assert_allclose(value, projected, rtol=1e-5, atol=1e-7)


def test_all_members_are_compared() -> None:
    for family, cases in (
        (INITIALIZERS, "initializers"),
        (REGULARIZERS, "regularizers"),
        (CONSTRAINTS, "constraints"),
    ):
        compared = {case[0] for case in GOLDEN[cases]}
        assert compared == {kind.__name__ for kind in family.members.values()}


@pytest.mark.parametrize(
    ("family", "name", "settings", "sentence"),
    [
        (INITIALIZERS, "gaussian", {}, "There is no initializer named 'gaussian'"),
        (REGULARIZERS, "l2", {"l2": -1}, "Strength must be at least 0, received -1."),
        (CONSTRAINTS, "max_norm", {"longest": 1}, "There is no setting 'longest' here"),
    ],
)
def test_wrong_names_and_settings(family: Any, name: str, settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        family(name, **settings)


def test_axes_outside_the_weight() -> None:
    with pytest.raises(ShapeError, match="axes are among the 2"):
        CONSTRAINTS("max_norm", axis=(2,)).project(Bench().input(WEIGHT))
