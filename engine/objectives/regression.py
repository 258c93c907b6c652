"""Losses for numbers: a prediction is compared with its target element by element."""

from __future__ import annotations

import math
from typing import ClassVar

from engine.objectives.loss import EPSILON, REGRESSION, Loss, as_numbers, per_position
from engine.ops.elementwise import absolute, log, log1p, maximum, minimum, rsqrt, softplus, square
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.settings import setting
from engine.tensor.spec import DType, ShapeError

_KERAS = "keras.losses"


def at_least(x: Tensor, low: float) -> Tensor:
    """`x`, or `low` where it is smaller."""
    return maximum(x, x.builder.constant(low, DType.FLOAT32))


class ElementLoss(Loss):
    """A loss of each number, averaged over the numbers of a position."""

    def values(self, scores: Tensor, target: Tensor, present: Tensor | None = None) -> Tensor:
        """The mean over the last axis."""
        return per_position(self.of_elements(scores, as_numbers(scores, target)))

    def of_elements(self, prediction: Tensor, target: Tensor) -> Tensor:
        """The loss of each number; both (batch, .., k)."""
        raise NotImplementedError


class MeanSquaredError(ElementLoss):
    """The mean of the squared differences."""

    label: ClassVar[str] = "Mean squared error"
    summary: ClassVar[str] = "The mean of the squared differences: large errors weigh heavily"
    formula: ClassVar[str] = "mean((ŷ - y)²)"
    source: ClassVar[str] = _KERAS
    aliases: ClassVar[tuple[str, ...]] = ("mse",)
    usual_for: ClassVar[tuple[str, ...]] = (REGRESSION,)

    def of_elements(self, prediction: Tensor, target: Tensor) -> Tensor:
        """(ŷ - y)²."""
        return square(prediction - target)


class MeanAbsoluteError(ElementLoss):
    """The mean of the differences without their sign."""

    label: ClassVar[str] = "Mean absolute error"
    summary: ClassVar[str] = (
        "The mean of the differences without their sign: every unit of error weighs the same"
    )
    formula: ClassVar[str] = "mean(|ŷ - y|)"
    source: ClassVar[str] = _KERAS
    aliases: ClassVar[tuple[str, ...]] = ("mae",)

    def of_elements(self, prediction: Tensor, target: Tensor) -> Tensor:
        """|ŷ - y|."""
        return absolute(prediction - target)


class MeanAbsolutePercentageError(ElementLoss):
    """The mean of the differences in percent of the target."""

    label: ClassVar[str] = "Mean absolute percentage error"
    brief: ClassVar[str] = "Mean error in %"
    summary: ClassVar[str] = "The mean difference in percent of the target; not for targets near zero"
    formula: ClassVar[str] = "100 · mean(|ŷ - y| / max(|y|, 10⁻⁷))"
    source: ClassVar[str] = _KERAS
    aliases: ClassVar[tuple[str, ...]] = ("mape",)

    def of_elements(self, prediction: Tensor, target: Tensor) -> Tensor:
        """100 |ŷ - y| / max(|y|, ε)."""
        return absolute(prediction - target) / at_least(absolute(target), EPSILON) * 100.0


class MeanSquaredLogarithmicError(ElementLoss):
    """The mean of the squared differences of logarithms."""

    label: ClassVar[str] = "Mean squared logarithmic error"
    brief: ClassVar[str] = "Mean sq. log error"
    summary: ClassVar[str] = "Squared differences of logarithms: for amounts of very different size"
    formula: ClassVar[str] = "mean((log(1 + max(ŷ, 10⁻⁷)) - log(1 + max(y, 10⁻⁷)))²)"
    source: ClassVar[str] = _KERAS
    aliases: ClassVar[tuple[str, ...]] = ("msle",)

    def of_elements(self, prediction: Tensor, target: Tensor) -> Tensor:
        """(log(1 + ŷ) - log(1 + y))², both at least ε."""
        return square(log1p(at_least(prediction, EPSILON)) - log1p(at_least(target, EPSILON)))


class Huber(ElementLoss):
    """Squared below an error of delta, straight above.

    With c = min(|e|, delta), both halves of the definition are c (|e| - c / 2).
    """

    label: ClassVar[str] = "Huber"
    summary: ClassVar[str] = "Squared below an error of delta, straight above: outliers do not dominate"
    formula: ClassVar[str] = "mean(½ e² where |e| ≤ δ, else δ |e| - ½ δ²), e = ŷ - y"
    source: ClassVar[str] = "Huber, Robust estimation of a location parameter, 1964; scaled as in Keras"
    aliases: ClassVar[tuple[str, ...]] = ("huber_loss",)
    delta: float = setting(1.0, "Delta", "the error from which on the loss is straight", gt=0.0, le=1e6)

    def of_elements(self, prediction: Tensor, target: Tensor) -> Tensor:
        """C (|e| - c / 2)."""
        error = absolute(prediction - target)
        near = minimum(error, error.builder.constant(self.delta, DType.FLOAT32))
        return near * (error - near * 0.5)


class LogCosh(ElementLoss):
    """The logarithm of the hyperbolic cosine of the error."""

    label: ClassVar[str] = "Log-cosh"
    summary: ClassVar[str] = (
        "Like the squared error near zero and like the absolute error far from it, and smooth"
    )
    formula: ClassVar[str] = "mean(log(cosh(e))) = mean(e + softplus(-2e) - log 2), e = ŷ - y"
    source: ClassVar[str] = _KERAS

    def of_elements(self, prediction: Tensor, target: Tensor) -> Tensor:
        """E + softplus(-2e) - log 2, which does not overflow."""
        error = prediction - target
        return error + softplus(error * -2.0) - math.log(2.0)


class Poisson(ElementLoss):
    """Minus the logarithm of the likelihood of a Poisson distribution, up to a constant."""

    label: ClassVar[str] = "Poisson"
    summary: ClassVar[str] = "For counts: the prediction is the expected count and must be positive"
    formula: ClassVar[str] = "mean(ŷ - y · log(ŷ + 10⁻⁷))"
    source: ClassVar[str] = _KERAS

    def of_elements(self, prediction: Tensor, target: Tensor) -> Tensor:
        """ŷ - y log(ŷ + ε)."""
        return prediction - target * log(prediction + EPSILON)


class CosineSimilarity(Loss):
    """Minus the cosine of the angle between prediction and target."""

    label: ClassVar[str] = "Cosine similarity"
    summary: ClassVar[str] = (
        "Minus the cosine of the angle between prediction and target; their lengths do not matter"
    )
    formula: ClassVar[str] = "-Σ (ŷ / ‖ŷ‖) · (y / ‖y‖)"
    source: ClassVar[str] = _KERAS
    axis: int = setting(
        -1, "Axis", "the numbers along this axis are one vector; 0 is the batch", advanced=True, ge=-8, le=8
    )

    def values(self, scores: Tensor, target: Tensor, present: Tensor | None = None) -> Tensor:
        """-1 to 1 for each position."""
        return -cosine(scores, as_numbers(scores, target), self.axis)


def cosine(a: Tensor, b: Tensor, axis: int = -1) -> Tensor:
    """The cosine of the angle between vectors along `axis`; 0 where one of them is zero.

    Raises:
        ShapeError: there is no such axis, or it is the batch.
    """
    rank = a.spec.rank
    if not -rank < axis < rank or axis == 0:
        raise ShapeError(
            f"The axis of the cosine similarity is between 1 and {rank - 1}, or -1 for the last, received {axis}."
        )
    axes = (axis % rank,)

    def inverse_length(x: Tensor) -> Tensor:
        return rsqrt(at_least(sum_(square(x), axes=axes, keepdims=True), EPSILON * EPSILON))

    return sum_(a * inverse_length(a) * b * inverse_length(b), axes=axes, keepdims=False)
