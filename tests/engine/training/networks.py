"""Small networks and data that the tests of training share."""

from __future__ import annotations

import numpy as np

from engine.data.bundle import DataBundle, Feature, TaskKind
from engine.data.load import load
from engine.data.settings import DataSettings
from engine.devices.registry import open_device
from engine.graph.document import Edge, ModelGraph, Node
from engine.graph.sequence import build_sequential
from engine.layers.add import Add
from engine.layers.base import Layer
from engine.layers.batch_normalization import BatchNormalization
from engine.layers.concatenate import Concatenate
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.input import Input
from engine.layers.target import Target
from engine.optimizers.adam import Adam
from engine.tensor.spec import Array, DType
from engine.training.session import Session
from engine.training.settings import TrainingSettings

XOR = DataSettings(dataset="xor", options={"samples": 200})
FAST = Adam(learning_rate=0.01)


def two_layer(*extra: Layer) -> ModelGraph:
    """Two features, eight units, one score; `extra` layers stand between."""
    return build_sequential([Input(), Dense(units=8, activation="tanh"), *extra, Dense(units=1), Target()])


def with_everything() -> ModelGraph:
    """A network whose steps depend on random numbers and on statistics."""
    return two_layer(Dropout(rate=0.3), BatchNormalization())


def settings(**changes: object) -> TrainingSettings:
    """Adam, batches of 32, ten epochs, on the CPU."""
    usual = {"optimizer": FAST, "batch_size": 32, "epochs": 10, "device": "cpu", "seed": 7}
    return TrainingSettings.model_validate({**usual, **changes})


def session(
    graph: ModelGraph | None = None,
    bundle: DataBundle | None = None,
    training: TrainingSettings | None = None,
    states: dict[str, Array] | None = None,
    step: int = 0,
    device: str = "cpu",
) -> Session:
    """A session on a device; XOR and a small network unless told otherwise."""
    return Session(
        graph or two_layer(), bundle or load(XOR), training or settings(), open_device(device), states, step
    )


def two_of_each(rows: int = 120) -> DataBundle:
    """Two inputs and two targets: y0 is the sum of all inputs, y1 the difference of their means."""
    rng = np.random.default_rng(5)
    a, b = (rng.normal(size=(rows, 3)).astype(np.float32) for _ in range(2))
    features = [Feature(name, "numeric", (3,)) for name in ("a", "b")]
    features += [Feature(name, "numeric", (1,)) for name in ("sum", "difference")]
    return DataBundle(
        inputs={"a": a, "b": b},
        targets={
            "sum": (a + b).sum(axis=1, keepdims=True),
            "difference": (a - b).mean(axis=1, keepdims=True),
        },
        features={f.name: f for f in features},
        task=TaskKind.REGRESSION,
        train=range(rows * 3 // 4),
        validation=range(rows * 3 // 4, rows),
        test=range(rows, rows),
        scaling={},
    )


def branched(*, shared: bool = True) -> ModelGraph:
    """Two inputs through a shared layer, joined in two ways, to two targets."""
    graph = ModelGraph()

    def node(layer: Layer, *sources: Node, shares: str | None = None) -> Node:
        made = graph.new_node(layer)
        if shares is not None:
            made = Node(made.id, made.layer, made.name, made.position, shares)
        graph.insert_node(made)
        for source in sources:
            graph.insert_edge(Edge.between(source, made))
        return made

    a, b = node(Input(feature="a")), node(Input(feature="b"))
    left = node(Dense(units=16, activation="tanh"), a)
    right = node(Dense(units=16, activation="tanh"), b, shares=left.id if shared else None)
    total, side = node(Add(), left, right), node(Concatenate(), left, right)
    node(Target(target="sum"), node(Dense(units=1), total))
    node(Target(target="difference", weight=0.5), node(Dense(units=1), side))
    return graph


def classes_by_sign(rows: int = 64) -> DataBundle:
    """One number, three classes by its size."""
    x = np.linspace(-1, 1, rows, dtype=np.float32)[np.random.default_rng(2).permutation(rows), None]
    y = np.digitize(x[:, 0], [-0.33, 0.33]).astype(np.int32)
    features = {
        "x": Feature("x", "numeric", (1,)),
        "y": Feature("y", "category", (), DType.INT32, class_names=("low", "middle", "high")),
    }
    parts = range(rows * 3 // 4), range(rows * 3 // 4, rows), range(rows, rows)
    return DataBundle({"x": x}, {"y": y}, features, TaskKind.MULTICLASS, *parts, {})
