"""A penalty on what a layer puts out."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample, expect_numbers
from engine.layers.penalties import penalize
from engine.layers.regularizers import L1L2
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape


class ActivityRegularization(Layer):
    """Hands its input on and adds its size to the loss.

    penalty = (l1 · Σ|x| + l2 · Σx²) / batch. With l1, the layer before learns to keep most of its outputs at zero: a
    sparse code; with l2, to keep them small.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.NORMALIZATION,
        summary="Adds the size of what passes to the loss",
        aliases=("regularization", "sparse", "penalty", "l1", "l2"),
        keras="ActivityRegularization",
        masking=True,
        samples=(LayerSample({"l1": 0.1, "l2": 0.2}, ((3, 4),)), LayerSample({"l2": 0.1}, ((2, 3, 2),))),
    )
    l1: float = setting(0.0, "L1", "factor of the sum of sizes", prominent=True, ge=0.0, le=1e6)
    l2: float = setting(0.0, "L2", "factor of the sum of squares", prominent=True, ge=0.0, le=1e6)

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Everything stays."""
        (x,) = inputs
        expect_numbers(x, "ActivityRegularization")
        penalize(b, x, L1L2(l1=self.l1, l2=self.l2))
        return (x,)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """Which penalty."""
        return f"Adds {self.l1:.3g} · sum of sizes + {self.l2:.3g} · sum of squares to the loss"
