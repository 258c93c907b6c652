"""Leaving out numbers at random, so that no unit relies on a single other."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.noise import Dropping, NoiseShape, decisions
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, TensorSpec


class Dropout(Dropping):
    """Sets a random share of the numbers to zero while training.

    What remains is divided by 1 - rate, so the sums stay as large as they were; when the network is used,
    nothing is left out. Use it before a Dense when the network does well on the training data and poorly on
    new data. A noise shape with 1 in a dimension leaves out whole rows along it.
    Source: Srivastava et al., Dropout, 2014.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.NORMALIZATION,
        summary="Leaves out a random share of the numbers while training",
        aliases=("regularization", "overfitting", "noise"),
        keras="Dropout",
        torch="Dropout",
        onnx="Dropout",
        masking=True,
        common=True,
        samples=(
            LayerSample({}, ((4, 6),)),
            LayerSample({"rate": 0.0}),
            LayerSample({"rate": 1.0}),
            LayerSample({"rate": 0.2}, ((2, 3, 3, 2),)),
            LayerSample({"rate": 0.4, "noise_shape": (None, 1, 2)}, ((2, 3, 2),)),
        ),
    )
    noise_shape: NoiseShape = setting(
        None,
        "Noise shape",
        "1 where one decision holds for a whole dimension, the batch included; empty: each number",
        advanced=True,
    )

    def decisions(self, x: Tensor) -> Shape:
        """As set."""
        return decisions(self.noise_shape, x, "Dropout")

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """The same, where each number is decided on by itself."""
        return None if self.noise_shape else TorchForm(f"nn.Dropout({self.rate})", layout="any")
