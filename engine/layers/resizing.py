"""Pictures of a size that you choose."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from engine.layers.base import (
    Category,
    Declaration,
    Layer,
    LayerBuilder,
    LayerSample,
    expect_numbers,
    expect_rank,
)
from engine.layers.resampling import Interpolation, resampled
from engine.layers.windows import PICTURE
from engine.ops.movement import pad, slice_
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape


class Resizing(Layer):
    """Brings pictures to a size that you choose.

    Pixels between pixels are found by the interpolation. Where the proportions change, the picture is stretched,
    unless you have it cropped (what does not fit is cut off at both sides) or padded (the rest is filled with a
    number). Use it behind the Input where the pictures of a data set are larger than the network needs.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.SHAPE,
        summary="Brings pictures to a size that you choose",
        aliases=("resize", "scale", "interpolate", "bilinear", "thumbnail"),
        keras="Resizing",
        torch="Resize",
        onnx="Resize",
        samples=(
            LayerSample({"height": 3, "width": 5}, ((2, 4, 3, 2),)),
            LayerSample({"height": 2, "width": 3, "interpolation": "nearest"}, ((1, 5, 3, 1),)),
            LayerSample({"height": 4, "width": 2, "crop_to_aspect_ratio": True}, ((2, 5, 7, 1),)),
            LayerSample(
                {"height": 4, "width": 2, "pad_to_aspect_ratio": True, "fill_value": 0.5}, ((2, 5, 7, 1),)
            ),
            LayerSample(
                {"height": 2, "width": 3, "interpolation": "bicubic", "antialias": True}, ((1, 7, 5, 2),)
            ),
        ),
    )
    height: int = setting(32, "Height", "of the result", prominent=True, unit="pixels", ge=1, le=16384)
    width: int = setting(32, "Width", "of the result", prominent=True, unit="pixels", ge=1, le=16384)
    interpolation: Interpolation = setting(
        "bilinear", "Interpolation", "how pixels between pixels are found", prominent=True
    )
    crop_to_aspect_ratio: bool = setting(False, "Crop", "cut off what does not fit the proportions")
    pad_to_aspect_ratio: bool = setting(False, "Pad", "fill up what is missing in the proportions")
    fill_mode: Literal["constant"] = setting(
        "constant", "Filling", "what is added when padding", advanced=True
    )
    fill_value: float = setting(
        0.0, "Fill value", "the number added when padding", advanced=True, ge=-1e6, le=1e6
    )
    antialias: bool = setting(
        False, "Smooth", "look at all pixels where the result is smaller", advanced=True
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio:
            raise ValueError("Resizing either crops or pads, received both; switch one of them off.")
        return self

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, height, width, channels) -> (batch, self.height, self.width, channels)."""
        (x,) = inputs
        expect_numbers(x, "Resizing")
        expect_rank(x, 3, "Resizing", PICTURE)
        if self.crop_to_aspect_ratio:
            x = self._cropped(x)
        elif self.pad_to_aspect_ratio:
            x = self._padded(x)
        return (resampled(x, (self.height, self.width), self.interpolation, antialias=self.antialias),)

    def _fitting(self, x: Tensor) -> tuple[int, int]:
        """Height that goes with the picture's width in the wanted proportions, and width that goes with its height.

        Source: keras/src/backend/torch/image.py, resize.
        """
        _, height, width, _ = x.shape
        return int(width * self.height / self.width), int(height * self.width / self.height)

    def _cropped(self, x: Tensor) -> Tensor:
        _, height, width, channels = x.shape
        size = [max(min(n, fit), 1) for n, fit in zip((height, width), self._fitting(x), strict=True)]
        top, left = ((n - s) // 2 for n, s in zip((height, width), size, strict=True))
        limits = (x.shape[0], top + size[0], left + size[1], channels)
        return slice_(x, starts=(0, top, left, 0), limits=limits)

    def _padded(self, x: Tensor) -> Tensor:
        fitting = zip(x.shape[1:3], self._fitting(x), strict=True)
        rows, columns = ((max(n, fit) - n) // 2 for n, fit in fitting)
        sides = (0, rows, columns, 0)
        return pad(x, before=sides, after=sides, value=self.fill_value)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """From which size to which."""
        before, after = (" × ".join(map(str, s[:2])) for s in (inputs[0], outputs[0]))
        return f"Brings pictures of {before} to {after} pixels"
