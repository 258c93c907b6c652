"""What training does to which weights: frozen ones, those with a rate of their own, statistics that nodes share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.data.bundle import DataBundle, Feature, TaskKind
from engine.devices.registry import open_device, reason_for_absence
from engine.graph.document import Edge, ModelGraph, Node
from engine.graph.sequence import build_sequential
from engine.layers.batch_normalization import BatchNormalization
from engine.layers.dense import Dense
from engine.layers.input import Input
from engine.layers.target import Target
from engine.optimizers.base import OPTIMIZERS
from engine.optimizers.sgd import SGD
from engine.tensor.spec import Array
from engine.training.control import Control
from engine.training.reports import Ended
from engine.training.session import Session
from engine.training.trainer import Trainer
from tests.engine.training.networks import session, settings, with_everything

DEVICES = [
    "cpu",
    pytest.param("gl", marks=pytest.mark.skipif(bool(reason_for_absence("gl")), reason="no OpenGL compute")),
]
PLAIN = settings(optimizer=SGD(learning_rate=0.1, momentum=0.9))


def moved(graph: ModelGraph, device: str, steps: int = 1, **changes: Any) -> dict[str, Array]:
    """How far each weight went in some steps."""
    s = session(graph, training=PLAIN.model_copy(update=changes), device=device)
    before = s.weights()
    s.advance(steps)
    after = s.weights()
    s.close()
    return {name: after[name] - before[name] for name in after}


def network(**second: Any) -> ModelGraph:
    return build_sequential([Input(), Dense(units=4, activation="tanh"), Dense(units=1, **second), Target()])


@pytest.mark.usefixtures("launches")
@pytest.mark.parametrize("device", DEVICES)
def test_a_layer_learns_at_a_rate_of_its_own(device: str) -> None:
    usual, slow = moved(network(), device), moved(network(learning_rate_factor=0.25), device)
    first, *_ = usual
    for name, step in usual.items():
        factor = 1.0 if name.partition("/")[0] == first.partition("/")[0] else 0.25
        np.testing.assert_allclose(slow[name], step * factor, rtol=2e-5, atol=1e-8)
        assert np.abs(step).max() > 0.0


@pytest.mark.usefixtures("launches")
@pytest.mark.parametrize("device", DEVICES)
def test_a_frozen_layer_stays_and_the_others_learn_as_before(device: str) -> None:
    usual, frozen = moved(network(), device), moved(network(trainable=False), device)
    first, *_ = usual
    for name, step in usual.items():
        stays = name.partition("/")[0] != first.partition("/")[0]
        np.testing.assert_allclose(frozen[name], 0.0 if stays else step, rtol=2e-5, atol=1e-8)


def test_a_network_that_is_frozen_whole_trains_to_no_effect() -> None:
    graph = build_sequential([Input(), Dense(units=1, trainable=False), Target()])
    s = session(
        graph, training=settings(epochs=2, keep_best=True, optimizer={"name": "Adam", "use_ema": True})
    )
    before = s.weights()
    end = list(Trainer(s, Control()).run())[-1]
    assert isinstance(end, Ended)
    assert end.reason == "done"
    for name, array in s.weights().items():
        np.testing.assert_array_equal(array, before[name])


def shared_normalization() -> tuple[ModelGraph, str]:
    """Two inputs through one normalization."""
    graph = ModelGraph()

    def node(layer: Any, *sources: Node, shares: str | None = None) -> Node:
        made = graph.new_node(layer)
        made = Node(made.id, made.layer, made.name, made.position, shares)
        graph.insert_node(made)
        for source in sources:
            graph.insert_edge(Edge.between(source, made))
        return made

    a, b = node(Input(feature="a")), node(Input(feature="b"))
    one = node(BatchNormalization(momentum=0.9), a)
    other = node(BatchNormalization(momentum=0.9), b, shares=one.id)
    node(Target(target="ya"), node(Dense(units=1), one))
    node(Target(target="yb"), node(Dense(units=1), other))
    return graph, one.id


@pytest.mark.parametrize("device", DEVICES)
def test_statistics_that_two_nodes_share_take_in_both(device: str) -> None:
    rng = np.random.default_rng(1)
    a, b = (rng.normal(k, 1.0, (32, 3)).astype(np.float32) for k in (1, 5))
    y = np.zeros((32, 1), np.float32)
    features = {n: Feature(n, "numeric", (3,)) for n in "ab"} | {
        n: Feature(n, "numeric", (1,)) for n in ("ya", "yb")
    }
    bundle = DataBundle(
        {"a": a, "b": b},
        {"ya": y, "yb": y},
        features,
        TaskKind.REGRESSION,
        range(32),
        range(32, 32),
        range(32, 32),
        {},
    )
    graph, node = shared_normalization()
    s = Session(graph, bundle, settings(batch_size=32), open_device(device))
    expected = np.zeros(3)
    for _ in range(3):
        s.advance(1)
        for x in (a, b):  # one after the other, as when Keras calls the layer twice
            expected = expected * 0.9 + x.mean(axis=0, dtype=np.float64) * 0.1
    np.testing.assert_allclose(s.weights()[f"{node}/moving_mean"], expected, rtol=1e-5)
    s.close()


@pytest.mark.skipif(bool(reason_for_absence("gl")), reason="no OpenGL compute")
@pytest.mark.usefixtures("launches")
@pytest.mark.parametrize("name", OPTIMIZERS.members)
def test_an_optimizer_on_gl_goes_on_to_the_bit_and_is_that_of_the_cpu(name: str) -> None:
    training = settings(optimizer={"name": name, "use_ema": True, "gradient_accumulation_steps": 2})
    ends: dict[str, dict[str, Array]] = {}
    for device, steps in (("cpu", (14,)), ("gl", (14,)), ("resumed", (7, 7))):
        states: dict[str, Array] | None = None
        for k, count in enumerate(steps):
            kind = "cpu" if device == "cpu" else "gl"
            s = session(with_everything(), training=training, states=states, step=7 * k, device=kind)
            s.advance(count)
            states = s.states()
            s.close()
        ends[device] = states or {}
    for key, array in ends["gl"].items():
        same = (ends["resumed"][key] + 0).tobytes() == (
            array + 0
        ).tobytes()  # between weights zeros have either sign
        assert same, key
    np.testing.assert_allclose(ends["gl"]["params"], ends["cpu"]["params"], rtol=1e-5, atol=1e-6)
