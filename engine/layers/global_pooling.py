"""The two ways to make one number of a channel."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import LayerBuilder
from engine.layers.pooling import GlobalPooling
from engine.ops.op import Tensor
from engine.ops.reductions import max_, mean


class GlobalMaxPooling(GlobalPooling):
    """Base of GlobalMaxPooling1D, 2D and 3D."""

    takes: ClassVar[str] = "largest"

    def fold(self, b: LayerBuilder, x: Tensor, axes: tuple[int, ...]) -> Tensor:
        """The largest number."""
        return max_(x, axes=axes, keepdims=self.keepdims)


class GlobalAveragePooling(GlobalPooling):
    """Base of GlobalAveragePooling1D, 2D and 3D."""

    takes: ClassVar[str] = "mean"

    def fold(self, b: LayerBuilder, x: Tensor, axes: tuple[int, ...]) -> Tensor:
        """The mean."""
        return mean(x, axes=axes, keepdims=self.keepdims)
