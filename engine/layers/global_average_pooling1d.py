"""GlobalAveragePooling1D: one number for each channel."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample
from engine.layers.global_pooling import GlobalAveragePooling
from engine.ops.elementwise import maximum
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.ops.views import reshape
from engine.tensor.spec import DType


class GlobalAveragePooling1D(GlobalAveragePooling):
    """Takes the mean of every channel over the whole sequence.

    y = mean over length: how much of each pattern there is, wherever it is. Use it instead of Flatten before
    the last Dense; it needs far fewer weights and accepts a sequence of any size. Padding that a mask marks
    does not count; a sequence of nothing but padding gives 0.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.POOLING,
        summary="The mean of each channel over the whole sequence",
        aliases=("gap", "average pool", "pooling"),
        keras="GlobalAveragePooling1D",
        torch="AdaptiveAvgPool1d",
        onnx="GlobalAveragePool",
        samples=(
            LayerSample({}, ((2, 7, 3),)),
            LayerSample({"keepdims": True}, ((1, 5, 2),)),
        ),
    )
    rank: ClassVar[int] = 1

    def fold(self, b: LayerBuilder, x: Tensor, axes: tuple[int, ...]) -> Tensor:
        """The mean over what the mask says is there."""
        mask = b.mask(x)
        if mask is None:
            return super().fold(b, x, axes)
        there = reshape(mask, shape=(*mask.shape, 1))
        count = maximum(sum_(there, axes=axes, keepdims=self.keepdims), b.ops.constant(1.0, DType.FLOAT32))
        return sum_(x * there, axes=axes, keepdims=self.keepdims) / count
