"""Leaving out whole channels of sequences at random."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample, expect_rank
from engine.layers.noise import Dropping
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.tensor.spec import Shape, TensorSpec


class SpatialDropout1D(Dropping):
    """Sets a random share of the channels of a sequence to zero while training.

    Like Dropout, but each channel is left out as a whole: neighbouring steps say nearly the same, so that leaving
    out some of them would hardly matter. Use it behind Conv1D.
    Source: Tompson et al., Efficient object localization using convolutional networks, 2015.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.NORMALIZATION,
        summary="Leaves out a random share of the channels of a sequence while training",
        aliases=("dropout", "regularization", "overfitting", "channels"),
        keras="SpatialDropout1D",
        torch="Dropout1d",
        masking=True,
        samples=(LayerSample({}, ((4, 3, 5),)), LayerSample({"rate": 0.0}, ((4, 3, 5),))),
    )

    def check(self, x: Tensor) -> None:
        """Raise ShapeError unless it is a sequence (steps × channels)."""
        super().check(x)
        expect_rank(x, 2, "SpatialDropout1D", "a sequence (steps × channels)")

    def decisions(self, x: Tensor) -> Shape:
        """One for each channel of each example."""
        return (x.shape[0], 1, x.shape[-1])

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """Whole channels."""
        return TorchForm(f"nn.Dropout1d({self.rate})", layout="first")

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """Which share is left out."""
        return f"Leaves out {self.rate:.3g} of {inputs[0][-1]} channels at random in every training step"
