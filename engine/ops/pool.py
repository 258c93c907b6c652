"""Pooling over lines, pictures and volumes: the largest or the mean number in each window, channel by channel.

Attributes: size, strides and padding (pairs of before, after, less than the size), each per length or one
number for all. Padding never wins a maximum and does not count in a mean.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.ops.op import Attrs, Call, Op, OpKind, Sample, Tensor
from engine.ops.windows import Window
from engine.tensor.spec import Array, Shape, ShapeError, TensorSpec, format_shape


def window_of(image: Shape, attrs: Attrs) -> Window:
    """The windows of a pooling of `image` (batch, lengths, channels)."""
    return Window.of(image, attrs["size"], attrs["strides"], attrs["padding"])


def output_shape(image: Shape, attrs: Attrs) -> Shape:
    """Shape of the pooled picture.

    Raises:
        ShapeError: not a picture, no room for a window, or a window that could see nothing but padding.
    """
    window = window_of(image, attrs)
    window.check()
    if any(max(pads) >= n for pads, n in zip(window.padding, window.size, strict=True)):
        raise ShapeError(f"Padding must be less than the window {window.size}, received {window.padding}.")
    return (image[0], *window.count, image[-1])


def tap_counts(window: Window) -> Array:
    """Number of picture elements in each window, float32 (*count, 1)."""
    ones = window.pad(np.ones((1, *window.image, 1), np.float32))
    counts = np.zeros((*window.count, 1), np.float32)
    for _, index in window.positions():
        counts += ones[index][0]
    return counts


def _infer(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    return (TensorSpec(output_shape(inputs[0].shape, attrs)),)


# -- maximum -----------------------------------------------------------------------------------------------
def _compute_max(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    window = window_of(inputs[0].shape, attrs)
    padded = window.pad(inputs[0], -np.inf)
    outputs[0].fill(-np.inf)
    for _, index in window.positions():
        np.maximum(outputs[0], padded[index], out=outputs[0])


def _gradient_max(call: Call) -> Sequence[Tensor | None]:
    return [max_pool_grad(call.inputs[0], call.output, call.grad, **call.attrs)]


def _infer_max_grad(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    x, pooled, grad = inputs
    expected = output_shape(x.shape, attrs)
    if pooled.shape != expected or grad.shape != expected:
        raise ShapeError(
            f"The gradient must be {format_shape(expected)}, received {format_shape(grad.shape)}."
        )
    return (TensorSpec(x.shape),)


def _compute_max_grad(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    x, pooled, grad = inputs
    window = window_of(x.shape, attrs)
    padded = window.pad(x, -np.inf)
    result = np.zeros_like(padded)
    open_ = np.ones(pooled.shape, bool)  # windows whose maximum has not been met yet
    for _, index in window.positions():
        found = (padded[index] == pooled) & open_
        result[index] += np.where(found, grad, 0.0)
        open_ &= ~found
    np.copyto(outputs[0], window.unpad(result))


# -- mean --------------------------------------------------------------------------------------------------
def _compute_avg(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    window = window_of(inputs[0].shape, attrs)
    padded = window.pad(inputs[0])
    outputs[0].fill(0.0)
    for _, index in window.positions():
        outputs[0][...] += padded[index]
    outputs[0][...] /= tap_counts(window)


def _gradient_avg(call: Call) -> Sequence[Tensor | None]:
    return [avg_pool_grad(call.grad, input_shape=call.inputs[0].shape, **call.attrs)]


def _infer_avg_grad(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    shape = tuple(attrs["input_shape"])
    expected = output_shape(shape, attrs)
    if inputs[0].shape != expected:
        raise ShapeError(
            f"The gradient must be {format_shape(expected)}, received {format_shape(inputs[0].shape)}."
        )
    return (TensorSpec(shape),)


def _compute_avg_grad(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    window = window_of(outputs[0].shape, attrs)
    share = inputs[0] / tap_counts(window)
    result = np.zeros((outputs[0].shape[0], *window.padded, outputs[0].shape[-1]), share.dtype)
    for _, index in window.positions():
        result[index] += share
    np.copyto(outputs[0], window.unpad(result))


def _gradient_avg_grad(call: Call) -> Sequence[Tensor | None]:
    attrs = {k: v for k, v in call.attrs.items() if k != "input_shape"}
    return [avg_pool(call.grad, **attrs)]


# -- records -----------------------------------------------------------------------------------------------
def _reach(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[Shape, Shape]:
    return window_of(inputs[0].shape, attrs).reach


_NO_PADDING = ((0, 0), (0, 0))
_CASES: tuple[tuple[Shape, Attrs], ...] = (
    ((2, 4, 6, 3), {"size": (2, 2), "strides": (2, 2), "padding": _NO_PADDING}),
    ((1, 5, 7, 2), {"size": (2, 2), "strides": (2, 2), "padding": _NO_PADDING}),
    ((2, 5, 5, 1), {"size": (3, 3), "strides": (2, 2), "padding": ((1, 1), (1, 1))}),
    ((1, 5, 4, 5), {"size": (3, 2), "strides": (1, 1), "padding": ((0, 2), (1, 0))}),
    ((3, 7, 7, 2), {"size": (2, 2), "strides": (3, 3), "padding": _NO_PADDING}),
    ((1, 1, 1, 1), {"size": (1, 1), "strides": (1, 1), "padding": _NO_PADDING}),
    ((2, 11, 3), {"size": (3,), "strides": (2,), "padding": ((1, 1),)}),
    ((1, 4, 5, 3, 2), {"size": (2, 3, 2), "strides": (2, 1, 1), "padding": ((0, 0), (1, 1), (1, 0))}),
)
_SAMPLES = tuple(Sample((TensorSpec(shape),), attrs) for shape, attrs in _CASES)


def _grad_shape(shape: Shape, attrs: Attrs) -> TensorSpec:
    return TensorSpec(output_shape(shape, attrs))


max_pool = Op(
    "max_pool",
    OpKind.STRUCTURED,
    _infer,
    _compute_max,
    _gradient_max,
    samples=_SAMPLES,
    onnx=("MaxPool",),
    window=_reach,
)
# inputs (x, pooled, grad); the gradient of a window goes to the first maximum in it, row by row
max_pool_grad = Op(
    "max_pool_grad",
    OpKind.STRUCTURED,
    _infer_max_grad,
    _compute_max_grad,
    samples=tuple(
        Sample((TensorSpec(shape), _grad_shape(shape, attrs), _grad_shape(shape, attrs)), attrs)
        for shape, attrs in _CASES
    ),
)
avg_pool = Op(
    "avg_pool",
    OpKind.STRUCTURED,
    _infer,
    _compute_avg,
    _gradient_avg,
    samples=_SAMPLES,
    onnx=("AveragePool",),
    window=_reach,
)
# inputs (grad,); attrs also input_shape
avg_pool_grad = Op(
    "avg_pool_grad",
    OpKind.STRUCTURED,
    _infer_avg_grad,
    _compute_avg_grad,
    _gradient_avg_grad,
    samples=tuple(
        Sample((_grad_shape(shape, attrs),), {**attrs, "input_shape": shape}) for shape, attrs in _CASES
    ),
)
