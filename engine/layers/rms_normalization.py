"""Normalization by the root mean square."""

from __future__ import annotations

import math
from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample, expect_numbers
from engine.layers.shapes import Axes, along, inner_axes, shaped
from engine.layers.torch_form import Kept, TorchForm, call_of
from engine.layers.weighted import Weighted
from engine.ops.elementwise import rsqrt, square
from engine.ops.op import Tensor
from engine.ops.reductions import mean
from engine.settings import setting
from engine.tensor.spec import Shape, TensorSpec


class RMSNormalization(Weighted):
    """Divides the numbers of every example by their root mean square.

    y = scale · x / √(mean(x²) + epsilon), with a scale that is learned. LayerNormalization without the mean and the
    shift: faster, and as good in large language models. Source: Zhang and Sennrich, Root mean square layer
    normalization, 2019.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.NORMALIZATION,
        summary="Divides the numbers of each example by their root mean square",
        aliases=("rmsnorm", "rms", "layernorm", "transformer"),
        keras="RMSNormalization",
        torch="RMSNorm",
        onnx="RMSNormalization",
        samples=(LayerSample({}, ((3, 5),)), LayerSample({"axis": (1, 2), "epsilon": 0.1}, ((2, 3, 2, 4),))),
    )
    axis: Axes = setting((-1,), "Axis", "dimensions that are divided together; 0 is the batch")
    epsilon: float = setting(1e-6, "Epsilon", "keeps the division from zero", gt=0.0, le=1.0)

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The shape stays."""
        (x,) = inputs
        expect_numbers(x, "RMSNormalization")
        axes = inner_axes(self.axis, x, "RMSNormalization")
        scale = b.weight("scale", tuple(x.shape[a] for a in axes), "ones")
        y = x * rsqrt(mean(square(x), axes=axes, keepdims=True) + self.epsilon)
        return (y * shaped(scale, along(x.shape, axes)[axes[0] :]),)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """Over the last axes."""
        rank = len(inputs[0].shape) + 1
        axes = tuple(sorted(a % rank for a in self.axis))
        if axes != tuple(range(axes[0], rank)):
            return None
        shape = tuple(inputs[0].shape[a - 1] for a in axes)
        module = call_of("nn.RMSNorm", shape[0] if len(shape) == 1 else shape, eps=self.epsilon)
        return TorchForm(module, {"weight": Kept("scale")})

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """Over what it normalizes."""
        count = math.prod((1, *inputs[0])[a] for a in self.axis)
        return f"Divides every {count} numbers of an example by their root mean square"
