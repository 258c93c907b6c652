"""The bundled examples learn what they promise, on the CPU, as they are shipped."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data.bundle import DataBundle
from engine.data.load import load
from engine.data.settings import DataSettings
from engine.devices.registry import open_device, reason_for_absence
from engine.formats.examples import examples
from engine.graph.document import ModelGraph
from engine.tensor.spec import Array
from engine.training.control import Control
from engine.training.reports import Ended, EpochEnded, Progress
from engine.training.session import Session
from engine.training.settings import TrainingSettings
from engine.training.trainer import Trainer


def trained(
    name: str,
    seed: int | None = None,
    device: str = "cpu",
    epochs: int | None = None,
    **options: float | str,
) -> tuple[Session, list[EpochEnded], Ended]:
    """The example after its run, or after one with other data or of other length."""
    example = examples()[name]
    changes = {"seed": seed, "epochs": epochs}
    training = example.training.model_copy(update={k: v for k, v in changes.items() if v is not None})
    data = example.data.model_copy(update={"options": {**example.data.options, **options}})
    session = Session(example.graph(), load(data), training, open_device(device))
    ended: list[EpochEnded] = []
    for report in Trainer(session, Control(watch_validation=False)).run():
        if isinstance(report, Progress):
            ended += report.epochs
    assert isinstance(report, Ended)
    return session, ended, report


@pytest.mark.parametrize(
    ("name", "accuracy"),
    [
        ("circle", 0.95),
        ("xor", 0.95),
        ("gauss", 0.95),
        ("moons", 0.97),
        ("checkerboard", 0.92),
        ("iris", 0.93),
        ("penguins", 0.95),
        ("digits", 0.95),
    ],
)
def test_classifications(name: str, accuracy: float) -> None:
    _, _, ended = trained(name)
    assert ended.values["val_accuracy"] >= accuracy
    assert ended.values["accuracy"] >= accuracy


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_spiral(seed: int) -> None:
    _, _, ended = trained("spiral", seed)
    assert ended.values["val_accuracy"] >= 0.97


def test_line_finds_slope_and_intercept() -> None:
    session, _, _ = trained("line")
    weight, bias = (
        next(a for n, a in session.weights().items() if n.endswith(k)) for k in ("weight", "bias")
    )
    assert (weight.item(), bias.item()) == (pytest.approx(2.0, rel=0.05), pytest.approx(-1.0, rel=0.05))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_quadratic_recovers_its_coefficients(seed: int) -> None:
    session, _, _ = trained("quadratic", seed)
    inputs = np.array([[0.0], [1.0], [-1.0]], np.float32)
    at_0, at_1, at_minus_1 = session.predict("probe", {"x": inputs})["y0"][:, 0].tolist()
    a, b, c = (at_1 + at_minus_1) / 2 - at_0, (at_1 - at_minus_1) / 2, at_0
    assert (a, b, c) == tuple(pytest.approx(true, rel=0.05) for true in (1.0, -2.0, 1.5))


def least_squares_error(bundle: DataBundle) -> float:
    """Mean squared error on the validation rows of the best straight line through the training rows."""

    def with_one(rows: range) -> Array:
        x = np.asarray(bundle.inputs["x"][rows.start : rows.stop], np.float64).reshape(len(rows), -1)
        return np.concatenate([x, np.ones((len(x), 1))], axis=1)

    y = np.asarray(bundle.targets["y"], np.float64)
    train, validation = bundle.train, bundle.validation
    solution, *_ = np.linalg.lstsq(with_one(train), y[train.start : train.stop], rcond=None)
    error = with_one(validation) @ solution - y[validation.start : validation.stop]
    return float((error**2).mean())


@pytest.mark.parametrize(("name", "share"), [("boston", 0.8), ("mpg", 0.75)])
def test_a_table_beats_ordinary_least_squares(name: str, share: float) -> None:
    session, _, ended = trained(name)
    assert ended.values["val_loss"] < share * least_squares_error(session.bundle)


# -- sequences -----------------------------------------------------------------------------------------
def test_the_forecast_beats_a_straight_line_and_the_same_month_of_the_year_before() -> None:
    session, _, ended = trained("airline")
    bundle = session.bundle
    held_out = slice(bundle.validation.start, bundle.validation.stop)
    x = bundle.scaling["x"].invert(bundle.inputs["x"][held_out])
    y = bundle.scaling["y"].invert(bundle.targets["y"][held_out])
    year_before = float(((x[:, 0] - y) ** 2).mean()) / bundle.scaling["y"].scale[0] ** 2
    assert ended.values["val_loss"] < least_squares_error(bundle) < 0.5 * year_before
    assert ended.values["val_r2"] > 0.9


def test_the_next_character_is_guessed_better_after_a_round() -> None:
    """15 % is what always saying "space" gets."""
    _, _, ended = trained("shakespeare", epochs=1)
    assert ended.values["val_accuracy"] >= 0.28


@pytest.mark.slow
def test_nearly_half_of_the_next_characters_are_guessed() -> None:
    _, _, ended = trained("shakespeare")
    assert ended.values["val_accuracy"] >= 0.45


def test_the_next_note_is_guessed_better_than_by_its_frequency() -> None:
    """15 % is what always naming the most frequent pitch gets."""
    _, _, ended = trained("melodies")
    assert ended.values["val_accuracy"] >= 0.27


def test_three_symbols_are_remembered() -> None:
    """Half of the positions are silence, and silence with guessing gets 58 %."""
    _, _, ended = trained("copy", epochs=60, length=3)
    assert ended.values["val_accuracy"] >= 0.9


@pytest.mark.slow
def test_five_symbols_are_remembered() -> None:
    _, _, ended = trained("copy")
    assert ended.values["val_accuracy"] >= 0.98


def test_parity_is_counted_on_rows_that_were_never_seen() -> None:
    _, _, ended = trained("parity")
    assert ended.values["val_accuracy"] >= 0.95


def test_boston_beats_it_on_rows_that_chose_nothing() -> None:
    """The best epoch is chosen on the validation rows; this is the test part, which nothing has looked at."""
    example = examples()["boston"]
    data = DataSettings(**{**example.data.model_dump(), "validation_fraction": 0.15, "test_fraction": 0.25})
    session = Session(example.graph(), load(data), example.training, open_device("cpu"))
    list(Trainer(session, Control(watch_validation=False)).run())
    bundle = session.bundle
    shifted = DataBundle(**{**vars(bundle), "validation": bundle.test})
    assert session.evaluate(bundle.test)["loss"] < least_squares_error(shifted)


@pytest.mark.parametrize("name", examples())
def test_every_example_compiles_and_steps(name: str) -> None:
    example = examples()[name]
    session = Session(example.graph(), load(example.data), example.training, open_device("cpu"))
    session.advance(2)
    assert np.isfinite(session.report()["loss"])
    assert session.step == 2


# -- MNIST ---------------------------------------------------------------------------------------------
PUBLISHED = {1: 0.945, 2: 0.964, 3: 0.971}


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("device", "rounds"), [("cpu", 3), ("gl", 1)])
def test_mnist_mlp_learns_at_the_published_pace(device: str, rounds: int) -> None:
    if reason := reason_for_absence(device):
        pytest.skip(reason)
    _, epochs, _ = trained("mnist-mlp", device=device, epochs=rounds)
    found = {e.epoch: e.values["val_accuracy"] for e in epochs}
    assert found == {epoch: pytest.approx(PUBLISHED[epoch], abs=0.01) for epoch in range(1, rounds + 1)}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_mnist_cnn_reaches_98_in_its_first_round() -> None:
    _, _, ended = trained("mnist-cnn", epochs=1)
    assert ended.values["val_accuracy"] >= 0.98


def test_settings_of_the_examples_are_what_the_figures_were_measured_with() -> None:
    mlp = examples()["mnist-mlp"]
    assert isinstance(mlp.graph(), ModelGraph)
    assert isinstance(mlp.training, TrainingSettings)
    assert (mlp.training.batch_size, mlp.training.optimizer.learning_rate) == (64, 0.001)
    assert mlp.training.optimizer.key() == "Adam"


@pytest.mark.skipif(bool(reason_for_absence("gl")), reason="no OpenGL compute")
@pytest.mark.parametrize(
    "name",
    ["spiral", "quadratic", "boston", "iris", "digits", pytest.param("mnist-mlp", marks=pytest.mark.slow)],
)
def test_curves_agree_across_devices(name: str) -> None:
    example = examples()[name]
    bundle = load(example.data)
    curves: list[list[float]] = []
    for device in ("cpu", "gl"):
        session = Session(example.graph(), bundle, example.training, open_device(device))
        curves.append([])
        for _ in range(100):
            session.advance(1)
            curves[-1].append(session.report()["loss"])
        session.close()
    np.testing.assert_allclose(curves[0], curves[1], rtol=1e-4, atol=1e-4)
