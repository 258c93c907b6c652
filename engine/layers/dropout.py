"""Leaving out numbers at random, so that no unit relies on a single other."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample, expect_numbers
from engine.ops.elementwise import greater_equal
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import DType, Shape


class Dropout(Layer):
    """Sets a random share of the numbers to zero while training.

    What remains is divided by 1 - rate, so the sums stay as large as they were; when the network is used,
    nothing is left out. Use it before a Dense when the network does well on the training data and poorly on
    new data.
    Source: Srivastava et al., Dropout, 2014.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.NORMALIZATION,
        summary="Leaves out a random share of the numbers while training",
        aliases=("regularization", "overfitting", "noise"),
        keras="Dropout",
        torch="Dropout",
        onnx="Dropout",
        samples=(
            LayerSample({}, ((4, 6),)),
            LayerSample({"rate": 0.0}),
            LayerSample({"rate": 0.2}, ((2, 3, 3, 2),)),
        ),
    )
    rate: float = setting(0.5, "Rate", "share of the numbers left out", prominent=True, ge=0.0, lt=1.0)

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The shape stays."""
        (x,) = inputs
        expect_numbers(x, "Dropout")
        if not b.training or not self.rate:
            return (x,)
        kept = greater_equal(b.uniform(x.shape), b.ops.constant(self.rate, DType.FLOAT32))
        return (x * kept * (1.0 / (1.0 - self.rate)),)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """Which share is left out."""
        return f"Leaves out {self.rate:.3g} of the numbers at random in every training step"
