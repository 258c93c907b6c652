"""Losses for numbers: a prediction is compared with its target element by element."""

from __future__ import annotations

from collections.abc import Callable

from engine.objectives.loss import REGRESSION, Link, Loss, expect_equal_shapes
from engine.ops.elementwise import absolute, minimum, square
from engine.ops.op import Tensor
from engine.ops.reductions import mean
from engine.tensor.spec import DType


def per_example(errors: Tensor) -> Tensor:
    """The mean over all but the batch: (batch, ..) -> (batch,)."""
    return mean(errors, axes=tuple(range(1, errors.spec.rank)))


def _mean_squared_error(prediction: Tensor, target: Tensor) -> Tensor:
    expect_equal_shapes(prediction, target)
    return per_example(square(prediction - target))


def _mean_absolute_error(prediction: Tensor, target: Tensor) -> Tensor:
    expect_equal_shapes(prediction, target)
    return per_example(absolute(prediction - target))


def huber_function(delta: float) -> Callable[[Tensor, Tensor], Tensor]:
    """The Huber loss that turns from a square into a straight line at an error of `delta`.

    With c = min(|e|, delta), both halves of the definition are c * (|e| - c / 2). Source: Huber, Robust
    estimation of a location parameter, 1964; scaled as in Keras (e² / 2 below delta).
    """

    def function(prediction: Tensor, target: Tensor) -> Tensor:
        expect_equal_shapes(prediction, target)
        error = absolute(prediction - target)
        near = minimum(error, error.builder.constant(delta, DType.FLOAT32))
        return per_example(near * (error - near * 0.5))

    return function


mean_squared_error = Loss(
    "mean_squared_error",
    "Mean squared error",
    "The mean of the squared differences: large errors weigh heavily",
    (REGRESSION,),
    Link.NONE,
    _mean_squared_error,
)
mean_absolute_error = Loss(
    "mean_absolute_error",
    "Mean absolute error",
    "The mean of the differences without their sign: every unit of error weighs the same",
    (REGRESSION,),
    Link.NONE,
    _mean_absolute_error,
)
huber = Loss(
    "huber",
    "Huber",
    "Squared below an error of 1, straight above: outliers do not dominate",
    (REGRESSION,),
    Link.NONE,
    huber_function(1.0),
)
