"""Attention whose scores are a learned sum."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.attending import INPUTS
from engine.layers.attention import ScoredAttention
from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample
from engine.ops.arrangement import expand_dims
from engine.ops.elementwise import tanh
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.settings import setting


class AdditiveAttention(ScoredAttention):
    """Lets each place of a sequence gather from others, scored by a learned sum.

    score = Σ scale · tanh(query + key), with a factor for each number; then weights = softmax(score) and
    y = weights · value. It compares gently where products of large numbers would let one place take all. It needs memory
    for every pair of places and every number, so use Attention for long sequences.
    Source: Bahdanau et al., Neural machine translation by jointly learning to align and translate, 2015.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ATTENTION,
        summary="Each place gathers from others, scored by a learned sum",
        aliases=("bahdanau", "self attention", "sequence"),
        keras="AdditiveAttention",
        inputs=INPUTS,
        masking=True,
        samples=(
            LayerSample({}, ((2, 3, 4),)),
            LayerSample({"use_scale": False, "use_causal_mask": True}, ((2, 3, 4), (2, 5, 4))),
            LayerSample({"dropout": 0.2}, ((1, 3, 4), (1, 2, 3), (1, 2, 4))),
        ),
    )
    use_scale: bool = setting(True, "Scale", "learn a factor for each number", prominent=True)

    def scores(self, b: LayerBuilder, query: Tensor, key: Tensor) -> Tensor:
        """The sum over all numbers of a pair of places."""
        total = tanh(expand_dims(query, 2) + expand_dims(key, 1))
        if self.use_scale:
            total = total * b.weight("scale", (query.shape[-1],), "glorot_uniform")
        return sum_(total, axes=(3,))
