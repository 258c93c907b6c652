"""Zeros around volumes."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample, expect_rank
from engine.layers.margins import Ends3D, padded
from engine.layers.torch_form import TorchForm, numbers
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, TensorSpec, format_shape


class ZeroPadding3D(Layer):
    """Adds voxels of zeros at the ends of a volume.

    Use it before a Conv3D with padding "valid" where you want to decide yourself how much is added, and where.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.SHAPE,
        summary="Adds zeros at the ends of a volume",
        aliases=("border", "margin", "frame", "pad"),
        keras="ZeroPadding3D",
        torch="ZeroPad3d",
        onnx="Pad",
        samples=(
            LayerSample({}, ((1, 2, 3, 1, 2),)),
            LayerSample({"padding": ((0, 1), (2, 0), (0, 0))}, ((1, 1, 3, 2, 1),)),
            LayerSample({}, ((1, 2, 3, 1, 2),), integers=True),
        ),
    )
    padding: Ends3D = setting(
        ((1, 1), (1, 1), (1, 1)),
        "Padding",
        "voxels added: both ends of depth, height and width",
        prominent=True,
    )

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, ..) -> (batch, .. + both ends)."""
        (x,) = inputs
        expect_rank(x, 4, "ZeroPadding3D", "a volume (depth × height × width × channels)")
        return (padded(x, self.padding),)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """Numbers before and after, the last length first."""
        flat = [n for pair in reversed(self.padding) for n in pair]
        return TorchForm(f"nn.ZeroPad3d({numbers(flat)})", layout="first")

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """From which shape to which."""
        return f"Puts zeros around {format_shape(inputs[0])}: {format_shape(outputs[0])}"
