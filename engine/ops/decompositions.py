"""Matrices as products: QR, eigenvalues of symmetric matrices, singular values; of one matrix or of stacks of them.

Each is made unique by a rule for the signs, so that every device gives the same and small changes stay small.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.ops.arrangement import diagonal_matrix, expand_dims, lower_triangle
from engine.ops.elementwise import div, mul
from engine.ops.linear_algebra import (
    HOST,
    apply,
    expect_matrix,
    positive,
    symmetric,
    transposed,
    triangular_solve,
)
from engine.ops.matmul import matmul
from engine.ops.op import Attrs, Call, Op, OpKind, Sample, Tensor
from engine.tensor.spec import Array, DType, ShapeError, TensorSpec


def _signs(columns: Array) -> Array:
    """(.., m, n) -> (.., 1, n): 1 or -1, so that the largest element of each column becomes positive."""
    place = np.abs(columns).argmax(axis=-2)[..., np.newaxis, :]
    return np.where(np.take_along_axis(columns, place, axis=-2) < 0, -1, 1).astype(columns.dtype)


def _constant(like: Tensor, array: Array) -> Tensor:
    return like.builder.constant(array.astype(np.float32), DType.FLOAT32)


def _inverse_gaps(values: Tensor) -> Tensor:
    """(.., n) -> (.., n, n): 1 / (values[j] - values[i]), and 0 on the diagonal."""
    identity = np.eye(values.shape[-1])
    gaps = expand_dims(values, -2) - expand_dims(values, -1) + _constant(values, identity)
    return div(_constant(values, 1.0 - identity), gaps)


# -- QR ----------------------------------------------------------------------------------------------------
def _infer_qr(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    (x,) = inputs
    expect_matrix(x, square=False)
    inner = min(x.shape[-2:])
    return (TensorSpec((*x.shape[:-1], inner)), TensorSpec((*x.shape[:-2], inner, x.shape[-1])))


def _qr(x: Array) -> tuple[Array, Array]:
    q, r = np.linalg.qr(x)
    signs = np.where(np.diagonal(r, axis1=-2, axis2=-1) < 0, -1, 1).astype(x.dtype)
    return q * signs[..., np.newaxis, :], r * signs[..., :, np.newaxis]


def _gradient_qr(call: Call) -> Sequence[Tensor | None]:
    x, (q, r) = call.inputs[0], call.outputs
    if x.shape[-2] < x.shape[-1]:
        raise ShapeError(f"QR of a matrix with more columns than rows has no gradient, received {x.spec}.")
    grad_q, grad_r = call.grads
    inner = matmul(r, grad_r, transpose_b=True) - matmul(grad_q, q, transpose_a=True)
    below = lower_triangle(inner, -1)
    copied = lower_triangle(inner) + transposed(below)  # the lower triangle, mirrored
    right = grad_q + matmul(q, copied)
    return [transposed(triangular_solve(r, transposed(right), lower=False))]


# outputs: q with orthogonal columns of length 1, r with zeros below a diagonal that is not negative
qr = Op(
    "qr",
    OpKind.STRUCTURED,
    _infer_qr,
    lambda inputs, outputs, attrs: apply(_qr, inputs, outputs),
    _gradient_qr,
    samples=(Sample((TensorSpec((5, 3)),)), Sample((TensorSpec((2, 3, 3)),), prepare=positive)),
    host=HOST,
    source="Walter and Lehmann, Algorithmic differentiation of linear algebra functions, 2010",
)


# -- eigenvalues -------------------------------------------------------------------------------------------
def _infer_eigh(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    expect_matrix(inputs[0])
    return (TensorSpec(inputs[0].shape[:-1]), inputs[0])


def _eigh(x: Array) -> tuple[Array, Array]:
    values, vectors = np.linalg.eigh((x + x.swapaxes(-1, -2)) * x.dtype.type(0.5))
    return values, vectors * _signs(vectors)


def _gradient_eigh(call: Call) -> Sequence[Tensor | None]:
    values, vectors = call.outputs
    inner = mul(_inverse_gaps(values), matmul(vectors, call.grads[1], transpose_a=True))
    inner = inner + diagonal_matrix(call.grads[0])
    return [symmetric(matmul(matmul(vectors, inner), vectors, transpose_b=True))]


# of (x + xᵀ) / 2; outputs: eigenvalues from the smallest on, and eigenvectors as columns of length 1
eigh = Op(
    "eigh",
    OpKind.STRUCTURED,
    _infer_eigh,
    lambda inputs, outputs, attrs: apply(_eigh, inputs, outputs),
    _gradient_eigh,
    samples=(
        Sample((TensorSpec((4, 4)),), prepare=positive),
        Sample((TensorSpec((2, 3, 3)),), prepare=positive),
    ),
    host=HOST,
    source="Giles, An extended collection of matrix derivative results, 2008; equal eigenvalues have no gradient",
)


# -- singular values ---------------------------------------------------------------------------------------
def _infer_svd(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    (x,) = inputs
    expect_matrix(x, square=False)
    lead, (m, n) = x.shape[:-2], x.shape[-2:]
    inner = min(m, n)
    return (TensorSpec((*lead, m, inner)), TensorSpec((*lead, inner)), TensorSpec((*lead, inner, n)))


def _svd(x: Array) -> tuple[Array, Array, Array]:
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    signs = _signs(u)
    return u * signs, s, vh * signs.swapaxes(-1, -2)


def _gradient_svd(call: Call) -> Sequence[Tensor | None]:
    (u, s, vh), (grad_u, grad_s, grad_vh) = call.outputs, call.grads
    gaps, scale = _inverse_gaps(s * s), diagonal_matrix(s)
    of_u = matmul(u, grad_u, transpose_a=True)
    of_v = matmul(vh, grad_vh, transpose_b=True)
    inner = matmul(mul(gaps, of_u - transposed(of_u)), scale)
    inner = inner + matmul(scale, mul(gaps, of_v - transposed(of_v))) + diagonal_matrix(grad_s)
    result = matmul(matmul(u, inner), vh)
    columns, rows = expand_dims(s, -2), expand_dims(s, -1)
    # what lies outside the spaces of u and v, where the matrix is not square
    if u.shape[-2] > u.shape[-1]:
        result = result + matmul(div(grad_u - matmul(u, of_u), columns), vh)
    if vh.shape[-1] > vh.shape[-2]:
        rest = grad_vh - matmul(matmul(grad_vh, vh, transpose_b=True), vh)
        result = result + matmul(u, div(rest, rows))
    return [result]


# outputs: u, s, vᵀ with u · diag(s) · vᵀ = x and s from the largest on
svd = Op(
    "svd",
    OpKind.STRUCTURED,
    _infer_svd,
    lambda inputs, outputs, attrs: apply(_svd, inputs, outputs),
    _gradient_svd,
    samples=(
        Sample((TensorSpec((5, 3)),)),
        Sample((TensorSpec((2, 2, 4)),)),
        Sample((TensorSpec((3, 3)),), prepare=positive),
    ),
    host=HOST,
    source="Townsend, Differentiating the singular value decomposition, 2016; equal values have no gradient",
)
