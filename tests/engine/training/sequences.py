"""A small task on sequences of words, and a network that reads them twice."""

from __future__ import annotations

import numpy as np

from engine.data.bundle import DataBundle, Feature, TaskKind
from engine.graph.document import Edge, ModelGraph, Node
from engine.layers.base import Layer
from engine.layers.dense import Dense
from engine.layers.embedding import Embedding
from engine.layers.input import Input
from engine.layers.lstm import LSTM
from engine.layers.target import Target
from engine.tensor.spec import DType

WORDS = 5
LENGTH = 6


def words(rows: int = 64) -> DataBundle:
    """Sequences of 2 to 6 words, padded with 0; the class says whether word 1 came before word 2."""
    rng = np.random.default_rng(8)
    x = np.zeros((rows, LENGTH), np.int32)
    y = rng.integers(0, 2, rows).astype(np.int32)
    for row, first in zip(x, y, strict=True):
        length = rng.integers(2, LENGTH + 1)
        row[:length] = rng.integers(3, WORDS, length)
        one, two = sorted(rng.choice(length, 2, replace=False))
        row[one], row[two] = (1, 2) if first else (2, 1)
    features = {
        "x": Feature("x", "index", (LENGTH,), DType.INT32),
        "y": Feature("y", "category", (), DType.INT32, class_names=("later", "earlier")),
    }
    parts = range(rows * 3 // 4), range(rows * 3 // 4, rows), range(rows, rows)
    return DataBundle({"x": x}, {"y": y}, features, TaskKind.BINARY, *parts, {})


def reading() -> ModelGraph:
    """Embedding with mask, an LSTM that hands on its states, and one that starts with them."""
    graph = ModelGraph()

    def node(layer: Layer, *sources: Node) -> Node:
        made = graph.new_node(layer)
        graph.insert_node(made)
        for source in sources:
            graph.insert_edge(Edge.between(source, made))
        return made

    embedded = node(Embedding(input_dim=WORDS, output_dim=4, mask_zero=True), node(Input(feature="x")))
    once = node(LSTM(units=6, return_sequences=True, return_state=True), embedded)
    again = node(LSTM(units=6, go_backwards=True), once)
    for state in LSTM.state_names:
        graph.insert_edge(Edge(once.id, state, again.id, f"initial_{state}"))
    node(Target(target="y"), node(Dense(units=1), again))
    return graph
