"""Twenty steps of whole networks have the losses that Keras has: golden values, made by tests/golden/make_curves.py."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.compiler.model import ModelCompiler
from engine.data.bundle import DataBundle, Feature, TaskKind
from engine.devices.registry import open_device, reason_for_absence
from engine.graph.document import ModelGraph
from engine.graph.sequence import build_sequential
from engine.layers.batch_normalization import BatchNormalization
from engine.layers.conv2d import Conv2D
from engine.layers.dense import Dense
from engine.layers.flatten import Flatten
from engine.layers.input import Input
from engine.layers.lstm import LSTM
from engine.layers.max_pooling2d import MaxPooling2D
from engine.layers.relu import ReLU
from engine.layers.target import Target
from engine.optimizers.base import OPTIMIZERS
from engine.tensor.spec import Array, DType
from engine.training.features import feature_specs
from engine.training.named import NamedStates
from engine.training.objectives import objectives_of
from engine.training.order import BatchOrder
from engine.training.session import Session
from engine.training.states import snapshot_of
from tests.engine.training.networks import settings

GOLDEN = Path(__file__).parents[2] / "golden" / "curves.npz"
PRECISE = {"SGD", "Adagrad"}  # the others divide by what they have seen, which is tiny at first


@cache
def golden() -> dict[str, Array]:
    with np.load(GOLDEN) as file:
        return dict(file)


def facts() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(golden()["cases"].tobytes())
    return found


def network(name: str) -> ModelGraph:
    """As in the script."""
    if name == "mlp":
        return build_sequential(
            [
                Input(),
                Dense(units=12, activation="tanh"),
                Dense(units=8, activation="relu"),
                Dense(units=3),
                Target(),
            ]
        )
    if name == "lstm":
        return build_sequential([Input(), LSTM(units=6), Dense(units=1), Target()])
    return build_sequential(
        [
            Input(),
            Conv2D(filters=4, kernel_size=(3, 3), padding="same", use_bias=False),
            BatchNormalization(),
            ReLU(),
            MaxPooling2D(),
            Conv2D(filters=6, kernel_size=(3, 3)),
            BatchNormalization(momentum=0.9),
            ReLU(),
            Flatten(),
            Dense(units=3),
            Target(),
        ]
    )


def bundle(name: str) -> DataBundle:
    x, y = golden()[f"{name}/x"], golden()[f"{name}/y"]
    task, target = TaskKind.REGRESSION, Feature("y", "numeric", (1,))
    if y.dtype == np.int32:
        task, target = (
            TaskKind.MULTICLASS,
            Feature("y", "category", (), DType.INT32, class_names=("a", "b", "c")),
        )
    features = {"x": Feature("x", "numeric", x.shape[1:]), "y": target}
    rows = len(x)
    return DataBundle(
        {"x": x}, {"y": y}, features, task, range(rows), range(rows, rows), range(rows, rows), {}
    )


class InOrder(BatchOrder):
    """The batches one after the other, again and again."""

    def batches(self, start: int, steps: int) -> Array:
        size, rows = facts()["batch"], len(self._rows)
        index = np.arange(start * size, (start + steps) * size) % rows
        return index.astype(np.int32).reshape(steps, size)


class SessionInOrder(Session):
    ordered = InOrder


def first_states(graph: ModelGraph, data: DataBundle, name: str) -> Mapping[str, Array]:
    """Keras' weights in ours: layers with weights stand in the same order in both."""
    prefix = f"{name}/weights/"
    known = {
        key.removeprefix(prefix).replace("kernel", "weight"): array
        for key, array in golden().items()
        if key.startswith(prefix)
    }
    order: dict[str, int] = {}
    weights: dict[str, Array] = {}
    for full in ModelCompiler(graph, feature_specs(data.spec), objectives_of(graph, data.spec)).weights():
        node, _, short = full.partition("/")
        weights[full] = known.pop(f"{order.setdefault(node, len(order))}/{short}")
    assert not known
    snapshot = snapshot_of(graph, data.spec, NamedStates(weights))
    assert snapshot is not None
    return snapshot.states


def losses(name: str, number: int, device: str) -> Array:
    """The loss of each step."""
    training = settings(optimizer=facts()["optimizers"][number], batch_size=facts()["batch"])
    graph, data = network(name), bundle(name)
    first = first_states(graph, data, name)
    s = SessionInOrder(graph, data, training, open_device(device), first)
    try:
        found = []
        for _ in range(facts()["steps"]):
            s.advance(1)
            found.append(s.report()["loss"])
        return np.array(found)
    finally:
        s.close()


every_optimizer = pytest.mark.parametrize(
    "number", range(len(facts()["optimizers"])), ids=lambda n: f"{n}-{facts()['optimizers'][n]['name']}"
)


def compare(name: str, number: int, device: str) -> None:
    precise = facts()["optimizers"][number]["name"] in PRECISE
    expected = golden()[f"{name}/loss/{number}"]
    np.testing.assert_allclose(losses(name, number, device), expected, rtol=1e-5 if precise else 1e-4)


@pytest.mark.parametrize("name", ["mlp", "cnn", "lstm"])
@every_optimizer
def test_losses_are_those_of_keras(name: str, number: int) -> None:
    compare(name, number, "cpu")


@pytest.mark.skipif(bool(reason_for_absence("gl")), reason="no OpenGL compute")
@pytest.mark.usefixtures("launches")
@every_optimizer
def test_losses_on_gl_are_those_of_keras(number: int) -> None:
    compare("mlp", number, "gl")


@pytest.mark.skipif(bool(reason_for_absence("gl")), reason="no OpenGL compute")
@pytest.mark.usefixtures("launches")
@pytest.mark.parametrize("optimizer", ["Adafactor", "Muon", "Lamb"])  # they look at the shapes of weights
def test_filters_and_scales_learn_on_gl_as_in_keras(optimizer: str) -> None:
    names = [case["name"] for case in facts()["optimizers"]]
    compare("cnn", names.index(optimizer), "gl")


def test_every_optimizer_has_a_curve() -> None:
    assert {case["name"] for case in facts()["optimizers"]} == set(OPTIMIZERS.members)
