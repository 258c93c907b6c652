"""Whole networks are judged as Keras judges them: several targets, loss weights, weights of examples and classes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from engine.compiler.losses import Objective
from engine.compiler.model import ModelCompiler
from engine.graph.document import Edge, ModelGraph, Node
from engine.graph.features import FeatureSpec
from engine.graph.sequence import build_sequential
from engine.layers.base import Layer
from engine.layers.dense import Dense
from engine.layers.input import Input
from engine.layers.masking import Masking
from engine.layers.target import Target
from engine.objectives.loss import LOSSES
from engine.objectives.metric import METRICS
from engine.optimizers.sgd import SGD
from engine.program.interpret import interpret
from engine.program.program import Storage
from engine.tensor.spec import Array, DType
from tests.engine.objectives.golden import part

CLASSES = FeatureSpec((), DType.INT32, classes=3)
WEIGHT = FeatureSpec(())


def two_outputs() -> ModelGraph:
    graph = ModelGraph()

    def node(name: str, layer: Layer, *sources: Node) -> Node:
        made = Node(name, layer, name)
        graph.insert_node(made)
        for source in sources:
            graph.insert_edge(Edge.between(source, made))
        return made

    hidden = node("hidden", Dense(units=5, activation="tanh"), node("x", Input()))
    node("kind_target", Target(target="kind"), node("kind", Dense(units=3, activation="softmax"), hidden))
    node("amount_target", Target(target="amount"), node("amount", Dense(units=2), hidden))
    return graph


class Run:
    """One training step and one evaluation over the same rows, by the references of the ops."""

    def __init__(
        self, compiler: ModelCompiler, data: Mapping[str, Array], weights: Mapping[str, Array]
    ) -> None:
        self.compiler = compiler
        self.rows = len(next(iter(data.values())))
        self.data = {f"data/{name}": array for name, array in data.items()}
        self.program = compiler.train(SGD(learning_rate=1.0), self.rows, self.rows)
        self.states = compiler.initial(self.program, SGD(), 0)
        for name, weight in compiler.weights().items():
            place = weight.member
            known = {k.replace("kernel", "weight"): a for k, a in weights.items()}
            self.states[place.arena][place.offset : place.offset + place.spec.size] = known[name].reshape(-1)

    def train(self) -> tuple[float, dict[str, float], dict[str, Array]]:
        """Loss, report, and the gradient of each weight."""
        feeds = {"index": np.arange(self.rows, dtype=np.int32), "learning_rate": np.array(1.0, np.float32)}
        feeds |= dict.fromkeys(("step", "seed"), np.array(0, np.int32))
        outputs, after = interpret(self.program, feeds, self.data, self.states)
        change = self.states["params"] - after["params"]
        gradients = {
            name: change[w.member.offset : w.member.offset + w.member.spec.size].reshape(w.member.spec.shape)
            for name, w in self.compiler.weights().items()
        }
        return float(outputs["loss"]), self.compiler.layout.read(after["report"]), gradients

    def evaluate(self, filled: int = 0) -> dict[str, float]:
        """The report of an evaluation whose batch is filled up with `filled` rows of weight 0."""
        batch = self.rows + filled
        program = self.compiler.evaluate(self.rows, batch)
        index = np.zeros(batch, np.int32)
        index[: self.rows] = np.arange(self.rows)
        present = (np.arange(batch) < self.rows).astype(np.float32)
        feeds = {"index": index, "sample_weight": present}
        feeds |= dict.fromkeys(("step", "seed"), np.array(0, np.int32))
        states = {n: self.states[n] for n in (v.name for v in program.named(Storage.STATE).values())}
        _, after = interpret(program, feeds, self.data, states)
        return self.compiler.layout.read(after["evaluation"])


def assert_gradients(found: Mapping[str, Array], expected: Mapping[str, Array]) -> None:
    assert len(found) == len(expected) > 0
    for name, gradient in expected.items():
        ours = found[name.replace("kernel", "weight")]
        np.testing.assert_allclose(ours, gradient, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("key", ["plain", "weighted"])
def test_two_targets_with_loss_weights(key: str) -> None:
    golden = part("two_outputs")
    features = {"x": FeatureSpec((4,)), "kind": CLASSES, "amount": FeatureSpec((2,))}
    given = [("w0", WEIGHT), ("w1", WEIGHT)] if key == "weighted" else [None, None]
    objectives = [
        Objective(
            "kind_target",
            "kind",
            LOSSES("sparse_categorical_crossentropy"),
            1.0,
            (METRICS("accuracy"),),
            given[0],
        ),
        Objective(
            "amount_target",
            "amount",
            LOSSES("mean_squared_error"),
            0.3,
            (METRICS("mean_absolute_error"),),
            given[1],
        ),
    ]
    data = {
        "x": golden["x"],
        "kind": golden["kind"].astype(np.int32),
        "amount": golden["amount"],
        "w0": golden["sample_weight0"],
        "w1": golden["sample_weight1"],
    }
    weights = {n.removeprefix("weight/"): a for n, a in golden.items() if n.startswith("weight/")}
    run = Run(ModelCompiler(two_outputs(), features, objectives), data, weights)
    loss, report, gradients = run.train()
    assert loss == pytest.approx(float(golden[f"{key}/loss"]), rel=1e-5)
    prefix = f"{key}/gradient/"
    assert_gradients(
        gradients, {n.removeprefix(prefix): a for n, a in golden.items() if n.startswith(prefix)}
    )
    logs = {n.rpartition("/")[2]: float(a) for n, a in golden.items() if n.startswith(f"{key}/log/")}
    for figures in (report, run.evaluate(), run.evaluate(filled=3)):
        assert figures == pytest.approx(logs, rel=1e-5)


def test_class_weights_count_in_training_alone() -> None:
    golden = part("class_weights")
    y = golden["y"].astype(np.int32)
    graph = build_sequential([Input(), Dense(units=3, activation="softmax"), Target()])
    target = next(n.id for n in graph.nodes.values() if isinstance(n.layer, Target))
    dense = next(n.id for n in graph.nodes.values() if isinstance(n.layer, Dense))
    loss = LOSSES("sparse_categorical_crossentropy")
    factors = tuple(golden["factors"].tolist())
    weights = {f"{dense}/{n.rpartition('/')[2]}": a for n, a in golden.items() if n.startswith("weight/")}

    def run(objective: Objective) -> Run:
        features = {"x": FeatureSpec((3,)), "y": CLASSES}
        data = {"x": golden["x"], "y": y, "w": np.array(factors, np.float32)[y]}
        return Run(ModelCompiler(graph, features, [objective]), data, weights)

    by_class = run(Objective(target, "y", loss, 1.0, (METRICS("accuracy"),), class_weights=factors))
    value, report, gradients = by_class.train()
    assert value == report["loss"] == pytest.approx(float(golden["log/loss"]), rel=1e-5)
    assert report["accuracy"] == pytest.approx(float(golden["log/accuracy"]))
    expected = {n.rpartition("/")[2]: a for n, a in golden.items() if n.startswith("gradient/")}
    assert_gradients({n.partition("/")[2]: a for n, a in gradients.items()}, expected)
    assert by_class.evaluate()["loss"] != pytest.approx(report["loss"], rel=1e-3)
    metric = (METRICS("sparse_categorical_accuracy"),)
    by_example = run(Objective(target, "y", loss, 1.0, metric, ("w", WEIGHT), weigh_metrics=True))
    _, figures, _ = by_example.train()
    assert figures["loss"] == pytest.approx(float(golden["log/loss"]), rel=1e-5)
    weighted = float(golden["log/sparse_categorical_accuracy"])
    assert figures["sparse_categorical_accuracy"] == pytest.approx(weighted, rel=1e-5)
    assert by_example.evaluate(filled=2) == pytest.approx(figures, rel=1e-5)


@pytest.mark.parametrize("key", ["plain", "weighted"])
def test_padding_does_not_count(key: str) -> None:
    golden = part("masked")
    graph = build_sequential([Input(), Masking(), Dense(units=3, activation="softmax"), Target()])
    nodes = {type(n.layer): n.id for n in graph.nodes.values()}
    features = {"x": FeatureSpec((5, 2)), "y": FeatureSpec((5,), DType.INT32, classes=3)}
    objective = Objective(
        nodes[Target],
        "y",
        LOSSES("sparse_categorical_crossentropy"),
        1.0,
        (METRICS("sparse_categorical_accuracy"),),
        ("w", FeatureSpec((5,))) if key == "weighted" else None,
        weigh_metrics=key == "weighted",
    )
    weights = {
        f"{nodes[Dense]}/{n.removeprefix('weight/')}": a for n, a in golden.items() if n.startswith("weight/")
    }
    data = {"x": golden["x"], "y": golden["y"].astype(np.int32), "w": golden["sample_weight"]}
    run = Run(ModelCompiler(graph, features, [objective]), data, weights)
    loss, report, gradients = run.train()
    logs = {n.rpartition("/")[2]: float(a) for n, a in golden.items() if n.startswith(f"{key}/log/")}
    accuracy = logs[
        "weighted_sparse_categorical_accuracy" if key == "weighted" else "sparse_categorical_accuracy"
    ]
    assert loss == pytest.approx(logs["loss"], rel=1e-5)
    for figures in (report, run.evaluate(), run.evaluate(filled=2)):
        assert figures == pytest.approx(
            {"loss": logs["loss"], "sparse_categorical_accuracy": accuracy}, rel=1e-5
        )
    expected = {n.rpartition("/")[2]: a for n, a in golden.items() if n.startswith(f"{key}/gradient/")}
    assert_gradients({n.partition("/")[2]: a for n, a in gradients.items()}, expected)
