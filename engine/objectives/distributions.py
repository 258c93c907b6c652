"""Losses that compare distributions and areas: Kullback-Leibler divergence, Dice, Tversky."""

from __future__ import annotations

from typing import ClassVar

from engine.objectives.loss import EPSILON, Loss, as_numbers
from engine.ops.elementwise import clip, log
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.ops.views import reshape
from engine.settings import setting
from engine.tensor.spec import ShapeError


class KLDivergence(Loss):
    """How far the predicted distribution is from the true one."""

    label: ClassVar[str] = "Kullback-Leibler divergence"
    brief: ClassVar[str] = "KL divergence"
    summary: ClassVar[str] = (
        "How far the predicted distribution is from the true one; the network ends in a soft-max"
    )
    formula: ClassVar[str] = "Σ y · log(y / ŷ), both limited to 10⁻⁷ .. 1"
    source: ClassVar[str] = "keras.losses"
    aliases: ClassVar[tuple[str, ...]] = ("kld", "kullback_leibler_divergence")
    single: ClassVar[bool] = False

    def values(self, scores: Tensor, target: Tensor, present: Tensor | None = None) -> Tensor:
        """sum(y log(y / ŷ)) for each position."""
        true = clip(as_numbers(scores, target), EPSILON, 1.0)
        ratio = log(true / clip(scores, EPSILON, 1.0))
        return sum_(true * ratio, axes=(scores.spec.rank - 1,), keepdims=False)


class Overlap(Loss):
    """Base of losses of how much two areas cover each other.

    Without `axis` the whole batch is one area and there is one loss for it; with it, there is one for each index of the
    other axes.
    """

    axis: tuple[int, ...] | None = setting(
        None,
        "Axes",
        "the axes of one area, such as [1, 2, 3] for pictures; empty: the whole batch is one",
        advanced=True,
    )

    def values(self, scores: Tensor, target: Tensor, present: Tensor | None = None) -> Tensor:
        """1 - the overlap of each area, or of the batch."""
        true = as_numbers(scores, target)
        axes = self._axes(scores)
        if 0 in axes and present is not None:
            rows = reshape(present, shape=(scores.shape[0], *(1 for _ in scores.shape[1:])))
            true, scores = true * rows, scores * rows
        return 1.0 - self.overlap(true, scores, axes)

    def overlap(self, true: Tensor, predicted: Tensor, axes: tuple[int, ...]) -> Tensor:
        """0 (apart) to 1 (equal); both tensors of equal shape."""
        raise NotImplementedError

    def _axes(self, scores: Tensor) -> tuple[int, ...]:
        rank = scores.spec.rank
        if self.axis is None:
            return tuple(range(rank))
        if any(not -rank < a < rank or a == 0 for a in self.axis) or not self.axis:
            raise ShapeError(
                f"The axes of one area are between 1 and {rank - 1}, received {list(self.axis)}. Clear them to take "
                "the whole batch as one."
            )
        return tuple(sorted({a % rank for a in self.axis}))


class Dice(Overlap):
    """How little two areas cover each other."""

    label: ClassVar[str] = "Dice"
    summary: ClassVar[str] = "For areas in pictures: how little prediction and truth cover each other"
    formula: ClassVar[str] = "1 - 2 Σ y ŷ / (Σ y + Σ ŷ + 10⁻⁷)"
    source: ClassVar[str] = "Milletari et al., V-Net, 2016; as in Keras"

    def overlap(self, true: Tensor, predicted: Tensor, axes: tuple[int, ...]) -> Tensor:
        """2 |A ∩ B| / (|A| + |B|)."""
        both = sum_(true * predicted, axes=axes, keepdims=False)
        return both * 2.0 / (_sum(true, axes) + _sum(predicted, axes) + EPSILON)


class Tversky(Overlap):
    """Dice with different weights for what is missed and what is too much.

    As Keras computes it: alpha weighs what is missed, beta what is too much.
    """

    label: ClassVar[str] = "Tversky"
    summary: ClassVar[str] = (
        "The Dice loss with weights of its own for what is missed and for what is too much"
    )
    formula: ClassVar[str] = "1 - Σ y ŷ / (Σ y ŷ + alpha Σ y (1 - ŷ) + β Σ (1 - y) ŷ + 10⁻⁷)"
    source: ClassVar[str] = "Salehi et al., Tversky loss function for image segmentation, 2017; as in Keras"
    alpha: float = setting(0.5, "Alpha", "weight of what is missed", ge=0.0, le=1e3)
    beta: float = setting(0.5, "Beta", "weight of what is too much", ge=0.0, le=1e3)

    def overlap(self, true: Tensor, predicted: Tensor, axes: tuple[int, ...]) -> Tensor:
        """|A ∩ B| / (|A ∩ B| + alpha |A - B| + beta |B - A|)."""
        both = _sum(true * predicted, axes)
        missed, surplus = _sum(true, axes) - both, _sum(predicted, axes) - both
        return both / (both + missed * self.alpha + surplus * self.beta + EPSILON)


def _sum(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    return sum_(x, axes=axes, keepdims=False)
