"""Penalties on weights or outputs, added to the loss: they keep weights small, sparse or different from each other."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np

from engine.families import Family, Member
from engine.ops.elementwise import absolute, maximum, rsqrt, square
from engine.ops.matmul import matmul
from engine.ops.movement import transpose
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.settings import setting
from engine.tensor.spec import DType, ShapeError, format_shape

_SMALL = 1e-7  # as keras.config.epsilon()


class Regularizer(Member):
    """What is added to the loss for a tensor."""

    def penalty(self, x: Tensor) -> Tensor:
        """The penalty, float32 scalar; raises ShapeError where it has no meaning for such a tensor."""
        raise NotImplementedError


REGULARIZERS = Family(Regularizer, "engine.layers.regularizers", "regularizer")
AnyRegularizer = Annotated[Regularizer, REGULARIZERS]


def _total(x: Tensor) -> Tensor:
    return sum_(x, axes=tuple(range(x.spec.rank)), keepdims=False)


class L1(Regularizer):
    """Pulls every number towards zero with the same force: many become exactly unimportant."""

    summary: ClassVar[str] = "Sum of sizes: makes weights sparse"
    formula: ClassVar[str] = "l1 · Σ|w|"
    aliases: ClassVar[tuple[str, ...]] = ("lasso",)
    l1: float = setting(0.01, "Strength", "factor of the penalty", ge=0.0, le=1e6)

    def penalty(self, x: Tensor) -> Tensor:
        """l1 · Σ|x|."""
        return _total(absolute(x)) * self.l1


class L2(Regularizer):
    """Pulls every number towards zero, large ones more."""

    summary: ClassVar[str] = "Sum of squares: keeps weights small"
    formula: ClassVar[str] = "l2 · Σw²"
    aliases: ClassVar[tuple[str, ...]] = ("ridge",)
    l2: float = setting(0.01, "Strength", "factor of the penalty", ge=0.0, le=1e6)

    def penalty(self, x: Tensor) -> Tensor:
        """l2 · Σx²."""
        return _total(square(x)) * self.l2


class L1L2(Regularizer):
    """Both at once."""

    summary: ClassVar[str] = "Sum of sizes and sum of squares"
    formula: ClassVar[str] = "l1 · Σ|w| + l2 · Σw²"
    aliases: ClassVar[tuple[str, ...]] = ("elastic net",)
    l1: float = setting(0.0, "Strength of sizes", "factor of Σ|w|", ge=0.0, le=1e6)
    l2: float = setting(0.0, "Strength of squares", "factor of Σw²", ge=0.0, le=1e6)

    def penalty(self, x: Tensor) -> Tensor:
        """l1 · Σ|x| + l2 · Σx²."""
        return _total(absolute(x)) * self.l1 + _total(square(x)) * self.l2


class OrthogonalRegularizer(Regularizer):
    """Makes rows (or columns) of a matrix point in different directions."""

    label: ClassVar[str] = "Orthogonal"
    summary: ClassVar[str] = "Makes the rows or columns of a matrix point in different directions"
    formula: ClassVar[str] = "factor · mean over pairs of |cos(wᵢ, wⱼ)|"
    aliases: ClassVar[tuple[str, ...]] = ("orthogonal",)
    factor: float = setting(0.01, "Strength", "factor of the penalty", ge=0.0, le=1e6)
    mode: Literal["rows", "columns"] = setting("rows", "Of", "what is compared with each other")

    def penalty(self, x: Tensor) -> Tensor:
        """The factor times the mean size of the cosines between two rows (columns)."""
        if x.spec.rank != 2:
            raise ShapeError(
                f"The orthogonal regularizer is for matrices, received the shape {format_shape(x.shape)}. "
                "Take L2 instead."
            )
        vectors = x if self.mode == "rows" else transpose(x, perm=(1, 0))
        count = vectors.shape[0]
        if count < 2:
            return x.builder.constant(0.0, DType.FLOAT32)
        length = sum_(square(vectors), axes=(1,), keepdims=True)
        unit = vectors * rsqrt(maximum(length, x.builder.constant(_SMALL * _SMALL, DType.FLOAT32)))
        others = x.builder.constant(1.0 - np.eye(count, dtype=np.float32), DType.FLOAT32)
        cosines = matmul(unit, transpose(unit, perm=(1, 0))) * others
        return _total(absolute(cosines)) * (self.factor / (count * (count - 1)))
