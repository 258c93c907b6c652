"""The matrix product, plain or batched, of operands that may be stored transposed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.ops.epilogue import compute_with_epilogue, infer_with_epilogue
from engine.ops.op import Attrs, Call, Op, OpKind, Sample, Tensor
from engine.tensor.spec import Array, DType, Shape, ShapeError, TensorSpec


def extents(a: Shape, b: Shape, attrs: Attrs) -> tuple[int, int, int]:
    """(m, n, k): the product is m x n, summed over k."""
    m, k = (a[-1], a[-2]) if attrs["transpose_a"] else (a[-2], a[-1])
    n = b[-2] if attrs["transpose_b"] else b[-1]
    return m, n, k


def _infer(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    a, b = inputs
    if a.rank < 2 or a.rank != b.rank or a.shape[:-2] != b.shape[:-2]:
        raise ShapeError(
            f"A matrix product needs two matrices, or two equally long stacks, received {a} and {b}."
        )
    if a.dtype is not DType.FLOAT32 or b.dtype is not DType.FLOAT32:
        raise ShapeError(f"A matrix product works on float32 numbers, received {a} and {b}.")
    m, n, k = extents(a.shape, b.shape, attrs)
    if k != (b.shape[-1] if attrs["transpose_b"] else b.shape[-2]):
        raise ShapeError(
            f"A matrix product needs as many rows in the second as columns in the first, received {a} and {b}."
        )
    return (TensorSpec((*a.shape[:-2], m, n)),)


def _compute(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    a = inputs[0].swapaxes(-1, -2) if attrs["transpose_a"] else inputs[0]
    b = inputs[1].swapaxes(-1, -2) if attrs["transpose_b"] else inputs[1]
    np.matmul(a, b, out=outputs[0])


def _gradient(call: Call) -> Sequence[Tensor | None]:
    a, b = call.inputs
    ta, tb = call.attrs["transpose_a"], call.attrs["transpose_b"]
    g = call.grad
    grad_a = matmul(b, g, transpose_a=tb, transpose_b=True) if ta else matmul(g, b, transpose_b=not tb)
    grad_b = matmul(g, a, transpose_a=True, transpose_b=ta) if tb else matmul(a, g, transpose_a=not ta)
    return [grad_a, grad_b]


def _cost(inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...], attrs: Attrs) -> int:
    return outputs[0].size * extents(inputs[0].shape, inputs[1].shape, attrs)[2]


def _sample(a: Shape, b: Shape, *, transpose_a: bool = False, transpose_b: bool = False) -> Sample:
    return Sample((TensorSpec(a), TensorSpec(b)), {"transpose_a": transpose_a, "transpose_b": transpose_b})


matmul = Op(
    "matmul",
    OpKind.STRUCTURED,
    infer_with_epilogue(_infer, 2),
    compute_with_epilogue(_infer, _compute, 2),
    _gradient,
    samples=(
        _sample((3, 5), (5, 7)),
        _sample((1, 1), (1, 1)),
        _sample((67, 131), (131, 33)),
        _sample((5, 3), (5, 7), transpose_a=True),
        _sample((3, 5), (7, 5), transpose_b=True),
        _sample((5, 3), (7, 5), transpose_a=True, transpose_b=True),
        _sample((2, 3, 5), (2, 5, 7)),
        _sample((2, 3, 5, 4), (2, 3, 7, 4), transpose_b=True),
        _sample((3, 5, 1), (3, 5, 2), transpose_a=True),
    ),
    cost=_cost,
    onnx=("MatMul", "Gemm"),
    defaults={"transpose_a": False, "transpose_b": False},
)
