"""Metrics summed over batches give the figures that their definitions give over all examples."""

import numpy as np
import pytest

from engine.objectives.registry import default_metrics, metrics
from engine.tensor.spec import Array, ShapeError
from tests.engine.bench import Bench


def compute(name: str, prediction: Array, target: Array, batches: int = 1) -> float:
    metric = metrics()[name]
    total: Array = np.zeros(())
    for p, y in zip(np.split(prediction, batches), np.split(target, batches), strict=True):
        bench = Bench()
        contributions = metric.function(bench.input(p), bench.input(y))
        assert contributions.spec.rank == 2
        total = total + bench.run(contributions)[0].sum(0)
    return metric.result(total, float(len(target)))


def test_accuracy_of_one_probability() -> None:
    p = np.array([[0.9], [0.2], [0.4], [0.5]])
    assert compute("accuracy", p, np.array([1, 0, 1, 0], np.int32)) == 0.75


def test_accuracy_of_several_probabilities() -> None:
    p = np.array([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2], [0.3, 0.3, 0.4], [0.2, 0.4, 0.4]])
    assert compute("accuracy", p, np.array([1, 0, 0, 1], np.int32), batches=2) == 0.75


def test_mean_absolute_error() -> None:
    assert compute("mean_absolute_error", np.array([[1.0, 2.0], [3.0, 0.0]]), np.zeros((2, 2))) == 1.5


def test_r2_is_the_explained_share_averaged_over_outputs() -> None:
    generator = np.random.default_rng(2)
    y = generator.normal(size=(60, 3)) * [1.0, 5.0, 0.1] + [0.0, 3.0, 1.0]
    p = y + generator.normal(size=y.shape) * [0.5, 1.0, 0.2]
    scores = 1.0 - ((y - p) ** 2).sum(0) / ((y - y.mean(0)) ** 2).sum(0)
    assert compute("r2", p, y, batches=4) == pytest.approx(scores.mean(), rel=1e-5)
    assert compute("r2", y, y) == 1.0
    assert compute("r2", np.broadcast_to(y.mean(0), y.shape), y) == pytest.approx(0.0, abs=1e-6)


def test_r2_of_a_constant_target() -> None:
    y = np.full((5, 1), 3.0)
    assert compute("r2", y, y) == 1.0
    assert compute("r2", y + 1.0, y) == 0.0


def test_no_examples_give_no_figure_but_no_fault() -> None:
    for metric in metrics().values():
        assert np.isfinite(metric.result(np.zeros(3), 0.0))


def test_the_usual_metrics() -> None:
    assert [m.name for m in default_metrics("binary")] == ["accuracy"]
    assert [m.name for m in default_metrics("multiclass")] == ["accuracy"]
    assert [m.name for m in default_metrics("regression")] == ["mean_absolute_error", "r2"]
    for task in ("binary", "multiclass", "regression"):
        assert all(task in m.tasks and m.title and m.summary for m in default_metrics(task))


def test_a_wrong_shape_is_refused() -> None:
    with pytest.raises(ShapeError, match="A prediction has the shape of its target"):
        compute("r2", np.zeros((2, 3)), np.zeros((2, 1)))
    with pytest.raises(ShapeError, match="Accuracy needs a probability for each class, received 2 × 3"):
        compute("accuracy", np.zeros((2, 2, 3)), np.zeros(2, np.int32))
