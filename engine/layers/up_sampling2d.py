"""Larger pictures."""

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
from engine.layers.resampling import Factors2D, Interpolation, repeated, resampled
from engine.layers.torch_form import TorchForm, numbers
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, TensorSpec, format_shape


class UpSampling2D(Layer):
    """Makes a picture larger by a whole factor.

    Each pixel is repeated, or pixels are put between by the interpolation you choose. Use it followed by a convolution
    where a network makes a picture: it leaves no pattern behind, as Conv2DTranspose can.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.SHAPE,
        summary="Makes a picture larger by a whole factor",
        aliases=("upscale", "enlarge", "resize", "nearest", "repeat"),
        keras="UpSampling2D",
        torch="Upsample",
        onnx="Resize",
        samples=(
            LayerSample({}, ((2, 3, 2, 2),)),
            LayerSample({"size": (1, 3)}, ((1, 2, 1, 3),)),
            LayerSample({"size": (2, 3), "interpolation": "bilinear"}, ((2, 3, 2, 2),)),
        ),
    )
    size: Factors2D = setting((2, 2), "Factor", "how many times larger: (height, width)", prominent=True)
    interpolation: Interpolation = setting(
        "nearest", "Interpolation", "how pixels between pixels are found", prominent=True
    )

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, .., channels) -> (batch, .. times the factor, channels)."""
        (x,) = inputs
        expect_numbers(x, "UpSampling2D")
        expect_rank(x, 3, "UpSampling2D", "a picture (height × width × channels)")
        if self.interpolation == "nearest":
            return (repeated(x, self.size),)
        size = (x.shape[1] * self.size[0], x.shape[2] * self.size[1])
        return (resampled(x, size, self.interpolation),)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """Each pixel repeated."""
        if self.interpolation != "nearest":
            return None
        return TorchForm(f"nn.Upsample(scale_factor={numbers(self.size)})", layout="first")

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """From which shape to which."""
        return f"Enlarges {format_shape(inputs[0])} to {format_shape(outputs[0])}"
