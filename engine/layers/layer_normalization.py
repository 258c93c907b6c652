"""Normalization of each example by itself."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import (
    Category,
    Declaration,
    Layer,
    LayerBuilder,
    LayerSample,
    expect_numbers,
    per_example,
)
from engine.ops.elementwise import rsqrt, square
from engine.ops.op import Tensor
from engine.ops.reductions import mean
from engine.settings import setting
from engine.tensor.spec import Shape, ShapeError


class LayerNormalization(Layer):
    """Brings the numbers of every example to mean 0 and deviation 1.

    y = gamma · (x - mean) / √(variance + epsilon) + beta, over the last dimension. Unlike BatchNormalization
    it does not look at other examples, so it works the same in training and in use and with any batch size.
    Use it in networks for sequences and in deep stacks of Dense.
    Source: Ba, Kiros and Hinton, Layer normalization, 2016.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.NORMALIZATION,
        summary="Brings the numbers of each example to mean 0 and deviation 1",
        aliases=("layernorm", "ln", "standardize"),
        keras="LayerNormalization",
        torch="LayerNorm",
        onnx="LayerNormalization",
        samples=(
            LayerSample({}, ((3, 5),)),
            LayerSample({"epsilon": 0.01, "center": False}, ((2, 3, 4),)),
            LayerSample({"scale": False}, ((2, 2, 3, 4),)),
        ),
    )
    epsilon: float = setting(0.001, "Epsilon", "keeps the division from zero", gt=0.0, le=1.0)
    center: bool = setting(True, "Center", "learn a shift (beta) for each number")
    scale: bool = setting(True, "Scale", "learn a factor (gamma) for each number")

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The shape stays."""
        (x,) = inputs
        expect_numbers(x, "LayerNormalization")
        if x.spec.rank < 2:
            raise ShapeError(
                f"LayerNormalization needs several numbers to compare, received {per_example(x)} per "
                "example. Remove it."
            )
        axes = (x.spec.rank - 1,)
        centered = x - mean(x, axes=axes, keepdims=True)
        y = centered * rsqrt(mean(square(centered), axes=axes, keepdims=True) + self.epsilon)
        if self.scale:
            y = y * b.weight("gamma", (x.shape[-1],), "ones")
        if self.center:
            y = y + b.weight("beta", (x.shape[-1],), "zeros")
        return (y,)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """Over what it normalizes."""
        return f"Brings every {inputs[0][-1]} numbers of an example to mean 0 and deviation 1"
