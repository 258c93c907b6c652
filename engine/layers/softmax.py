"""Scores turned into probabilities."""

from __future__ import annotations

import math
from typing import ClassVar

from engine.layers.activation_functions import softmax
from engine.layers.base import (
    Category,
    Declaration,
    Layer,
    LayerBuilder,
    LayerSample,
    expect_numbers,
    per_example,
)
from engine.layers.shapes import Axes, inner_axes
from engine.layers.torch_form import TorchForm
from engine.ops.elementwise import where
from engine.ops.movement import transpose
from engine.ops.op import Tensor
from engine.ops.views import reshape
from engine.settings import setting
from engine.tensor.spec import DType, Shape, ShapeError, TensorSpec, broadcast_shapes

_NEVER = -1e9  # a score that gets no share, as in Keras


class Softmax(Layer):
    """Turns scores into probabilities that add up to 1.

    yᵢ = e^xᵢ / Σ e^xⱼ. Use it at the end of a network that chooses one of several classes; a cross-entropy
    loss includes it, so it may be left out there. With several axes, all numbers along them share the 1. What a mask
    says is padding gets 0.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="Turns scores into probabilities that add up to 1",
        aliases=("probability", "classes"),
        keras="Softmax",
        torch="Softmax",
        onnx="Softmax",
        masking=True,
        common=True,
        samples=(
            LayerSample(),
            LayerSample({"axis": 1}, ((2, 3, 2),)),
            LayerSample({"axis": -2}, ((2, 2, 3, 2),)),
            LayerSample({"axis": (1, -1)}, ((2, 2, 3, 2),)),
        ),
    )
    axis: Axes = setting((-1,), "Axis", "dimensions over which they add up to 1; 0 is the batch")

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The shape stays."""
        (x,) = inputs
        expect_numbers(x, "Softmax")
        axes = inner_axes(self.axis, x, "Softmax")
        mask = b.mask(x)
        if mask is None:
            return (_shares(x, axes),)
        if not _fits(mask.shape, x.shape):
            raise ShapeError(
                f"Softmax can leave padding out of scores of one number per step, received {per_example(x)} with a mask. "
                "Put a layer that ends the mask, such as Flatten, before it."
            )
        known = where(mask, x, b.ops.constant(_NEVER, DType.FLOAT32))
        return (_shares(known, axes) * mask,)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """Along one axis."""
        rank = len(inputs[0].shape) + 1
        if len(self.axis) > 1 or self.axis[0] % rank == 0:
            return None
        last = self.axis[0] % rank == rank - 1
        if last:
            return TorchForm(call="{0}", activation="softmax", layout="any")
        return TorchForm(f"nn.Softmax(dim={self.axis[0]})")

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many scores compete."""
        lengths = [(1, *inputs[0])[a] for a in self.axis]
        return f"Turns every {math.prod(lengths)} scores into probabilities that add up to 1"


def _fits(mask: Shape, x: Shape) -> bool:
    try:
        return broadcast_shapes(mask, x) == x
    except ShapeError:
        return False


def _shares(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    if len(axes) == 1:
        return softmax(x, axes[0])
    others = tuple(i for i in range(x.spec.rank) if i not in axes)
    perm = (*others, *axes)
    moved = transpose(x, perm=perm)
    flat = reshape(moved, shape=(*(x.shape[i] for i in others), math.prod(x.shape[i] for i in axes)))
    shares = reshape(softmax(flat), shape=moved.shape)
    return transpose(shares, perm=tuple(perm.index(i) for i in range(len(perm))))
