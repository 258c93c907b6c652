"""Networks that read sequences, from the graph to the trained weights."""

from __future__ import annotations

import numpy as np

from engine.graph.edits import SetSettings
from engine.graph.features import FeatureSpec
from engine.graph.inference import infer
from engine.layers.lstm import LSTM
from engine.tensor.spec import DType
from tests.engine.training.networks import session, settings
from tests.engine.training.sequences import LENGTH, reading, words

FEATURES = {"x": FeatureSpec((LENGTH,), DType.INT32), "y": FeatureSpec((), DType.INT32, classes=2)}


def test_a_network_that_reads_twice_learns_the_order_of_words() -> None:
    s = session(reading(), words(), settings(epochs=200))
    losses = []
    for _ in range(3):
        s.advance(100)
        losses.append(s.report()["loss"])
    assert losses[-1] < 0.1 < losses[0]


def test_forget_gates_start_open() -> None:
    weights = session(reading(), words()).weights()
    biases = [array for array in weights.values() if array.shape == (24,)]
    assert len(biases) == 2
    for bias in biases:
        np.testing.assert_array_equal(bias, np.repeat([0.0, 1.0, 0.0, 0.0], 6))


def test_states_go_from_layer_to_layer_and_shapes_are_known() -> None:
    graph = reading()
    inference = infer(graph, FEATURES)
    assert inference.ok
    once, again = (n for n in graph.nodes.values() if isinstance(n.layer, LSTM))
    assert [s.shape for s in inference.nodes[once.id].outputs] == [(LENGTH, 6), (6,), (6,)]
    assert [s.shape for s in inference.nodes[again.id].outputs] == [(6,)]


def test_states_of_another_length_are_a_problem_at_the_node() -> None:
    graph = reading()
    (once,) = (n for n in graph.nodes.values() if isinstance(n.layer, LSTM) and n.layer.return_state)
    SetSettings(once.id, LSTM(units=5, return_sequences=True, return_state=True)).apply(graph)
    messages = [d.sentence for d in infer(graph, FEATURES).diagnostics]
    assert any("starts with states of 6 numbers each" in m and "received 5" in m for m in messages)
