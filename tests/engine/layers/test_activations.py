"""What golden values of Keras cannot say about activations: other names for them, and where Keras is wrong."""

import numpy as np
import pytest
from pydantic import BaseModel

from engine.layers.activations import ActivationName, activate, activations
from engine.layers.registry import layers
from tests.engine.bench import Bench, LayerBench


class Chosen(BaseModel):
    name: ActivationName


@pytest.mark.parametrize(
    ("given", "official"),
    [(None, "linear"), ("swish", "silu"), ("hard_swish", "hard_silu"), ("relu", "relu")],
)
def test_other_names(given: str | None, official: str) -> None:
    assert Chosen.model_validate({"name": given}).name == official
    layer = layers()["Dense"].model_validate({"units": 2, "activation": given})
    assert layer.model_dump()["activation"] == official


@pytest.mark.parametrize("scale", [0.1, 1.0, 5.0, 100.0])
def test_sparsemax_is_the_nearest_distribution(scale: float) -> None:
    x = np.random.default_rng(3).normal(size=(40, 7)) * scale
    bench = Bench()
    y = bench.run(activate(bench.input(x), "sparsemax"))[0]
    np.testing.assert_allclose(y.sum(-1), 1.0, rtol=1e-9)
    assert (y >= 0.0).all()
    # nearest: wherever there is a share, what was taken away is the same, and nowhere else is it less
    taken = np.where(y > 0.0, x - y, -np.inf).max(-1, keepdims=True)
    np.testing.assert_allclose(np.where(y > 0.0, x - y, taken), np.broadcast_to(taken, x.shape), atol=1e-9)
    assert (x <= taken + y + 1e-9).all()


def test_softmax_refuses_a_mask_it_cannot_use() -> None:
    bench = LayerBench()
    x = bench.input(np.zeros((2, 3, 4)))
    bench.set_mask(x, bench.input(np.ones((2, 3))))
    with pytest.raises(
        ValueError, match="can leave padding out of scores of one number per step, received 3 × 4"
    ):
        layers()["Softmax"]().build(bench, x)


def test_numbers_far_out_do_not_overflow() -> None:
    x = np.array([[-1e4, -100.0, 100.0, 1e4]], np.float32)
    for activation in activations().values():
        if activation.name != "exponential":
            bench = Bench()
            assert np.isfinite(bench.run(activation.function(bench.input(x)))[0]).all(), activation.name
