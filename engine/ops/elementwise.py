"""Element-wise ops: one record each, with the ufunc, the GLSL expression and the gradient side by side.

A ufunc may be given one of its inputs as `out`. Comparisons give 1.0 or 0.0 in float32, so that they can be
multiplied with and need no type of their own on a GPU.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from engine.ops import special
from engine.ops.op import Attrs, Call, ComputeRule, GradientRule, Op, OpKind, Sample, Tensor
from engine.ops.reductions import sum_to_shape
from engine.tensor.spec import Array, DType, ShapeError, TensorSpec, broadcast_shapes

Ufunc = Callable[..., Any]
TWO_OVER_ROOT_PI = 2.0 / math.sqrt(math.pi)


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
            None if g is None else sum_to_shape(g, x.shape)
            for g, x in zip(rule(call), call.inputs, strict=True)
        ]

    return gradient


UNARY = (Sample((TensorSpec((3, 5)),)), Sample((TensorSpec((1,)),)), Sample((TensorSpec(()),)))
UNARY_POSITIVE = (Sample((TensorSpec((3, 5)),), low=0.1), Sample((TensorSpec((257,)),), low=0.1))
BINARY = (
    Sample((TensorSpec((3, 5)), TensorSpec((3, 5)))),
    Sample((TensorSpec((2, 3, 5)), TensorSpec((5,)))),
    Sample((TensorSpec((7, 1)), TensorSpec((1, 3)))),
    Sample((TensorSpec(()), TensorSpec((4,)))),
)
BINARY_POSITIVE = tuple(Sample(s.inputs, low=0.2) for s in BINARY)


def elementwise_op(
    name: str,
    ufunc: Ufunc,
    glsl: str,
    gradient: GradientRule | None,
    samples: tuple[Sample, ...] = UNARY,
    onnx: tuple[str, ...] = (),
    source: str = "",
) -> Op:
    """A record of this kind; `gradient` may ignore broadcasting, `glsl` is over `{0}`, `{1}` .."""
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


def comparison(ufunc: Ufunc) -> Ufunc:
    """The ufunc of two operands that says true or false, giving 1.0 or 0.0."""

    def compare(a: Array, b: Array, out: Array) -> None:
        ufunc(a, b, out=out, casting="unsafe")

    return compare


def _relu(x: Array, out: Array) -> None:
    np.maximum(x, 0.0, out=out)


def _relu_grad(output: Array, grad: Array, out: Array) -> None:
    np.multiply(grad, output > 0, out=out)  # faster than a selection, which NumPy does with a branch


def _logistic_slope(weighted: Tensor, output: Tensor) -> Tensor:
    return weighted - weighted * output


def _rsqrt(x: Array, out: Array) -> None:
    np.sqrt(x, out=out)
    np.reciprocal(out, out=out)


def _zero(call: Call) -> Tensor:
    return call.grad.builder.constant(0.0, DType.FLOAT32)


def _where(condition: Array, a: Array, b: Array, out: Array) -> None:
    np.copyto(out, np.where(condition != 0.0, a, b))


add = elementwise_op("add", np.add, "({0} + {1})", lambda c: [c.grad, c.grad], BINARY, ("Add",))
sub = elementwise_op("sub", np.subtract, "({0} - {1})", lambda c: [c.grad, -c.grad], BINARY, ("Sub",))
mul = elementwise_op(
    "mul",
    np.multiply,
    "({0} * {1})",
    lambda c: [c.grad * c.inputs[1], c.grad * c.inputs[0]],
    BINARY,
    ("Mul",),
)
div = elementwise_op(
    "div",
    np.divide,
    "({0} / {1})",
    lambda c: [c.grad / c.inputs[1], -(c.grad * c.output / c.inputs[1])],
    BINARY_POSITIVE,
    ("Div",),
)
# for 1 - b^t with b near 1 (Adam), write -expm1(t * log(b)): the difference would lose most of its digits
power: Op = elementwise_op(
    "pow",
    np.power,
    "ll_pow({0}, {1})",
    lambda c: [
        c.grad * c.inputs[1] * power(c.inputs[0], c.inputs[1] - 1.0),
        c.grad * c.output * log(c.inputs[0]),
    ],
    BINARY_POSITIVE,
    ("Pow",),
)

# -- comparisons: 1.0 or 0.0, flat everywhere --------------------------------------------------------------
greater = elementwise_op("greater", comparison(np.greater), "float({0} > {1})", None, BINARY)
greater_equal = elementwise_op(
    "greater_equal", comparison(np.greater_equal), "float({0} >= {1})", None, BINARY
)
equal = elementwise_op("equal", comparison(np.equal), "float({0} == {1})", None, BINARY)
where: Op = elementwise_op(
    "where",
    _where,
    "({0} != 0.0 ? {1} : {2})",
    lambda c: [None, where(c.inputs[0], c.grad, _zero(c)), where(c.inputs[0], _zero(c), c.grad)],
    (
        Sample((TensorSpec((3, 5)), TensorSpec((3, 5)), TensorSpec((5,)))),
        Sample((TensorSpec((7, 1)), TensorSpec((1, 3)), TensorSpec(()))),
    ),
)
maximum = elementwise_op(
    "maximum",
    np.maximum,
    "max({0}, {1})",
    # where both are equal, the gradient goes to the first, as a branch `a >= b ? a : b` would send it
    lambda c: [
        c.grad * greater_equal(c.inputs[0], c.inputs[1]),
        c.grad * greater(c.inputs[1], c.inputs[0]),
    ],
    BINARY,
    ("Max",),
)
minimum = elementwise_op(
    "minimum",
    np.minimum,
    "min({0}, {1})",
    lambda c: [
        c.grad * greater_equal(c.inputs[1], c.inputs[0]),
        c.grad * greater(c.inputs[0], c.inputs[1]),
    ],
    BINARY,
    ("Min",),
)

# -- one operand -------------------------------------------------------------------------------------------
# Gradients depend on the incoming one from the first op on: what could be computed from the output alone would
# be fused into the forward pass, and a second tensor kept until the backward pass.
relu = elementwise_op("relu", _relu, "max({0}, 0.0)", lambda c: [relu_grad(c.output, c.grad)], onnx=("Relu",))
relu_grad: Op = elementwise_op("relu_grad", _relu_grad, "({0} > 0.0 ? {1} : 0.0)", None, BINARY)
exp = elementwise_op("exp", np.exp, "exp({0})", lambda c: [c.grad * c.output], onnx=("Exp",))
expm1 = elementwise_op("expm1", np.expm1, "ll_expm1({0})", lambda c: [c.grad * (c.output + 1.0)])
log: Op = elementwise_op(
    "log", np.log, "log({0})", lambda c: [c.grad / c.inputs[0]], UNARY_POSITIVE, ("Log",)
)
log1p = elementwise_op(
    "log1p", np.log1p, "ll_log1p({0})", lambda c: [c.grad / (c.inputs[0] + 1.0)], UNARY_POSITIVE
)
sqrt = elementwise_op(
    "sqrt", np.sqrt, "sqrt({0})", lambda c: [c.grad * 0.5 / c.output], UNARY_POSITIVE, ("Sqrt",)
)
rsqrt = elementwise_op(
    "rsqrt",
    _rsqrt,
    "inversesqrt({0})",
    lambda c: [c.grad * -0.5 * c.output * c.output * c.output],
    UNARY_POSITIVE,
)
reciprocal = elementwise_op(
    "reciprocal",
    np.reciprocal,
    "(1.0 / {0})",
    lambda c: [-(c.grad * c.output * c.output)],
    UNARY_POSITIVE,
    ("Reciprocal",),
)
square = elementwise_op("square", np.square, "({0} * {0})", lambda c: [c.grad * 2.0 * c.inputs[0]])
absolute = elementwise_op("abs", np.abs, "abs({0})", lambda c: [c.grad * sign(c.inputs[0])], onnx=("Abs",))
sign: Op = elementwise_op("sign", np.sign, "sign({0})", None, onnx=("Sign",))
floor = elementwise_op("floor", np.floor, "floor({0})", None, onnx=("Floor",))
sin = elementwise_op("sin", np.sin, "sin({0})", lambda c: [c.grad * cos(c.inputs[0])], onnx=("Sin",))
cos: Op = elementwise_op("cos", np.cos, "cos({0})", lambda c: [-(c.grad * sin(c.inputs[0]))], onnx=("Cos",))
tanh = elementwise_op(
    "tanh", np.tanh, "ll_tanh({0})", lambda c: [c.grad - c.grad * c.output * c.output], onnx=("Tanh",)
)
sigmoid = elementwise_op(
    "sigmoid",
    special.sigmoid,
    "(0.5 * ll_tanh(0.5 * {0}) + 0.5)",
    lambda c: [_logistic_slope(c.grad * c.output, c.output)],
    onnx=("Sigmoid",),
)
softplus = elementwise_op(
    "softplus",
    special.softplus,
    "(max({0}, 0.0) + ll_log1p(exp(-abs({0}))))",
    lambda c: [-(c.grad * expm1(-c.output))],
    onnx=("Softplus",),
    source="d softplus(x) = sigmoid(x) = 1 - exp(-softplus(x))",
)
erf = elementwise_op(
    "erf",
    special.erf,
    "ll_erf({0})",
    lambda c: [c.grad * exp(-square(c.inputs[0])) * TWO_OVER_ROOT_PI],
    onnx=("Erf",),
)

# the same numbers, but nothing is learned through them
stop_gradient = elementwise_op("stop_gradient", np.positive, "({0})", None)


def clip(x: Tensor, low: float, high: float) -> Tensor:
    """`x` limited to [low, high]; no gradient outside."""
    constant = x.builder.constant
    return minimum(maximum(x, constant(low, DType.FLOAT32)), constant(high, DType.FLOAT32))
