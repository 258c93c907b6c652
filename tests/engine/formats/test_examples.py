"""Every bundled example is a network without problems, and the small ones learn what they promise."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data.bundle import DataBundle
from engine.data.load import load
from engine.devices.cpu.device import CpuDevice
from engine.formats.example import Example
from engine.formats.examples import examples
from engine.formats.weights import bundled_features
from engine.graph.diagnostics import Severity
from engine.graph.inference import infer
from engine.tensor.spec import Array
from engine.training.control import Control
from engine.training.session import Session
from engine.training.trainer import Trainer

NAMES = (
    "circle xor gauss spiral moons checkerboard line quadratic boston iris penguins mpg digits "
    "mnist-mlp mnist-cnn fashion-cnn airline shakespeare melodies copy parity"
)


def trained(example: Example) -> tuple[dict[str, float], dict[str, Array], DataBundle]:
    bundle = load(example.data)
    device = CpuDevice()
    session = Session(example.graph(), bundle, example.training, device)
    try:
        values: dict[str, float] = {}
        for report in Trainer(session, Control()).run():
            values = dict(getattr(report, "values", values))
        return values, session.weights(), bundle
    finally:
        session.close()
        device.close()


def test_all_are_there() -> None:
    assert list(examples()) == NAMES.split()


@pytest.mark.parametrize("example", examples().values(), ids=lambda e: e.name)
def test_an_example_has_no_problems_and_is_made_anew(example: Example) -> None:
    graph = example.graph()
    found = infer(graph, bundled_features(graph)).diagnostics
    assert [d for d in found if d.severity is not Severity.INFO] == []
    assert graph == example.graph()
    assert graph is not example.graph()
    assert example.summary.endswith(".")


def test_mnist_mlp_is_the_network_of_the_figures() -> None:
    example = examples()["mnist-mlp"]
    graph = example.graph()
    assert infer(graph, bundled_features(graph)).parameters == 784 * 128 + 128 + 128 * 10 + 10
    assert (example.training.batch_size, example.training.epochs) == (64, 3)
    assert example.training.optimizer.learning_rate == 0.001


@pytest.mark.parametrize(
    ("name", "least"),
    [("circle", 0.95), ("xor", 0.95), ("gauss", 0.95), ("spiral", 0.97), ("iris", 0.9), ("digits", 0.95)],
)
def test_a_classification_is_learned(name: str, least: float) -> None:
    values, _, _ = trained(examples()[name])
    assert values["val_accuracy"] >= least


def test_the_coefficients_of_the_parabola_are_the_weights() -> None:
    _, weights, _ = trained(examples()["quadratic"])
    a, b = weights["n4/weight"].ravel()
    (c,) = weights["n4/bias"]
    assert [a, b, c] == pytest.approx([1.0, -2.0, 1.5], rel=0.05)


def test_the_line_is_found() -> None:
    _, weights, _ = trained(examples()["line"])
    assert [float(w.ravel()[0]) for w in weights.values()] == pytest.approx([2.0, -1.0], rel=0.05)


def test_boston_beats_least_squares_on_the_same_split() -> None:
    values, _, bundle = trained(examples()["boston"])
    x = np.column_stack([bundle.inputs["x"], np.ones(len(bundle.inputs["x"]))]).astype(np.float64)
    y = bundle.targets["y"].astype(np.float64)
    train, held_out = (
        slice(bundle.train.start, bundle.train.stop),
        slice(bundle.validation.start, bundle.validation.stop),
    )
    fit = np.linalg.lstsq(x[train], y[train], rcond=None)[0]
    least_squares = float(np.mean((x[held_out] @ fit - y[held_out]) ** 2))
    assert values["val_loss"] < 0.8 * least_squares
