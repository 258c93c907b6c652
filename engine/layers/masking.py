"""Leaving out time steps that are only padding."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import (
    Category,
    Declaration,
    Layer,
    LayerBuilder,
    LayerSample,
    expect_numbers,
    expect_rank,
)
from engine.ops.elementwise import equal
from engine.ops.op import Tensor
from engine.ops.reductions import max_
from engine.ops.views import reshape
from engine.settings import setting
from engine.tensor.spec import DType, Shape


class Masking(Layer):
    """Marks time steps as padding where all their numbers equal the mask value.

    Sequences of different lengths are filled up to one length; the layers behind this one skip what was filled up:
    a recurrent layer keeps its state there. The marked steps themselves become zero. Put it before an LSTM, GRU or
    SimpleRNN; for words, Embedding does the same with number 0.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.RECURRENT,
        summary="Marks padded time steps, so that they are skipped",
        aliases=("mask", "padding", "sequence length", "variable length"),
        keras="Masking",
        samples=(LayerSample({}, ((2, 3, 4),)), LayerSample({"mask_value": -1.0}, ((1, 5, 1),))),
    )
    mask_value: float = setting(
        0.0, "Mask value", "the number that padding consists of", prominent=True, ge=-1e9, le=1e9
    )

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, time, n) stays; its mask is (batch, time)."""
        (x,) = inputs
        expect_numbers(x, "Masking")
        expect_rank(x, 2, "Masking", "a sequence (time × features)")
        other = 1.0 - equal(x, b.ops.constant(self.mask_value, DType.FLOAT32))
        real = max_(other, axes=(2,), keepdims=True)
        y = x * real
        b.set_mask(y, reshape(real, shape=x.shape[:2]))
        return (y,)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """What is skipped."""
        return f"Marks time steps in which every number is {self.mask_value:.6g}; layers behind it skip them"
