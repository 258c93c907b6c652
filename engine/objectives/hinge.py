"""Hinge losses: an answer is right enough when it is beyond a margin; from support vector machines."""

from __future__ import annotations

from typing import ClassVar

from engine.objectives.loss import Loss, as_numbers, expect_class_scores
from engine.objectives.regression import ElementLoss, at_least
from engine.ops.elementwise import equal, relu, square
from engine.ops.op import Tensor
from engine.ops.reductions import max_, sum_
from engine.tensor.spec import DType

_KERAS = "keras.losses"


def signed(target: Tensor) -> Tensor:
    """-1 and 1 instead of 0 and 1, if the whole batch has nothing but 0 and 1; else `target` itself."""
    zero, one = (target.builder.constant(v, DType.FLOAT32) for v in (0.0, 1.0))
    other = 1.0 - equal(target, zero) - equal(target, one)
    binary = 1.0 - max_(other, axes=tuple(range(target.spec.rank)), keepdims=False)
    return target + binary * (target - 1.0)


class Hinge(ElementLoss):
    """How much an answer of the right sign falls short of 1."""

    label: ClassVar[str] = "Hinge"
    summary: ClassVar[str] = (
        "For yes (1) or no (-1 or 0): how much the prediction falls short of a margin of 1"
    )
    formula: ClassVar[str] = "mean(max(1 - y · ŷ, 0)), y = -1 or 1"
    source: ClassVar[str] = _KERAS

    def of_elements(self, prediction: Tensor, target: Tensor) -> Tensor:
        """max(1 - y ŷ, 0)."""
        return relu(1.0 - signed(target) * prediction)


class SquaredHinge(ElementLoss):
    """The hinge loss, squared."""

    label: ClassVar[str] = "Squared hinge"
    summary: ClassVar[str] = "The hinge loss squared: clear mistakes weigh heavily"
    formula: ClassVar[str] = "mean(max(1 - y · ŷ, 0)²), y = -1 or 1"
    source: ClassVar[str] = _KERAS

    def of_elements(self, prediction: Tensor, target: Tensor) -> Tensor:
        """max(1 - y ŷ, 0)²."""
        return square(relu(1.0 - signed(target) * prediction))


class CategoricalHinge(Loss):
    """How much the score of the right class falls short of a margin above the best wrong one."""

    label: ClassVar[str] = "Categorical hinge"
    summary: ClassVar[str] = "For one of several classes: the right score is to be 1 above the best wrong one"
    formula: ClassVar[str] = "max(max((1 - y) · ŷ) - Σ y · ŷ + 1, 0)"
    source: ClassVar[str] = _KERAS
    single: ClassVar[bool] = False

    def values(self, scores: Tensor, target: Tensor, present: Tensor | None = None) -> Tensor:
        """max(wrong - right + 1, 0)."""
        expect_class_scores(scores, target, self.title())
        right = as_numbers(scores, target)
        axes = (scores.spec.rank - 1,)
        positive = sum_(right * scores, axes=axes, keepdims=False)
        negative = max_((1.0 - right) * scores, axes=axes, keepdims=False)
        return at_least(negative - positive + 1.0, 0.0)
