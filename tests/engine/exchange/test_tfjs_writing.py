"""What a `model.json` holds by choice: rounded weights, and how the network is trained."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.cli.main import main
from engine.exchange.formats import formats, read_network, write_network
from engine.exchange.outgoing import Outgoing, outgoing
from engine.exchange.tfjs.options import TfjsOptions
from engine.exchange.tfjs.packing import Packing, packed, unpacked
from engine.exchange.tfjs.training import as_keras, training_config
from engine.formats.weights import bundled_features
from engine.layers.target import Target
from engine.objectives.loss import LOSSES
from engine.objectives.metric import METRICS
from engine.optimizers.base import OPTIMIZERS
from engine.schedules.base import SCHEDULES
from engine.training.settings import TrainingSettings
from tests.engine.exchange.bad_files import golden

ROUNDED: tuple[Packing, ...] = ("float16", "uint16", "uint8")
VALUES = np.random.default_rng(1).normal(size=(40, 25)).astype(np.float32)


@pytest.fixture
def out(tmp_path: Path) -> Outgoing:
    """A chain with a soft-max at its end."""
    (tmp_path / "given.keras").write_bytes(golden("mlp.keras"))
    imported = read_network(tmp_path / "given.keras")
    (tmp_path / "given.keras").unlink()
    return outgoing(imported.graph, bundled_features(imported.graph), imported.weights)


def trained_by(out: Outgoing, optimizer: Any, loss: str = "mean_squared_error", **more: Any) -> Outgoing:
    training = TrainingSettings(optimizer=optimizer)
    return replace(out, training=training, losses=(LOSSES.read(loss),), **more)


# -- rounded weights ---------------------------------------------------------------------------------
@pytest.mark.parametrize("packing", ROUNDED)
def test_a_number_is_moved_by_half_a_step_at_most(packing: Packing) -> None:
    stored, quantization = packed(VALUES, packing)
    assert quantization is not None
    step = quantization.get("scale", 2.0**-9)  # of a half float between 2 and 4
    assert np.abs(unpacked(stored, quantization) - VALUES).max() <= 0.51 * step  # and the rounding of float32
    assert stored.nbytes == VALUES.nbytes // (4 if packing == "uint8" else 2)


@pytest.mark.parametrize("packing", ROUNDED)
@pytest.mark.parametrize("value", [0.0, -3.25, 7.0])
def test_an_array_of_one_value_stays_what_it_is(packing: Packing, value: float) -> None:
    values = np.full((3, 2), value, np.float32)
    np.testing.assert_array_equal(unpacked(*packed(values, packing)), values)


@pytest.mark.parametrize("packing", ROUNDED)
@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_numbers_that_are_none_are_kept(packing: Packing, odd: float) -> None:
    values = np.array([1.0, odd], np.float32)
    stored, quantization = packed(values, packing)
    assert quantization is None
    np.testing.assert_array_equal(stored, values)


def test_numbers_beyond_half_floats_are_kept() -> None:
    values = np.array([1.0, 1e6], np.float32)
    assert packed(values, "float16")[1] is None
    assert packed(np.zeros((0, 4), np.float32), "uint8")[1] is None


@pytest.mark.parametrize("packing", ROUNDED)
def test_what_is_read_again_is_what_was_rounded(out: Outgoing, packing: Packing, tmp_path: Path) -> None:
    options = TfjsOptions(weights=packing)
    write_network(out, tmp_path / "model.json", options)
    rounded = formats()["tfjs"].rounded
    assert rounded is not None
    wanted = list(rounded(options, out.weights).values())
    found = list(read_network(tmp_path / "model.json").weights.values())
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, other)
    whole = sum(a.nbytes for a in out.weights.values())
    size = sum(p.stat().st_size for p in tmp_path.glob("*.bin"))
    assert size == whole // (4 if packing == "uint8" else 2)


def test_convert_says_how_far_rounding_moves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.keras").write_bytes(golden("mlp.keras"))
    target = str(tmp_path / "out" / "model.json")
    assert main(["convert", str(tmp_path / "a.keras"), target, "--set", "weights=uint8"]) == 0
    said = capsys.readouterr()
    assert "Read again by Layerloom, its predictions are exactly the same" in said.out
    assert "weights are rounded, which moves its predictions by" in said.out
    assert "warning" not in said.err


# -- how it is trained -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "settings", "kind"),
    [
        ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}, "Momentum"),
        ("Adam", {"learning_rate": 0.01, "beta_1": 0.8, "epsilon": 1e-5}, "Adam"),
        ("Adamax", {"beta_2": 0.9}, "Adamax"),
        ("RMSprop", {"rho": 0.8, "centered": True}, "RMSProp"),
        ("Adagrad", {"initial_accumulator_value": 0.2}, "Adagrad"),
        ("Adadelta", {"rho": 0.7}, "Adadelta"),
    ],
)
def test_optimizer_loss_and_metrics_go_and_come(
    out: Outgoing, name: str, settings: dict[str, Any], kind: str, tmp_path: Path
) -> None:
    optimizer = OPTIMIZERS(name, **settings)
    metrics = ((METRICS.read("accuracy"), METRICS.read("mean_absolute_error")),)
    write_network(trained_by(out, optimizer, metrics=metrics), tmp_path / "model.json")
    written = json.loads((tmp_path / "model.json").read_text())["trainingConfig"]
    assert written["optimizer_config"]["class_name"] == kind
    assert (written["loss"], written["metrics"]) == ("mean_squared_error", ["accuracy", "mae"])
    graph = read_network(tmp_path / "model.json").graph
    training = graph.sections["training"]
    assert isinstance(training, TrainingSettings)
    assert training.optimizer == optimizer
    (target,) = [n.layer for n in graph.nodes.values() if n.layer.title() == "Target"]
    assert isinstance(target, Target)
    assert target.loss == LOSSES("MeanSquaredError")
    assert [m.key() for m in target.metrics] == ["accuracy", "mean_absolute_error"]


@pytest.mark.parametrize(
    ("ours", "theirs"), [("log_cosh", "logcosh"), ("kl_divergence", "kullback_leibler_divergence")]
)
def test_losses_have_names_of_their_own(out: Outgoing, ours: str, theirs: str) -> None:
    config = training_config(trained_by(out, OPTIMIZERS("Adam"), ours))
    assert config is not None
    assert config["loss"] == theirs
    assert as_keras(config)["loss"] == ours


def test_what_can_not_be_said_is_left_out(out: Outgoing) -> None:
    adam = OPTIMIZERS("Adam")
    usual = trained_by(out, adam)
    assert training_config(usual) is not None
    schedule = TrainingSettings(optimizer=adam, schedule=SCHEDULES("CosineDecay", decay_steps=10))
    for changed in (
        trained_by(out, OPTIMIZERS("AdamW")),
        trained_by(out, OPTIMIZERS("Adam", amsgrad=True)),
        trained_by(out, adam, loss_weights=(2.0,)),
        replace(usual, training=schedule),
        replace(usual, losses=(LOSSES("Huber", delta=2.0),)),
        replace(usual, losses=(LOSSES("CategoricalCrossentropy", label_smoothing=0.1),)),
    ):
        assert training_config(changed) is None


def test_a_loss_of_scores_is_left_out(out: Outgoing) -> None:
    """There it takes probabilities, and nothing says otherwise."""
    ends = trained_by(out, OPTIMIZERS("Adam"), "categorical_crossentropy")
    assert training_config(ends) is not None
    scores = replace(ends.net, outputs=((ends.net.parts[-2].id, 0),))
    assert training_config(replace(ends, net=scores)) is None


def test_a_config_of_the_converter_in_python_stays() -> None:
    config = {"optimizer_config": {"class_name": "SGD", "config": {"learning_rate": 0.1, "nesterov": True}}}
    assert as_keras(config) == config


def test_a_config_that_tensorflow_js_saved_is_understood() -> None:
    settings = {"learningRate": 0.1, "momentum": 0.9, "useNesterov": True}
    found = as_keras({"optimizer_config": {"class_name": "Momentum", "config": settings}})
    wanted = {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}
    assert found["optimizer_config"] == {"class_name": "SGD", "config": wanted}


def test_what_is_no_config_does_no_harm(tmp_path: Path) -> None:
    for odd in (
        {"optimizer_config": 7, "loss": [1]},
        {"optimizer_config": {"config": []}, "loss": {"a": None}},
    ):
        assert as_keras(odd)
    with zipfile.ZipFile(Path(__file__).parents[2] / "golden" / "tfjs_files.zip") as archive:
        for name in ("model.json", "weights.bin"):
            (tmp_path / name).write_bytes(archive.read(f"mlp/{name}"))
    whole = json.loads((tmp_path / "model.json").read_text())
    whole["trainingConfig"] = {"optimizer_config": {"class_name": "Rocket", "config": {}}, "loss": "flying"}
    (tmp_path / "model.json").write_text(json.dumps(whole))
    found = read_network(tmp_path / "model.json")
    assert len(found.notes) == 2
