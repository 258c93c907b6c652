"""What a target's settings and the data together mean; weights and figures on their way through a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.compiler.lower import LoweringError
from engine.data.bundle import DataBundle
from engine.data.load import describe, load
from engine.data.recipe.settings import ANY_TARGET, ColumnRecipe, Recipe
from engine.data.settings import DataSettings
from engine.graph.document import ModelGraph
from engine.graph.sequence import build_sequential
from engine.layers.dense import Dense
from engine.layers.input import Input
from engine.layers.target import Target
from engine.objectives.loss import LOSSES
from engine.training.control import Control
from engine.training.features import class_counts
from engine.training.objectives import balanced, objectives_of
from engine.training.predictions.answers import answers_of_data
from engine.training.predictions.arrays import confusion
from engine.training.reports import Ended, EpochEnded, Progress
from engine.training.trainer import Trainer
from tests.engine.training.networks import classes_by_sign, session, settings

CLASSES = Recipe.model_validate({"columns": {ANY_TARGET: {"categories": "one_hot"}}})


def graph(units: int = 3, **target: Any) -> ModelGraph:
    return build_sequential([Input(), Dense(units=units), Target.model_validate(target)])


def weighted_csv(folder: Path) -> DataSettings:
    rng = np.random.default_rng(3)
    rows = [f"{a:.3f},{b:.3f},{i % 3},{a + b:.3f}" for i, (a, b) in enumerate(rng.normal(size=(40, 2)))]
    path = folder / "data.csv"
    path.write_text("a,b,importance,y\n" + "\n".join(rows))
    return DataSettings(path=str(path), recipe=Recipe(columns={"importance": ColumnRecipe(role="weight")}))


def test_the_loss_and_metrics_of_a_target() -> None:
    spec = classes_by_sign().spec
    (auto,) = objectives_of(graph(), spec)
    assert (auto.loss.key(), [m.key() for m in auto.metrics]) == (
        "sparse_categorical_crossentropy",
        ["accuracy"],
    )
    (chosen,) = objectives_of(graph(loss={"name": "tversky", "alpha": 0.2}, metrics=["iou", "f1"]), spec)
    assert chosen.loss == LOSSES("tversky", alpha=0.2)
    assert [m.key() for m in chosen.metrics] == ["iou", "f1_score"]
    (points,) = objectives_of(graph(loss="triplet"), spec)
    assert points.metrics == ()


def test_balanced_classes_count_the_same_together() -> None:
    bundle = classes_by_sign()
    counts = class_counts(bundle)["y"]
    (objective,) = objectives_of(graph(class_weight="balanced"), bundle.spec, class_counts(bundle))
    np.testing.assert_allclose(objective.class_weights * counts, counts.sum() / 3)
    assert balanced(np.array([4, 0, 2])) == (0.75, 0.0, 1.5)


def test_chosen_class_weights_end_with_ones() -> None:
    (objective,) = objectives_of(graph(class_weight=(2.0,)), classes_by_sign().spec)
    assert objective.class_weights == (2.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ({"target": "z"}, "the data has no target named z; it has y"),
        ({"sample_weight": "w"}, "the data has no weights named w; it has none"),
        ({"class_weight": (1.0,) * 4}, "each of 3 classes, received 4"),
    ],
)
def test_what_does_not_fit_the_data(target: dict[str, Any], sentence: str) -> None:
    with pytest.raises(LoweringError, match=sentence):
        objectives_of(graph(**target), classes_by_sign().spec)


@pytest.mark.parametrize("weights", [(), (0.0, 0.0), (-1.0, 2.0)])
def test_class_weights_that_make_no_sense(weights: tuple[float, ...]) -> None:
    with pytest.raises(
        ValueError, match="Class weights are numbers from 0 on, one of them above 0, received"
    ):
        Target(class_weight=weights)


def test_old_projects_name_their_loss() -> None:
    assert Target.model_validate({"target": "y", "loss": "huber", "weight": 1.0}).loss == LOSSES("huber")
    assert Target(loss="mse").model_dump(mode="json")["loss"] == "mean_squared_error"


def test_a_column_of_weights(tmp_path: Path) -> None:
    data = weighted_csv(tmp_path)
    spec = describe(data)
    assert spec.weights == ("importance",)
    assert spec.features["x"].column_names == ("a", "b")
    bundle = load(data)
    np.testing.assert_array_equal(np.unique(bundle.weights["importance"]), [0.0, 1.0, 2.0])
    network = graph(1, sample_weight="importance", metrics=["mse"])
    run = session(network, bundle, settings(batch_size=len(bundle.train), epochs=1))
    plain = run.predict_rows(bundle.validation)["y0"]
    rows = slice(bundle.validation.start, bundle.validation.stop)
    errors = ((plain - bundle.targets["y"][rows]) ** 2).mean(1)
    figures = run.evaluate(bundle.validation)
    assert figures["loss"] == pytest.approx(
        float((errors * bundle.weights["importance"][rows]).mean()), rel=1e-5
    )
    assert figures["mean_squared_error"] == pytest.approx(float(errors.mean()), rel=1e-5)
    run.close()


def ends(bundle: DataBundle, network: ModelGraph, epochs: int = 3) -> tuple[list[EpochEnded], Ended]:
    run = session(network, bundle, settings(epochs=epochs, batch_size=7))
    reports = list(Trainer(run, Control(watch_validation=False)).run())
    run.close()
    found = [end for r in reports if isinstance(r, Progress) for end in r.epochs]
    last = reports[-1]
    assert isinstance(last, Ended)
    return found, last


def test_figures_that_are_more_than_one_number_come_with_epochs() -> None:
    bundle = classes_by_sign()
    found, last = ends(bundle, graph(metrics=["accuracy", "confusion_matrix"]))
    for end in found:
        table = end.arrays["val_confusion_matrix"]
        assert table.sum() == len(bundle.validation)
        assert np.trace(table) / table.sum() == pytest.approx(end.values["val_accuracy"])
        assert end.arrays["confusion_matrix"].shape == (3, 3)
        assert "confusion_matrix" not in end.values
    np.testing.assert_array_equal(
        last.arrays["val_confusion_matrix"], found[-1].arrays["val_confusion_matrix"]
    )


def test_a_figure_of_an_epoch_is_made_from_all_of_its_steps() -> None:
    """Not the mean of the figures of batches: the F1 score follows from the table of the whole epoch."""
    network = graph(metrics=["confusion_matrix", {"name": "f1_score", "average": "macro"}])
    for end in ends(classes_by_sign(), network)[0]:
        table = end.arrays["confusion_matrix"]
        f1 = 2 * np.diag(table) / (table.sum(0) + table.sum(1))
        assert end.values["f1_score"] == pytest.approx(float(f1.mean()), rel=1e-5)


def test_two_metrics_of_one_kind_have_names_of_their_own() -> None:
    top = [{"name": "sparse_top_k_categorical_accuracy", "k": k} for k in (1, 3)]
    found, _ = ends(classes_by_sign(), graph(metrics=top), epochs=1)
    assert found[0].values["sparse_top_k_categorical_accuracy_1"] == 1.0
    assert found[0].values["sparse_top_k_categorical_accuracy"] < 1.0


def test_a_class_for_each_position_is_learned(tmp_path: Path) -> None:
    """Pictures of classes: every pixel is a question of its own."""
    x = np.random.default_rng(6).normal(size=(40, 3, 4, 2)).astype(np.float32)
    path = tmp_path / "pictures.npz"
    np.savez(path, x=x, y=x.argmax(-1) + (x.sum(-1) > 0))
    bundle = load(DataSettings(path=str(path), recipe=CLASSES))
    found, last = ends(bundle, graph(metrics=["accuracy", "mean_iou", "confusion_matrix"]), epochs=40)
    assert last.values["val_accuracy"] > 0.6 > found[0].values["accuracy"]
    assert last.arrays["val_confusion_matrix"].sum() == len(bundle.validation) * 12


def test_positions_are_counted_each_where_they_have_a_class(tmp_path: Path) -> None:
    path = tmp_path / "letters.npz"
    np.savez(path, x=np.zeros((4, 3)), y=np.array([[0, 1, 2]] * 4))
    bundle = load(DataSettings(path=str(path), recipe=CLASSES, validation_fraction=0.5))
    said = np.eye(3, dtype=np.float32)[np.array([[0, 1, 1], [0, 0, 2]])]
    counts = confusion(bundle, answers_of_data(bundle.spec)[0], bundle.validation, said)
    assert counts.tolist() == [[2, 0, 0], [1, 1, 0], [0, 1, 1]]
