"""F scores: precision and recall of every class in one figure."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from engine.objectives.accuracies import expect_rows
from engine.objectives.loss import EPSILON, as_numbers
from engine.objectives.metric import Figure, Metric, scalar
from engine.ops.elementwise import absolute, greater, greater_equal
from engine.ops.movement import concat
from engine.ops.op import Tensor
from engine.ops.reductions import max_, sum_
from engine.ops.views import reshape
from engine.settings import setting
from engine.tensor.spec import Array

_KERAS = "keras.metrics"
Average = Literal["micro", "macro", "weighted"]


class _FScore(Metric):
    """Base of F scores."""

    average: Average | None = setting(
        None,
        "Average",
        "over all examples (micro), over classes (macro), over classes by their number (weighted); empty: one each",
    )
    threshold: float | None = setting(
        None,
        "Threshold",
        "a higher probability counts as yes; empty: the most probable class does",
        gt=0.0,
        le=1.0,
    )

    def weight_of_recall(self) -> float:
        """How many times as much recall counts."""
        return 1.0

    def sums(self, prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        """For each class: right, predicted, true."""
        expect_rows(prediction, target, self.title())
        true = as_numbers(prediction, target)
        predicted = self._predicted(prediction)
        column = reshape(weight, shape=(weight.shape[0], 1))
        parts = concat(true * predicted, predicted, true, axis=1)
        return sum_(parts * column, axes=(0,), keepdims=False)

    def _predicted(self, prediction: Tensor) -> Tensor:
        """1 where a class counts as predicted; one probability without a threshold does so above one half."""
        if self.threshold is not None or prediction.shape[1] == 1:
            return greater(prediction, scalar(prediction, 0.5 if self.threshold is None else self.threshold))
        largest = max_(prediction, axes=(1,), keepdims=True)
        return greater_equal(prediction, largest) * greater(absolute(prediction), scalar(prediction, 1e-9))

    def result(self, sums: Array, count: float) -> Figure:
        """One figure, or one for each class."""
        right, predicted, true = np.asarray(sums, np.float64).reshape(3, -1)
        if self.average == "micro":
            right, predicted, true = (
                right.sum(keepdims=True),
                predicted.sum(keepdims=True),
                true.sum(keepdims=True),
            )
        precision, recall = right / (predicted + EPSILON), right / (true + EPSILON)
        factor = self.weight_of_recall() ** 2
        scores = (1.0 + factor) * precision * recall / (factor * precision + recall + EPSILON)
        if self.average is None:
            return scores if scores.size > 1 else float(scores[0])
        if self.average == "weighted":
            return float((scores * true).sum() / (true.sum() + EPSILON))
        return float(scores.mean())


class FBetaScore(_FScore):
    """The harmonic mean of precision and recall, in which recall counts beta times as much."""

    label: ClassVar[str] = "F-beta"
    summary: ClassVar[str] = (
        "The harmonic mean of precision and recall, in which recall counts beta times as much"
    )
    formula: ClassVar[str] = "(1 + β²) · precision · recall / (β² · precision + recall)"
    source: ClassVar[str] = _KERAS
    beta: float = setting(1.0, "Beta", "how many times as much recall counts", gt=0.0, le=1e3)

    def weight_of_recall(self) -> float:
        """Beta."""
        return self.beta


class F1Score(_FScore):
    """The harmonic mean of precision and recall."""

    label: ClassVar[str] = "F1"
    summary: ClassVar[str] = "The harmonic mean of precision and recall"
    formula: ClassVar[str] = "2 · precision · recall / (precision + recall)"
    source: ClassVar[str] = _KERAS
    aliases: ClassVar[tuple[str, ...]] = ("f1",)
