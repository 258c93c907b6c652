"""Attention: each place of a sequence gathers from others what it asks for."""

from __future__ import annotations

from typing import ClassVar, Literal

from engine.layers.attending import (
    INPUTS,
    Attending,
    both,
    causal,
    dropped,
    known,
    over_columns,
    over_rows,
    weights_of,
)
from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample
from engine.ops.arrangement import expand_dims
from engine.ops.elementwise import tanh
from engine.ops.matmul import matmul
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.settings import setting
from engine.tensor.spec import Shape


class ScoredAttention(Attending):
    """Base of the attention layers with a single head: how scores are made is theirs."""

    dropout: float = setting(0.0, "Dropout", "share of the weights left out while training", ge=0.0, lt=1.0)

    def scores(self, b: LayerBuilder, query: Tensor, key: Tensor) -> Tensor:
        """(batch, asking, numbers) and (batch, looked at, numbers) -> (batch, asking, looked at)."""
        raise NotImplementedError

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, time, n) -> (batch, time of the query, numbers of the value)."""
        query, value, key = self.sequences(inputs)
        self.expect_equal_width(query, key)
        scores = self.scores(b, query, key)
        mask = over_rows(b.mask(value), 3)
        if self.use_causal_mask:
            mask = both(mask, known(scores, causal(*scores.shape[1:])))
        weights = dropped(b, weights_of(scores, mask, empty=False), self.dropout)
        y = matmul(weights, value)
        asked = over_columns(b.mask(query), 3)
        if asked is not None:
            y = y * asked
        return self.result(b, query, y, weights)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """Which place looks where."""
        looked = inputs[1][0] if len(inputs) > 1 else inputs[0][0]
        order = "itself and those before it" if self.use_causal_mask else f"{looked} places"
        return f"Each of {inputs[0][0]} places gathers from {order} what resembles its query"


class Attention(ScoredAttention):
    """Lets each place of a sequence gather from others what it asks for.

    The score of a pair is how much query and key resemble each other: weights = softmax(query · keyᵀ),
    y = weights · value. With a query alone, a sequence looks at itself. A value wired from another layer is what is looked
    at, and a key what it is looked up by. Use MultiHeadAttention where several kinds of questions are asked at once.
    Source: Luong et al., Effective approaches to attention-based neural machine translation, 2015.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ATTENTION,
        summary="Each place gathers from others what resembles its query",
        aliases=("dot product", "luong", "self attention", "sequence"),
        keras="Attention",
        inputs=INPUTS,
        masking=True,
        samples=(
            LayerSample({}, ((2, 3, 4),)),
            LayerSample({"use_scale": True, "use_causal_mask": True}, ((2, 3, 4), (2, 5, 4))),
            LayerSample({"score_mode": "concat"}, ((2, 3, 4), (2, 5, 2), (2, 5, 4))),
            LayerSample(
                {"score_mode": "concat", "use_scale": True, "dropout": 0.3, "return_attention_scores": True},
                ((2, 3, 4), (2, 1, 4)),
            ),
        ),
    )
    use_scale: bool = setting(False, "Scale", "learn a factor for the scores")
    score_mode: Literal["dot", "concat"] = setting(
        "dot", "Score", "query times key, or tanh of their sum", prominent=True
    )

    def scores(self, b: LayerBuilder, query: Tensor, key: Tensor) -> Tensor:
        """As the settings say; both factors are single numbers that start at 1."""
        scale = b.weight("scale", (), "ones") if self.use_scale else None
        if self.score_mode == "dot":
            product = matmul(query, key, transpose_b=True)
            return product if scale is None else product * scale
        total = expand_dims(query, 2) + expand_dims(key, 1)
        total = total if scale is None else total * scale
        return b.weight("concat_score_weight", (), "ones") * sum_(tanh(total), axes=(3,))
