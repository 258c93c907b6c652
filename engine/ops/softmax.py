"""Soft-max over the last axis, and its logarithm, which stays exact where a probability underflows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.ops.elementwise import exp
from engine.ops.op import Attrs, Call, Op, OpKind, Sample, Tensor
from engine.ops.reductions import sum_
from engine.tensor.spec import Array, DType, ShapeError, TensorSpec


def _infer(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    (x,) = inputs
    if not x.rank or x.dtype is not DType.FLOAT32:
        raise ShapeError(f"Soft-max needs a list of float32 scores, received {x}.")
    return (x,)


def _compute_softmax(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    (x,), (out,) = inputs, outputs
    np.subtract(x, x.max(axis=-1, keepdims=True), out=out)
    np.exp(out, out=out)
    np.divide(out, out.sum(axis=-1, keepdims=True), out=out)


def _compute_log_softmax(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    (x,), (out,) = inputs, outputs
    np.subtract(x, x.max(axis=-1, keepdims=True), out=out)
    np.subtract(out, np.log(np.exp(out).sum(axis=-1, keepdims=True)), out=out)


def _gradient_softmax(call: Call) -> Sequence[Tensor | None]:
    weighted = call.grad * call.output
    return [weighted - call.output * sum_(weighted, axes=(call.grad.spec.rank - 1,), keepdims=True)]


def _gradient_log_softmax(call: Call) -> Sequence[Tensor | None]:
    return [call.grad - exp(call.output) * sum_(call.grad, axes=(call.grad.spec.rank - 1,), keepdims=True)]


_SAMPLES = tuple(Sample((TensorSpec(shape),)) for shape in ((5, 3), (2, 3, 7), (4, 1), (3, 131)))

softmax = Op(
    "softmax",
    OpKind.STRUCTURED,
    _infer,
    _compute_softmax,
    _gradient_softmax,
    samples=_SAMPLES,
    onnx=("Softmax",),
)
log_softmax = Op(
    "log_softmax",
    OpKind.STRUCTURED,
    _infer,
    _compute_log_softmax,
    _gradient_log_softmax,
    samples=_SAMPLES,
    onnx=("LogSoftmax",),
)
