"""What figures are held against: exact for one class a row and one scale, silent where that is not known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.compiler.losses import Objective, ReportLayout
from engine.data.bundle import Curve, DataBundle, Feature, Scaling, TaskKind
from engine.objectives.accuracies import Accuracy
from engine.objectives.errors import MeanAbsoluteError, MeanSquaredError, R2Score, RootMeanSquaredError
from engine.objectives.metric import Metric
from engine.objectives.regression import Huber
from engine.tensor.spec import Array, DType
from engine.training.measures import standards_of
from engine.training.standards import Scaled, Usual

CHURN = np.array(
    [1, 1, 1, 1, 0, 0, 0, 1, 0, 0], np.int32
)  # the last five are validation: no, no, yes, no, no


def bundle(validation: range = range(5, 10), churn: Array = CHURN, **scaling: Scaling) -> DataBundle:
    features = {
        "x": Feature("x", "numeric", (1,)),
        "churn": Feature("churn", "category", (), DType.INT32, class_names=("no", "yes")),
        "y": Feature("y", "numeric", (1,), column_names=("protein",)),
    }
    numbers = np.zeros((10, 1), np.float32)
    targets = {"churn": churn, "y": numbers}
    return DataBundle(
        {"x": numbers}, targets, features, TaskKind.BINARY, range(5), validation, range(10, 10), scaling
    )


def layout(*parts: tuple[str, Metric], weighed: bool = False) -> ReportLayout:
    sums: list[tuple[Objective, Metric | None, int]] = []
    for target, metric in parts:
        objective = Objective(f"to {target}", target, Huber(), 1.0, (metric,), weigh_metrics=weighed)
        sums.append((objective, metric, 2))
    return ReportLayout.of(sums)


def test_always_the_most_frequent_class_of_validation() -> None:
    found = standards_of(layout(("churn", Accuracy())), bundle())
    assert found.usual == (Usual("accuracy", "no", 0.8),)
    assert not found.scaled


def test_of_several_targets_each_figure_has_the_name_it_is_reported_by() -> None:
    both = layout(("churn", Accuracy()), ("y", MeanAbsoluteError()))
    found = standards_of(both, bundle(y=Scaling((10.0,), (2.0,))))
    assert [usual.figure for usual in found.usual] == ["churn_accuracy"]
    assert [scaled.figure for scaled in found.scaled] == ["y_mean_absolute_error"]
    assert {usual.figure for usual in found.usual} <= both.read(np.ones(both.size)).keys()


@pytest.mark.parametrize(
    "data",
    [bundle(range(5, 5)), bundle(churn=np.where(np.arange(10) == 7, -1, CHURN))],
    ids=["no rows of validation", "a row without a class"],
)
def test_nothing_is_said_where_it_would_not_be_the_same_rows(data: DataBundle) -> None:
    assert not standards_of(layout(("churn", Accuracy())), data).usual


def test_nothing_is_said_of_figures_that_count_by_weights() -> None:
    assert not standards_of(layout(("churn", Accuracy()), weighed=True), bundle()).usual


@pytest.mark.parametrize(
    ("metric", "factor"),
    [(MeanAbsoluteError(), 2.5), (RootMeanSquaredError(), 2.5), (MeanSquaredError(), 6.25)],
)
def test_errors_of_a_scaled_target_in_its_units(metric: Metric, factor: float) -> None:
    scaling = Scaling((12.0,), (2.5,))
    (found,) = standards_of(layout(("y", metric)), bundle(y=scaling)).scaled
    assert (found.of, found.size, found.factor) == ("protein", 2.5, factor)
    guess, true = np.array([[0.5], [-1.0]], np.float32), np.array([[0.0], [1.0]], np.float32)
    apart = np.abs(scaling.invert(guess) - scaling.invert(true)) ** metric.power_of_units
    assert apart == pytest.approx(np.abs(guess - true) ** metric.power_of_units * factor)


def test_a_bent_target_has_no_one_number_and_other_figures_have_no_units() -> None:
    bent = Scaling((1.0,), (2.0,), (Curve("log"),))
    straight = replace(bent, curves=())
    assert standards_of(layout(("y", MeanAbsoluteError())), bundle(y=bent)).scaled == (
        Scaled("mean_absolute_error", "protein"),
    )
    assert not standards_of(layout(("y", R2Score())), bundle(y=straight)).scaled
    assert not standards_of(layout(("y", MeanAbsoluteError())), bundle()).scaled
