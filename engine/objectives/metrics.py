"""The metrics: how well a network does, in figures that people can judge."""

from __future__ import annotations

import numpy as np

from engine.objectives.loss import BINARY, MULTICLASS, REGRESSION, expect_equal_shapes, expect_scores
from engine.objectives.metric import Metric, average
from engine.objectives.regression import per_example
from engine.ops.elementwise import absolute, equal, greater, square
from engine.ops.movement import cast, concat
from engine.ops.op import Tensor
from engine.ops.reductions import argmax
from engine.ops.views import reshape
from engine.tensor.spec import Array, DType


def _column(x: Tensor) -> Tensor:
    return reshape(x, shape=(x.spec.size, 1))


def _accuracy(prediction: Tensor, target: Tensor) -> Tensor:
    """1 where the class is right; one probability is that of class 1, several are one for each class."""
    expect_scores(prediction, "Accuracy needs a probability for each class", 1)
    right = _column(cast(target, dtype=DType.FLOAT32))
    if prediction.shape[1] == 1:
        half = prediction.builder.constant(0.5, DType.FLOAT32)
        return equal(greater(prediction, half), right)
    return equal(_column(cast(argmax(prediction), dtype=DType.FLOAT32)), right)


def _absolute_error(prediction: Tensor, target: Tensor) -> Tensor:
    expect_equal_shapes(prediction, target)
    return _column(per_example(absolute(prediction - target)))


def _r2(prediction: Tensor, target: Tensor) -> Tensor:
    """Squared error, target and squared target of every output: (batch, 3 * k)."""
    expect_equal_shapes(prediction, target)
    parts = (square(prediction - target), target, square(target))
    flat = (target.shape[0], target.spec.size // target.shape[0])
    return concat(*(reshape(p, shape=flat) for p in parts), axis=1)


def _r2_result(sums: Array, count: float) -> float:
    """1 - (squared error) / (squared distance from the mean), averaged over the outputs.

    Source: Keras' R2Score with `uniform_average`. An output whose target never varies counts as 0 where it is
    missed and as 1 where it is met.
    """
    errors, totals, squares = np.asarray(sums, np.float64).reshape(3, -1)
    spread = squares - totals * totals / max(count, 1.0)
    constant = spread <= 1e-7 * np.maximum(squares, 1e-30)  # no more than rounding leaves
    scores = np.where(
        constant, errors <= 1e-7 * np.maximum(squares, 1e-30), 1.0 - errors / np.where(constant, 1.0, spread)
    )
    return float(scores.mean())


accuracy = Metric(
    "accuracy",
    "Accuracy",
    "The share of examples whose class is right",
    (BINARY, MULTICLASS),
    _accuracy,
    average,
    True,
)
mean_absolute_error = Metric(
    "mean_absolute_error",
    "Mean absolute error",
    "How far off a prediction is on average, in the units of the target",
    (REGRESSION,),
    _absolute_error,
    average,
    False,
)
r2 = Metric(
    "r2",
    "R²",
    "The share of the target's variation that is explained: 1 is perfect, 0 no better than always the mean",
    (REGRESSION,),
    _r2,
    _r2_result,
    True,
)
