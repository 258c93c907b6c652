"""Functions that written files of Python take along, each as it stands here: NumPy alone, and no name from elsewhere."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Array = Any  # of NumPy


# -- numbers one by one --------------------------------------------------------------------------------------
def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), without overflow."""
    return np.tanh(x * 0.5) * 0.5 + 0.5


def softplus(x: Array) -> Array:
    """log(1 + exp(x)), without overflow."""
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


def erf(x: Array) -> Array:
    """The error function, to 4e-7."""
    p = [2.0420176719136e-06, 0.00028480154707215705, 0.0037793175848376717]
    p += [0.05278939474154882, 0.19077709766156348, 1.1283791456176024]
    q = [3.8004188037944506e-05, 0.0011651408349765446, 0.014996857756378879]
    q += [0.11425473657783071, 0.5024045227498758, 1.0]
    c = np.clip(x, -3.93, 3.93)
    return (c * np.polyval(p, c * c) / np.polyval(q, c * c)).astype(x.dtype)


def erfinv(x: Array) -> Array:
    """The inverse of the error function, to 4e-7."""
    w = -np.log1p(-x * x)
    centre = [2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087]
    centre += [-0.00125372503, -0.00417768164, 0.246640727, 1.50140941]
    tail = [-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773]
    tail += [-0.0076224613, 0.00943887047, 1.00167406, 2.83297682]
    far = np.polyval(tail, np.sqrt(np.maximum(w, 0.0)) - 3.0)
    return (x * np.where(w < 5.0, np.polyval(centre, w - 2.5), far)).astype(x.dtype)


def softmax(x: Array) -> Array:
    """Powers of e along the last axis, as shares of their sum."""
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def log_softmax(x: Array) -> Array:
    """The logarithm of softmax."""
    x = x - x.max(axis=-1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


# -- windows over lines, pictures and volumes (batch, lengths, channels) -------------------------------------
def taps(x: Array, size: Any, strides: Any, padding: Any, dilation: Any, fill: float) -> Any:
    """For each place in a window: that place, and what all windows see there, (batch, counts, channels)."""
    x = np.pad(x, ((0, 0), *padding, (0, 0)), constant_values=fill) if np.any(padding) else x
    counts = [
        (n - (k - 1) * d - 1) // s + 1
        for n, k, s, d in zip(x.shape[1:-1], size, strides, dilation, strict=True)
    ]
    for place in np.ndindex(*size):
        cut = (
            slice(p * d, p * d + (n - 1) * s + 1, s)
            for p, d, n, s in zip(place, dilation, counts, strides, strict=True)
        )
        yield place, x[(slice(None), *cut)]


def conv(x: Array, weight: Array, strides: Any, padding: Any, dilation: Any, groups: int) -> Array:
    """A convolution; weight is (lengths, input channels / groups, filters)."""
    result: Any = 0.0
    seen, filters = weight.shape[-2], weight.shape[-1]
    each = filters // groups
    for place, part in taps(x, weight.shape[:-2], strides, padding, dilation, 0.0):
        w = weight[place]
        if groups == 1:
            result = result + part @ w
        elif seen == 1:
            result = result + np.repeat(part, each, axis=-1) * w[0]
        else:
            pieces = [
                part[..., g * seen : (g + 1) * seen] @ w[:, g * each : (g + 1) * each] for g in range(groups)
            ]
            result = result + np.concatenate(pieces, axis=-1)
    return np.asarray(result)


def conv_transposed(
    x: Array, weight: Array, shape: Any, strides: Any, padding: Any, dilation: Any, groups: int
) -> Array:
    """A transposed convolution that gives pictures of that shape (batch, lengths, channels)."""
    lengths = [n + sum(p) for n, p in zip(shape[1:-1], padding, strict=True)]
    result = np.zeros((shape[0], *lengths, shape[-1]), np.float32)
    seen, each = weight.shape[-2], weight.shape[-1] // groups
    counts = x.shape[1:-1]
    for place in np.ndindex(*weight.shape[:-2]):
        cut = (
            slice(p * d, p * d + (n - 1) * s + 1, s)
            for p, d, n, s in zip(place, dilation, counts, strides, strict=True)
        )
        part = result[(slice(None), *cut)]
        for g in range(groups):
            w = weight[place][:, g * each : (g + 1) * each]
            part[..., g * seen : (g + 1) * seen] += x[..., g * each : (g + 1) * each] @ w.T
    inner = (slice(p[0], p[0] + n) for p, n in zip(padding, shape[1:-1], strict=True))
    return result[(slice(None), *inner)]


def max_pool(x: Array, size: Any, strides: Any, padding: Any) -> Array:
    """The largest number of each window."""
    result: Any = -np.inf
    for _, part in taps(x, size, strides, padding, (1,) * len(size), -np.inf):
        result = np.maximum(result, part)
    return np.asarray(result)


def avg_pool(x: Array, size: Any, strides: Any, padding: Any) -> Array:
    """The mean of each window; padding does not count."""
    total: Any = 0.0
    count: Any = 0.0
    here = np.ones((1, *x.shape[1:-1], 1), np.float32)
    ones = taps(here, size, strides, padding, (1,) * len(size), 0.0)
    for (_, part), (_, there) in zip(
        taps(x, size, strides, padding, (1,) * len(size), 0.0), ones, strict=True
    ):
        total, count = total + part, count + there
    return np.asarray(total / count)


def affine_sample(x: Array, transform: Array, size: Any, interpolation: str, mode: str, fill: float) -> Array:
    """Pictures read at affine places: column a0 x + a1 y + a2 and row b0 x + b1 y + b2 for the pixel (x, y)."""
    _, height, width, channels = x.shape
    a0, a1, a2, b0, b1, b2 = transform.T[..., np.newaxis, np.newaxis]
    columns = np.arange(size[1], dtype=np.float32)
    rows = np.arange(size[0], dtype=np.float32)[:, np.newaxis]
    first = np.arange(len(x))[:, np.newaxis, np.newaxis] * (height * width)
    ys = ends(b0 * columns + b1 * rows + b2, height, interpolation, mode)
    xs = ends(a0 * columns + a1 * rows + a2, width, interpolation, mode)
    result = np.zeros((len(x), *size, channels), np.float32)
    for y, weight_y, inside_y in ys:
        for column, weight_x, inside_x in xs:
            values = x.reshape(-1, channels)[first + y * width + column]
            if mode == "constant":
                values = np.where((inside_y & inside_x)[..., np.newaxis], values, np.float32(fill))
            result += values * (weight_y * weight_x)[..., np.newaxis]
    return result


def ends(place: Array, length: int, interpolation: str, mode: str) -> list[tuple[Array, Array, Array]]:
    """The one or two pixels of a line that a place lies at: number, weight, whether it is inside."""
    lower = np.rint(place) if interpolation == "nearest" else np.floor(place)
    share = place - lower
    nodes = [(lower, 1.0 - share), (lower + 1.0, share)]
    nodes = [(lower, np.ones_like(place))] if interpolation == "nearest" else nodes
    found = []
    for node, weight in nodes:
        k = node.astype(np.int64)
        inside = (k >= 0) & (k < length)
        turned = k % (2 * length)
        fixed = (
            np.minimum(turned, 2 * length - 1 - turned) if mode == "reflect" else np.clip(k, 0, length - 1)
        )
        found.append((k % length if mode == "wrap" else fixed, weight, inside))
    return found


# -- picking, joining ----------------------------------------------------------------------------------------
def rows_of(table: Array, index: Array, scale: float) -> Array:
    """Rows of a table by number; one that there is not is the nearest."""
    found = np.take(table, index, axis=0, mode="clip")
    return found if scale == 1.0 else found * np.float32(scale)


def one_hot(index: Array, depth: int) -> Array:
    """1 at the place of each class."""
    return (index[..., np.newaxis] == np.arange(depth)).astype(np.float32)


def number_along(index: Array, length: int) -> Array:
    """Element numbers of positions in the last dimension of a tensor (.., length)."""
    lead = np.arange(math.prod(index.shape[:-1])).reshape((*index.shape[:-1], 1))
    return (np.clip(index, 0, length - 1) + lead * length).astype(np.int32)


def number_nd(index: Array, lengths: Sequence[int]) -> Array:
    """Element numbers of positions (.., k) in k dimensions."""
    found = np.zeros(index.shape[:-1], np.int32)
    for k, length in enumerate(lengths):
        found = found * length + np.clip(index[..., k], 0, length - 1)
    return found.astype(np.int32)


def add_rows(index: Array, rows: Array, count: int) -> Array:
    """Sums of equally numbered rows."""
    found = np.zeros((count, *rows.shape[index.ndim :]), np.float32)
    np.add.at(found, np.clip(index, 0, count - 1).reshape(-1), rows.reshape(-1, *found.shape[1:]))
    return found


def set_rows(table: Array, index: Array, rows: Array) -> Array:
    """A table with some rows replaced; of several for one place the last one stays."""
    found = np.array(table)
    for k, row in zip(
        np.clip(index, 0, len(table) - 1).reshape(-1), rows.reshape(-1, *table.shape[1:]), strict=True
    ):
        found[k] = row
    return found


def sort(x: Array, descending: bool) -> tuple[Array, Array]:
    """Along the last dimension: values in order, and where each was."""
    order = np.argsort(-x if descending else x, axis=-1, kind="stable")
    return np.take_along_axis(x, order, axis=-1), order.astype(np.int32)


def running(x: Array, axis: int, reverse: bool) -> Array:
    """Running sums along an axis."""
    return np.flip(np.cumsum(np.flip(x, axis), axis), axis) if reverse else np.cumsum(x, axis)


def fourier(x: Array, inverse: bool) -> Array:
    """The discrete Fourier transform of pairs (real part, imaginary part)."""
    z = x[..., 0] + 1j * x[..., 1]
    y = np.fft.ifft(z) * z.shape[-1] if inverse else np.fft.fft(z)
    return np.stack([y.real, y.imag], axis=-1).astype(np.float32)


def signed_logdet(x: Array) -> tuple[Array, Array]:
    """Sign and logarithm of a determinant."""
    sign, logarithm = np.linalg.slogdet(x)
    return np.asarray(sign), np.asarray(logarithm)


# -- one step after the other --------------------------------------------------------------------------------
def recurrence(
    step: Callable[..., Sequence[Array]], x: Array, states: Sequence[Array], mask: Any, backwards: bool
) -> tuple[Array, ...]:
    """The states of all steps of x (time, batch, values), each (time, batch, units), then the last ones."""
    seen: list[list[Array]] = [[] for _ in states]
    times = range(len(x) - 1, -1, -1) if backwards else range(len(x))
    for t in times:
        here = None if mask is None else mask[t][:, np.newaxis]
        states = [np.broadcast_to(s, states[0].shape) for s in step(x[t], here, *states)]
        for k, state in enumerate(states):
            seen[k].append(state)
    whole = [np.stack(s[::-1] if backwards else s) for s in seen]
    return (*whole, *states)


def linear_recurrence(a: Array, b: Array, axis: int, reverse: bool) -> Array:
    """y[i] = a[i] y[i - 1] + b[i] along an axis."""
    a, b = np.moveaxis(a, axis, 0), np.moveaxis(b, axis, 0)
    y = np.array(b)
    places = range(len(b) - 1, -1, -1) if reverse else range(len(b))
    for before, k in itertools.pairwise(places):
        y[k] = a[k] * y[before] + b[k]
    return np.moveaxis(y, 0, axis)
