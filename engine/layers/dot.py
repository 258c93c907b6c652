"""Scalar products of two inputs."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

from pydantic import BeforeValidator

from engine.layers.base import (
    Category,
    Declaration,
    Layer,
    LayerBuilder,
    LayerSample,
    expect_numbers,
    per_example,
)
from engine.layers.merging import PAIR
from engine.layers.shapes import Axis, twice
from engine.ops.elementwise import maximum, rsqrt, square
from engine.ops.matmul import matmul
from engine.ops.movement import transpose
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.ops.views import reshape
from engine.settings import setting
from engine.tensor.spec import DType, Shape, ShapeError, format_shape

_LEAST = 1e-12  # of a squared length, as in Keras


class Dot(Layer):
    """Multiplies two inputs along one dimension of each and adds up.

    y = Σ aᵢ · bᵢ: large where the two point the same way. With normalize it is the cosine of the angle between them.
    Use it to compare what two branches found, such as a question and an answer. The other dimensions stay, those of
    the first input first.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.MERGE,
        summary="Scalar products of two inputs",
        aliases=("scalar product", "cosine", "similarity", "matmul", "merge"),
        keras="Dot",
        onnx="MatMul",
        inputs=PAIR,
        samples=(
            LayerSample({}, ((2, 4), (2, 4))),
            LayerSample({"axes": (1, 2)}, ((2, 3, 4), (2, 5, 3))),
            LayerSample({"axes": (2, 1), "normalize": True}, ((2, 2, 4), (2, 4))),
            LayerSample({"axes": 1}, ((2, 3, 2, 2), (2, 3, 5))),
        ),
    )
    axes: Annotated[tuple[Axis, Axis], BeforeValidator(twice)] = setting(
        (-1, -1), "Axes", "dimension of each input that is summed over; 0 is the batch", prominent=True
    )
    normalize: bool = setting(False, "Normalize", "bring both to length 1 first: the cosine", prominent=True)

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, .., n, ..) and (batch, .., n, ..) -> (batch, rest of the first, rest of the second)."""
        if len(inputs) != 2:
            raise ShapeError(f"Dot needs two inputs, received {len(inputs)}. Draw another wire to it.")
        axes = [self._axis(x, axis) for x, axis in zip(inputs, self.axes, strict=True)]
        lengths = [x.shape[a] for x, a in zip(inputs, axes, strict=True)]
        if lengths[0] != lengths[1]:
            received = " and ".join(per_example(x) for x in inputs)
            raise ShapeError(
                f"Dot needs equally long dimensions to multiply, received {received} with axes {self.axes}. "
                "Put a Dense before one of them, or choose other axes."
            )
        if self.normalize:
            inputs = tuple(_of_length_1(x, a) for x, a in zip(inputs, axes, strict=True))
        rests = [
            tuple(n for i, n in enumerate(x.shape) if i not in (0, a))
            for x, a in zip(inputs, axes, strict=True)
        ]
        first, second = (_rows(x, a) for x, a in zip(inputs, axes, strict=True))
        shape = (inputs[0].shape[0], *rests[0], *rests[1])
        return (
            reshape(matmul(first, second, transpose_b=True), shape=shape if len(shape) > 1 else (*shape, 1)),
        )

    @staticmethod
    def _axis(x: Tensor, axis: int) -> int:
        expect_numbers(x, "Dot")
        rank = x.spec.rank
        if not -rank <= axis < rank or axis % rank == 0:
            raise ShapeError(
                f"Dot needs a dimension beside the batch, received axis {axis} for {per_example(x)} per example. "
                "Set it to -1, the last one."
            )
        return axis % rank

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """What becomes of the shapes."""
        product = "Cosines" if self.normalize else "Scalar products"
        return f"{product} of {format_shape(inputs[0])} and {format_shape(inputs[1])}: {format_shape(outputs[0])}"


def _of_length_1(x: Tensor, axis: int) -> Tensor:
    squares = sum_(square(x), axes=(axis,), keepdims=True)
    return x * rsqrt(maximum(squares, x.builder.constant(_LEAST, DType.FLOAT32)))


def _rows(x: Tensor, axis: int) -> Tensor:
    """(batch, rest, n), with the axis last."""
    others = tuple(i for i in range(1, x.spec.rank) if i != axis)
    last = x if axis == x.spec.rank - 1 else transpose(x, perm=(0, *others, axis))
    return reshape(last, shape=(x.shape[0], math.prod(x.shape[i] for i in others), x.shape[axis]))
