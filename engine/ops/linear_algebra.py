"""Systems of linear equations: inverse, solutions, determinant, Cholesky's factor; of one matrix or of stacks of them.

They run on the host on every device: pivots and early ends make poor shaders, and LAPACK is there already. A matrix
without an inverse gives NaN, which training reports at its source.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from engine.ops.arrangement import expand_dims, lower_triangle, squeeze, swap_axes, upper_triangle
from engine.ops.elementwise import exp, mul
from engine.ops.matmul import matmul
from engine.ops.op import Attrs, Call, Op, OpKind, Sample, Tensor
from engine.tensor.spec import Array, DType, ShapeError, TensorSpec

HOST = (
    "factorizing a matrix takes one step after the other, which the processor does faster than a GPU program"
)


def apply(function: Callable[..., Any], inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
    """Write what `function` makes of stacks of matrices; NaN where it fails for one."""
    try:
        results = function(*inputs)
    except np.linalg.LinAlgError:
        if inputs[0].ndim == 2:
            for out in outputs:
                out.fill(np.nan)
            return
        for i in range(inputs[0].shape[0]):
            apply(function, [x[i] for x in inputs], [out[i, ...] for out in outputs])
        return
    for out, result in zip(outputs, results if isinstance(results, tuple) else (results,), strict=True):
        np.copyto(out, result)


def expect_matrix(x: TensorSpec, *, square: bool = True) -> None:
    """Raise ShapeError unless `x` is a matrix or a stack of them, and as wide as high where it must be."""
    if x.rank < 2 or x.dtype is not DType.FLOAT32 or (square and x.shape[-1] != x.shape[-2]):
        kind = "a square matrix of float32 numbers" if square else "a matrix of float32 numbers"
        raise ShapeError(f"This operation needs {kind}, or a stack of them, received {x}.")


def transposed(x: Tensor) -> Tensor:
    """Each matrix of a stack transposed."""
    return swap_axes(x, -1, -2)


def symmetric(x: Tensor) -> Tensor:
    """(x + xᵀ) / 2."""
    return (x + transposed(x)) * 0.5


def invertible(x: Array) -> Array:
    """A matrix far from having no inverse, for the samples."""
    return x + 4.0 * np.eye(x.shape[-1])


def positive(x: Array) -> Array:
    """A symmetric matrix with positive eigenvalues that are far apart, for the samples."""
    return np.asarray(x @ x.swapaxes(-1, -2) / x.shape[-1] + np.diag(1.0 + 2.0 * np.arange(x.shape[-1])))


def _same(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    expect_matrix(inputs[0])
    return (inputs[0],)


# -- inverse -----------------------------------------------------------------------------------------------
def _gradient_inverse(call: Call) -> Sequence[Tensor | None]:
    product = matmul(call.output, call.grad, transpose_a=True)
    return [-matmul(product, call.output, transpose_b=True)]


inverse = Op(
    "inverse",
    OpKind.STRUCTURED,
    _same,
    lambda inputs, outputs, attrs: apply(np.linalg.inv, inputs, outputs),
    _gradient_inverse,
    samples=(
        Sample((TensorSpec((5, 5)),), prepare=invertible),
        Sample((TensorSpec((2, 3, 3)),), prepare=invertible),
        Sample((TensorSpec((1, 1)),), prepare=invertible),
    ),
    host=HOST,
    source="dA⁻¹ = -A⁻¹ dA A⁻¹ (Giles, An extended collection of matrix derivative results, 2008)",
)


# -- solutions ---------------------------------------------------------------------------------------------
def _infer_solve(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    a, b = inputs
    expect_matrix(a)
    expect_matrix(b, square=False)
    if a.shape[:-1] != b.shape[:-1]:
        raise ShapeError(f"A system needs as many right sides as equations, received {a} and {b}.")
    return (b,)


def _gradient_solve(call: Call) -> Sequence[Tensor | None]:
    grad = solve_matrix(transposed(call.inputs[0]), call.grad)
    return [-matmul(grad, call.output, transpose_b=True), grad]


_SYSTEMS = tuple(
    Sample((TensorSpec(a), TensorSpec(b)), prepare=invertible)
    for a, b in (((5, 5), (5, 2)), ((2, 3, 3), (2, 3, 1)))
)
solve_matrix = Op(
    "solve",
    OpKind.STRUCTURED,
    _infer_solve,
    lambda inputs, outputs, attrs: apply(np.linalg.solve, inputs, outputs),
    _gradient_solve,
    samples=_SYSTEMS,
    host=HOST,
    source="Giles 2008",
)


def _compute_triangular(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    a = np.tril(inputs[0]) if attrs["lower"] else np.triu(inputs[0])
    apply(np.linalg.solve, [a.swapaxes(-1, -2) if attrs["transpose"] else a, inputs[1]], outputs)


def _gradient_triangular(call: Call) -> Sequence[Tensor | None]:
    lower, transpose = call.attrs["lower"], call.attrs["transpose"]
    grad = triangular_solve(call.inputs[0], call.grad, lower=lower, transpose=not transpose)
    product = (
        matmul(call.output, grad, transpose_b=True)
        if transpose
        else matmul(grad, call.output, transpose_b=True)
    )
    return [-(lower_triangle(product) if lower else upper_triangle(product)), grad]


# attrs: lower (the other triangle is not looked at), transpose (solve with the transposed triangle)
triangular_solve: Op = Op(
    "triangular_solve",
    OpKind.STRUCTURED,
    _infer_solve,
    _compute_triangular,
    _gradient_triangular,
    samples=(
        *_SYSTEMS,
        *(Sample(s.inputs, {"lower": False, "transpose": True}, prepare=invertible) for s in _SYSTEMS),
    ),
    host=HOST,
    source="Giles 2008",
    defaults={"lower": True, "transpose": False},
)


def solve(a: Tensor, b: Tensor) -> Tensor:
    """The x with a · x = b; `b` is a vector for each matrix, or a matrix whose columns are solved for."""
    if b.spec.rank == a.spec.rank - 1:
        return squeeze(solve_matrix(a, expand_dims(b, -1)), -1)
    return solve_matrix(a, b)


# -- Cholesky ----------------------------------------------------------------------------------------------
def _compute_cholesky(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    (x,) = inputs
    apply(np.linalg.cholesky, [(x + x.swapaxes(-1, -2)) * x.dtype.type(0.5)], outputs)


def _gradient_cholesky(call: Call) -> Sequence[Tensor | None]:
    factor = call.output
    inner = lower_triangle(matmul(factor, call.grad, transpose_a=True))
    halved = np.tril(np.full(inner.shape[-2:], 1.0, np.float32)) - 0.5 * np.eye(
        inner.shape[-1], dtype=np.float32
    )
    inner = mul(inner, factor.builder.constant(halved, DType.FLOAT32))
    left = triangular_solve(factor, inner, transpose=True)
    return [symmetric(triangular_solve(factor, transposed(left), transpose=True))]


# L with L · Lᵀ = (x + xᵀ) / 2, zeros above the diagonal; NaN where an eigenvalue is not positive
cholesky = Op(
    "cholesky",
    OpKind.STRUCTURED,
    _same,
    _compute_cholesky,
    _gradient_cholesky,
    samples=(
        Sample((TensorSpec((4, 4)),), prepare=positive),
        Sample((TensorSpec((2, 3, 3)),), prepare=positive),
    ),
    host=HOST,
    source="Murray, Differentiation of the Cholesky decomposition, 2016",
)


# -- determinant -------------------------------------------------------------------------------------------
def _infer_slogdet(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    expect_matrix(inputs[0])
    spec = TensorSpec(inputs[0].shape[:-2])
    return (spec, spec)


def _gradient_slogdet(call: Call) -> Sequence[Tensor | None]:
    grad = expand_dims(expand_dims(call.grads[1], -1), -1)
    return [mul(grad, transposed(inverse(call.inputs[0])))]


# outputs: the sign of the determinant, and the logarithm of its absolute value (minus infinity where it is 0)
slogdet = Op(
    "slogdet",
    OpKind.STRUCTURED,
    _infer_slogdet,
    lambda inputs, outputs, attrs: apply(np.linalg.slogdet, inputs, outputs),
    _gradient_slogdet,
    samples=(
        Sample((TensorSpec((4, 4)),), prepare=invertible),
        Sample((TensorSpec((2, 3, 3)),), prepare=invertible),
    ),
    onnx=("Det",),
    host=HOST,
    source="d log|det A| = tr(A⁻¹ dA) (Giles 2008)",
)


def determinant(x: Tensor) -> Tensor:
    """(.., n, n) -> (..): the determinants."""
    sign, logarithm = slogdet.outputs(x)
    return mul(sign, exp(logarithm))
