"""Rules that weights are made to obey after every step."""

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.families import Family, Member
from engine.ops.elementwise import clip, maximum, sqrt, square
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.settings import setting
from engine.tensor.spec import DType, ShapeError, format_shape

_SMALL = 1e-7  # as keras.config.epsilon()
Axes = tuple[int, ...]


class Constraint(Member):
    """What a weight becomes after a step."""

    def project(self, weight: Tensor) -> Tensor:
        """The nearest allowed weight, of the same shape; raises ShapeError."""
        raise NotImplementedError


CONSTRAINTS = Family(Constraint, "engine.layers.constraints", "constraint")
AnyConstraint = Annotated[Constraint, CONSTRAINTS]


def _axes() -> Axes:
    chosen: Axes = setting(
        (0,),
        "Axes",
        "the dimensions that one unit's weights lie in: 0 for Dense, 0 1 2 for Conv2D",
        min_length=1,
    )
    return chosen


def _norms(weight: Tensor, axes: Axes) -> Tensor:
    rank = weight.spec.rank
    if not all(-rank <= a < rank for a in axes):
        raise ShapeError(
            f"A constraint's axes are among the {rank} of its weight {format_shape(weight.shape)}, received "
            f"{axes}. Take 0."
        )
    axes = tuple(sorted({a % rank for a in axes}))
    return sqrt(sum_(square(weight), axes=axes, keepdims=True))


class NonNeg(Constraint):
    """No weight is negative."""

    label: ClassVar[str] = "Not negative"
    summary: ClassVar[str] = "Negative weights become zero"
    formula: ClassVar[str] = "w ← max(w, 0)"
    aliases: ClassVar[tuple[str, ...]] = ("NonNegative",)

    def project(self, weight: Tensor) -> Tensor:
        """max(w, 0)."""
        return maximum(weight, weight.builder.constant(0.0, DType.FLOAT32))


class MaxNorm(Constraint):
    """The weights of a unit are no longer than a limit, taken as one vector."""

    label: ClassVar[str] = "Longest"
    summary: ClassVar[str] = "The weights of a unit have at most this length"
    formula: ClassVar[str] = "w ← w · min(‖w‖, max_value) / ‖w‖"
    source: ClassVar[str] = "Srivastava et al., Dropout, 2014"
    max_value: float = setting(2.0, "Longest", "largest length", gt=0.0, le=1e6)
    axis: Axes = _axes()

    def project(self, weight: Tensor) -> Tensor:
        """Shortened where it is too long."""
        norms = _norms(weight, self.axis)
        return weight * (clip(norms, 0.0, self.max_value) / (norms + _SMALL))


class UnitNorm(Constraint):
    """The weights of a unit have length one, taken as one vector."""

    label: ClassVar[str] = "Length one"
    summary: ClassVar[str] = "The weights of a unit have length one"
    formula: ClassVar[str] = "w ← w / ‖w‖"
    axis: Axes = _axes()

    def project(self, weight: Tensor) -> Tensor:
        """Divided by its length."""
        return weight / (_norms(weight, self.axis) + _SMALL)


class MinMaxNorm(Constraint):
    """The weights of a unit have a length between two limits, taken as one vector."""

    label: ClassVar[str] = "Length between"
    summary: ClassVar[str] = "The weights of a unit have a length between two limits"
    formula: ClassVar[str] = "w ← w · (rate · clip(‖w‖, min_value, max_value) + (1 - rate) · ‖w‖) / ‖w‖"
    min_value: float = setting(0.0, "Shortest", "smallest length", ge=0.0, le=1e6)
    max_value: float = setting(1.0, "Longest", "largest length", gt=0.0, le=1e6)
    rate: float = setting(1.0, "Rate", "how much of the way is gone in one step", gt=0.0, le=1.0)
    axis: Axes = _axes()

    def project(self, weight: Tensor) -> Tensor:
        """Moved towards the limits where it is outside."""
        norms = _norms(weight, self.axis)
        desired = clip(norms, self.min_value, self.max_value) * self.rate + norms * (1.0 - self.rate)
        return weight * (desired / (norms + _SMALL))
