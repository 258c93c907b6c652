"""Leaving out whole channels of volumes at random."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample, expect_rank
from engine.layers.noise import Dropping
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.tensor.spec import Shape, TensorSpec


class SpatialDropout3D(Dropping):
    """Sets a random share of the channels of a volume to zero while training.

    Like Dropout, but each channel is left out as a whole: neighbouring voxels say nearly the same, so that leaving
    out some of them would hardly matter. Use it behind Conv3D.
    Source: Tompson et al., Efficient object localization using convolutional networks, 2015.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.NORMALIZATION,
        summary="Leaves out a random share of the channels of a volume while training",
        aliases=("dropout", "regularization", "overfitting", "channels"),
        keras="SpatialDropout3D",
        torch="Dropout3d",
        masking=True,
        samples=(LayerSample({}, ((3, 2, 3, 2, 4),)), LayerSample({"rate": 0.0}, ((3, 2, 3, 2, 4),))),
    )

    def check(self, x: Tensor) -> None:
        """Raise ShapeError unless it is a volume (depth × height × width × channels)."""
        super().check(x)
        expect_rank(x, 4, "SpatialDropout3D", "a volume (depth × height × width × channels)")

    def decisions(self, x: Tensor) -> Shape:
        """One for each channel of each example."""
        return (x.shape[0], 1, 1, 1, x.shape[-1])

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """Whole channels."""
        return TorchForm(f"nn.Dropout3d({self.rate})", layout="first")

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """Which share is left out."""
        return f"Leaves out {self.rate:.3g} of {inputs[0][-1]} channels at random in every training step"
