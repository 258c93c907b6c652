"""What pooling layers have in common: windows at every place, one window over everything, or a wanted size.

A layer's own file then holds its name, its help and its declaration.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

import numpy as np

from engine.layers.base import Layer, LayerBuilder
from engine.layers.torch_form import TorchForm, call_of, numbers, padded
from engine.layers.windows import (
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
from engine.ops.gather import take_rows
from engine.ops.op import Builder, Op, Tensor
from engine.ops.pool import avg_pool, max_pool
from engine.ops.reductions import max_, mean, sum_
from engine.ops.views import reshape
from engine.settings import setting
from engine.tensor.spec import Array, DType, Shape, TensorSpec, format_shape

_STRIDES = "how far the window moves; by its own size if empty"
LARGE_WINDOW = 64  # elements; beyond it a reduction is faster than a walk over the windows
_COUNTED = {1: "{} steps", 2: "{} pixels", 3: "{} voxels"}


class Pooling(Layer):
    """Base of pooling with a window at every place."""

    rank: ClassVar[int]
    pool: ClassVar[Op]
    kept: ClassVar[str]  # what is kept of a window, in words
    torch_name: ClassVar[str]  # of its modules in PyTorch: MaxPool2d
    torch_fill: ClassVar[str] = ""  # the value of padding there; "": padding is not to be seen
    torch_settings: ClassVar[Mapping[str, object]] = MappingProxyType({})
    pool_size: Sizes
    strides: Sizes | None
    padding: Padding = setting("valid", "Padding", "what happens at an edge: same keeps it, valid drops it")

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, lengths, channels) -> (batch, new lengths, channels)."""
        (x,) = inputs
        expect_lengths(x, self.rank, self.title())
        size = as_tuple(self.pool_size)
        strides = size if self.strides is None else as_tuple(self.strides)
        padding = padding_pairs(x, size, strides, self.padding, self.title())
        return (type(self).pool(x, size=size, strides=strides, padding=padding),)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """A window at every place; padding that is not the same on both sides is added before."""
        size = as_tuple(self.pool_size)
        strides = size if self.strides is None else as_tuple(self.strides)
        pairs = paddings(inputs[0].shape[:-1], size, strides, self.padding)
        even = all(
            before == after and 2 * before <= n for (before, after), n in zip(pairs, size, strict=True)
        )
        if not even and not self.torch_fill:
            return None
        module = call_of(
            f"nn.{self.torch_name}Pool{self.rank}d",
            numbers(size),
            stride=numbers(strides) if strides != size else None,
            padding=numbers([p for p, _ in pairs]) if even and any(map(any, pairs)) else None,
            **self.torch_settings,
        )
        call = "{m}({0})" if even else f"{{m}}({padded(pairs, self.torch_fill)})"
        return TorchForm(module, call=call, layout="first")

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """From which size to which."""
        sizes = f"{format_shape(inputs[0][:-1])} becomes {format_shape(outputs[0][:-1])}"
        window = _COUNTED[self.rank].format(format_shape(as_tuple(self.pool_size)))
        return f"Keeps {self.kept} of every {window}: {sizes}"


class MaxPooling(Pooling):
    """Base of MaxPooling1D, 2D and 3D."""

    pool: ClassVar[Op] = max_pool
    kept: ClassVar[str] = "the largest"
    torch_name: ClassVar[str] = "Max"
    torch_fill: ClassVar[str] = ', value=float("-inf")'


class AveragePooling(Pooling):
    """Base of AveragePooling1D, 2D and 3D."""

    pool: ClassVar[Op] = avg_pool
    kept: ClassVar[str] = "the mean"
    torch_name: ClassVar[str] = "Avg"
    torch_settings: ClassVar[Mapping[str, object]] = MappingProxyType({"count_include_pad": False})


class SequencePools(Pooling):
    """Windows along a sequence."""

    rank: ClassVar[int] = 1
    pool_size: Single = setting(2, "Window", "length of the window", prominent=True, unit="steps")
    strides: Single | None = setting(None, "Strides", _STRIDES, unit="steps")


class PicturePools(Pooling):
    """Windows on pictures."""

    rank: ClassVar[int] = 2
    pool_size: Pair = setting(
        (2, 2), "Window", "height and width of the window", prominent=True, unit="pixels"
    )
    strides: Pair | None = setting(None, "Strides", _STRIDES, unit="pixels")


class VolumePools(Pooling):
    """Windows in volumes."""

    rank: ClassVar[int] = 3
    pool_size: Triple = setting(
        (2, 2, 2), "Window", "depth, height and width of the window", prominent=True, unit="voxels"
    )
    strides: Triple | None = setting(None, "Strides", _STRIDES, unit="voxels")


class GlobalPooling(Layer):
    """Base of pooling with one window over everything."""

    rank: ClassVar[int]
    takes: ClassVar[str]  # what is taken of a channel, in words
    keepdims: bool = setting(False, "Keep dimensions", "keep each length as 1")

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, lengths, channels) -> (batch, channels), or with lengths of 1 between."""
        (x,) = inputs
        expect_lengths(x, self.rank, self.title())
        return (self.fold(b, x, tuple(range(1, self.rank + 1))),)

    def fold(self, b: LayerBuilder, x: Tensor, axes: tuple[int, ...]) -> Tensor:
        """The one number of each channel."""
        raise NotImplementedError

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How much is taken together."""
        lengths = _COUNTED[self.rank].format(format_shape(inputs[0][:-1]))
        return f"Takes the {self.takes} of {lengths} in each of {inputs[0][-1]} channels"


class AdaptivePooling(Layer):
    """Base of pooling to a wanted size: the window at i sees from floor(i n / m) to ceil((i + 1) n / m)."""

    rank: ClassVar[int]
    pool: ClassVar[Op]
    kept: ClassVar[str]
    output_size: Sizes

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, lengths, channels) -> (batch, wanted lengths, channels)."""
        (x,) = inputs
        expect_lengths(x, self.rank, self.title())
        wanted, lengths = as_tuple(self.output_size), x.shape[1:-1]
        pairs = list(zip(lengths, wanted, strict=True))
        if any(n % m for n, m in pairs):
            return (self.fold(b.ops, x, [_places(n, m) for n, m in pairs]),)
        size = tuple(n // m for n, m in pairs)
        if math.prod(size) <= LARGE_WINDOW:
            return (type(self).pool(x, size=size, strides=size, padding=((0, 0),) * self.rank),)
        parts = reshape(x, shape=(x.shape[0], *(k for n, m in pairs for k in (m, n // m)), x.shape[-1]))
        return (self.reduce(parts, tuple(range(2, 2 * self.rank + 1, 2))),)

    def reduce(self, parts: Tensor, axes: tuple[int, ...]) -> Tensor:
        """The numbers of windows that lie along `axes`."""
        raise NotImplementedError

    def fold(self, ops: Builder, x: Tensor, places: list[Array]) -> Tensor:
        """The windows' numbers; `places` says for each length what the windows see."""
        raise NotImplementedError

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """From which size to which."""
        before = _COUNTED[self.rank].format(format_shape(inputs[0][:-1]))
        return f"Keeps {self.kept} of equal parts: {before} become {format_shape(outputs[0][:-1])}"


class AdaptiveMaxPooling(AdaptivePooling):
    """Base of AdaptiveMaxPooling1D, 2D and 3D."""

    pool: ClassVar[Op] = max_pool
    kept: ClassVar[str] = "the largest"

    def reduce(self, parts: Tensor, axes: tuple[int, ...]) -> Tensor:
        """The largest."""
        return max_(parts, axes=axes, keepdims=False)

    def fold(self, ops: Builder, x: Tensor, places: list[Array]) -> Tensor:
        """Shorter windows see their last element several times, which changes no maximum."""
        size = tuple(p.shape[1] for p in places)
        return max_pool(_seen(ops, x, places), size=size, strides=size, padding=((0, 0),) * len(size))

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """Its windows are those of PyTorch."""
        size = numbers(as_tuple(self.output_size))
        return TorchForm(f"nn.AdaptiveMaxPool{self.rank}d({size})", layout="first")


class AdaptiveAveragePooling(AdaptivePooling):
    """Base of AdaptiveAveragePooling1D, 2D and 3D."""

    pool: ClassVar[Op] = avg_pool
    kept: ClassVar[str] = "the mean"

    def reduce(self, parts: Tensor, axes: tuple[int, ...]) -> Tensor:
        """The mean."""
        return mean(parts, axes=axes)

    def fold(self, ops: Builder, x: Tensor, places: list[Array]) -> Tensor:
        """Each element counts by one over the window's size, what is seen again by nothing."""
        windows = tuple(n for p in places for n in p.shape)
        shares = np.ones((1,), np.float32)
        for p in places:
            first = np.diff(p, axis=1, prepend=p[:, :1] - 1) > 0
            shares = np.multiply.outer(shares, first / first.sum(axis=1, keepdims=True))
        seen = reshape(_seen(ops, x, places), shape=(x.shape[0], *windows, x.shape[-1]))
        weighted = seen * ops.constant(shares.reshape(*windows, 1), DType.FLOAT32)
        return sum_(weighted, axes=tuple(range(2, 2 * len(places) + 1, 2)), keepdims=False)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """Its windows are those of PyTorch."""
        size = numbers(as_tuple(self.output_size))
        return TorchForm(f"nn.AdaptiveAvgPool{self.rank}d({size})", layout="first")


def _places(length: int, windows: int) -> Array:
    """What each of `windows` sees of `length` elements, (windows, longest); the last element is repeated."""
    starts = np.arange(windows) * length // windows
    stops = -(-(np.arange(windows) + 1) * length // windows)
    longest = int((stops - starts).max())
    places: Array = np.minimum(starts[:, np.newaxis] + np.arange(longest), stops[:, np.newaxis] - 1)
    return places


def _seen(ops: Builder, x: Tensor, places: list[Array]) -> Tensor:
    """All that the windows see, side by side: (batch, windows · longest .., channels)."""
    rows = np.arange(x.shape[0])
    for length, p in zip(x.shape[1:-1], places, strict=True):
        rows = rows[..., np.newaxis] * length + p.ravel()
    flat = reshape(x, shape=(-1, x.shape[-1]))
    return take_rows(flat, ops.constant(rows.astype(np.int32), DType.INT32))


class SequenceParts(AdaptivePooling):
    """A wanted length of sequences."""

    rank: ClassVar[int] = 1
    output_size: Single = setting(1, "Size", "length of the result", prominent=True, unit="steps")


class PictureParts(AdaptivePooling):
    """A wanted size of pictures."""

    rank: ClassVar[int] = 2
    output_size: Pair = setting(
        (1, 1), "Size", "height and width of the result", prominent=True, unit="pixels"
    )


class VolumeParts(AdaptivePooling):
    """A wanted size of volumes."""

    rank: ClassVar[int] = 3
    output_size: Triple = setting(
        (1, 1, 1), "Size", "depth, height and width of the result", prominent=True, unit="voxels"
    )
