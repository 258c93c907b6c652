"""Layers compute what Keras computes: golden values, made by tests/golden/make_keras.py."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.layers.initializers import Initializer
from engine.layers.registry import layers
from engine.tensor.spec import Array, Shape
from tests.engine.bench import LayerBench

GOLDEN = Path(__file__).parents[2] / "golden" / "keras.npz"
OURS = {"kernel": "weight"}  # "kernel" is a GPU program in this project


@cache
def golden() -> dict[str, Array]:
    with np.load(GOLDEN) as file:
        return dict(file)


def cases() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(golden()["cases"].tobytes())
    return found


class GoldenBench(LayerBench):
    """Weights are those that Keras had."""

    def __init__(self, prefix: str, *, training: bool) -> None:
        super().__init__(training=training)
        place = f"{prefix}/weights/"
        named = {n.removeprefix(place): a for n, a in golden().items() if n.startswith(place)}
        self.known = {OURS.get(n, n): a for n, a in named.items()}

    def weight(self, name: str, shape: Shape, initializer: Initializer | str, **how: Any) -> Any:
        assert self.known[name].shape == shape
        return self.weights.setdefault(name, self.input(self.known[name]))


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(
    "number", range(len(cases()["layers"])), ids=lambda n: f"{n}-{cases()['layers'][n][0]}"
)
def test_layers(number: int, training: bool) -> None:
    name, settings, shapes = cases()["layers"][number]
    bench = GoldenBench(str(number), training=training)
    inputs = [bench.input(golden()[f"{number}/input{i}"]) for i in range(len(shapes))]
    (output,) = layers()[name].model_validate(settings).build(bench, *inputs)
    assert set(bench.weights) == set(bench.known)
    expected = golden()[f"{number}/{'trained' if training else 'used'}"]
    np.testing.assert_allclose(bench.run(output)[0], expected, rtol=1e-5, atol=2e-6)
    for weight, update in bench.updates.items():
        np.testing.assert_allclose(
            bench.run(update)[0], golden()[f"{number}/after/{weight}"], rtol=1e-5, atol=1e-6
        )
