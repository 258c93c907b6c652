"""Ops that fold dimensions away. attrs: axes (tuple of int, counted from the front), keepdims (bool)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from engine.ops.op import Attrs, Call, Op, OpKind, Sample, Tensor
from engine.ops.views import reshape
from engine.tensor.spec import (
    Array,
    DType,
    Shape,
    ShapeError,
    TensorSpec,
    broadcast_shapes,
    format_shape,
    normalize_axis,
)


def infer_reduction(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    """The shape rule of all ops that fold axes of one input."""
    (x,) = inputs
    axes = {normalize_axis(a, x.rank) for a in attrs["axes"]}
    if attrs["keepdims"]:
        return (TensorSpec(tuple(1 if i in axes else n for i, n in enumerate(x.shape)), x.dtype),)
    return (TensorSpec(tuple(n for i, n in enumerate(x.shape) if i not in axes), x.dtype),)


def infer_extreme(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    """The same, of those that need something to choose from."""
    (x,) = inputs
    found = infer_reduction(inputs, attrs)
    if any(not x.shape[axis] for axis in attrs["axes"]):
        raise ShapeError(f"Among no numbers none is the largest or smallest, received {x}.")
    return found


def kept_shape(x: Tensor, axes: Sequence[int]) -> Shape:
    """The shape of `x` with 1 for each of `axes`, counted from either end."""
    return tuple(1 if i in {a % x.spec.rank for a in axes} else n for i, n in enumerate(x.shape))


def _compute_sum(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    np.sum(inputs[0], axis=tuple(attrs["axes"]), keepdims=attrs["keepdims"], out=outputs[0])


def _gradient_sum(call: Call) -> Sequence[Tensor | None]:
    x = call.inputs[0]
    return [broadcast_to(reshape(call.grad, shape=kept_shape(x, call.attrs["axes"])), shape=x.shape)]


sum_ = Op(
    "sum",
    OpKind.REDUCTION,
    infer_reduction,
    _compute_sum,
    _gradient_sum,
    samples=(
        Sample((TensorSpec((3, 5, 7)),), {"axes": (1,), "keepdims": False}),
        Sample((TensorSpec((3, 5, 7)),), {"axes": (0, 2), "keepdims": True}),
        Sample((TensorSpec((130, 67)),), {"axes": (0,), "keepdims": False}),
        Sample((TensorSpec((4,)),), {"axes": (0,), "keepdims": False}),
    ),
    onnx=("ReduceSum",),
    defaults={"keepdims": False},
)


def mean(x: Tensor, axes: Sequence[int], *, keepdims: bool = False) -> Tensor:
    """The mean over `axes`."""
    count = math.prod(x.shape[normalize_axis(a, x.spec.rank)] for a in axes)
    if not count:
        raise ShapeError(f"A mean needs at least one number, received {x.spec}.")
    return sum_(x, axes=tuple(axes), keepdims=keepdims) * (1.0 / count)


def _compute_max(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    np.max(inputs[0], axis=tuple(attrs["axes"]), keepdims=attrs["keepdims"], out=outputs[0])


def _gradient_max(call: Call) -> Sequence[Tensor | None]:
    """Equal maxima share the gradient."""
    from engine.ops import elementwise  # its gradients need `sum_to_shape` of this module

    x, axes = call.inputs[0], call.attrs["axes"]
    shape = kept_shape(x, axes)
    chosen = elementwise.equal(x, reshape(call.output, shape=shape))
    return [chosen * (reshape(call.grad, shape=shape) / sum_(chosen, axes=axes, keepdims=True))]


max_ = Op(
    "max",
    OpKind.REDUCTION,
    infer_extreme,
    _compute_max,
    _gradient_max,
    samples=(
        Sample((TensorSpec((3, 5, 7)),), {"axes": (1,), "keepdims": False}),
        Sample((TensorSpec((3, 5, 7)),), {"axes": (0, 2), "keepdims": True}),
        Sample((TensorSpec((67, 131)),), {"axes": (1,), "keepdims": False}),
    ),
    onnx=("ReduceMax",),
    defaults={"keepdims": False},
)


def _infer_argmax(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    if not inputs[0].rank or not inputs[0].shape[-1]:
        raise ShapeError(f"The position of the largest number needs a list of them, received {inputs[0]}.")
    return (TensorSpec(inputs[0].shape[:-1], DType.INT32),)


def _compute_argmax(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    np.copyto(outputs[0], np.argmax(inputs[0], axis=-1), casting="same_kind")


# along the last axis; the first of equal maxima
argmax = Op(
    "argmax",
    OpKind.STRUCTURED,
    _infer_argmax,
    _compute_argmax,
    samples=(Sample((TensorSpec((5, 7)),)), Sample((TensorSpec((2, 3, 11)),)), Sample((TensorSpec((3, 1)),))),
    onnx=("ArgMax",),
)


def _infer_broadcast(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    (x,), shape = inputs, tuple(attrs["shape"])
    if broadcast_shapes(x.shape, shape) != shape or min(shape, default=0) < 0:
        raise ShapeError(f"Only dimensions of 1 are stretched, received {x} for {format_shape(shape)}.")
    return (TensorSpec(shape, x.dtype),)


def _compute_broadcast(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    np.copyto(outputs[0], inputs[0])


# Element-wise in the sense that matters to devices: it fuses with its neighbours as the identity.
broadcast_to = Op(
    "broadcast_to",
    OpKind.ELEMENTWISE,
    _infer_broadcast,
    _compute_broadcast,
    lambda call: [sum_to_shape(call.grad, call.inputs[0].shape)],
    glsl="({0})",
    samples=(Sample((TensorSpec((3, 1, 5)),), {"shape": (3, 4, 5)}),),
    ufunc=np.positive,
    onnx=("Expand",),
)


def sum_to_shape(x: Tensor, shape: Shape) -> Tensor:
    """`x` summed over the dimensions that broadcasting added to or stretched from `shape`."""
    if x.shape == shape:
        return x
    lead = x.spec.rank - len(shape)
    axes = tuple(range(lead)) + tuple(
        i + lead for i, n in enumerate(shape) if n == 1 and x.shape[i + lead] != 1
    )
    summed = sum_(x, axes=axes, keepdims=True) if axes else x
    return reshape(summed, shape=shape)
