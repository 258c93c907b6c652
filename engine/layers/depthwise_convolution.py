"""Convolutions whose filters see one channel each, alone or followed by a mixing of the channels."""

from __future__ import annotations

from engine.layers.activations import followed_by
from engine.layers.base import LayerBuilder
from engine.layers.constraints import AnyConstraint
from engine.layers.convolution import Convolving, FilterSettings
from engine.layers.initializers import AnyInitializer
from engine.layers.regularizers import AnyRegularizer
from engine.layers.windows import as_tuple
from engine.ops.conv import conv
from engine.ops.op import Tensor
from engine.ops.views import reshape
from engine.settings import setting
from engine.tensor.spec import Shape


class DepthwiseSettings(Convolving):
    """Settings of the filters that see one channel each, by their Keras names."""

    depth_multiplier: int = setting(1, "Filters per channel", "results for each channel", ge=1, le=1024)
    depthwise_initializer: AnyInitializer = setting(
        "glorot_uniform", "Window weight starts", "how the windows' weights start", advanced=True
    )
    depthwise_regularizer: AnyRegularizer | None = setting(
        None, "Window weight penalty", "what is added to the loss for large weights", advanced=True
    )
    depthwise_constraint: AnyConstraint | None = setting(
        None, "Window weight rule", "what the weights obey after every step", advanced=True
    )

    def depthwise(self, b: LayerBuilder, x: Tensor, name: str) -> Tensor:
        """Every channel through its own filters; the weight (window, channels, filters per channel) is `name`."""
        attributes = self.attributes(x)
        size, channels = as_tuple(self.kernel_size), x.shape[-1]
        weight = b.weight(
            name,
            (*size, channels, self.depth_multiplier),
            self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )
        filters = reshape(weight, shape=(*size, 1, channels * self.depth_multiplier))
        return conv(x, filters, groups=channels, **attributes)


class DepthwiseConvolution(DepthwiseSettings):
    """Base of DepthwiseConv1D and DepthwiseConv2D."""

    def keras_weight(self, name: str) -> str:
        """As in Keras 2 and TensorFlow.js; Keras 3 does not go by it."""
        return "depthwise_kernel" if name == "weight" else name

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, lengths, channels) -> (batch, new lengths, channels · filters per channel)."""
        return (self.finish(b, self.depthwise(b, inputs[0], "weight")),)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many channels are looked at."""
        each = "a filter" if self.depth_multiplier == 1 else f"{self.depth_multiplier} filters"
        channels = f"{inputs[0][-1]} channels has" if inputs[0][-1] > 1 else "1 channel has"
        return f"Each of {channels} {each} of {self.window_text()}{followed_by(self.activation)}"


class SeparableConvolution(DepthwiseSettings, FilterSettings):
    """Base of SeparableConv1D and SeparableConv2D."""

    pointwise_initializer: AnyInitializer = setting(
        "glorot_uniform", "Mixing weight starts", "how the mixing weights start", advanced=True
    )
    pointwise_regularizer: AnyRegularizer | None = setting(
        None, "Mixing weight penalty", "what is added to the loss for large weights", advanced=True
    )
    pointwise_constraint: AnyConstraint | None = setting(
        None, "Mixing weight rule", "what the weights obey after every step", advanced=True
    )

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, lengths, channels) -> (batch, new lengths, filters)."""
        seen = self.depthwise(b, inputs[0], "depthwise_weight")
        weight = b.weight(
            "pointwise_weight",
            (*(1,) * self.rank, seen.shape[-1], self.filters),
            self.pointwise_initializer,
            regularizer=self.pointwise_regularizer,
            constraint=self.pointwise_constraint,
        )
        ones = (1,) * self.rank
        mixed = conv(seen, weight, strides=ones, padding=((0, 0),) * self.rank, dilation=ones, groups=1)
        return (self.finish(b, mixed),)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """What is looked at and what it is mixed to."""
        seen = f"Windows of {self.window_text()} in each of {inputs[0][-1]} channels"
        return f"{seen}, mixed to {self.filters} results{followed_by(self.activation)}"
