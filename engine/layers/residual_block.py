"""The block that made very deep networks trainable."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.blueprint import Blueprint, NormalizedBlock
from engine.layers.content import Content
from engine.settings import setting
from engine.tensor.spec import Shape

EXPANSION = 4  # channels behind a bottleneck


class ResidualBlock(NormalizedBlock):
    """Two convolutions with a way round them: the block learns what to add to its input.

    y = activation(x + conv(activation(conv(x)))), with a normalization behind each convolution. Where size or channels
    change, the way round has a convolution of window 1. With a bottleneck a window of 1 makes the channels fewer first, and
    four times as many at the end. Dense takes the place of the convolutions where a vector arrives.
    Source: He et al., Deep Residual Learning for Image Recognition, 2016, figures 2 and 5.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.BLOCK,
        summary="Two convolutions with a way round them, the block of ResNet",
        aliases=("resnet", "skip connection", "short cut", "basic block", "bottleneck", "group"),
        torch="BasicBlock",
        common=True,
        samples=(
            LayerSample({"activation": "tanh"}, ((2, 4, 3, 2),)),
            LayerSample({"filters": 3, "stride": 2, "activation": "tanh"}, ((2, 5, 4, 2),)),
            LayerSample(
                {"filters": 2, "bottleneck": True, "normalization": "none", "activation": "tanh"},
                ((2, 4, 8),),
            ),
            LayerSample({"filters": 3, "normalization": "layer", "activation": "tanh"}, ((2, 4),)),
        ),
    )
    filters: int | None = setting(
        None,
        "Filters",
        "channels of the convolutions; empty: as many as arrive",
        prominent=True,
        ge=1,
        le=65536,
    )
    kernel_size: int = setting(3, "Window", "length of a filter on each side", ge=1, le=1024)
    stride: int = setting(
        1, "Stride", "of the first window: 2 halves the size", prominent=True, ge=1, le=1024
    )
    bottleneck: bool = setting(
        False, "Bottleneck", "fewer channels between, four times as many at the end", prominent=True
    )

    def content_for(self, inputs: tuple[Shape, ...]) -> Content:
        """The way through and the way round; the latter is a wire where nothing changes."""
        (shape,) = inputs
        plan = Blueprint()
        start, arriving = plan.end, shape[-1]
        if self.bottleneck:
            filters = self.filters or max(1, arriving // EXPANSION)
            end = EXPANSION * filters
            shape = self.step(plan, "conv_1", shape, filters, 1)
            shape = self.step(plan, "conv_2", shape, filters, self.kernel_size, self.stride)
            plan.add("conv_3", self.convolution(shape, end, 1))
            self.normalize(plan, "conv_3")
        else:
            end = self.filters or arriving
            shape = self.step(plan, "conv_1", shape, end, self.kernel_size, self.stride)
            plan.add("conv_2", self.convolution(shape, end, self.kernel_size))
            self.normalize(plan, "conv_2")
        through = plan.end
        way_round = start
        if end != arriving or shape[:-1] != inputs[0][:-1]:
            plan.end = start
            plan.add("shortcut", self.convolution(inputs[0], end, 1, self.stride), row=1)
            self.normalize(plan, "shortcut", row=1)
            way_round = plan.end
        plan.end = through
        plan.add_up("add", way_round)
        self.activate(plan, "add")
        return plan.content()

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """Whether the way round changes anything."""
        how = "as it is" if inputs == outputs else "through a convolution of window 1"
        return f"Adds what it learns to its input, which goes round it {how}"
