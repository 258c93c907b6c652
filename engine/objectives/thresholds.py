"""Metrics of yes-or-no answers under one threshold or many: precision, recall, the areas under their curves.

Under many thresholds the device sorts probabilities into bins; what lies above each threshold is added up on the host.
Keras places probabilities in the same bins.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from engine.objectives.accuracies import expect_rows
from engine.objectives.loss import as_numbers
from engine.objectives.metric import Figure, Metric, scalar
from engine.ops.elementwise import clip, floor, greater
from engine.ops.gather import scatter_add_rows
from engine.ops.movement import cast, concat, slice_
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.ops.views import reshape
from engine.settings import setting
from engine.tensor.spec import Array, DType, ShapeError

_KERAS = "keras.metrics"


def _share(part: Array, whole: Array) -> Array:
    """`part / whole`, 0 where there is nothing."""
    shares: Array = np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), 0.0)
    return shares


class _Counted(Metric):
    """Base of metrics of answers above one threshold."""

    threshold: float = setting(0.5, "Threshold", "a higher probability counts as yes", ge=0.0, le=1.0)
    top_k: int | None = setting(
        None,
        "Guesses",
        "only the most probable classes of an example count as yes; empty: all above the threshold",
        advanced=True,
        ge=1,
        le=2**20,
    )
    class_id: int | None = setting(
        None, "Class", "only answers about this class count; empty: about all", advanced=True, ge=0, le=2**20
    )

    def sums(self, prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        """Right yes, wrong yes, wrong no, right no."""
        expect_rows(prediction, target, self.title())
        true = self._chosen(as_numbers(prediction, target))
        yes = self._chosen(self._yes(prediction))
        both, said, is_ = (sum_(x, axes=(1,), keepdims=True) for x in (true * yes, yes, true))
        every = is_ * 0.0 + float(true.shape[1])
        columns = concat(both, said - both, is_ - both, every - said - is_ + both, axis=1)
        return sum_(columns * reshape(weight, shape=(weight.shape[0], 1)), axes=(0,), keepdims=False)

    def _yes(self, prediction: Tensor) -> Tensor:
        if self.top_k is None:
            return greater(prediction, scalar(prediction, self.threshold))
        rows, classes = prediction.shape
        each, others = (
            reshape(prediction, shape=(rows, classes, 1)),
            reshape(prediction, shape=(rows, 1, classes)),
        )
        above = sum_(greater(others, each), axes=(2,), keepdims=False)
        return greater(scalar(prediction, float(self.top_k)), above)

    def _chosen(self, x: Tensor) -> Tensor:
        if self.class_id is None:
            return x
        if self.class_id >= x.shape[1]:
            raise ShapeError(
                f"The class of {self.title()} is between 0 and {x.shape[1] - 1}, received {self.class_id}."
            )
        return slice_(x, starts=(0, self.class_id), limits=(x.shape[0], self.class_id + 1))


class Precision(_Counted):
    """How many of the yes answers are right."""

    label: ClassVar[str] = "Precision"
    summary: ClassVar[str] = "The share of yes answers that are right"
    formula: ClassVar[str] = "TP / (TP + FP)"
    source: ClassVar[str] = _KERAS

    def result(self, sums: Array, count: float) -> Figure:
        """0 where nothing was answered with yes."""
        return float(_share(sums[0], sums[0] + sums[1]))


class Recall(_Counted):
    """How many of those that are yes were found."""

    label: ClassVar[str] = "Recall"
    summary: ClassVar[str] = "The share of those that are yes that were found"
    formula: ClassVar[str] = "TP / (TP + FN)"
    source: ClassVar[str] = _KERAS
    aliases: ClassVar[tuple[str, ...]] = ("sensitivity",)

    def result(self, sums: Array, count: float) -> Figure:
        """0 where nothing is yes."""
        return float(_share(sums[0], sums[0] + sums[2]))


class Specificity(_Counted):
    """How many of those that are no were left alone."""

    label: ClassVar[str] = "Specificity"
    summary: ClassVar[str] = "The share of those that are no that were answered with no"
    formula: ClassVar[str] = "TN / (TN + FP)"
    source: ClassVar[str] = "Yerushalmy, Statistical problems in assessing methods of medical diagnosis, 1947"

    def result(self, sums: Array, count: float) -> Figure:
        """0 where nothing is no."""
        return float(_share(sums[3], sums[3] + sums[1]))


class TruePositives(_Counted):
    """The number of right yes answers."""

    label: ClassVar[str] = "True positives"
    summary: ClassVar[str] = "The number of right yes answers"
    formula: ClassVar[str] = "TP"
    source: ClassVar[str] = _KERAS

    def result(self, sums: Array, count: float) -> Figure:
        """The number."""
        return float(sums[0])


class FalsePositives(_Counted):
    """The number of wrong yes answers."""

    label: ClassVar[str] = "False positives"
    summary: ClassVar[str] = "The number of wrong yes answers"
    formula: ClassVar[str] = "FP"
    source: ClassVar[str] = _KERAS
    greater_is_better: ClassVar[bool] = False

    def result(self, sums: Array, count: float) -> Figure:
        """The number."""
        return float(sums[1])


class FalseNegatives(_Counted):
    """The number of wrong no answers."""

    label: ClassVar[str] = "False negatives"
    summary: ClassVar[str] = "The number of wrong no answers"
    formula: ClassVar[str] = "FN"
    source: ClassVar[str] = _KERAS
    greater_is_better: ClassVar[bool] = False

    def result(self, sums: Array, count: float) -> Figure:
        """The number."""
        return float(sums[2])


class TrueNegatives(_Counted):
    """The number of right no answers."""

    label: ClassVar[str] = "True negatives"
    summary: ClassVar[str] = "The number of right no answers"
    formula: ClassVar[str] = "TN"
    source: ClassVar[str] = _KERAS

    def result(self, sums: Array, count: float) -> Figure:
        """The number."""
        return float(sums[3])


class _Curve(Metric):
    """Base of metrics of answers under many thresholds, evenly spread over 0 .. 1."""

    num_thresholds: int = setting(
        200, "Thresholds", "how finely the curve is drawn", advanced=True, ge=2, le=100_000
    )

    def sums(self, prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        """How many yes and no lie in each bin: (bins, 2), flat."""
        expect_rows(prediction, target, self.title())
        return self.histogram(prediction, as_numbers(prediction, target), weight)

    def histogram(self, prediction: Tensor, true: Tensor, weight: Tensor) -> Tensor:
        """Weights of yes and no by bin (bins, 2), flat. Bin b holds what exceeds the thresholds below number b."""
        cells = prediction.spec.size
        each = reshape(reshape(weight, shape=(weight.shape[0], 1)) + prediction * 0.0, shape=(cells, 1))
        yes = reshape(true, shape=(cells, 1))
        bins = -floor(-(clip(prediction, 0.0, 1.0) * float(self.num_thresholds - 1)))
        index = reshape(cast(bins, dtype=DType.INT32), shape=(cells,))
        counted = scatter_add_rows(
            index, concat(yes * each, each - yes * each, axis=1), rows=self.num_thresholds
        )
        return reshape(counted, shape=(2 * self.num_thresholds,))

    def above(self, histogram: Array, *, all_above_first: bool) -> tuple[Array, Array, Array, Array]:
        """True and false positives, true and false negatives under each threshold.

        Args:
            histogram: (bins, 2).
            all_above_first: whether the first threshold lies a little below 0.
        """
        counts = np.asarray(histogram, np.float64).reshape(-1, 2)
        total = counts.sum(0)
        upper = total - np.cumsum(counts, axis=0)
        if all_above_first:
            upper[0] = total
        upper = np.maximum(upper, 0.0)
        return upper[:, 0], upper[:, 1], total[1] - upper[:, 1], total[0] - upper[:, 0]


class AUC(_Curve):
    """The area under the curve that one threshold after the other gives."""

    label: ClassVar[str] = "AUC"
    summary: ClassVar[str] = (
        "The area under the ROC curve (or precision-recall curve): how well yes and no are kept apart"
    )
    formula: ClassVar[str] = "∫ TP rate d(FP rate) (ROC), ∫ precision d(recall) (PR)"
    source: ClassVar[str] = (
        "Davis and Goadrich, The relationship between precision-recall and ROC curves, 2006; as in Keras"
    )
    curve: Literal["ROC", "PR"] = setting("ROC", "Curve", "ROC, or precision over recall", prominent=True)
    summation_method: Literal["interpolation", "minoring", "majoring"] = setting(
        "interpolation", "Between thresholds", "interpolate, or take the lower or upper value", advanced=True
    )
    multi_label: bool = setting(
        False,
        "Each label on its own",
        "the mean of the areas of all labels, instead of one area for all together",
    )

    def sums(self, prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        """A histogram, or one for each label."""
        if not self.multi_label:
            return super().sums(prediction, target, weight)
        expect_rows(prediction, target, self.title())
        true = as_numbers(prediction, target)
        rows, labels = prediction.shape
        parts = [
            self.histogram(
                slice_(prediction, starts=(0, k), limits=(rows, k + 1)),
                slice_(true, starts=(0, k), limits=(rows, k + 1)),
                weight,
            )
            for k in range(labels)
        ]
        return concat(*parts, axis=0) if labels > 1 else parts[0]

    def result(self, sums: Array, count: float) -> Figure:
        """0 to 1."""
        histograms = np.asarray(sums, np.float64).reshape(-1, self.num_thresholds, 2)
        return float(np.mean([self._area(h) for h in histograms]))

    def _area(self, histogram: Array) -> float:
        tp, fp, tn, fn = self.above(histogram, all_above_first=True)
        if self.curve == "PR" and self.summation_method == "interpolation":
            return _interpolated_pr(tp, fp, fn)
        recall = _share(tp, tp + fn)
        x, y = (_share(fp, fp + tn), recall) if self.curve == "ROC" else (recall, _share(tp, tp + fp))
        if self.summation_method == "interpolation":
            heights = (y[:-1] + y[1:]) / 2.0
        else:
            heights = (np.minimum if self.summation_method == "minoring" else np.maximum)(y[:-1], y[1:])
        return float(((x[:-1] - x[1:]) * heights).sum())


def _interpolated_pr(tp: Array, fp: Array, fn: Array) -> float:
    """The area under the precision-recall curve, true positives interpolated in a straight line."""
    gained = tp[:-1] - tp[1:]
    said = tp + fp
    slope = _share(gained, said[:-1] - said[1:])
    intercept = tp[1:] - slope * said[1:]
    both = (said[:-1] > 0) & (said[1:] > 0)
    ratio = np.where(both, said[:-1] / np.where(both, said[1:], 1.0), 1.0)
    return float(_share(slope * (gained + intercept * np.log(ratio)), tp[1:] + fn[1:]).sum())


class _AtLeast(_Curve):
    """Base of the best value of one rate while another one is at least so high."""

    def rates(self, histogram: Array) -> dict[str, Array]:
        """Recall, specificity and precision under each threshold."""
        tp, fp, tn, fn = self.above(histogram, all_above_first=False)
        return {
            "recall": _share(tp, tp + fn),
            "specificity": _share(tn, tn + fp),
            "precision": _share(tp, tp + fp),
        }

    def best(self, sums: Array, wanted: str, held: str, least: float) -> float:
        """The highest `wanted` of all thresholds under which `held` is at least `least`."""
        rates = self.rates(sums)
        return float(np.where(rates[held] >= np.float32(least), rates[wanted], 0.0).max(initial=0.0))


def _least(what: str) -> Any:
    return setting(0.5, what, f"the {what.lower()} that is to be reached", prominent=True, ge=0.0, le=1.0)


class SensitivityAtSpecificity(_AtLeast):
    """The best recall at a given specificity."""

    label: ClassVar[str] = "Sensitivity at specificity"
    summary: ClassVar[str] = (
        "The best recall under a threshold that leaves alone at least this share of the no"
    )
    formula: ClassVar[str] = "max recall, where specificity ≥ the given one"
    source: ClassVar[str] = _KERAS
    specificity: float = _least("Specificity")

    def result(self, sums: Array, count: float) -> Figure:
        """0 to 1."""
        return self.best(sums, "recall", "specificity", self.specificity)


class SpecificityAtSensitivity(_AtLeast):
    """The best specificity at a given recall."""

    label: ClassVar[str] = "Specificity at sensitivity"
    summary: ClassVar[str] = (
        "The best specificity under a threshold that finds at least this share of the yes"
    )
    formula: ClassVar[str] = "max specificity, where recall ≥ the given one"
    source: ClassVar[str] = _KERAS
    sensitivity: float = _least("Sensitivity")

    def result(self, sums: Array, count: float) -> Figure:
        """0 to 1."""
        return self.best(sums, "specificity", "recall", self.sensitivity)


class PrecisionAtRecall(_AtLeast):
    """The best precision at a given recall."""

    label: ClassVar[str] = "Precision at recall"
    summary: ClassVar[str] = "The best precision under a threshold that finds at least this share of the yes"
    formula: ClassVar[str] = "max precision, where recall ≥ the given one"
    source: ClassVar[str] = _KERAS
    recall: float = _least("Recall")

    def result(self, sums: Array, count: float) -> Figure:
        """0 to 1."""
        return self.best(sums, "precision", "recall", self.recall)


class RecallAtPrecision(_AtLeast):
    """The best recall at a given precision."""

    label: ClassVar[str] = "Recall at precision"
    summary: ClassVar[str] = (
        "The best recall under a threshold whose yes answers are right at least this often"
    )
    formula: ClassVar[str] = "max recall, where precision ≥ the given one"
    source: ClassVar[str] = _KERAS
    precision: float = _least("Precision")

    def result(self, sums: Array, count: float) -> Figure:
        """0 to 1."""
        return self.best(sums, "recall", "precision", self.precision)
