"""Zeros around pictures."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample, expect_rank
from engine.layers.margins import Ends2D, padded
from engine.layers.torch_form import TorchForm, numbers
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, TensorSpec, format_shape


class ZeroPadding2D(Layer):
    """Adds pixels of zeros at the ends of a picture.

    Use it before a Conv2D with padding "valid" where you want to decide yourself how much is added, and where.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.SHAPE,
        summary="Adds zeros at the ends of a picture",
        aliases=("border", "margin", "frame", "pad"),
        keras="ZeroPadding2D",
        torch="ZeroPad2d",
        onnx="Pad",
        samples=(
            LayerSample({}, ((2, 3, 2, 2),)),
            LayerSample({"padding": ((0, 1), (2, 0))}, ((1, 1, 3, 1),)),
            LayerSample({}, ((2, 3, 2, 2),), integers=True),
        ),
    )
    padding: Ends2D = setting(
        ((1, 1), (1, 1)), "Padding", "pixels added: ((top, bottom), (left, right))", prominent=True
    )

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, ..) -> (batch, .. + both ends)."""
        (x,) = inputs
        expect_rank(x, 3, "ZeroPadding2D", "a picture (height × width × channels)")
        return (padded(x, self.padding),)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """Numbers before and after, the last length first."""
        flat = [n for pair in reversed(self.padding) for n in pair]
        return TorchForm(f"nn.ZeroPad2d({numbers(flat)})", layout="first")

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """From which shape to which."""
        return f"Puts zeros around {format_shape(inputs[0])}: {format_shape(outputs[0])}"
