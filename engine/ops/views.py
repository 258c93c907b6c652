"""Ops that move no data: another shape for the same bytes, or a part of an arena; and `pack`, their inverse.

Devices alias the output of a view to its input. `pack` gathers tensors into one flat arena; the memory
planner lets their producers write there directly, so that it usually costs nothing either.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from engine.ops.op import Attrs, Call, Op, OpKind, Sample, Tensor
from engine.tensor.spec import Array, ShapeError, TensorSpec, format_shape


def _infer_reshape(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    (x,) = inputs
    shape = tuple(attrs["shape"])
    if shape.count(-1) == 1:
        known = -math.prod(shape)
        shape = tuple(x.size // known if n == -1 and known else n for n in shape)
    if math.prod(shape) != x.size or min(shape, default=0) < 0:
        raise ShapeError(
            f"A reshape keeps the number of elements, received {format_shape(x.shape)} "
            f"({x.size}) for {format_shape(shape)} ({math.prod(shape)})."
        )
    return (TensorSpec(shape, x.dtype),)


def _compute_reshape(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    np.copyto(outputs[0], inputs[0].reshape(outputs[0].shape))


def _gradient_reshape(call: Call) -> Sequence[Tensor | None]:
    return [reshape(call.grad, shape=call.inputs[0].shape)]


reshape = Op(
    "reshape",
    OpKind.VIEW,
    _infer_reshape,
    _compute_reshape,
    _gradient_reshape,
    samples=(
        Sample((TensorSpec((2, 3, 5)),), {"shape": (6, -1)}),
        Sample((TensorSpec((1,)),), {"shape": ()}),
    ),
    onnx=("Reshape", "Flatten"),
)


def _infer_view(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    return (TensorSpec(tuple(attrs["shape"]), inputs[0].dtype),)


def _compute_view(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    size = outputs[0].size
    np.copyto(
        outputs[0], inputs[0].reshape(-1)[attrs["offset"] : attrs["offset"] + size].reshape(outputs[0].shape)
    )


# An arena has no gradient of its own: differentiation stops at the weights, which are views of it. The
# length of the arena is not checked here because it is known only when all weights are placed; `verify`
# checks it in the program.
view = Op(
    "view",
    OpKind.VIEW,
    _infer_view,
    _compute_view,
    samples=(Sample((TensorSpec((192,)),), {"offset": 64, "shape": (3, 5)}),),
)


def _infer_pack(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    for spec, offset in zip(inputs, attrs["offsets"], strict=True):
        if offset + spec.size > attrs["size"]:
            raise ShapeError(f"Element {offset + spec.size} lies beyond an arena of {attrs['size']}.")
    return (TensorSpec((attrs["size"],)),)


def _compute_pack(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    outputs[0].fill(0.0)
    for array, offset in zip(inputs, attrs["offsets"], strict=True):
        outputs[0][offset : offset + array.size] = array.reshape(-1)


def _gradient_pack(call: Call) -> Sequence[Tensor | None]:
    offsets = call.attrs["offsets"]
    return [view(call.grad, offset=o, shape=x.shape) for o, x in zip(offsets, call.inputs, strict=True)]


# attrs: offsets (element offset of each input), size (elements of the arena). Elements no input covers are
# zero.
pack = Op(
    "pack",
    OpKind.STRUCTURED,
    _infer_pack,
    _compute_pack,
    _gradient_pack,
    samples=(Sample((TensorSpec((2, 3)), TensorSpec((70,))), {"offsets": (0, 64), "size": 192}),),
)

# The same elements at another place. The memory planner inserts it where a value cannot be written in place.
copy = Op(
    "copy",
    OpKind.STRUCTURED,
    lambda inputs, attrs: inputs,
    _compute_reshape,
    lambda call: [call.grad],
    samples=(Sample((TensorSpec((3, 5)),)), Sample((TensorSpec((257,)),))),
    onnx=("Identity",),
)
