"""Random convolutions and poolings of one to three lengths, and what they are by definition: loops over every number."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from hypothesis import strategies as st

from engine.tensor.spec import Array, Shape

Attrs = dict[str, Any]


def _pads(rank: int) -> st.SearchStrategy[tuple[tuple[int, int], ...]]:
    return st.tuples(*[st.tuples(st.integers(0, 2), st.integers(0, 2))] * rank)


@st.composite
def convolutions(draw: st.DrawFn, longest: int = 9) -> tuple[Shape, Shape, Attrs]:
    """Shape of the input, shape of the weight, attributes; depthwise ones (one channel a group) come often."""
    rank = draw(st.integers(1, 3))
    steps = st.tuples(*[st.integers(1, 3)] * rank)
    kernel, strides, dilation = draw(steps), draw(steps), draw(steps)
    groups, channels = draw(st.sampled_from([(1, 1), (1, 3), (2, 4), (3, 5), (4, 1), (7, 1), (12, 2)]))
    filters = draw(st.sampled_from([1, 2, 3, 8]))
    least = ((k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True))
    lengths = [max(draw(st.integers(1, longest if rank < 3 else 4)), n) for n in least]
    attrs = {"strides": strides, "padding": draw(_pads(rank)), "dilation": dilation, "groups": groups}
    image = (draw(st.integers(1, 3)), *lengths, channels * groups)
    return image, (*kernel, channels, filters * groups), attrs


@st.composite
def poolings(draw: st.DrawFn, longest: int = 9) -> tuple[Shape, Attrs]:
    """Shape of the input, attributes."""
    rank = draw(st.integers(1, 3))
    size = draw(st.tuples(*[st.integers(1, 4)] * rank))
    pads = draw(_pads(rank))
    padding = tuple((min(a, k - 1), min(b, k - 1)) for (a, b), k in zip(pads, size, strict=True))
    lengths = (max(draw(st.integers(1, longest if rank < 3 else 5)), k) for k in size)
    attrs = {"size": size, "strides": draw(st.tuples(*[st.integers(1, 3)] * rank)), "padding": padding}
    return (draw(st.integers(1, 3)), *lengths, draw(st.sampled_from([1, 3, 4]))), attrs


def padded(x: Array, attrs: Attrs, value: float) -> Array:
    """The input in double precision with its padding."""
    return np.pad(x.astype(float), ((0, 0), *attrs["padding"], (0, 0)), constant_values=value)


def direct_conv(x: Array, w: Array, attrs: Attrs) -> Array:
    """Every result as a sum over taps and channels."""
    strides, dilation, groups = attrs["strides"], attrs["dilation"], attrs["groups"]
    p = padded(x, attrs, 0.0)
    *kernel, channels, filters = w.shape
    counts = [
        (n - (k - 1) * d - 1) // s + 1
        for n, k, d, s in zip(p.shape[1:-1], kernel, dilation, strides, strict=True)
    ]
    out = np.zeros((x.shape[0], *counts, filters))
    for n, *place, f in itertools.product(*map(range, out.shape)):
        first = f // (filters // groups) * channels
        for *tap, c in itertools.product(*map(range, kernel), range(channels)):
            at = [u * s + t * d for u, s, t, d in zip(place, strides, tap, dilation, strict=True)]
            out[(n, *place, f)] += p[(n, *at, first + c)] * w[(*tap, c, f)]
    return out


def direct_pool(x: Array, attrs: Attrs, shape: Shape) -> tuple[Array, Array]:
    """The largest and the mean number of every window, NaN being padding."""
    p = padded(x, attrs, math.nan)
    largest, mean = np.zeros(shape), np.zeros(shape)
    for n, *place, c in itertools.product(*map(range, shape)):
        box = [
            slice(u * s, u * s + k) for u, s, k in zip(place, attrs["strides"], attrs["size"], strict=True)
        ]
        index: tuple[Any, ...] = (n, *box, c)
        seen = p[index]
        largest[(n, *place, c)], mean[(n, *place, c)] = np.nanmax(seen), np.nanmean(seen)
    return largest, mean
