"""Convolutions whose filters see one channel each, alone or followed by a mixing of the channels."""

from __future__ import annotations

from dataclasses import replace

from engine.layers.activations import followed_by
from engine.layers.base import LayerBuilder
from engine.layers.constraints import AnyConstraint
from engine.layers.convolution import Convolving, FilterSettings
from engine.layers.initializers import AnyInitializer
from engine.layers.regularizers import AnyRegularizer
from engine.layers.torch_form import Kept, TorchForm, call_of, numbers, padded
from engine.layers.windows import as_tuple, paddings
from engine.ops.conv import conv
from engine.ops.op import Tensor
from engine.ops.views import reshape
from engine.settings import setting
from engine.tensor.spec import Shape, TensorSpec


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

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """A convolution with a group for each channel."""
        return depthwise_form(self, inputs[0], "weight")

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many channels are looked at."""
        filters = "A filter" if self.depth_multiplier == 1 else f"{self.depth_multiplier} filters"
        then = followed_by(self.activation)
        return f"{filters} of {self.window_text()} for each of {inputs[0][-1]} channels{then}"


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

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """Two convolutions, one after the other."""
        seen = depthwise_form(self, inputs[0], "depthwise_weight", bias=False)
        channels = inputs[0].shape[-1] * self.depth_multiplier
        mix = call_of(
            f"nn.Conv{self.rank}d", channels, self.filters, 1, bias=None if self.use_bias else False
        )
        order = (self.rank + 1, self.rank, *range(self.rank))
        weights = {"0.weight": seen.weights["weight"], "1.weight": Kept("pointwise_weight", order)}
        weights |= {"1.bias": Kept("bias")} if self.use_bias else {}
        return replace(seen, module=f"nn.Sequential({seen.module}, {mix})", weights=weights)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """What is looked at and what it is mixed to."""
        seen = f"Windows of {self.window_text()} in each of {inputs[0][-1]} channels"
        return f"{seen}, mixed to {self.filters} results{followed_by(self.activation)}"


def depthwise_form(
    layer: DepthwiseSettings, x: TensorSpec, weight: str, *, bias: bool | None = None
) -> TorchForm:
    """The filters that see one channel each, in PyTorch; `bias` is False where it belongs to what follows."""
    rank, channels = layer.rank, x.shape[-1]
    size, strides, dilation = map(as_tuple, (layer.kernel_size, layer.strides, layer.dilation_rate))
    pairs = paddings(x.shape[:-1], size, strides, layer.padding, dilation)
    even = all(before == after for before, after in pairs)
    filters = channels * layer.depth_multiplier
    biased = layer.use_bias if bias is None else bias
    module = call_of(
        f"nn.Conv{rank}d",
        channels,
        filters,
        numbers(size),
        stride=numbers(strides) if max(strides) > 1 else None,
        padding=numbers([p for p, _ in pairs]) if even and any(map(any, pairs)) else None,
        dilation=numbers(dilation) if max(dilation) > 1 else None,
        groups=channels if channels > 1 else None,
        bias=None if biased else False,
    )
    weights = {"weight": Kept(weight, (rank, rank + 1, *range(rank)), (filters, 1, *size))}
    weights |= {"bias": Kept("bias")} if biased else {}
    call = "{m}({0})" if even else f"{{m}}({padded(pairs)})"
    return TorchForm(module, weights, call, layer.activation, "first")
