"""The convolution over pictures."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import model_validator

from engine.layers.activations import ActivationName, activate, followed_by
from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample
from engine.layers.initializers import AnyInitializer
from engine.layers.windows import Padding, Pair, expect_picture, padding_pairs
from engine.ops.conv import conv
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, ShapeError, format_shape


class Conv2D(Layer):
    """Looks for patterns everywhere in a picture.

    Each filter is a small window of weights that slides over the picture; where the picture resembles the
    filter, the result is large: y = activation(Σ window · filter + bias). Because one filter serves all
    places, it needs few weights and finds its pattern wherever it is. Use a few of them, with pooling in
    between, on pictures.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.CONVOLUTION,
        summary="Filters that look for patterns all over a picture",
        aliases=("convolution", "cnn", "filter", "image"),
        keras="Conv2D",
        torch="Conv2d",
        onnx="Conv",
        samples=(
            LayerSample({"filters": 3}, ((2, 5, 6, 2),)),
            LayerSample({"filters": 2, "padding": "same", "activation": "tanh"}, ((2, 5, 4, 1),)),
            LayerSample(
                {"filters": 2, "kernel_size": (2, 3), "strides": (2, 2), "padding": "same"}, ((1, 6, 7, 2),)
            ),
            LayerSample(
                {"filters": 4, "groups": 2, "use_bias": False, "kernel_size": (1, 2)}, ((2, 3, 4, 4),)
            ),
            LayerSample({"filters": 2, "kernel_size": (2, 2), "dilation_rate": (2, 1)}, ((1, 5, 4, 2),)),
        ),
    )
    filters: int = setting(32, "Filters", "how many patterns it looks for", prominent=True, ge=1, le=65536)
    kernel_size: Pair = setting(
        (3, 3), "Window", "height and width of a filter", prominent=True, unit="pixels"
    )
    strides: Pair = setting((1, 1), "Strides", "how far the window moves", unit="pixels")
    padding: Padding = setting(
        "valid", "Padding", "same: the picture keeps its size; valid: the edges are lost"
    )
    dilation_rate: Pair = setting((1, 1), "Dilation", "distance between the window's pixels", unit="pixels")
    groups: int = setting(1, "Groups", "parts into which channels and filters are divided", ge=1, le=65536)
    activation: ActivationName = setting("linear", "Activation", "what is done with each sum", prominent=True)
    use_bias: bool = setting(True, "Bias", "add a number of its own to each filter")
    kernel_initializer: AnyInitializer = setting("glorot_uniform", "Weight starts", "how the weights start")
    bias_initializer: AnyInitializer = setting("zeros", "Bias starts", "how the biases start")

    @model_validator(mode="after")
    def _settings_agree(self) -> Self:
        if self.filters % self.groups:
            raise ValueError(
                f"Filters must be divisible by groups, received {self.filters} filters in {self.groups} "
                f"groups; take {-(-self.filters // self.groups) * self.groups} filters."
            )
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"Strides and dilation cannot both be above 1, received {format_shape(self.strides)} and "
                f"{format_shape(self.dilation_rate)}; set one of them to 1 × 1."
            )
        return self

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, height, width, channels) -> (batch, new height, new width, filters)."""
        (x,) = inputs
        expect_picture(x, "Conv2D")
        channels = x.shape[3]
        if channels % self.groups:
            raise ShapeError(
                f"Conv2D with {self.groups} groups needs channels divisible by {self.groups}, received "
                f"{channels}. Change the groups, or the filters of the layer before."
            )
        weight = b.weight(
            "weight", (*self.kernel_size, channels // self.groups, self.filters), self.kernel_initializer
        )
        y = conv(
            x,
            weight,
            strides=self.strides,
            padding=padding_pairs(
                x, self.kernel_size, self.strides, self.padding, "Conv2D", self.dilation_rate
            ),
            dilation=self.dilation_rate,
            groups=self.groups,
        )
        if self.use_bias:
            y = y + b.weight("bias", (self.filters,), self.bias_initializer)
        return (activate(y, self.activation),)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many patterns of which size."""
        filters = (
            "1 filter looks for a pattern"
            if self.filters == 1
            else f"{self.filters} filters look for patterns"
        )
        return f"{filters} of {format_shape(self.kernel_size)}{followed_by(self.activation)}"
