"""Element-wise ops: one record each, with the ufunc, the GLSL expression and the gradient side by side.

Comparisons give 1.0 or 0.0 in float32, so that they can be multiplied with and need no type of their own on a GPU.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from engine.ops.op import Attrs, Call, ComputeRule, GradientRule, Op, OpKind, Sample, Tensor
from engine.ops.reductions import sum_to_shape
from engine.tensor.spec import Array, DType, ShapeError, TensorSpec, broadcast_shapes

Ufunc = Callable[..., Any]


def _infer(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    for spec in inputs:
        if spec.dtype is not DType.FLOAT32:
            raise ShapeError(f"This operation works on float32 numbers, received {spec}.")
    return (TensorSpec(broadcast_shapes(*(s.shape for s in inputs))),)


def _computed_by(ufunc: Ufunc) -> ComputeRule:
    def compute(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
        ufunc(*inputs, out=outputs[0])

    return compute


def _unbroadcast(rule: GradientRule) -> GradientRule:
    """The rule's gradients, summed over the dimensions along which an input was broadcast."""

    def gradient(call: Call) -> Sequence[Tensor | None]:
        return [
            None if g is None else sum_to_shape(g, x.shape) for g, x in zip(rule(call), call.inputs, strict=True)
        ]

    return gradient


_UNARY = (Sample((TensorSpec((3, 5)),)), Sample((TensorSpec((1,)),)), Sample((TensorSpec(()),)))
_UNARY_POSITIVE = (Sample((TensorSpec((3, 5)),), low=0.1), Sample((TensorSpec((257,)),), low=0.1))
_BINARY = (
    Sample((TensorSpec((3, 5)), TensorSpec((3, 5)))),
    Sample((TensorSpec((2, 3, 5)), TensorSpec((5,)))),
    Sample((TensorSpec((7, 1)), TensorSpec((1, 3)))),
    Sample((TensorSpec(()), TensorSpec((4,)))),
)
_BINARY_POSITIVE = tuple(Sample(s.inputs, low=0.2) for s in _BINARY)


def _op(
    name: str,
    ufunc: Ufunc,
    glsl: str,
    gradient: GradientRule | None,
    samples: tuple[Sample, ...] = _UNARY,
    onnx: tuple[str, ...] = (),
    source: str = "",
) -> Op:
    rule = _unbroadcast(gradient) if gradient else None
    return Op(
        name,
        OpKind.ELEMENTWISE,
        _infer,
        _computed_by(ufunc),
        rule,
        glsl=glsl,
        samples=samples,
        ufunc=ufunc,
        onnx=onnx,
        source=source,
    )


def _sigmoid(x: Array, out: Array) -> None:
    # 0.5 * (1 + tanh(x / 2)) neither overflows nor needs a branch
    np.multiply(x, np.float32(0.5), out=out)
    np.tanh(out, out=out)
    np.add(out, np.float32(1.0), out=out)
    np.multiply(out, np.float32(0.5), out=out)


def _compare(ufunc: Ufunc) -> Ufunc:
    def compare(a: Array, b: Array, out: Array) -> None:
        ufunc(a, b, out=out, casting="unsafe")

    return compare


add = _op("add", np.add, "({0} + {1})", lambda c: [c.grad, c.grad], _BINARY, ("Add",))
sub = _op("sub", np.subtract, "({0} - {1})", lambda c: [c.grad, -c.grad], _BINARY, ("Sub",))
mul = _op(
    "mul", np.multiply, "({0} * {1})", lambda c: [c.grad * c.inputs[1], c.grad * c.inputs[0]], _BINARY, ("Mul",)
)
div = _op(
    "div",
    np.divide,
    "({0} / {1})",
    lambda c: [c.grad / c.inputs[1], -(c.grad * c.output / c.inputs[1])],
    _BINARY_POSITIVE,
    ("Div",),
)
greater = _op("greater", _compare(np.greater), "float({0} > {1})", None, _BINARY)
greater_equal = _op("greater_equal", _compare(np.greater_equal), "float({0} >= {1})", None, _BINARY)
maximum = _op(
    "maximum",
    np.maximum,
    "max({0}, {1})",
    # where both are equal, the gradient goes to the first, as a branch `a >= b ? a : b` would send it
    lambda c: [
        c.grad * greater_equal(c.inputs[0], c.inputs[1]),
        c.grad * greater(c.inputs[1], c.inputs[0]),
    ],
    _BINARY,
    ("Max",),
)
exp = _op("exp", np.exp, "exp({0})", lambda c: [c.grad * c.output], onnx=("Exp",))
log = _op("log", np.log, "log({0})", lambda c: [c.grad / c.inputs[0]], _UNARY_POSITIVE, ("Log",))
sqrt = _op("sqrt", np.sqrt, "sqrt({0})", lambda c: [c.grad * 0.5 / c.output], _UNARY_POSITIVE, ("Sqrt",))
tanh = _op("tanh", np.tanh, "tanh({0})", lambda c: [c.grad * (1.0 - c.output * c.output)], onnx=("Tanh",))
sigmoid = _op(
    "sigmoid",
    _sigmoid,
    "(0.5 * tanh(0.5 * {0}) + 0.5)",
    lambda c: [c.grad * c.output * (1.0 - c.output)],
    onnx=("Sigmoid",),
)
