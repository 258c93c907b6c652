"""Fourier transforms. A complex number is a trailing pair: real part, imaginary part."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.ops.arrangement import flip, part, squeeze, stack
from engine.ops.movement import concat
from engine.ops.op import Attrs, Op, OpKind, Sample, Tensor
from engine.ops.reductions import broadcast_to
from engine.tensor.spec import Array, DType, ShapeError, TensorSpec


def _infer(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    (x,) = inputs
    if x.rank < 2 or x.shape[-1] != 2 or not x.shape[-2] or x.dtype is not DType.FLOAT32:
        raise ShapeError(f"A Fourier transform needs pairs (real part, imaginary part), received {x}.")
    return (x,)


def _compute(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    x = inputs[0][..., 0] + 1j * inputs[0][..., 1]
    y = np.fft.ifft(x, norm="forward") if attrs["inverse"] else np.fft.fft(x)
    np.copyto(outputs[0][..., 0], y.real)
    np.copyto(outputs[0][..., 1], y.imag)


# y[k] = Σ x[t] exp(-2πi t k / n) over the dimension before the pairs (inverse: with +, and not divided by n)
fourier: Op = Op(
    "fourier",
    OpKind.STRUCTURED,
    _infer,
    _compute,
    lambda call: [fourier(call.grad, inverse=not call.attrs["inverse"])],
    samples=(
        Sample((TensorSpec((8, 2)),)),
        Sample((TensorSpec((2, 3, 12, 2)),), {"inverse": True}),
        Sample((TensorSpec((7, 2)),)),
        Sample((TensorSpec((2, 1, 2)),)),
        Sample((TensorSpec((2, 390, 2)),)),
    ),
    onnx=("DFT",),
    defaults={"inverse": False},
    source="the transposed transform is the conjugate one",
)


def fft(x: Tensor) -> Tensor:
    """(.., n, 2) -> (.., n, 2): the discrete Fourier transform."""
    return fourier(x)


def ifft(x: Tensor) -> Tensor:
    """(.., n, 2) -> (.., n, 2): what `fft` gives this."""
    return fourier(x, inverse=True) * (1.0 / x.shape[-2])


def rfft(x: Tensor) -> Tensor:
    """(.., n) -> (.., n // 2 + 1, 2): the transform of real numbers, without the half that mirrors it."""
    zero = broadcast_to(x.builder.constant(0.0, DType.FLOAT32), shape=x.shape)
    return part(fourier(stack([x, zero], axis=-1)), -2, 0, x.shape[-1] // 2 + 1)


def irfft(x: Tensor, length: int | None = None) -> Tensor:
    """(.., n // 2 + 1, 2) -> (.., n): the real numbers whose `rfft` this is; `length` n is even unless said otherwise."""
    count = x.shape[-2]
    n = 2 * (count - 1) if length is None else length
    if n // 2 + 1 != count or n < 1:
        raise ShapeError(f"The transform of {n} real numbers has {n // 2 + 1} pairs, received {count}.")
    conjugate = x.builder.constant(np.array([1.0, -1.0], np.float32), DType.FLOAT32)
    mirrored = part(x, -2, 1, n - count + 1)
    whole = x
    if mirrored.shape[-2]:
        whole = concat(x, flip(mirrored, axes=(mirrored.spec.rank - 2,)) * conjugate, axis=x.spec.rank - 2)
    return squeeze(part(ifft(whole), -1, 0, 1), -1)
