"""Normalization of each example by itself."""

from __future__ import annotations

import math
from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample, expect_numbers, per_example
from engine.layers.center_scale import CenterScale
from engine.layers.shapes import Axes, along, inner_axes
from engine.layers.torch_form import Kept, TorchForm, call_of
from engine.ops.elementwise import rsqrt, square
from engine.ops.op import Tensor
from engine.ops.reductions import mean
from engine.settings import setting
from engine.tensor.spec import Shape, ShapeError, TensorSpec


class LayerNormalization(CenterScale):
    """Brings the numbers of every example to mean 0 and deviation 1.

    y = gamma · (x - mean) / √(variance + epsilon) + beta, over the last dimension or those that you choose. Unlike
    BatchNormalization it does not look at other examples, so it works the same in training and in use and with any
    batch size. Use it in networks for sequences and in deep stacks of Dense.
    Source: Ba, Kiros and Hinton, Layer normalization, 2016.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.NORMALIZATION,
        summary="Brings the numbers of each example to mean 0 and deviation 1",
        aliases=("layernorm", "ln", "standardize"),
        keras="LayerNormalization",
        torch="LayerNorm",
        onnx="LayerNormalization",
        masking=True,
        common=True,
        samples=(
            LayerSample({}, ((3, 5),)),
            LayerSample({"epsilon": 0.01, "center": False}, ((2, 3, 4),)),
            LayerSample({"scale": False}, ((2, 2, 3, 4),)),
            LayerSample({"axis": (1, 3)}, ((2, 2, 3, 4),)),
        ),
    )
    axis: Axes = setting((-1,), "Axis", "dimensions that are brought to mean 0 together; 0 is the batch")
    epsilon: float = setting(0.001, "Epsilon", "keeps the division from zero", gt=0.0, le=1.0)

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The shape stays."""
        (x,) = inputs
        expect_numbers(x, "LayerNormalization")
        if x.spec.rank < 2:
            raise ShapeError(
                f"LayerNormalization needs several numbers to compare, received {per_example(x)} per "
                "example. Remove it."
            )
        axes = inner_axes(self.axis, x, "LayerNormalization")
        centered = x - mean(x, axes=axes, keepdims=True)
        y = centered * rsqrt(mean(square(centered), axes=axes, keepdims=True) + self.epsilon)
        shape, spread = tuple(x.shape[a] for a in axes), along(x.shape, axes)[axes[0] :]
        if (gamma := self.factor(b, shape, spread)) is not None:
            y = y * gamma
        if (beta := self.shift(b, shape, spread)) is not None:
            y = y + beta
        return (y,)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """Over the last axes."""
        rank = len(inputs[0].shape) + 1
        axes = tuple(sorted(a % rank for a in self.axis))
        if axes != tuple(range(axes[0], rank)) or (self.center and not self.scale):
            return None
        shape = tuple(inputs[0].shape[a - 1] for a in axes)
        weights = {"weight": Kept("gamma")} if self.scale else {}
        weights |= {"bias": Kept("beta")} if self.center else {}
        module = call_of(
            "nn.LayerNorm",
            shape[0] if len(shape) == 1 else shape,
            eps=self.epsilon,
            elementwise_affine=None if self.scale else False,
            bias=False if self.scale and not self.center else None,
        )
        return TorchForm(module, weights)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """Over what it normalizes."""
        count = math.prod((1, *inputs[0])[a] for a in self.axis)
        return f"Brings every {count} numbers of an example to mean 0 and deviation 1"
