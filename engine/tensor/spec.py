"""Shape and element type of a tensor: what can be known of it before anything is computed.

Everything up to the devices (layers, inference on the canvas, the compiler) works on specs alone, so a network of
any size can be looked at, checked and costed without allocating a byte of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Shape = tuple[int, ...]


class DType(StrEnum):
    """Element types: those of tensors on every device, and text, which never leaves the host."""

    FLOAT32 = "float32"
    INT32 = "int32"
    UINT8 = "uint8"  # only stored data (pictures): gathering a batch turns it into float32
    STRING = "string"  # only in data: layers that run on the host turn it into numbers (`engine.layers.host`)

    @property
    def numpy(self) -> np.dtype[Any]:
        """The NumPy dtype of the same name."""
        return np.dtypes.StringDType() if self is DType.STRING else np.dtype(self.value)

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self.numpy.itemsize


class ShapeError(ValueError):
    """A shape or a type that an op or a layer cannot work with, as one sentence for the user."""


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """Shape (all dimensions known, the batch included) and dtype of a tensor."""

    shape: Shape
    dtype: DType = DType.FLOAT32

    @property
    def rank(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of the elements, without padding."""
        return self.size * self.dtype.itemsize

    def __str__(self) -> str:
        return f"{format_shape(self.shape)} {self.dtype.value}"


def format_shape(shape: Shape) -> str:
    """The shape as people read it: `28 × 28 × 1`, `10`, and `scalar` for no dimension."""
    return " × ".join(map(str, shape)) if shape else "scalar"


def broadcast_shapes(*shapes: Shape) -> Shape:
    """The common shape under NumPy's broadcasting rule.

    Raises:
        ShapeError: two lengths differ in a dimension and neither is 1.
    """
    different = set(shapes) - {()}
    if len(different) <= 1:  # nearly always; this is asked for every op of a program, several times
        return different.pop() if different else ()
    rank = max(map(len, shapes))
    result = [1] * rank
    for shape in shapes:
        for axis, length in enumerate(shape, start=rank - len(shape)):
            if length != 1 and result[axis] not in (1, length):
                received = " and ".join(format_shape(s) for s in shapes)
                raise ShapeError(f"Shapes must be equal or 1 in every dimension, received {received}.")
            if length != 1:
                result[axis] = length
    return tuple(result)


def normalize_axis(axis: int, rank: int) -> int:
    """`axis` counted from the front.

    Raises:
        ShapeError: there is no such axis.
    """
    if not -rank <= axis < rank:
        raise ShapeError(
            f"Axis must be between {-rank} and {rank - 1} for {rank} dimensions, received {axis}."
        )
    return axis % rank
