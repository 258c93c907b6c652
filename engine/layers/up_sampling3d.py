"""Larger volumes."""

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
from engine.layers.resampling import Factors3D, repeated
from engine.layers.torch_form import TorchForm, numbers
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, TensorSpec, format_shape


class UpSampling3D(Layer):
    """Makes a volume larger by a whole factor.

    Each voxel is repeated. Use it followed by a convolution where a network makes a volume: it leaves no
    pattern behind, as Conv3DTranspose can.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.SHAPE,
        summary="Makes a volume larger by a whole factor",
        aliases=("upscale", "enlarge", "resize", "nearest", "repeat"),
        keras="UpSampling3D",
        torch="Upsample",
        onnx="Resize",
        samples=(LayerSample({}, ((1, 2, 3, 1, 2),)), LayerSample({"size": (1, 3, 2)}, ((1, 2, 1, 3, 1),))),
    )
    size: Factors3D = setting(
        (2, 2, 2), "Factor", "how many times larger: (depth, height, width)", prominent=True
    )

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, .., channels) -> (batch, .. times the factor, channels)."""
        (x,) = inputs
        expect_numbers(x, "UpSampling3D")
        expect_rank(x, 4, "UpSampling3D", "a volume (depth × height × width × channels)")
        return (repeated(x, self.size),)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """Each voxel repeated."""
        return TorchForm(f"nn.Upsample(scale_factor={numbers(self.size)})", layout="first")

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """From which shape to which."""
        return f"Enlarges {format_shape(inputs[0])} to {format_shape(outputs[0])}"
