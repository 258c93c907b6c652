"""Numbers brought to another range."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample, text_refused
from engine.layers.torch_form import TorchForm
from engine.ops.movement import cast
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import DType, Shape, ShapeError, TensorSpec


class Rescaling(Layer):
    """Multiplies every number by one factor and adds one number.

    y = x · scale + offset. Use it where the range of the data is known: brightness from 0 to 255 becomes -1 to 1 with a
    scale of 1 / 127.5 and an offset of -1. Pictures of whole numbers arrive as 0 to 1 already.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.PREPROCESSING,
        summary="Multiplies by a factor and adds a number",
        aliases=("scale", "offset", "range", "normalize pixels"),
        keras="Rescaling",
        onnx="Mul",
        masking=True,
        common=True,
        samples=(
            LayerSample({"scale": 0.5, "offset": -1.0}),
            LayerSample({"scale": 2.0}, ((3, 2, 1),)),
            LayerSample({"scale": 0.1, "offset": 3.0}, ((2, 3),), integers=True),
        ),
    )
    scale: float = setting(
        1.0, "Scale", "what each number is multiplied by", prominent=True, ge=-1e12, le=1e12
    )
    offset: float = setting(0.0, "Offset", "what is added then", ge=-1e12, le=1e12)

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The shape stays; whole numbers become measured ones."""
        (x,) = inputs
        if x.dtype is DType.STRING:
            raise ShapeError(text_refused("Rescaling"))
        if x.dtype is not DType.FLOAT32:
            x = cast(x, dtype=DType.FLOAT32)
        y = x if self.scale == 1.0 else x * self.scale
        return (y + self.offset if self.offset else y,)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """A factor and a number."""
        whole = "" if inputs[0].dtype is DType.FLOAT32 else ".float()"
        return TorchForm(call=f"{{0}}{whole} * {self.scale} + {self.offset}", layout="any")

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """Factor and offset."""
        return f"Multiplies every number by {self.scale:.6g} and adds {self.offset:.6g}"
