"""What all convolutions have in common: the settings of their windows, and what is done with the sums.

A layer's own file then holds its name, its help and its declaration. Settings that differ between sequences, pictures and
volumes only in how many numbers they have are declared once for each of the three.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import model_validator

from engine.layers.activations import ActivationName, activate, followed_by
from engine.layers.base import Layer, LayerBuilder
from engine.layers.penalties import penalize
from engine.layers.regularizers import AnyRegularizer
from engine.layers.torch_form import Kept, TorchForm, call_of, numbers, padded
from engine.layers.weighted import BiasSettings, KernelSettings
from engine.layers.windows import (
    CausalPadding,
    Padding,
    Pair,
    Single,
    Sizes,
    Triple,
    as_tuple,
    expect_lengths,
    padding_pairs,
    paddings,
)
from engine.ops.conv import conv
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, ShapeError, TensorSpec, format_shape

_PADDING = "same: the size stays; valid: the edges are lost"


class FilterSettings(Layer):
    """How many filters there are."""

    filters: int = setting(32, "Filters", "how many patterns it looks for", prominent=True, ge=1, le=65536)


class WindowSettings(Layer):
    """Where the windows lie, for any number of lengths."""

    rank: ClassVar[int]
    kernel_size: Sizes
    strides: Sizes
    padding: CausalPadding
    dilation_rate: Sizes
    activation: ActivationName = setting("linear", "Activation", "what is done with each sum", prominent=True)

    def attributes(self, x: Tensor) -> dict[str, Any]:
        """Strides, padding and dilation of the windows on `x`, as convolution ops take them.

        Raises:
            ShapeError: `x` has another rank, holds no numbers, or is smaller than a window.
        """
        expect_lengths(x, self.rank, self.title())
        size, strides, dilation = map(as_tuple, (self.kernel_size, self.strides, self.dilation_rate))
        padding = padding_pairs(x, size, strides, self.padding, self.title(), dilation)
        return {"strides": strides, "padding": padding, "dilation": dilation}

    def window_text(self) -> str:
        """The window as people read it: `3 × 3`."""
        return format_shape(as_tuple(self.kernel_size))


class _SequenceSizes(WindowSettings):
    rank: ClassVar[int] = 1
    kernel_size: Single = setting(3, "Window", "length of a filter", prominent=True, unit="steps")
    strides: Single = setting(1, "Strides", "how far the window moves", unit="steps")
    dilation_rate: Single = setting(1, "Dilation", "distance between the window's steps", unit="steps")


class SequenceWindows(_SequenceSizes):
    """Windows along a sequence."""

    padding: Padding = setting("valid", "Padding", _PADDING)


class CausalWindows(_SequenceSizes):
    """Windows along a sequence, which may be kept from looking ahead."""

    padding: CausalPadding = setting(
        "valid", "Padding", f"{_PADDING}; causal: the size stays and no step sees a later one"
    )


class PictureWindows(WindowSettings):
    """Windows on pictures."""

    rank: ClassVar[int] = 2
    kernel_size: Pair = setting(
        (3, 3), "Window", "height and width of a filter", prominent=True, unit="pixels"
    )
    strides: Pair = setting((1, 1), "Strides", "how far the window moves", unit="pixels")
    padding: Padding = setting("valid", "Padding", _PADDING)
    dilation_rate: Pair = setting((1, 1), "Dilation", "distance between the window's pixels", unit="pixels")


class VolumeWindows(WindowSettings):
    """Windows in volumes."""

    rank: ClassVar[int] = 3
    kernel_size: Triple = setting(
        (3, 3, 3), "Window", "depth, height and width of a filter", prominent=True, unit="voxels"
    )
    strides: Triple = setting((1, 1, 1), "Strides", "how far the window moves", unit="voxels")
    padding: Padding = setting("valid", "Padding", _PADDING)
    dilation_rate: Triple = setting(
        (1, 1, 1), "Dilation", "distance between the window's voxels", unit="voxels"
    )


class Convolving(BiasSettings, WindowSettings):
    """Base of every layer that slides filters over its input."""

    activity_regularizer: AnyRegularizer | None = setting(
        None, "Output penalty", "what is added to the loss for large outputs", advanced=True
    )

    def finish(self, b: LayerBuilder, y: Tensor) -> Tensor:
        """The sums with bias, activation and penalty."""
        if self.use_bias:
            y = y + self.bias(b, (y.shape[-1],))
        y = activate(y, self.activation)
        penalize(b, y, self.activity_regularizer)
        return y

    def refuse_strides_with_dilation(self) -> None:
        """Raise ValueError where both are above 1."""
        strides, dilation = as_tuple(self.strides), as_tuple(self.dilation_rate)
        if max(strides) > 1 and max(dilation) > 1:
            raise ValueError(
                f"Strides and dilation cannot both be above 1, received {format_shape(strides)} and "
                f"{format_shape(dilation)}; set one of them to {format_shape((1,) * self.rank)}."
            )


class Convolution(KernelSettings, Convolving, FilterSettings):
    """Base of Conv1D, Conv2D and Conv3D."""

    groups: int = setting(
        1, "Groups", "parts into which channels and filters are divided", advanced=True, ge=1, le=65536
    )

    @model_validator(mode="after")
    def _settings_agree(self) -> Self:
        if self.filters % self.groups:
            raise ValueError(
                f"Filters must be divisible by groups, received {self.filters} filters in {self.groups} "
                f"groups; take {-(-self.filters // self.groups) * self.groups} filters."
            )
        self.refuse_strides_with_dilation()
        return self

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, lengths, channels) -> (batch, new lengths, filters)."""
        (x,) = inputs
        attributes = self.attributes(x)
        channels = x.shape[-1]
        if channels % self.groups:
            raise ShapeError(
                f"{self.title()} with {self.groups} groups needs channels divisible by {self.groups}, received "
                f"{channels}. Change the groups, or the filters of the layer before."
            )
        weight = self.kernel(b, (*as_tuple(self.kernel_size), channels // self.groups, self.filters))
        return (self.finish(b, conv(x, weight, groups=self.groups, **attributes)),)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """A convolution; what is not the same on both sides is padded before."""
        size, strides, dilation = map(as_tuple, (self.kernel_size, self.strides, self.dilation_rate))
        pairs = paddings(inputs[0].shape[:-1], size, strides, self.padding, dilation)
        channels = inputs[0].shape[-1]
        even = all(before == after for before, after in pairs)
        module = call_of(
            f"nn.Conv{self.rank}d",
            channels,
            self.filters,
            numbers(size),
            stride=numbers(strides) if max(strides) > 1 else None,
            padding=numbers([p for p, _ in pairs]) if even and any(map(any, pairs)) else None,
            dilation=numbers(dilation) if max(dilation) > 1 else None,
            groups=self.groups if self.groups > 1 else None,
            bias=None if self.use_bias else False,
        )
        weights = {"weight": Kept("weight", (self.rank + 1, self.rank, *range(self.rank)))}
        weights |= {"bias": Kept("bias")} if self.use_bias else {}
        call = "{m}({0})" if even else f"{{m}}({padded(pairs)})"
        return TorchForm(module, weights, call, self.activation, "first")

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many patterns of which size."""
        size, then = self.window_text(), followed_by(self.activation)
        if self.filters == 1:
            return f"1 filter looks for a pattern of {size}{then}"
        return f"{self.filters} filters look for patterns of {size}{then}"
