"""Ops that put elements elsewhere without calculating: transpose, slice, pad, concatenate; changes of type."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.ops.op import Attrs, Call, Op, OpKind, Sample, Tensor
from engine.tensor.spec import Array, DType, Shape, ShapeError, TensorSpec, format_shape, normalize_axis


def _samples(*attrs_by_shape: tuple[Shape, Attrs]) -> tuple[Sample, ...]:
    return tuple(Sample((TensorSpec(shape),), attrs) for shape, attrs in attrs_by_shape)


# -- transpose: attrs perm (output dimension i is input dimension perm[i]) ---------------------------------
def _infer_transpose(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    (x,) = inputs
    perm = attrs["perm"]
    if sorted(perm) != list(range(x.rank)):
        raise ShapeError(f"A permutation names each of {x.rank} dimensions once, received {tuple(perm)}.")
    return (TensorSpec(tuple(x.shape[i] for i in perm), x.dtype),)


def _compute_transpose(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    np.copyto(outputs[0], inputs[0].transpose(attrs["perm"]))


def _gradient_transpose(call: Call) -> Sequence[Tensor | None]:
    perm = call.attrs["perm"]
    return [transpose(call.grad, perm=tuple(perm.index(i) for i in range(len(perm))))]


transpose = Op(
    "transpose",
    OpKind.STRUCTURED,
    _infer_transpose,
    _compute_transpose,
    _gradient_transpose,
    samples=_samples(
        ((3, 5), {"perm": (1, 0)}), ((2, 3, 5, 7), {"perm": (0, 3, 1, 2)}), ((1, 5, 1), {"perm": (2, 1, 0)})
    ),
    onnx=("Transpose",),
)


# -- slice: attrs starts, limits (one per dimension; element i is inside if start <= i < limit) ------------
def _infer_slice(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    (x,) = inputs
    starts, limits = attrs["starts"], attrs["limits"]
    fits = len(starts) == len(limits) == x.rank
    if not fits or any(not 0 <= s <= e <= n for s, e, n in zip(starts, limits, x.shape, strict=True)):
        raise ShapeError(
            f"A slice lies inside its input, received {tuple(starts)} to {tuple(limits)} of {format_shape(x.shape)}."
        )
    return (TensorSpec(tuple(e - s for s, e in zip(starts, limits, strict=True)), x.dtype),)


def _compute_slice(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    np.copyto(outputs[0], inputs[0][tuple(map(slice, attrs["starts"], attrs["limits"]))])


def _gradient_slice(call: Call) -> Sequence[Tensor | None]:
    starts, limits = call.attrs["starts"], call.attrs["limits"]
    after = tuple(n - e for n, e in zip(call.inputs[0].shape, limits, strict=True))
    return [pad(call.grad, before=tuple(starts), after=after)]


slice_ = Op(
    "slice",
    OpKind.STRUCTURED,
    _infer_slice,
    _compute_slice,
    _gradient_slice,
    samples=_samples(
        ((5, 7), {"starts": (0, 2), "limits": (5, 5)}),
        ((3, 4, 5), {"starts": (1, 0, 4), "limits": (3, 4, 5)}),
        ((1, 3), {"starts": (0, 0), "limits": (1, 1)}),
    ),
    onnx=("Slice",),
)


# -- pad: attrs before, after (elements added per dimension), value ----------------------------------------
def _infer_pad(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    (x,) = inputs
    before, after = attrs["before"], attrs["after"]
    if not len(before) == len(after) == x.rank or min((*before, *after), default=0) < 0:
        raise ShapeError(
            f"Padding needs two numbers from 0 on for each of {x.rank} dimensions, received {before}, {after}."
        )
    return (TensorSpec(tuple(b + n + a for b, n, a in zip(before, x.shape, after, strict=True)), x.dtype),)


def _inner(before: Sequence[int], shape: Shape) -> tuple[slice, ...]:
    return tuple(slice(b, b + n) for b, n in zip(before, shape, strict=True))


def _compute_pad(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    outputs[0].fill(attrs["value"])
    np.copyto(outputs[0][_inner(attrs["before"], inputs[0].shape)], inputs[0])


def _gradient_pad(call: Call) -> Sequence[Tensor | None]:
    before = tuple(call.attrs["before"])
    limits = tuple(b + n for b, n in zip(before, call.inputs[0].shape, strict=True))
    return [slice_(call.grad, starts=before, limits=limits)]


pad = Op(
    "pad",
    OpKind.STRUCTURED,
    _infer_pad,
    _compute_pad,
    _gradient_pad,
    samples=_samples(
        ((3, 5), {"before": (0, 2), "after": (1, 0), "value": 1.5}),
        ((2, 3, 3, 1), {"before": (0, 1, 1, 0), "after": (0, 1, 2, 0)}),
        ((1,), {"before": (0,), "after": (0,)}),
    ),
    onnx=("Pad",),
    defaults={"value": 0.0},
)


# -- concat: attrs axis ------------------------------------------------------------------------------------
def _infer_concat(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    first = inputs[0]
    axis = normalize_axis(attrs["axis"], first.rank)

    def rest(spec: TensorSpec) -> tuple[object, ...]:
        return (*spec.shape[:axis], *spec.shape[axis + 1 :], spec.rank, spec.dtype)

    if any(rest(spec) != rest(first) for spec in inputs):
        received = " and ".join(map(str, inputs))
        raise ShapeError(f"Joined tensors must be equal in all dimensions but one, received {received}.")
    length = sum(spec.shape[axis] for spec in inputs)
    return (TensorSpec((*first.shape[:axis], length, *first.shape[axis + 1 :]), first.dtype),)


def _compute_concat(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    np.concatenate(inputs, axis=attrs["axis"], out=outputs[0])


def _gradient_concat(call: Call) -> Sequence[Tensor | None]:
    shape = call.output.shape
    axis = call.attrs["axis"] % len(shape)
    grads: list[Tensor | None] = []
    start = 0
    for x in call.inputs:
        end = start + x.shape[axis]
        starts = tuple(start if i == axis else 0 for i in range(len(shape)))
        limits = tuple(end if i == axis else n for i, n in enumerate(shape))
        grads.append(slice_(call.grad, starts=starts, limits=limits))
        start = end
    return grads


concat = Op(
    "concat",
    OpKind.STRUCTURED,
    _infer_concat,
    _compute_concat,
    _gradient_concat,
    samples=(
        Sample((TensorSpec((3, 5)), TensorSpec((3, 2))), {"axis": -1}),
        Sample((TensorSpec((2, 1, 3)), TensorSpec((2, 4, 3)), TensorSpec((2, 2, 3))), {"axis": 1}),
        Sample((TensorSpec((7,)),), {"axis": 0}),
    ),
    onnx=("Concat",),
)


# -- cast: attrs dtype (DType); float32 to int32 drops the fraction ----------------------------------------
def _infer_cast(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    return (TensorSpec(inputs[0].shape, DType(attrs["dtype"])),)


def _compute_cast(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    np.copyto(outputs[0], inputs[0], casting="unsafe")


def _gradient_cast(call: Call) -> Sequence[Tensor | None]:
    both = (call.inputs[0].dtype, call.output.dtype)
    return [call.grad if both == (DType.FLOAT32, DType.FLOAT32) else None]


cast = Op(
    "cast",
    OpKind.STRUCTURED,
    _infer_cast,
    _compute_cast,
    _gradient_cast,
    samples=(
        Sample((TensorSpec((3, 5), DType.INT32),), {"dtype": DType.FLOAT32}, integer_high=1000),
        Sample((TensorSpec((), DType.INT32),), {"dtype": DType.FLOAT32}),
        Sample((TensorSpec((7,)),), {"dtype": DType.INT32}),
        Sample((TensorSpec((5, 3), DType.UINT8),), {"dtype": DType.FLOAT32}),
    ),
    onnx=("Cast",),
)


# -- one_hot: attrs depth; an index outside [0, depth) gives a row of zeros --------------------------------
def _infer_one_hot(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    if inputs[0].dtype is not DType.INT32:
        raise ShapeError(f"Class numbers must be whole numbers (int32), received {inputs[0]}.")
    return (TensorSpec((*inputs[0].shape, attrs["depth"])),)


def _compute_one_hot(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    np.equal(inputs[0][..., np.newaxis], np.arange(attrs["depth"]), out=outputs[0], casting="unsafe")


one_hot = Op(
    "one_hot",
    OpKind.STRUCTURED,
    _infer_one_hot,
    _compute_one_hot,
    samples=(
        Sample((TensorSpec((5,), DType.INT32),), {"depth": 3}),
        Sample((TensorSpec((2, 3), DType.INT32),), {"depth": 2}),
        Sample((TensorSpec((1,), DType.INT32),), {"depth": 1}),
    ),
    onnx=("OneHot",),
)
