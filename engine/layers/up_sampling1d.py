"""Larger sequences."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import (
    Category,
    Declaration,
    Layer,
    LayerBuilder,
    LayerSample,
    expect_numbers,
    expect_rank,
)
from engine.layers.resampling import repeated
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, TensorSpec, format_shape


class UpSampling1D(Layer):
    """Makes a sequence larger by a whole factor.

    Each step is repeated. Use it followed by a convolution where a network makes a sequence: it leaves no
    pattern behind, as Conv1DTranspose can.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.SHAPE,
        summary="Makes a sequence larger by a whole factor",
        aliases=("upscale", "enlarge", "resize", "nearest", "repeat"),
        keras="UpSampling1D",
        torch="Upsample",
        onnx="Resize",
        samples=(LayerSample({}, ((2, 3, 2),)), LayerSample({"size": 3}, ((1, 1, 5),))),
    )
    size: int = setting(2, "Factor", "how many times larger: (steps)", prominent=True, ge=1, le=1024)

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, .., channels) -> (batch, .. times the factor, channels)."""
        (x,) = inputs
        expect_numbers(x, "UpSampling1D")
        expect_rank(x, 2, "UpSampling1D", "a sequence (steps × channels)")
        return (repeated(x, (self.size,)),)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """Each step repeated."""
        return TorchForm(f"nn.Upsample(scale_factor={self.size})", layout="first")

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """From which shape to which."""
        return f"Enlarges {format_shape(inputs[0])} to {format_shape(outputs[0])}"
