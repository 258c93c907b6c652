"""Metrics for numbers: how far off a prediction is, and how much of the target's variation it explains."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np

from engine.objectives import crossentropy, distributions, hinge, regression
from engine.objectives.loss import CLASSES, EPSILON, REGRESSION, Loss, as_numbers
from engine.objectives.metric import Figure, MeanMetric, Metric, weighted_sum
from engine.ops.elementwise import clip, log, rsqrt, square
from engine.ops.movement import concat
from engine.ops.op import Tensor
from engine.ops.reductions import mean, sum_
from engine.settings import setting
from engine.tensor.spec import Array

_KERAS = "keras.metrics"


class LossMetric(MeanMetric):
    """A loss, reported."""

    greater_is_better: ClassVar[bool] = False
    source: ClassVar[str] = _KERAS

    def loss(self) -> Loss:
        """The loss, of scores."""
        raise NotImplementedError

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        """The loss of each row."""
        return self.loss().values(prediction, target)


class MeanSquaredError(LossMetric):
    """The mean of the squared differences."""

    label: ClassVar[str] = regression.MeanSquaredError.label
    summary: ClassVar[str] = "The mean of the squared differences"
    formula: ClassVar[str] = regression.MeanSquaredError.formula
    aliases: ClassVar[tuple[str, ...]] = ("mse",)
    power_of_units: ClassVar[int] = 2

    def loss(self) -> Loss:
        """Squared differences."""
        return regression.MeanSquaredError()


class MeanAbsoluteError(LossMetric):
    """How far off a prediction is on average."""

    label: ClassVar[str] = regression.MeanAbsoluteError.label
    summary: ClassVar[str] = "How far off a prediction is on average, in the units of the target"
    formula: ClassVar[str] = regression.MeanAbsoluteError.formula
    aliases: ClassVar[tuple[str, ...]] = ("mae",)
    power_of_units: ClassVar[int] = 1
    usual_for: ClassVar[tuple[str, ...]] = (REGRESSION,)

    def loss(self) -> Loss:
        """Differences without their sign."""
        return regression.MeanAbsoluteError()


class MeanAbsolutePercentageError(LossMetric):
    """How far off a prediction is on average, in percent."""

    label: ClassVar[str] = regression.MeanAbsolutePercentageError.label
    summary: ClassVar[str] = "How far off a prediction is on average, in percent of the target"
    formula: ClassVar[str] = regression.MeanAbsolutePercentageError.formula
    aliases: ClassVar[tuple[str, ...]] = ("mape",)

    def loss(self) -> Loss:
        """Differences in percent."""
        return regression.MeanAbsolutePercentageError()


class MeanSquaredLogarithmicError(LossMetric):
    """The mean of the squared differences of logarithms."""

    label: ClassVar[str] = regression.MeanSquaredLogarithmicError.label
    summary: ClassVar[str] = "Squared differences of logarithms: for amounts of very different size"
    formula: ClassVar[str] = regression.MeanSquaredLogarithmicError.formula
    aliases: ClassVar[tuple[str, ...]] = ("msle",)

    def loss(self) -> Loss:
        """Squared differences of logarithms."""
        return regression.MeanSquaredLogarithmicError()


class LogCoshError(LossMetric):
    """The mean logarithm of the hyperbolic cosine of the error."""

    label: ClassVar[str] = regression.LogCosh.label
    summary: ClassVar[str] = "Like the squared error near zero, like the absolute error far from it"
    formula: ClassVar[str] = regression.LogCosh.formula
    aliases: ClassVar[tuple[str, ...]] = ("logcosh",)

    def loss(self) -> Loss:
        """Log-cosh."""
        return regression.LogCosh()


class RootMeanSquaredError(MeanMetric):
    """The square root of the mean squared error."""

    label: ClassVar[str] = "Root mean squared error"
    summary: ClassVar[str] = "The square root of the mean squared error: in the units of the target"
    formula: ClassVar[str] = "√(mean((ŷ - y)²))"
    source: ClassVar[str] = _KERAS
    aliases: ClassVar[tuple[str, ...]] = ("rmse",)
    power_of_units: ClassVar[int] = 1
    greater_is_better: ClassVar[bool] = False

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Squared differences."""
        return mean(square(prediction - as_numbers(prediction, target)), axes=(1,))

    def result(self, sums: Array, count: float) -> Figure:
        """The root of the mean."""
        return math.sqrt(max(float(sums[0] / count), 0.0)) if count else 0.0


class CosineSimilarity(MeanMetric):
    """The cosine of the angle between prediction and target."""

    label: ClassVar[str] = "Cosine similarity"
    summary: ClassVar[str] = "The cosine of the angle between prediction and target: 1 is the same direction"
    formula: ClassVar[str] = "mean(Σ (ŷ / ‖ŷ‖) · (y / ‖y‖))"
    source: ClassVar[str] = _KERAS

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        """-1 to 1 in each row."""
        return regression.cosine(prediction, as_numbers(prediction, target))


def _centred(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Mean, distances from it, and variance of each row, with the axis kept."""
    middle = mean(x, axes=(1,), keepdims=True)
    apart = x - middle
    return middle, apart, mean(square(apart), axes=(1,), keepdims=True)


class PearsonCorrelation(MeanMetric):
    """How well the numbers of an example rise and fall together with those of its target."""

    label: ClassVar[str] = "Pearson correlation"
    summary: ClassVar[str] = (
        "How well the numbers of an example rise and fall with those of its target: 1 is exactly"
    )
    formula: ClassVar[str] = "mean over examples of cov(ŷ, y) / (std ŷ · std y)"
    source: ClassVar[str] = _KERAS

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        """-1 to 1 in each row; 0 where one of them does not vary."""
        _, one, spread = _centred(prediction)
        _, other, spread_of_target = _centred(as_numbers(prediction, target))
        least = EPSILON * EPSILON
        scale = rsqrt(regression.at_least(spread, least)) * rsqrt(
            regression.at_least(spread_of_target, least)
        )
        return mean(one * other * scale, axes=(1,))


class ConcordanceCorrelation(MeanMetric):
    """How well the numbers of an example agree with those of its target, in size and place as well."""

    label: ClassVar[str] = "Concordance correlation"
    summary: ClassVar[str] = (
        "How well the numbers of an example agree with those of its target, in size and place as well"
    )
    formula: ClassVar[str] = "mean over examples of 2 cov(ŷ, y) / (var ŷ + var y + (mean ŷ - mean y)²)"
    source: ClassVar[str] = (
        "Lin, A concordance correlation coefficient to evaluate reproducibility, 1989; as in Keras"
    )

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        """-1 to 1 in each row."""
        middle, one, spread = _centred(prediction)
        place, other, spread_of_target = _centred(as_numbers(prediction, target))
        whole = spread + spread_of_target + square(middle - place) + EPSILON
        return mean(one * other / whole, axes=(1,)) * 2.0


class R2Score(Metric):
    """The share of the target's variation that is explained.

    An output whose target never varies counts as 0 where it is missed and as 1 where it is met.
    """

    label: ClassVar[str] = "R²"
    summary: ClassVar[str] = (
        "The share of the target's variation that is explained: 1 is perfect, 0 no better than always the mean"
    )
    formula: ClassVar[str] = "1 - Σ(ŷ - y)² / Σ(y - mean y)²; adjusted: 1 - (1 - R²)(n - 1) / (n - p - 1)"
    source: ClassVar[str] = _KERAS
    aliases: ClassVar[tuple[str, ...]] = ("r2_score",)
    usual_for: ClassVar[tuple[str, ...]] = (REGRESSION,)
    class_aggregation: Literal["uniform_average", "variance_weighted_average"] | None = setting(
        "uniform_average", "Outputs", "how several outputs become one figure; empty: a figure for each"
    )
    num_regressors: int = setting(
        0, "Regressors", "inputs to adjust the figure for; 0: not adjusted", advanced=True, ge=0, le=10**6
    )

    @classmethod
    def key(cls) -> str:
        """As in reports from the beginning of the project on."""
        return "r2"

    def sums(self, prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        """Squared error, target and squared target of every output."""
        true = as_numbers(prediction, target)
        return weighted_sum(concat(square(prediction - true), true, square(true), axis=1), weight)

    def result(self, sums: Array, count: float) -> Figure:
        """One figure, or one for each output."""
        errors, totals, squares = np.asarray(sums, np.float64).reshape(3, -1)
        spread = squares - totals * totals / max(count, 1.0)
        constant = spread <= 1e-7 * np.maximum(squares, 1e-30)  # no more than rounding leaves
        met = errors <= 1e-7 * np.maximum(squares, 1e-30)
        scores = np.where(constant, met, 1.0 - errors / np.where(constant, 1.0, spread))
        if self.class_aggregation is None:
            figure: Array = scores
        elif self.class_aggregation == "uniform_average" or constant.all():
            figure = np.asarray(scores.mean())
        else:
            figure = np.asarray((spread * scores).sum() / spread.sum())
        samples = count * len(errors)  # Keras counts every number of the target as a sample
        if 0 < self.num_regressors < samples - 1:
            figure = 1.0 - (1.0 - figure) * (samples - 1.0) / (samples - self.num_regressors - 1.0)
        return figure if figure.ndim else float(figure)


class KLDivergence(LossMetric):
    """How far the predicted distribution is from the true one."""

    label: ClassVar[str] = distributions.KLDivergence.label
    summary: ClassVar[str] = "How far the predicted distribution is from the true one"
    formula: ClassVar[str] = distributions.KLDivergence.formula
    aliases: ClassVar[tuple[str, ...]] = ("kld",)

    def loss(self) -> Loss:
        """The divergence."""
        return distributions.KLDivergence()


class Poisson(LossMetric):
    """Minus the logarithm of the likelihood of a Poisson distribution, up to a constant."""

    label: ClassVar[str] = regression.Poisson.label
    summary: ClassVar[str] = "For counts: how improbable they are, given the predicted mean"
    formula: ClassVar[str] = regression.Poisson.formula

    def loss(self) -> Loss:
        """The Poisson loss."""
        return regression.Poisson()


class Hinge(LossMetric):
    """How much an answer of the right sign falls short of 1."""

    label: ClassVar[str] = hinge.Hinge.label
    summary: ClassVar[str] = "How much predictions fall short of a margin of 1"
    formula: ClassVar[str] = hinge.Hinge.formula

    def loss(self) -> Loss:
        """The hinge loss."""
        return hinge.Hinge()


class SquaredHinge(LossMetric):
    """The hinge loss, squared."""

    label: ClassVar[str] = hinge.SquaredHinge.label
    summary: ClassVar[str] = "How much predictions fall short of a margin of 1, squared"
    formula: ClassVar[str] = hinge.SquaredHinge.formula

    def loss(self) -> Loss:
        """The squared hinge loss."""
        return hinge.SquaredHinge()


class CategoricalHinge(LossMetric):
    """How much the score of the right class falls short of a margin above the best wrong one."""

    label: ClassVar[str] = hinge.CategoricalHinge.label
    summary: ClassVar[str] = "How much the right class falls short of a margin above the best wrong one"
    formula: ClassVar[str] = hinge.CategoricalHinge.formula

    def loss(self) -> Loss:
        """The categorical hinge loss."""
        return hinge.CategoricalHinge()


class _Crossentropy(MeanMetric):
    """Base of cross-entropies of probabilities."""

    greater_is_better: ClassVar[bool] = False
    source: ClassVar[str] = _KERAS


class BinaryCrossentropy(_Crossentropy):
    """Minus the logarithm of the probability given to the right one of two answers."""

    label: ClassVar[str] = crossentropy.BinaryCrossentropy.label
    summary: ClassVar[str] = "For yes or no: minus the logarithm of the probability given to the right answer"
    formula: ClassVar[str] = "-mean(y · log p + (1 - y) · log(1 - p))"
    aliases: ClassVar[tuple[str, ...]] = ("bce",)
    label_smoothing: float = crossentropy.smoothing()

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        """The mean over the answers of a row."""
        true = crossentropy.smoothed(as_numbers(prediction, target), self.label_smoothing, 2)
        p = clip(prediction, EPSILON, 1.0 - EPSILON)
        return mean(true * log(p) + (1.0 - true) * log(1.0 - p), axes=(1,)) * -1.0


class CategoricalCrossentropy(_Crossentropy):
    """Minus the logarithm of the probability given to the right class."""

    label: ClassVar[str] = crossentropy.CategoricalCrossentropy.label
    summary: ClassVar[str] = "Minus the logarithm of the probability given to the right class"
    formula: ClassVar[str] = "-Σ y · log p"
    label_smoothing: float = crossentropy.smoothing()

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        """-sum(y log p)."""
        return _categorical(prediction, target, self.title(), self.label_smoothing)


class SparseCategoricalCrossentropy(_Crossentropy):
    """Minus the logarithm of the probability given to the right class, for class numbers."""

    label: ClassVar[str] = crossentropy.SparseCategoricalCrossentropy.label
    summary: ClassVar[str] = (
        "Minus the logarithm of the probability given to the right class, for class numbers"
    )
    formula: ClassVar[str] = "-log p[y]"
    tasks: ClassVar[tuple[str, ...]] = CLASSES

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        """-log p of the right class."""
        crossentropy.expect_class_numbers(target, self.title())
        return _categorical(prediction, target, self.title(), 0.0)


class Perplexity(_Crossentropy):
    """Among how many equally probable classes the network might as well choose."""

    label: ClassVar[str] = "Perplexity"
    summary: ClassVar[str] = (
        "Among how many equally probable classes (words, letters) the network might as well choose"
    )
    formula: ClassVar[str] = "exp(mean(-log p[y]))"
    source: ClassVar[str] = (
        "Jelinek et al., Perplexity: a measure of the difficulty of speech recognition tasks, 1977"
    )

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        """-log p of the right class."""
        return _categorical(prediction, target, self.title(), 0.0)

    def result(self, sums: Array, count: float) -> Figure:
        """The exponential of the mean."""
        return math.exp(min(float(sums[0] / count), 700.0)) if count else 0.0


def _categorical(prediction: Tensor, target: Tensor, what: str, share: float) -> Tensor:
    true = crossentropy.shares(prediction, target, what, share)
    total = sum_(prediction, axes=(1,), keepdims=True)
    logs = log(clip(prediction / total, EPSILON, 1.0 - EPSILON))
    return sum_(true * logs, axes=(1,), keepdims=False) * -1.0
