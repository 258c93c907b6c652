"""A Transformer learns what only attention can see, padding and all, and trains alike on both devices."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data.bundle import DataBundle, Feature, TaskKind
from engine.devices.registry import reason_for_absence
from engine.graph.document import Edge, ModelGraph, Node
from engine.layers.add import Add
from engine.layers.base import Layer
from engine.layers.dense import Dense
from engine.layers.embedding import Embedding
from engine.layers.global_average_pooling1d import GlobalAveragePooling1D
from engine.layers.input import Input
from engine.layers.position_embedding import PositionEmbedding
from engine.layers.target import Target
from engine.layers.transformer_block import TransformerBlock
from engine.tensor.spec import DType
from tests.engine.training.networks import session, settings

LENGTH, WORDS = 6, 5


def equal_ends(rows: int = 600) -> DataBundle:
    """Words behind each other with padding at the end; the class says whether the first equals the last."""
    rng = np.random.default_rng(4)
    x = rng.integers(1, WORDS, (rows, LENGTH)).astype(np.int32)
    lengths = rng.integers(3, LENGTH + 1, rows)
    x[np.arange(LENGTH) >= lengths[:, None]] = 0
    last = np.arange(rows), lengths - 1
    same = rng.random(rows) < 0.5
    x[last[0][same], last[1][same]] = x[same, 0]
    y = (x[:, 0] == x[last]).astype(np.int32)
    features = {
        "x": Feature("x", "index", (LENGTH,), DType.INT32),
        "y": Feature("y", "category", (), DType.INT32, class_names=("different", "equal")),
    }
    parts = range(rows * 3 // 4), range(rows * 3 // 4, rows), range(rows, rows)
    return DataBundle({"x": x}, {"y": y}, features, TaskKind.BINARY, *parts, {})


def network(blocks: int = 2, *, normalize_first: bool = False) -> ModelGraph:
    graph = ModelGraph()

    def node(layer: Layer, *sources: Node) -> Node:
        made = graph.new_node(layer)
        graph.insert_node(made)
        for source in sources:
            graph.insert_edge(Edge.between(source, made))
        return made

    words = node(Embedding(input_dim=WORDS, output_dim=16, mask_zero=True), node(Input()))
    placed = node(Add(), words, node(PositionEmbedding(sequence_length=LENGTH), words))
    block = TransformerBlock(num_heads=2, intermediate_dim=32, dropout=0.1, normalize_first=normalize_first)
    y = placed
    for _ in range(blocks):
        y = node(block, y)
    node(Target(), node(Dense(units=1), node(GlobalAveragePooling1D(), y)))
    return graph


def test_it_learns_to_compare_the_ends() -> None:
    bundle = equal_ends()
    one = session(
        network(),
        bundle,
        settings(epochs=60, batch_size=50, optimizer={"name": "Adam", "learning_rate": 0.003}),
    )
    before = one.evaluate(bundle.validation)
    one.advance(540)
    after = one.evaluate(bundle.validation)
    one.close()
    assert after["loss"] < 0.5 * before["loss"]
    assert after["accuracy"] > 0.9


@pytest.mark.skipif(bool(reason_for_absence("gl")), reason="no OpenGL compute")
@pytest.mark.usefixtures("launches")
def test_it_trains_alike_on_both_devices() -> None:
    found = []
    for device in ("cpu", "gl"):
        one = session(
            network(1, normalize_first=True), equal_ends(100), settings(batch_size=25), device=device
        )
        one.advance(4)
        found.append(one.weights())
        one.close()
    for name, weight in found[0].items():
        np.testing.assert_allclose(found[1][name], weight, rtol=1e-3, atol=2e-4, err_msg=name)
