"""Normalization of every channel of every example by itself."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample, expect_numbers, per_example
from engine.layers.center_scale import CenterScale
from engine.layers.group_normalization import normalized_groups
from engine.layers.torch_form import Kept, TorchForm, call_of
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, ShapeError, TensorSpec


class InstanceNormalization(CenterScale):
    """Brings every channel of every example to mean 0 and deviation 1.

    y = gamma · (x - mean) / √(variance + epsilon) + beta, with the mean and variance of one channel of one example.
    It removes the contrast of a single picture; use it where pictures are made or their style is changed.
    Source: Ulyanov, Vedaldi and Lempitsky, Instance normalization, 2016.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.NORMALIZATION,
        summary="Brings every channel of each example to mean 0 and deviation 1",
        aliases=("instancenorm", "contrast", "style", "standardize"),
        torch="InstanceNorm2d",
        onnx="InstanceNormalization",
        masking=True,
        samples=(
            LayerSample({}, ((2, 3, 2, 3),)),
            LayerSample({"center": False, "scale": False, "epsilon": 0.1}, ((2, 5, 3),)),
        ),
    )
    epsilon: float = setting(0.001, "Epsilon", "keeps the division from zero", gt=0.0, le=1.0)

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The shape stays."""
        (x,) = inputs
        expect_numbers(x, "InstanceNormalization")
        if x.spec.rank < 3:
            raise ShapeError(
                f"InstanceNormalization needs several places with channels, received {per_example(x)} per example. "
                "Use LayerNormalization."
            )
        channels = (x.shape[-1],)
        y = normalized_groups(x, x.spec.rank - 1, channels[0], self.epsilon)
        if (gamma := self.factor(b, channels, channels)) is not None:
            y = y * gamma
        if (beta := self.shift(b, channels, channels)) is not None:
            y = y + beta
        return (y,)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """Every channel by itself."""
        dims = len(inputs[0].shape) - 1
        if dims > 3 or self.center != self.scale:
            return None
        weights = {"weight": Kept("gamma"), "bias": Kept("beta")} if self.scale else {}
        affine = True if self.scale else None
        module = call_of(f"nn.InstanceNorm{dims}d", inputs[0].shape[-1], eps=self.epsilon, affine=affine)
        return TorchForm(module, weights, layout="first")

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many channels."""
        return f"Brings each of {inputs[0][-1]} channels of an example to mean 0 and deviation 1"
