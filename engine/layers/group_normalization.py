"""Normalization of groups of channels within each example."""

from __future__ import annotations

import math
from typing import ClassVar

from pydantic import field_validator

from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample, expect_numbers
from engine.layers.center_scale import CenterScale
from engine.layers.shapes import along, inner_axis
from engine.layers.torch_form import Kept, TorchForm, call_of
from engine.ops.elementwise import rsqrt, square
from engine.ops.op import Tensor
from engine.ops.reductions import mean
from engine.ops.views import reshape
from engine.settings import setting
from engine.tensor.spec import Shape, ShapeError, TensorSpec


def normalized_groups(x: Tensor, axis: int, groups: int, epsilon: float) -> Tensor:
    """`x` with each of the groups of channels brought to mean 0 and deviation 1, for each example by itself.

    Args:
        x: (batch, ..), with the channels in dimension `axis`.
        axis: counted from the front.
        groups: divides the number of channels.
        epsilon: added to the variance.
    """
    split = (*x.shape[:axis], groups, x.shape[axis] // groups, *x.shape[axis + 1 :])
    parts = reshape(x, shape=split)
    axes = tuple(i for i in range(1, len(split)) if i != axis)
    centered = parts - mean(parts, axes=axes, keepdims=True)
    y = centered * rsqrt(mean(square(centered), axes=axes, keepdims=True) + epsilon)
    return reshape(y, shape=x.shape)


class GroupNormalization(CenterScale):
    """Brings groups of channels to mean 0 and deviation 1, for each example by itself.

    y = gamma · (x - mean) / √(variance + epsilon) + beta, with the mean and variance of a group of channels at all
    places of an example. Use it in place of BatchNormalization where batches are small. One group looks at all
    channels together; -1 makes each channel a group (instance normalization).
    Source: Wu and He, Group normalization, 2018.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.NORMALIZATION,
        summary="Brings groups of channels to mean 0 and deviation 1",
        aliases=("groupnorm", "gn", "standardize", "instance"),
        keras="GroupNormalization",
        torch="GroupNorm",
        onnx="GroupNormalization",
        masking=True,
        samples=(
            LayerSample({"groups": 2}, ((2, 3, 2, 4),)),
            LayerSample({"groups": 1, "scale": False}, ((3, 5),)),
            LayerSample({"groups": -1, "center": False}, ((2, 3, 2),)),
            LayerSample({"groups": 3, "axis": 1, "epsilon": 0.1}, ((2, 6, 3),)),
        ),
    )
    groups: int = setting(
        32,
        "Groups",
        "parts into which the channels are divided; -1: each channel",
        prominent=True,
        ge=-1,
        le=65536,
    )
    axis: int = setting(-1, "Axis", "dimension of the channels; 0 is the batch", advanced=True, ge=-8, le=8)
    epsilon: float = setting(0.001, "Epsilon", "keeps the division from zero", gt=0.0, le=1.0)

    @field_validator("groups")
    @classmethod
    def _some(cls, value: int) -> int:
        if not value:
            raise ValueError("Groups must be at least 1, or -1 for each channel, received 0; take 1.")
        return value

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The shape stays."""
        (x,) = inputs
        expect_numbers(x, "GroupNormalization")
        axis = inner_axis(self.axis, x, "GroupNormalization")
        channels = x.shape[axis]
        groups = channels if self.groups == -1 else self.groups
        if channels % groups:
            raise ShapeError(
                f"GroupNormalization needs channels that {groups} groups can share, received {channels}. "
                f"Set the groups to {math.gcd(channels, groups)}."
            )
        y = normalized_groups(x, axis, groups, self.epsilon)
        spread = along(x.shape, (axis,))[axis:]
        if (gamma := self.factor(b, (channels,), spread)) is not None:
            y = y * gamma
        if (beta := self.shift(b, (channels,), spread)) is not None:
            y = y + beta
        return (y,)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """Groups of the last axis."""
        rank, channels = len(inputs[0].shape), inputs[0].shape[-1]
        if self.axis % (rank + 1) != rank or self.center != self.scale:
            return None
        groups = channels if self.groups == -1 else self.groups
        weights = {"weight": Kept("gamma"), "bias": Kept("beta")} if self.scale else {}
        affine = None if self.scale else False
        module = call_of("nn.GroupNorm", groups, channels, eps=self.epsilon, affine=affine)
        return TorchForm(module, weights, layout="first")

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many groups of how many channels."""
        channels = (1, *inputs[0])[self.axis]
        groups = channels if self.groups == -1 else self.groups
        return f"Brings {groups} groups of {channels // groups} channels to mean 0 and deviation 1"
