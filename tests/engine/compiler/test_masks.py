"""Padding does not count, through a whole network: what stands for it may be anything."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.compiler.model import ModelCompiler, Objective
from engine.graph.document import Edge, ModelGraph, Node
from engine.graph.features import FeatureSpec
from engine.layers.base import Layer
from engine.layers.registry import layers
from engine.objectives.registry import find_loss
from engine.optimizers.sgd import SGD
from engine.program.interpret import interpret
from engine.tensor.spec import Array, DType

FEATURES = {"x": FeatureSpec((5,), DType.INT32, classes=6), "y": FeatureSpec((), DType.INT32, classes=2)}
WORDS = np.array([[1, 2, 0, 0, 0], [3, 0, 4, 5, 0], [2, 2, 1, 5, 0], [5, 1, 0, 0, 0]], np.int32)
FEEDS = {
    "index": np.arange(4, dtype=np.int32),
    "step": np.array(0, np.int32),
    "seed": np.array(1, np.int32),
    "learning_rate": np.array(0.1, np.float32),
}


class Net:
    """A graph that is built layer by layer."""

    def __init__(self) -> None:
        self.graph = ModelGraph()

    def __call__(self, name: str, *sources: Node, **settings: Any) -> Node:
        layer: Layer = layers()[name].model_validate(settings)
        node = self.graph.new_node(layer)
        self.graph.insert_node(node)
        for source, port in zip(sources, layer.input_ports() * len(sources), strict=False):
            self.graph.insert_edge(Edge(source.id, "output", node.id, port.name))
        return node


def sequences(*, merge: str, mask_zero: bool) -> tuple[ModelGraph, str]:
    """Words, and what is done with each of them, summed up by an LSTM; the name of the embedding."""
    net = Net()
    embedded = net("Embedding", net("Input", feature="x"), input_dim=6, output_dim=3, mask_zero=mask_zero)
    one = net("BatchNormalization", net("Dense", embedded, units=3, activation="tanh"))
    noisy = net("GaussianDropout", net("GaussianNoise", embedded), rate=0.2)
    other = net("LayerNormalization", net("ReLU", noisy, negative_slope=0.1))
    merged = net(merge, one, other)
    kept = net("Slice", net("Dropout", merged, rate=0.5), stop=4)
    net("Target", net("Dense", net("LSTM", kept, units=2), units=1), target="y")
    return net.graph, embedded.id


def losses(graph: ModelGraph, embedding: str) -> list[float]:
    """Of a training step with several vectors in the place of the padding."""
    (target,) = (n for n in graph.nodes.values() if n.layer.title() == "Target")
    objective = Objective(target.id, "y", find_loss("auto", "binary"), 1.0, ())
    compiler = ModelCompiler(graph, FEATURES, [objective])
    optimizer = SGD()
    program = compiler.train(optimizer, rows=4, batch=4)
    data: dict[str, Array] = {"data/x": WORDS, "data/y": np.array([0, 1, 1, 0], np.int32)}
    place = compiler.weights()[f"{embedding}/embeddings"].member
    found = []
    for value in (0.0, 3.0):
        states = compiler.initial(program, optimizer, seed=5)
        states[place.arena][place.offset : place.offset + 3] = value
        found.append(float(interpret(program, FEEDS, data, states)[0]["loss"]))
    return found


@pytest.mark.parametrize(
    "merge", ["Add", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Subtract"]
)
def test_what_stands_for_padding_does_not_matter(merge: str) -> None:
    first, second = losses(*sequences(merge=merge, mask_zero=True))
    assert first == pytest.approx(second, rel=1e-6)


def test_without_a_mask_it_does() -> None:
    first, second = losses(*sequences(merge="Add", mask_zero=False))
    assert first != pytest.approx(second, rel=1e-3)
