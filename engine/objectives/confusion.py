"""Metrics of which classes are taken for which: they are all read from one table of counts."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np

from engine.objectives.accuracies import class_of, expect_rows
from engine.objectives.loss import EPSILON, as_numbers
from engine.objectives.metric import Figure, Metric, scalar, table
from engine.ops.elementwise import equal, greater, greater_equal
from engine.ops.movement import cast, concat, one_hot
from engine.ops.op import Tensor
from engine.ops.views import reshape
from engine.settings import setting
from engine.tensor.spec import Array, DType

_KERAS = "keras.metrics"


class _Confusion(Metric):
    """Base of metrics made from a table of counts: (true class, predicted class)."""

    def yes(self, prediction: Tensor) -> Tensor:
        """1 where one probability counts as yes."""
        return greater(prediction, scalar(prediction, 0.5))

    def sums(self, prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        """The flat table; two classes where there is one probability."""
        expect_rows(prediction, target, self.title())
        if prediction.shape[1] == 1:
            true, predicted = as_numbers(prediction, target), self.yes(prediction)
            return table(concat(1.0 - true, true, axis=1), concat(1.0 - predicted, predicted, axis=1), weight)
        classes = prediction.shape[1]
        true, predicted = (
            one_hot(cast(class_of(x), dtype=DType.INT32), depth=classes) for x in (target, prediction)
        )
        return table(true, predicted, weight)

    def result(self, sums: Array, count: float) -> Figure:
        """The figure of the table."""
        size = math.isqrt(sums.size)
        return self.figure(np.asarray(sums, np.float64).reshape(size, size))

    def figure(self, counts: Array) -> Figure:
        """The figure of a table (true, predicted)."""
        raise NotImplementedError


class ConfusionMatrix(_Confusion):
    """How often each class was taken for each."""

    label: ClassVar[str] = "Confusion matrix"
    summary: ClassVar[str] = "How often each class (row) was taken for each (column)"
    formula: ClassVar[str] = "Cᵢⱼ = number of examples of class i taken for class j"
    source: ClassVar[str] = "scikit-learn, confusion_matrix"
    normalize: Literal["true", "pred", "all"] | None = setting(
        None, "Shares", "of each true class, of each predicted class, of all; empty: numbers of examples"
    )

    def figure(self, counts: Array) -> Figure:
        """The table itself, or its shares."""
        if self.normalize is None:
            return counts
        axis = {"true": 1, "pred": 0, "all": None}[self.normalize]
        totals = counts.sum(axis=axis, keepdims=True)
        return counts / np.where(totals == 0, 1.0, totals)


def _overlaps(counts: Array) -> tuple[Array, Array]:
    """For each class: right answers, and examples that are of it or taken for it."""
    right = np.diag(counts)
    return right, counts.sum(0) + counts.sum(1) - right


class _IoU(_Confusion):
    """Base of intersections over unions, averaged over classes that occur."""

    def average(self, counts: Array, classes: tuple[int, ...]) -> float:
        """The mean over those of `classes` that occur."""
        right, union = _overlaps(counts)
        chosen = [c for c in classes if c < len(right) and union[c] > 1e-9]
        shares = [right[c] / (union[c] + EPSILON) for c in chosen]
        return float(sum(shares) / (len(shares) + EPSILON))


def _ignoring(target: Tensor, weight: Tensor, ignored: int | None) -> Tensor:
    """The weight without the rows of the ignored class."""
    if ignored is None:
        return weight
    return weight * (1.0 - equal(class_of(target), scalar(weight, float(ignored))))


class IoU(_IoU):
    """Intersection over union of some classes."""

    label: ClassVar[str] = "IoU"
    summary: ClassVar[str] = (
        "For areas in pictures: what prediction and truth have in common, as share of both together"
    )
    formula: ClassVar[str] = "mean over the chosen classes of TP / (TP + FP + FN)"
    source: ClassVar[str] = _KERAS
    target_class_ids: tuple[int, ...] = setting(
        (0,), "Classes", "numbers of the classes that count", min_length=1
    )
    ignore_class: int | None = setting(
        None, "Ignored class", "positions of this class do not count", advanced=True
    )

    @classmethod
    def key(cls) -> str:
        """Its name in files."""
        return "iou"

    def sums(self, prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        """The table of the rows that count."""
        return super().sums(prediction, target, _ignoring(target, weight, self.ignore_class))

    def figure(self, counts: Array) -> Figure:
        """The mean over the chosen classes."""
        return self.average(counts, self.target_class_ids)


class MeanIoU(_IoU):
    """Intersection over union, averaged over all classes."""

    label: ClassVar[str] = "Mean IoU"
    summary: ClassVar[str] = "Intersection over union, averaged over the classes that occur"
    formula: ClassVar[str] = "mean over classes of TP / (TP + FP + FN)"
    source: ClassVar[str] = _KERAS
    ignore_class: int | None = setting(
        None, "Ignored class", "positions of this class do not count", advanced=True
    )

    @classmethod
    def key(cls) -> str:
        """Its name in files."""
        return "mean_iou"

    def sums(self, prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        """The table of the rows that count."""
        return super().sums(prediction, target, _ignoring(target, weight, self.ignore_class))

    def figure(self, counts: Array) -> Figure:
        """The mean over all classes."""
        return self.average(counts, tuple(range(len(counts))))


class BinaryIoU(_IoU):
    """Intersection over union of yes and no."""

    label: ClassVar[str] = "Binary IoU"
    summary: ClassVar[str] = "Intersection over union of yes and no, each position on its own"
    formula: ClassVar[str] = "mean over the chosen of no (0) and yes (1) of TP / (TP + FP + FN)"
    source: ClassVar[str] = _KERAS
    target_class_ids: tuple[int, ...] = setting((0, 1), "Classes", "0 is no, 1 is yes", min_length=1)
    threshold: float = setting(0.5, "Threshold", "from this probability on it counts as yes", ge=0.0, le=1.0)

    @classmethod
    def key(cls) -> str:
        """Its name in files."""
        return "binary_iou"

    def yes(self, prediction: Tensor) -> Tensor:
        """1 from the threshold on."""
        return greater_equal(prediction, scalar(prediction, self.threshold))

    def sums(self, prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        """The table of all numbers of all rows."""
        column = (prediction.spec.size, 1)
        each = reshape(weight, shape=(weight.shape[0], 1)) + prediction * 0.0
        true = reshape(as_numbers(prediction, target), shape=column)
        return super().sums(reshape(prediction, shape=column), true, reshape(each, shape=column[:1]))

    def figure(self, counts: Array) -> Figure:
        """The mean over the chosen ones."""
        return self.average(counts, self.target_class_ids)


class DiceCoefficient(_Confusion):
    """Twice what prediction and truth have in common, as share of the sum of both."""

    label: ClassVar[str] = "Dice coefficient"
    summary: ClassVar[str] = "Twice what prediction and truth have in common, as share of the sum of both"
    formula: ClassVar[str] = (
        "2 TP / (2 TP + FP + FN), averaged over the classes that occur (of two classes: of yes)"
    )
    source: ClassVar[str] = "Dice, Measures of the amount of ecologic association between species, 1945"
    average: Literal["macro", "micro"] | None = setting(
        "macro", "Average", "over classes (macro), over examples (micro); empty: a figure for each class"
    )

    def figure(self, counts: Array) -> Figure:
        """The figure of one class, all, or each."""
        right, union = _overlaps(counts)
        each = 2.0 * right / np.where(union > 0, union + right, 1.0)
        if self.average is None:
            return each
        if self.average == "micro":
            return float(2.0 * right.sum() / max((union + right).sum(), 1e-30))
        return float(each[1] if len(each) == 2 else each[union > 0].mean() if (union > 0).any() else 0.0)


class MatthewsCorrelation(_Confusion):
    """How strongly predicted and true classes go together, fair to classes of any size."""

    label: ClassVar[str] = "Matthews correlation"
    summary: ClassVar[str] = (
        "How strongly predicted and true classes go together: 1 always, 0 by chance, -1 never"
    )
    formula: ClassVar[str] = (
        "(c s - Σ pₖ tₖ) / √((s² - Σ pₖ²)(s² - Σ tₖ²)); c right, s all, pₖ taken for k, tₖ of class k"
    )
    source: ClassVar[str] = (
        "Gorodkin, Comparing two K-category assignments by a K-category correlation coefficient, 2004"
    )
    aliases: ClassVar[tuple[str, ...]] = ("mcc", "matthews_corrcoef")

    def figure(self, counts: Array) -> Figure:
        """0 where only one class occurs."""
        right, total = float(np.trace(counts)), float(counts.sum())
        true, predicted = counts.sum(1), counts.sum(0)
        spread = (total**2 - float(predicted @ predicted)) * (total**2 - float(true @ true))
        return (right * total - float(true @ predicted)) / math.sqrt(spread) if spread > 0 else 0.0


class CohenKappa(_Confusion):
    """How much better than by chance predicted and true classes agree."""

    label: ClassVar[str] = "Cohen's kappa"
    summary: ClassVar[str] = "How much better than by chance predicted and true classes agree"
    formula: ClassVar[str] = (
        "1 - Σ wᵢⱼ Cᵢⱼ / Σ wᵢⱼ Eᵢⱼ; E: expected by chance; wᵢⱼ = [i ≠ j], |i - j| or (i - j)²"
    )
    source: ClassVar[str] = (
        "Cohen, A coefficient of agreement for nominal scales, 1960; scikit-learn, cohen_kappa_score"
    )
    weightage: Literal["linear", "quadratic"] | None = setting(
        None,
        "Weights",
        "how distant classes count where classes have an order; empty: all mistakes are equal",
    )

    def figure(self, counts: Array) -> Figure:
        """1 where all agree."""
        index = np.arange(len(counts), dtype=np.float64)
        apart = np.abs(index[:, None] - index)
        weights = {None: (apart > 0).astype(np.float64), "linear": apart, "quadratic": apart**2}[
            self.weightage
        ]
        total = counts.sum()
        if total == 0:
            return 0.0
        expected = float((weights * np.outer(counts.sum(1), counts.sum(0))).sum() / total)
        observed = float((weights * counts).sum())
        return 1.0 - observed / expected if expected > 0 else 1.0
