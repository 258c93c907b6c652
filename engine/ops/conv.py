"""Convolution over lines, pictures and volumes, and its two gradients.

Tensors are (batch, one to three lengths, channels). All three ops share the attributes strides, padding
(pairs of before, after), dilation (each per length, or one number for all) and groups. The weight is
(window lengths, input channels / groups, output channels). With as many groups as input channels it is the
depthwise convolution. The gradient with respect to the input, applied to a picture, is the transposed
convolution. The reference adds up one small matrix product per tap of the kernel: plain enough to be the
truth that the devices' faster kernels are tested against.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from engine.ops.epilogue import compute_with_epilogue, infer_with_epilogue
from engine.ops.op import (
    Attrs,
    Call,
    ComputeRule,
    CostRule,
    GradientRule,
    InferRule,
    Op,
    OpKind,
    Sample,
    Tensor,
    WindowRule,
)
from engine.ops.windows import Window
from engine.tensor.spec import Array, Shape, ShapeError, TensorSpec, format_shape


def window_of(image: Shape, weight: Shape, attrs: Attrs) -> Window:
    """The windows of a convolution of `image` with `weight`."""
    return Window.of(image, weight[:-2], attrs["strides"], attrs["padding"], attrs["dilation"])


def is_depthwise(image: Shape, groups: int) -> bool:
    """Whether every filter sees one of several channels: devices multiply and add, there is no matrix product."""
    return groups == image[-1] > 1


def output_shape(image: Shape, weight: Shape, attrs: Attrs) -> Shape:
    """Shape of the convolution's result.

    Raises:
        ShapeError: ranks, channels or groups do not fit, or there is no room for a window.
    """
    groups = attrs["groups"]
    if len(image) != len(weight):
        raise ShapeError(
            f"A convolution needs filters of as many lengths as the picture, received filters of "
            f"{format_shape(weight)} for {format_shape(image[1:])}."
        )
    window = window_of(image, weight, attrs)
    channels, seen, filters = image[-1], weight[-2], weight[-1]
    if groups < 1 or channels % groups or filters % groups or seen != channels // groups:
        raise ShapeError(
            f"Groups must divide input and output channels, and a filter sees one group; received {channels} input "
            f"and {filters} output channels, filters of {seen}, in {groups} groups."
        )
    window.check()
    return (image[0], *window.count, filters)


def _parts(attrs: Attrs, inputs: int, outputs: int) -> Iterator[tuple[slice, slice]]:
    """Input and output channels of each group."""
    groups = attrs["groups"]
    cin, cout = inputs // groups, outputs // groups
    for g in range(groups):
        yield slice(g * cin, (g + 1) * cin), slice(g * cout, (g + 1) * cout)


# -- forward -----------------------------------------------------------------------------------------------
def _infer(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    return (TensorSpec(output_shape(inputs[0].shape, inputs[1].shape, attrs)),)


def _compute(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    (x, w), (out,) = inputs, outputs
    window = window_of(x.shape, w.shape, attrs)
    padded = window.pad(x)
    out.fill(0.0)
    for tap, index in window.positions():
        for cin, cout in _parts(attrs, x.shape[-1], w.shape[-1]):
            out[..., cout] += padded[index][..., cin] @ w[tap][:, cout]


def _gradient(call: Call) -> Sequence[Tensor | None]:
    x, w = call.inputs
    return [
        conv_input_grad(call.grad, w, input_shape=x.shape, **call.attrs),
        conv_weight_grad(x, call.grad, weight_shape=w.shape, **call.attrs),
    ]


def _cost(inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...], attrs: Attrs) -> int:
    return outputs[0].size * math.prod(inputs[1].shape[:-1])


# -- gradient with respect to the input: inputs (grad, weight), attrs also input_shape ---------------------
def _infer_input_grad(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    shape = tuple(attrs["input_shape"])
    expected = output_shape(shape, inputs[1].shape, attrs)
    if inputs[0].shape != expected:
        raise ShapeError(
            f"The gradient must be {format_shape(expected)}, received {format_shape(inputs[0].shape)}."
        )
    return (TensorSpec(shape),)


def _compute_input_grad(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    (grad, w), (out,) = inputs, outputs
    window = window_of(out.shape, w.shape, attrs)
    padded = np.zeros((out.shape[0], *window.padded, out.shape[-1]), out.dtype)
    for tap, index in window.positions():
        for cin, cout in _parts(attrs, out.shape[-1], w.shape[-1]):
            padded[index][..., cin] += grad[..., cout] @ w[tap][:, cout].T
    np.copyto(out, window.unpad(padded))


def _gradient_input_grad(call: Call) -> Sequence[Tensor | None]:
    attrs = {k: v for k, v in call.attrs.items() if k != "input_shape"}
    grad, w = call.inputs
    return [conv(call.grad, w, **attrs), conv_weight_grad(call.grad, grad, weight_shape=w.shape, **attrs)]


def _cost_input_grad(inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...], attrs: Attrs) -> int:
    return inputs[0].size * math.prod(inputs[1].shape[:-1])


# -- gradient with respect to the weight: inputs (x, grad), attrs also weight_shape ------------------------
def _infer_weight_grad(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    shape = tuple(attrs["weight_shape"])
    expected = output_shape(inputs[0].shape, shape, attrs)
    if inputs[1].shape != expected:
        raise ShapeError(
            f"The gradient must be {format_shape(expected)}, received {format_shape(inputs[1].shape)}."
        )
    return (TensorSpec(shape),)


def _compute_weight_grad(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    (x, grad), (out,) = inputs, outputs
    window = window_of(x.shape, out.shape, attrs)
    padded = window.pad(x)
    summed = tuple(range(x.ndim - 1))
    for tap, index in window.positions():
        for cin, cout in _parts(attrs, x.shape[-1], out.shape[-1]):
            out[tap][:, cout] = np.tensordot(padded[index][..., cin], grad[..., cout], axes=(summed, summed))


def _gradient_weight_grad(call: Call) -> Sequence[Tensor | None]:
    attrs = {k: v for k, v in call.attrs.items() if k != "weight_shape"}
    x, grad = call.inputs
    return [conv_input_grad(grad, call.grad, input_shape=x.shape, **attrs), conv(x, call.grad, **attrs)]


def _cost_weight_grad(inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...], attrs: Attrs) -> int:
    return inputs[1].size * math.prod(outputs[0].shape[:-1])


# -- records -----------------------------------------------------------------------------------------------
_DEFAULTS: Attrs = {"strides": 1, "padding": 0, "dilation": 1, "groups": 1}
_CASES: tuple[tuple[Shape, Shape, Attrs], ...] = (
    ((2, 5, 7, 3), (3, 3, 3, 4), {}),
    ((1, 1, 1, 1), (1, 1, 1, 1), {}),
    ((3, 7, 5, 2), (3, 3, 2, 5), {"padding": ((1, 1), (1, 1))}),
    ((2, 11, 9, 3), (3, 2, 3, 2), {"strides": (2, 3), "padding": ((1, 0), (0, 2))}),
    ((2, 8, 8, 1), (5, 5, 1, 3), {"padding": ((2, 2), (2, 2)), "strides": (2, 2)}),
    ((1, 9, 7, 2), (3, 3, 2, 3), {"dilation": (2, 1), "padding": ((2, 1), (0, 0))}),
    ((2, 5, 5, 6), (3, 3, 2, 9), {"groups": 3, "padding": ((1, 1), (1, 1))}),
    ((2, 6, 5, 4), (2, 2, 1, 4), {"groups": 4, "strides": (1, 2), "dilation": (2, 2)}),
    ((5, 4, 4, 7), (1, 1, 7, 11), {}),
    ((2, 7, 6, 3), (3, 2, 1, 6), {"groups": 3, "strides": (2, 1), "padding": ((1, 2), (0, 1))}),
    ((2, 13, 3), (4, 3, 5), {"padding": ((3, 0),)}),
    ((1, 11, 4), (3, 1, 4), {"groups": 4, "strides": (2,), "dilation": (2,)}),
    ((2, 4, 5, 3, 2), (2, 3, 2, 2, 3), {"strides": (1, 2, 1), "padding": ((1, 0), (1, 1), (0, 1))}),
    ((1, 3, 4, 5, 4), (2, 2, 3, 2, 4), {"groups": 2, "dilation": (1, 2, 1)}),
    ((1, 3, 5, 4, 2), (2, 3, 1, 1, 2), {"groups": 2, "strides": (2, 2, 2), "padding": ((1, 0),) * 3}),
)


def _forward_samples() -> tuple[Sample, ...]:
    return tuple(Sample((TensorSpec(x), TensorSpec(w)), {**_DEFAULTS, **attrs}) for x, w, attrs in _CASES)


def _input_grad_sample(x: Shape, w: Shape, attrs: Attrs) -> Sample:
    return Sample((TensorSpec(output_shape(x, w, attrs)), TensorSpec(w)), {**attrs, "input_shape": x})


def _weight_grad_sample(x: Shape, w: Shape, attrs: Attrs) -> Sample:
    return Sample((TensorSpec(x), TensorSpec(output_shape(x, w, attrs))), {**attrs, "weight_shape": w})


def _op(
    name: str,
    infer: InferRule,
    compute: ComputeRule,
    gradient: GradientRule,
    cost: CostRule,
    samples: tuple[Sample, ...],
    onnx: tuple[str, ...] = (),
    window: WindowRule | None = None,
) -> Op:
    return Op(
        name,
        OpKind.STRUCTURED,
        infer_with_epilogue(infer, 2),
        compute_with_epilogue(infer, compute, 2),
        gradient,
        samples=samples,
        cost=cost,
        onnx=onnx,
        defaults=_DEFAULTS,
        window=window,
    )


def _reach(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[Shape, Shape]:
    return window_of(inputs[0].shape, inputs[1].shape, attrs).reach


conv = _op("conv", _infer, _compute, _gradient, _cost, _forward_samples(), ("Conv",), _reach)
conv_input_grad = _op(
    "conv_input_grad",
    _infer_input_grad,
    _compute_input_grad,
    _gradient_input_grad,
    _cost_input_grad,
    tuple(_input_grad_sample(x, w, {**_DEFAULTS, **attrs}) for x, w, attrs in _CASES),
    ("ConvTranspose",),
)
conv_weight_grad = _op(
    "conv_weight_grad",
    _infer_weight_grad,
    _compute_weight_grad,
    _gradient_weight_grad,
    _cost_weight_grad,
    tuple(_weight_grad_sample(x, w, {**_DEFAULTS, **attrs}) for x, w, attrs in _CASES),
)
