"""Losses that teach distances: what is alike comes to lie together.

The network's output is a point; examples of a batch are compared with each other by their classes.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from engine.objectives.loss import BINARY, CLASSES, REGRESSION, Loss, as_numbers, per_position
from engine.objectives.regression import at_least
from engine.ops.elementwise import equal, exp, greater, log, relu, softplus, sqrt, square, where
from engine.ops.matmul import matmul
from engine.ops.movement import cast
from engine.ops.op import Tensor
from engine.ops.reductions import max_, sum_
from engine.ops.views import reshape
from engine.settings import setting
from engine.tensor.spec import Array, DType, Shape, ShapeError, format_shape

_FAR = 1e18  # beyond any distance
_NEAR = 1e-12  # squared distances below have no slope: that of a square root would be infinite
_SCHROFF = "Schroff et al., FaceNet, 2015"
_HERMANS = "Hermans et al., In defense of the triplet loss for person re-identification, 2017"


class _Triplets(Loss):
    """Base of losses of an anchor, a positive of its class and a negative of another one, found in the batch."""

    tasks: ClassVar[tuple[str, ...]] = CLASSES
    predicts: ClassVar[bool] = False
    margin: float = setting(1.0, "Margin", "how much farther away other classes are to be", ge=0.0, le=1e3)
    squared: bool = setting(
        False, "Squared distances", "squares of the distances instead of the distances", advanced=True
    )

    def wanted(self, shape: Shape, classes: int | None) -> tuple[Shape, ...]:
        """Any point will do."""
        return ()

    def _distances(self, points: Tensor, target: Tensor) -> Tensor:
        """(batch, batch)."""
        expect_points(points, target, self.title())
        batch, size = points.shape
        rows, columns = reshape(points, shape=(batch, 1, size)), reshape(points, shape=(1, batch, size))
        distances = sum_(square(rows - columns), axes=(2,), keepdims=False)
        if self.squared:
            return distances
        near = greater(distances, points.builder.constant(_NEAR, DType.FLOAT32))
        return sqrt(at_least(distances, _NEAR)) * near


def expect_points(points: Tensor, target: Tensor, what: str) -> None:
    """Raise ShapeError unless there is a list of numbers and a class for each example; `what` is the loss."""
    if points.spec.rank != 2 or target.shape != points.shape[:1] or target.dtype is not DType.INT32:
        raise ShapeError(
            f"{what} needs a list of numbers per example and its class, received "
            f"{format_shape(points.shape[1:])} for a target of {format_shape(target.shape[1:])}. "
            "Put a Flatten and a Dense before the target."
        )


def _pairs(target: Tensor, present: Tensor | None, *, with_itself: bool = False) -> tuple[Tensor, Tensor]:
    """1 for pairs of equal class (usually without those of an example and itself), and for pairs of unequal class."""
    batch = target.shape[0]
    classes = cast(target, dtype=DType.FLOAT32)
    same = equal(reshape(classes, shape=(batch, 1)), reshape(classes, shape=(1, batch)))
    apart: Array = 1.0 - np.eye(batch, dtype=np.float32)
    two = same if with_itself else same * target.builder.constant(apart, DType.FLOAT32)
    positive, negative = two, 1.0 - same
    if present is not None:
        both = reshape(present, shape=(batch, 1)) * reshape(present, shape=(1, batch))
        positive, negative = positive * both, negative * both
    return positive, negative


def _any(mask: Tensor) -> Tensor:
    """1 where the last axis has a 1."""
    return max_(mask, axes=(mask.spec.rank - 1,), keepdims=False)


def _largest(x: Tensor, mask: Tensor) -> Tensor:
    """The largest of `x` along the last axis where `mask` is 1; -_FAR where it nowhere is."""
    chosen = where(mask, x, x.builder.constant(-_FAR, DType.FLOAT32))
    return max_(chosen, axes=(chosen.spec.rank - 1,), keepdims=False)


class TripletSemiHard(_Triplets):
    """Triplets whose negative is the nearest one farther away than the positive.

    For each pair of equal class (a, p): n is the nearest example of another class farther from a than p is; where there
    is none, the farthest example of another class. The loss is the mean over the pairs.
    """

    label: ClassVar[str] = "Triplet, semi-hard"
    summary: ClassVar[str] = "For finding what is alike: other classes are to be farther away by a margin"
    formula: ClassVar[str] = (
        "mean of max(d(a, p) - d(a, n) + margin, 0) over pairs a, p of equal class; "
        "n: the nearest of another class with d(a, n) > d(a, p)"
    )
    source: ClassVar[str] = _SCHROFF
    aliases: ClassVar[tuple[str, ...]] = ("triplet_semihard", "triplet")

    def values(self, scores: Tensor, target: Tensor, present: Tensor | None = None) -> Tensor:
        """One number for the batch; 0 where no two examples are of the same class."""
        distances = self._distances(scores, target)
        positive, negative = _pairs(target, present)
        batch = scores.shape[0]
        to_n = reshape(distances, shape=(batch, 1, batch))  # of triplet (a, p, n)
        farther = greater(to_n, reshape(distances, shape=(batch, batch, 1)))
        farther = farther * reshape(negative, shape=(batch, 1, batch))
        nearest = -_largest(-to_n, farther)
        farthest = reshape(_largest(distances, negative), shape=(batch, 1))
        chosen = where(_any(farther), nearest, farthest)
        usable = positive * reshape(_any(negative), shape=(batch, 1))
        losses = relu(distances - where(usable, chosen, distances) + self.margin) * usable
        pairs = sum_(usable, axes=(0, 1), keepdims=False)
        return sum_(losses, axes=(0, 1), keepdims=False) / at_least(pairs, 1.0)


class TripletHard(_Triplets):
    """Triplets of the farthest positive and the nearest negative of each example."""

    label: ClassVar[str] = "Triplet, hard"
    summary: ClassVar[str] = "The farthest of a class is to be nearer than the nearest of another class"
    formula: ClassVar[str] = (
        "max(max d(a, p) - min d(a, n) + margin, 0); soft: log(1 + exp(max d(a, p) - min d(a, n)))"
    )
    source: ClassVar[str] = _HERMANS
    soft: bool = setting(False, "Soft margin", "a smooth margin instead of a fixed one")

    def values(self, scores: Tensor, target: Tensor, present: Tensor | None = None) -> Tensor:
        """(batch,); 0 for examples that have no positive or no negative in the batch."""
        distances = self._distances(scores, target)
        positive, negative = _pairs(target, present)
        usable = _any(positive) * _any(negative)
        none = usable * 0.0
        excess = where(usable, _largest(distances, positive) + _largest(-distances, negative), none)
        return (softplus(excess) if self.soft else relu(excess + self.margin)) * usable


class Circle(Loss):
    """Pulls examples of a class together and pushes others apart, each pair as hard as it is wrong.

    The network's output should have length 1 (UnitNormalization); pairs are compared by their cosine.
    """

    label: ClassVar[str] = "Circle"
    summary: ClassVar[str] = (
        "For finding what is alike: each pair counts as much as it is wrong; needs points of length 1"
    )
    formula: ClassVar[str] = (
        "softplus(log Σₚ exp(-gamma aₚ (m - dₚ)) + log Σₙ exp(gamma aₙ (1 - m - dₙ))), d = 1 - cosine, "
        "aₚ = max(m + dₚ, 0), aₙ = max(1 + m - dₙ, 0)"
    )
    source: ClassVar[str] = (
        "Sun et al., Circle loss: a unified perspective of pair similarity optimization, 2020; as in Keras"
    )
    tasks: ClassVar[tuple[str, ...]] = CLASSES
    predicts: ClassVar[bool] = False
    gamma: float = setting(80.0, "Gamma", "how sharply wrong pairs stand out", gt=0.0, le=1e4)
    margin: float = setting(
        0.4, "Margin", "how far apart the cosines of like and unlike pairs are to be", ge=0.0, le=1.0
    )
    remove_diagonal: bool = setting(True, "Pairs of two", "an example and itself are no pair", advanced=True)

    def wanted(self, shape: Shape, classes: int | None) -> tuple[Shape, ...]:
        """Any point will do."""
        return ()

    def values(self, scores: Tensor, target: Tensor, present: Tensor | None = None) -> Tensor:
        """(batch,); 0 for examples that have no positive or no negative in the batch."""
        expect_points(scores, target, self.title())
        positive, negative = _pairs(target, present, with_itself=not self.remove_diagonal)
        apart = relu(1.0 - matmul(scores, scores, transpose_b=True))
        pulled = relu(apart + self.margin) * (self.margin - apart) * -self.gamma
        pushed = relu(1.0 + self.margin - apart) * (1.0 - self.margin - apart) * self.gamma
        usable = _any(positive) * _any(negative)
        total = _log_sum(pulled, positive) + _log_sum(pushed, negative)
        return softplus(where(usable, total, usable * 0.0)) * usable

    def counted(self, target: Tensor, present: Tensor | None = None) -> Tensor | None:
        """Examples with a positive and a negative."""
        positive, negative = _pairs(target, present, with_itself=not self.remove_diagonal)
        return _any(positive) * _any(negative)


def _log_sum(x: Tensor, mask: Tensor) -> Tensor:
    """log(sum(exp(x))) over the last axis where `mask` is 1; very small where it nowhere is."""
    largest = _largest(x, mask)
    shift = where(_any(mask), largest, largest * 0.0)
    column = reshape(shift, shape=(*shift.shape, 1))
    chosen = exp(where(mask, x - column, mask * 0.0)) * mask
    return log(at_least(sum_(chosen, axes=(x.spec.rank - 1,), keepdims=False), _NEAR)) + shift


class Contrastive(Loss):
    """A distance that is to be small for pairs that are alike (1) and at least the margin for others (0)."""

    label: ClassVar[str] = "Contrastive"
    summary: ClassVar[str] = (
        "For a predicted distance: near 0 where things are alike (1), beyond a margin where not (0)"
    )
    formula: ClassVar[str] = "mean(y · d² + (1 - y) · max(margin - d, 0)²)"
    source: ClassVar[str] = (
        "Hadsell, Chopra and LeCun, Dimensionality reduction by learning an invariant mapping, 2006"
    )
    tasks: ClassVar[tuple[str, ...]] = (BINARY, REGRESSION)
    predicts: ClassVar[bool] = False
    margin: float = setting(1.0, "Margin", "how far apart unlike things are to be", gt=0.0, le=1e6)

    def wanted(self, shape: Shape, classes: int | None) -> tuple[Shape, ...]:
        """One distance."""
        return (shape,) if classes is None else ((*shape, 1),)

    def values(self, scores: Tensor, target: Tensor, present: Tensor | None = None) -> Tensor:
        """The mean over the distances of a position."""
        alike = as_numbers(scores, target)
        short = square(relu(self.margin - scores))
        errors = alike * square(scores) + (1.0 - alike) * short
        return per_position(errors)
