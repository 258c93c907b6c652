"""Metrics summed over batches give the figures that their definitions give over all examples."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from engine.objectives.loss import TASKS
from engine.objectives.metric import METRICS, Figure
from engine.objectives.registry import default_metrics, find_metric, metrics
from engine.tensor.spec import Array, ShapeError
from tests.engine.bench import Bench


def compute(name: str, prediction: Array, target: Array, batches: int = 1, **settings: object) -> Figure:
    metric = METRICS(name, **settings)
    total: Array = np.zeros(())
    for p, y in zip(np.split(prediction, batches), np.split(target, batches), strict=True):
        bench = Bench()
        sums = metric.sums(bench.input(p), bench.input(y), bench.input(np.ones(len(p))))
        assert sums.spec.rank == 1
        total = total + bench.run(sums)[0]
    return metric.result(total, float(len(target)))


def test_accuracy_of_one_probability() -> None:
    p = np.array([[0.9], [0.2], [0.4], [0.5]])
    assert compute("accuracy", p, np.array([1, 0, 1, 0], np.int32)) == 0.75


def test_accuracy_of_several_probabilities() -> None:
    p = np.array([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2], [0.3, 0.3, 0.4], [0.2, 0.4, 0.4]])
    assert compute("accuracy", p, np.array([1, 0, 0, 1], np.int32), batches=2) == 0.75


def test_r2_of_a_constant_target() -> None:
    y = np.full((5, 1), 3.0)
    assert compute("r2", y, y) == 1.0
    assert compute("r2", y + 1.0, y) == 0.0


@pytest.mark.parametrize(
    ("quarters", "yes"),
    [
        ([4, 3, 3, 2, 1, 0], [0, 1, 1, 0, 1, 0]),  # the one called positive first is not
        ([4, 3, 2, 2, 1, 1], [1, 0, 1, 1, 0, 1]),
        ([2, 2, 2, 0, 0, 0], [1, 0, 1, 0, 1, 0]),
        ([4, 4, 4, 4, 4, 4], [1, 0, 1, 0, 0, 0]),
    ],
)
def test_the_area_under_few_precisions_is_that_of_the_formula(quarters: list[int], yes: list[int]) -> None:
    """Between two thresholds true positives grow in a straight line with all that is called positive (Davis, Goadrich)."""
    p, y = np.array(quarters)[:, np.newaxis] / 4, np.array(yes, np.int32)
    thresholds = (-1e-7, 0.25, 0.5, 0.75, 1 + 1e-7)
    found = [(int((p[y == 1] > t).sum()), int((p > t).sum())) for t in thresholds]
    area = 0.0
    for (tp, said), (tp_above, said_above) in pairwise(found):
        if said > said_above:
            slope = (tp - tp_above) / (said - said_above)
            rest = tp_above - slope * said_above
            ratio = said / said_above if said_above else 1.0
            area += slope * (tp - tp_above + rest * math.log(ratio)) / int(y.sum())
    found_area = compute("auc", p, y, curve="PR", num_thresholds=len(thresholds))
    assert found_area == pytest.approx(area, abs=1e-6)


TRUE = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2, 1], np.int32)
SAID = np.array([0, 1, 0, 1, 2, 2, 2, 0, 2, 1], np.int32)
TABLE = np.array([[2, 1, 0], [0, 2, 1], [1, 0, 3]], np.float64)


def test_confusion_matrix() -> None:
    shares = np.eye(3)[SAID]
    np.testing.assert_array_equal(compute("confusion_matrix", shares, TRUE, 2), TABLE)
    by_truth = compute("confusion_matrix", shares, TRUE, normalize="true")
    np.testing.assert_allclose(by_truth, TABLE / TABLE.sum(1, keepdims=True))
    by_answer = compute("confusion_matrix", shares, TRUE, normalize="pred")
    np.testing.assert_allclose(by_answer, TABLE / TABLE.sum(0, keepdims=True))
    of_all = compute("confusion_matrix", shares, TRUE, normalize="all")
    np.testing.assert_allclose(of_all, TABLE / TABLE.sum())
    two = compute("confusion_matrix", np.array([[0.9], [0.2], [0.7]]), np.array([1, 1, 0], np.int32))
    np.testing.assert_array_equal(two, [[0, 1], [1, 1]])


def test_dice_coefficient_is_the_f1_score_of_classes() -> None:
    shares = np.eye(3)[SAID]
    for average in ("macro", "micro", None):
        expected = compute("f1_score", shares, np.eye(3)[TRUE], average=average)
        np.testing.assert_allclose(
            compute("dice_coefficient", shares, TRUE, average=average), expected, rtol=1e-6
        )


def test_matthews_correlation_is_the_correlation_of_zeros_and_ones() -> None:
    rng = np.random.default_rng(1)
    true = rng.integers(0, 2, 40).astype(np.int32)
    p = 0.6 * rng.uniform(size=(40, 1)) + 0.4 * true[:, None]
    expected = np.corrcoef(true, p[:, 0] > 0.5)[0, 1]
    assert compute("matthews_correlation", p, true) == pytest.approx(expected)
    assert compute("mcc", np.eye(3)[TRUE], TRUE) == pytest.approx(1.0)


@pytest.mark.parametrize("weightage", [None, "linear", "quadratic"])
def test_cohen_kappa(weightage: str | None) -> None:
    """By the definition, written out: 1 - sum(w C) / sum(w E)."""
    apart = np.abs(np.subtract.outer(range(3), range(3)))
    weights = {None: apart > 0, "linear": apart, "quadratic": apart**2}[weightage]
    chance = np.outer(TABLE.sum(1), TABLE.sum(0)) / TABLE.sum()
    by_hand = 1.0 - (weights * TABLE).sum() / (weights * chance).sum()
    found = compute("cohen_kappa", np.eye(3)[SAID], TRUE, weightage=weightage)
    assert found == pytest.approx(by_hand)


def test_perplexity_of_equal_shares_is_the_number_of_classes() -> None:
    assert compute("perplexity", np.full((6, 5), 0.2), np.arange(6, dtype=np.int32) % 5) == pytest.approx(5.0)


def test_specificity() -> None:
    p = np.array([[0.9], [0.2], [0.7], [0.1]])
    assert compute("specificity", p, np.array([1, 0, 0, 0], np.int32)) == pytest.approx(2 / 3)


@pytest.mark.parametrize("name", metrics())
def test_no_examples_give_no_figure_but_no_fault(name: str) -> None:
    bench = Bench()
    p = bench.input(np.full((1, 2), 0.5))
    sums = METRICS(name).sums(p, bench.input(np.zeros(1, np.int32)), bench.input(np.zeros(1)))
    assert np.isfinite(METRICS(name).result(bench.run(sums)[0], 0.0)).all()


@pytest.mark.parametrize("name", metrics())
def test_a_metric_is_declared_in_full(name: str) -> None:
    kind = metrics()[name]
    assert kind.title()
    assert kind.summary
    assert kind.formula
    assert kind.source
    assert set(kind.tasks) <= set(TASKS)
    assert kind.tasks


def test_the_usual_metrics() -> None:
    assert [m.key() for m in default_metrics("binary")] == ["accuracy"]
    assert [m.key() for m in default_metrics("multiclass")] == ["accuracy"]
    assert [m.key() for m in default_metrics("regression")] == ["mean_absolute_error", "r2"]
    for task in TASKS:
        assert all(task in m.tasks for m in default_metrics(task))


def test_a_metric_for_other_targets_is_refused() -> None:
    with pytest.raises(
        ValueError, match="'sparse_categorical_accuracy' is for other targets; for a regression"
    ):
        find_metric("sparse_categorical_accuracy", "regression")


def test_a_wrong_shape_is_refused() -> None:
    with pytest.raises(ShapeError, match="A prediction has the shape of its target"):
        compute("r2", np.zeros((2, 3)), np.zeros((2, 1)))
    with pytest.raises(ShapeError, match="class of Precision is between 0 and 2, received 3"):
        compute("precision", np.zeros((2, 3)), np.zeros((2, 3)), class_id=3)


YES_NO = np.array([1, 0, 1, 1], np.int32)
# metric: when all four are right, all wrong, all are of class 1 and right, all are of class 1 and called 0
EXTREMES: dict[str, tuple[float, float, float, float]] = {
    "accuracy": (1, 0, 1, 0),
    "binary_accuracy": (1, 0, 1, 0),
    "precision": (1, 0, 1, 0),
    "recall": (1, 0, 1, 0),
    "specificity": (1, 0, 0, 0),
    "f1_score": (1, 0, 1, 0),
    "f_beta_score": (1, 0, 1, 0),
    "dice_coefficient": (1, 0, 1, 0),
    "matthews_correlation": (1, -1, 0, 0),
    "cohen_kappa": (1, 1 - 1 / (1 - 6 / 16), 1, 0),
    "auc": (1, 0, 0, 0),  # with one class there is no curve; Keras says 0, too
    "mean_iou": (1, 0, 1, 0),
    "binary_iou": (1, 0, 1, 0),
    "iou": (1, 0, 0, 0),  # of class 0, which there is none of
    "true_positives": (3, 0, 4, 0),
    "true_negatives": (1, 0, 0, 0),
    "false_positives": (0, 1, 0, 0),
    "false_negatives": (0, 3, 0, 4),
    "mean_squared_error": (0, 1, 0, 1),
    "mean_absolute_error": (0, 1, 0, 1),
    "root_mean_squared_error": (0, 1, 0, 1),
    "log_cosh_error": (0, np.log(np.cosh(1)), 0, np.log(np.cosh(1))),
    "mean_squared_logarithmic_error": (0, np.log(2) ** 2, 0, np.log(2) ** 2),
    "hinge": (0.25, 1.25, 0, 1),
    "squared_hinge": (0.25, 1.75, 0, 1),
    "r2": (1, 1 - 4 / 0.75, 1, 0),
}


@pytest.mark.parametrize("name", EXTREMES)
def test_the_extremes(name: str) -> None:
    ones = np.ones(4, np.int32)
    pairs = [(YES_NO, YES_NO), (1 - YES_NO, YES_NO), (ones, ones), (1 - ones, ones)]
    found = [float(np.squeeze(compute(name, said[:, None].astype(float), true))) for said, true in pairs]
    assert found == pytest.approx(EXTREMES[name], abs=1e-6)


NOT_FOR_CLASSES = {"mean_absolute_percentage_error"}  # by a target of 0 it is divided


@pytest.mark.parametrize("name", sorted(metrics().keys() - NOT_FOR_CLASSES))
@pytest.mark.parametrize("said", [[0, 0, 1, 1], [0, 0, 0, 0], [1, 1, 2, 2], [2, 2, 2, 2]])
def test_a_class_that_is_absent_does_no_harm(name: str, said: list[int]) -> None:
    """Class 2 is not among the examples: the figure stays within what the metric can be over all of them."""
    shares, true = np.eye(3)[said], np.array([0, 0, 1, 1], np.int32)
    figure = np.asarray(compute(name, shares, true, 2))
    assert np.isfinite(figure).all()
    if "crossentropy" not in name and name not in ("perplexity", "kl_divergence", "poisson"):
        assert (np.abs(figure) <= 12).all()  # three numbers for each of four examples
