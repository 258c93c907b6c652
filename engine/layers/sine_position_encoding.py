"""Where in a sequence something stands, as waves."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from engine.layers.base import (
    Category,
    Declaration,
    Layer,
    LayerBuilder,
    LayerSample,
    expect_numbers,
    expect_rank,
)
from engine.ops.op import Tensor
from engine.ops.reductions import broadcast_to
from engine.settings import setting
from engine.tensor.spec import Array, DType, Shape


def waves(length: int, width: int, max_wavelength: float) -> Array:
    """(length, width) float32: sin in the even columns and cos in the odd ones, ever slower from left to right."""
    pairs = np.arange(width) // 2 * 2
    angles = np.arange(length)[:, None] * max_wavelength ** (-pairs / width)
    odd = np.arange(width) % 2 == 1
    return np.where(odd, np.cos(angles), np.sin(angles)).astype(np.float32)


class SinePositionEncoding(Layer):
    """Gives each place of a sequence waves that tell it from all others.

    y[t, i] = sin(t / w^(i / n)) for even i and cos(t / w^((i - 1) / n)) for odd ones, with n numbers at each place and the
    longest wavelength w. Nothing is learned, and any length will do. It gives the waves only: wire them and the words to an
    Add.
    Source: Vaswani et al., Attention is all you need, 2017; as in KerasHub.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ATTENTION,
        summary="Waves that tell the places of a sequence apart",
        aliases=("positional encoding", "sinusoidal", "transformer", "order"),
        masking=True,
        samples=(LayerSample({}, ((2, 3, 4),)), LayerSample({"max_wavelength": 50.0}, ((1, 7, 5),))),
    )
    max_wavelength: float = setting(10000.0, "Wavelength", "of the slowest wave", gt=1.0, le=1e9)

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, time, n) -> the waves, (batch, time, n)."""
        (x,) = inputs
        expect_numbers(x, "SinePositionEncoding")
        expect_rank(x, 2, "SinePositionEncoding", "a sequence (time × numbers)")
        table = b.ops.constant(waves(x.shape[1], x.shape[2], self.max_wavelength), DType.FLOAT32)
        return (broadcast_to(table, shape=x.shape),)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many places."""
        return f"Gives each of {inputs[0][0]} places waves of {inputs[0][1]} numbers; Add them to the input"
