"""Scores turned into probabilities."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_layer import ActivationLayer
from engine.layers.base import Category, Declaration, LayerSample
from engine.ops import softmax
from engine.ops.movement import transpose
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import ShapeError


class Softmax(ActivationLayer):
    """Turns scores into probabilities that add up to 1.

    yᵢ = e^xᵢ / Σ e^xⱼ. Use it at the end of a network that chooses one of several classes; a cross-entropy
    loss includes it, so it may be left out there.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="Turns scores into probabilities that add up to 1",
        aliases=("probability", "classes"),
        keras="Softmax",
        torch="Softmax",
        onnx="Softmax",
        samples=(
            LayerSample(),
            LayerSample({"axis": 1}, ((2, 3, 2),)),
            LayerSample({"axis": -2}, ((2, 2, 3, 2),)),
        ),
    )
    axis: int = setting(-1, "Axis", "dimension over which they add up to 1; 0 is the batch", ge=-8, le=8)

    def apply(self, x: Tensor) -> Tensor:
        """The soft-max over the axis."""
        rank = x.spec.rank
        if not -rank <= self.axis < rank or self.axis % rank == 0:
            raise ShapeError(
                f"Softmax needs a dimension beside the batch, received axis {self.axis} for {rank} "
                "dimensions. Set the axis to -1, the last one."
            )
        axis = self.axis % rank
        if axis == rank - 1:
            return softmax.softmax(x)
        swapped = tuple(rank - 1 if i == axis else axis if i == rank - 1 else i for i in range(rank))
        return transpose(softmax.softmax(transpose(x, perm=swapped)), perm=swapped)
