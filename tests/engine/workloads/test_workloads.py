"""The workloads are what the table says they are: sizes, weights, optimizers, losses, and data that is always the same."""

from __future__ import annotations

import numpy as np
import pytest

from engine.bench.workloads import BATCHES, NETWORKS, RAW, Network
from engine.layers.target import Target
from engine.program.interpret import interpret

# counted by hand: a weight for each wire, one for each bias, two and two averages for each normalized channel
WEIGHTS = {
    "W1": 2 * 8 + 8 + 8 * 8 + 8 + 8 + 1,
    "W2": 13 * 50 + 50 + 50 * 50 + 50 + 50 + 1,
    "W3": 784 * 512 + 512 + 512 * 512 + 512 + 512 * 10 + 10,
    "W4": 9 * 32 + 32 + 9 * 32 * 64 + 64 + 9216 * 128 + 128 + 128 * 10 + 10,
    "W5": 27 * 32 + 160 + 4 * (9 * 32 * 32 + 160) + 9 * 32 * 64 + 64 * 5 + 64 * 10 + 10,
    "W6": (64 + 128 + 1) * 512 + 128 * 64 + 64,
}
TRAINED = {
    "W1": (32, "Adam", "BinaryCrossentropy"),
    "W2": (40, "SGD", "MeanSquaredError"),
    "W3": (128, "Adam", "SparseCategoricalCrossentropy"),
    "W4": (128, "Adam", "SparseCategoricalCrossentropy"),
    "W5": (64, "SGD", "SparseCategoricalCrossentropy"),
    "W6": (64, "RMSprop", "SparseCategoricalCrossentropy"),
}
each_network = pytest.mark.parametrize(("name", "network"), NETWORKS.items(), ids=NETWORKS)


@each_network
def test_weights_are_those_of_the_table(name: str, network: Network) -> None:
    assert network.model().count_params() == WEIGHTS[name]


@each_network
def test_batch_optimizer_and_loss_are_those_of_the_table(name: str, network: Network) -> None:
    model = network.model()
    (target,) = (n.layer for n in model.graph.nodes.values() if isinstance(n.layer, Target))
    found = network.batch, type(model.training.optimizer).__name__, type(target.loss).__name__
    assert found == TRAINED[name]


@each_network
def test_data_is_eight_batches_and_always_the_same(name: str, network: Network) -> None:
    (x, y), (again, _) = network.data(), network.data()
    assert x.shape == (BATCHES * network.batch, *network.shape)
    assert x.dtype == np.float32
    assert len(y) == len(x)
    np.testing.assert_array_equal(x, again)


def test_letters_are_one_a_step() -> None:
    x, y = NETWORKS["W6"].data()
    np.testing.assert_array_equal(x.sum(axis=2), 1.0)
    assert y.max() < 64


def test_a_product_is_a_product() -> None:
    raw = RAW["W7"][0]
    a, b = (raw.operands(16)[name] for name in "ab")
    outputs, states = interpret(raw.program(16), {}, {}, {"a": a, "b": b, "count": np.zeros((), np.float32)})
    np.testing.assert_allclose(outputs["result"], a @ b, rtol=1e-5)
    assert states["count"] == 1.0


def test_a_chain_is_what_it_says() -> None:
    (raw,) = RAW["W8"]
    x, y = (raw.operands(16)[name] for name in "xy")
    outputs, _ = interpret(raw.program(16), {}, {}, {"x": x, "y": y, "count": np.zeros((), np.float32)})
    np.testing.assert_allclose(outputs["result"], np.maximum(x * 1.5 + y, 0.0) * 0.5, rtol=1e-6)
