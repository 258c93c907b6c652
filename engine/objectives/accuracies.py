"""Metrics that count right answers."""

from __future__ import annotations

from typing import ClassVar

from engine.objectives.loss import BINARY, CLASSES, MULTICLASS, as_numbers
from engine.objectives.metric import MeanMetric, scalar
from engine.ops.elementwise import equal, greater
from engine.ops.movement import cast, one_hot
from engine.ops.op import Tensor
from engine.ops.reductions import argmax, mean, sum_
from engine.ops.views import reshape
from engine.settings import setting
from engine.tensor.spec import DType, ShapeError, format_shape

_KERAS = "keras.metrics"


def class_of(target: Tensor) -> Tensor:
    """Class numbers as float32 (rows,), from class numbers or from shares of the classes (rows, k)."""
    return cast(target if target.dtype is DType.INT32 else argmax(target), dtype=DType.FLOAT32)


def expect_rows(prediction: Tensor, target: Tensor, what: str) -> None:
    """Raise ShapeError unless there is a row of numbers for each row of the target."""
    if prediction.spec.rank == 2 and prediction.shape[0] == target.shape[0]:
        return
    raise ShapeError(
        f"{what} needs a probability for each class, received {format_shape(prediction.shape[1:])} per example. "
        "Choose another metric, or put a Dense before the target."
    )


class BinaryAccuracy(MeanMetric):
    """The share of right answers among yes-or-no questions."""

    label: ClassVar[str] = "Binary accuracy"
    summary: ClassVar[str] = "The share of yes-or-no answers that are right"
    formula: ClassVar[str] = "mean([ŷ > threshold] = y)"
    source: ClassVar[str] = _KERAS
    threshold: float = setting(0.5, "Threshold", "a higher probability counts as yes", ge=0.0, le=1.0)

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        """The share of right answers in each row."""
        expect_rows(prediction, target, self.title())
        yes = greater(prediction, scalar(prediction, self.threshold))
        return mean(equal(yes, as_numbers(prediction, target)), axes=(1,))


class CategoricalAccuracy(MeanMetric):
    """The share of rows whose most probable class is the right one, for targets that are shares of the classes."""

    label: ClassVar[str] = "Categorical accuracy"
    summary: ClassVar[str] = (
        "The share of examples whose most probable class is the one with the largest share"
    )
    formula: ClassVar[str] = "mean([argmax ŷ = argmax y])"
    source: ClassVar[str] = _KERAS

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        """1 where the class is right."""
        expect_rows(prediction, target, self.title())
        return equal(class_of(prediction), class_of(target))


class SparseCategoricalAccuracy(MeanMetric):
    """The share of rows whose most probable class is the right one, for targets that are class numbers."""

    label: ClassVar[str] = "Sparse categorical accuracy"
    summary: ClassVar[str] = "The share of examples whose most probable class is the right one"
    formula: ClassVar[str] = "mean([argmax ŷ = y])"
    source: ClassVar[str] = _KERAS
    tasks: ClassVar[tuple[str, ...]] = CLASSES
    is_share_right: ClassVar[bool] = True

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        """1 where the class is right."""
        expect_rows(prediction, target, self.title())
        return equal(class_of(prediction), class_of(target))


class Accuracy(MeanMetric):
    """The share of right answers: binary, categorical or sparse, whichever fits the prediction."""

    label: ClassVar[str] = "Accuracy"
    summary: ClassVar[str] = "The share of examples whose class is right"
    formula: ClassVar[str] = "mean([class of ŷ = y])"
    source: ClassVar[str] = _KERAS
    aliases: ClassVar[tuple[str, ...]] = ("acc",)
    usual_for: ClassVar[tuple[str, ...]] = (BINARY, MULTICLASS)
    is_share_right: ClassVar[bool] = True

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        """1 where the class is right; one probability is that of class 1, several are one for each class."""
        expect_rows(prediction, target, self.title())
        if prediction.shape[1] == 1:
            yes = greater(prediction, scalar(prediction, 0.5))
            return reshape(equal(yes, as_numbers(prediction, target)), shape=(prediction.shape[0],))
        return equal(class_of(prediction), class_of(target))


class _TopK(MeanMetric):
    """Base of accuracies that allow several guesses."""

    k: int = setting(
        5, "Guesses", "how many of the most probable classes count as answer", prominent=True, ge=1, le=2**20
    )

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        """1 where fewer than k classes are more probable than the right one."""
        expect_rows(prediction, target, self.title())
        right = target if target.dtype is DType.INT32 else argmax(target)
        chosen = one_hot(right, depth=prediction.shape[1])
        given = sum_(prediction * chosen, axes=(1,), keepdims=True)
        above = sum_(greater(prediction, given), axes=(1,), keepdims=False)
        return greater(scalar(prediction, float(self.k)), above)


class TopKCategoricalAccuracy(_TopK):
    """The share of rows whose right class is among the k most probable, for shares of the classes."""

    label: ClassVar[str] = "Top-k accuracy"
    summary: ClassVar[str] = "The share of examples whose right class is among the k most probable"
    formula: ClassVar[str] = "mean([fewer than k classes are more probable than argmax y])"
    source: ClassVar[str] = _KERAS


class SparseTopKCategoricalAccuracy(_TopK):
    """The share of rows whose right class is among the k most probable, for class numbers."""

    label: ClassVar[str] = "Sparse top-k accuracy"
    summary: ClassVar[str] = "The share of examples whose right class is among the k most probable"
    formula: ClassVar[str] = "mean([fewer than k classes are more probable than y])"
    source: ClassVar[str] = _KERAS
    tasks: ClassVar[tuple[str, ...]] = CLASSES
