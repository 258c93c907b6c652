"""The step that most networks for pictures repeat."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.blueprint import Blueprint, NormalizedBlock
from engine.layers.content import Content
from engine.settings import setting
from engine.tensor.spec import Shape


class ConvNormActivation(NormalizedBlock):
    """A convolution, a normalization and an activation, as one.

    y = activation(norm(conv(x))). The size stays unless there are strides. What arrives decides the kind: Dense for a
    vector, a convolution along one, two or three lengths for a sequence, a picture or a volume. With a normalization
    the convolution needs no bias.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.BLOCK,
        summary="Convolution, normalization and activation as one step",
        aliases=("conv bn relu", "cbr", "conv block", "basic block", "group"),
        torch="Conv2dNormActivation",
        common=True,
        samples=(
            LayerSample({"filters": 3}, ((2, 4, 5, 2),)),
            LayerSample(
                {"filters": 2, "stride": 2, "activation": "tanh", "normalization": "layer"}, ((2, 6, 3),)
            ),
            LayerSample({"filters": 4, "normalization": "none", "activation": "linear"}, ((2, 3),)),
        ),
    )
    filters: int = setting(32, "Filters", "how many patterns it looks for", prominent=True, ge=1, le=65536)
    kernel_size: int = setting(3, "Window", "length of a filter on each side", prominent=True, ge=1, le=1024)
    stride: int = setting(1, "Stride", "how far the window moves: 2 halves the size", ge=1, le=1024)

    def content_for(self, inputs: tuple[Shape, ...]) -> Content:
        """The three, one after the other."""
        plan = Blueprint()
        self.step(plan, "conv", inputs[0], self.filters, self.kernel_size, self.stride)
        return plan.content()

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """What it looks for."""
        return f"Looks for {self.filters} patterns, normalizes what it finds, and passes it through {self.activation}"
