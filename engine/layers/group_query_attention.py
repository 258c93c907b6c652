"""Attention whose heads share keys and values."""

from __future__ import annotations

from typing import ClassVar

from pydantic import model_validator

from engine.layers.attending import INPUTS
from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample
from engine.layers.multi_head_attention import HeadedAttention
from engine.ops.arrangement import repeat
from engine.ops.movement import transpose
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape

_HEADS_FIRST = (0, 2, 1, 3)


class GroupQueryAttention(HeadedAttention):
    """Lets each place of a sequence ask several questions, several of which share what they look at.

    As MultiHeadAttention, but with fewer heads of keys and values than of queries: less to compute and to remember, at
    nearly the same quality. One head of keys and values is multi-query attention; as many as of queries is
    MultiHeadAttention. Use it in large Transformers.
    Source: Ainslie et al., GQA, 2023.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ATTENTION,
        summary="Several questions at once that share what they look at",
        aliases=("gqa", "multi query", "mqa", "transformer", "self attention"),
        keras="GroupQueryAttention",
        inputs=INPUTS,
        masking=True,
        samples=(
            LayerSample({"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}, ((2, 3, 4),)),
            LayerSample(
                {
                    "head_dim": 2,
                    "num_query_heads": 3,
                    "num_key_value_heads": 1,
                    "use_bias": False,
                    "use_gate": True,
                    "use_causal_mask": True,
                    "return_attention_scores": True,
                },
                ((1, 3, 4), (1, 5, 2)),
            ),
        ),
    )
    head_dim: int = setting(16, "Head size", "numbers of each head", prominent=True, ge=1, le=65536)
    num_query_heads: int = setting(
        4, "Query heads", "how many questions are asked", prominent=True, ge=1, le=1024
    )
    num_key_value_heads: int = setting(
        2, "Key heads", "how many keys and values the queries share", prominent=True, ge=1, le=1024
    )

    @model_validator(mode="after")
    def _divides(self) -> GroupQueryAttention:
        if self.num_query_heads % self.num_key_value_heads:
            raise ValueError(
                f"Key heads must divide query heads, received {self.num_key_value_heads} for {self.num_query_heads}; "
                "take a divisor."
            )
        return self

    def keras_place(self, part: str) -> str:
        """Each projection is a layer of its own, none with a public name."""
        return f"_{'output' if part == 'attention_output' else part}_dense" if part else ""

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, time, n) -> (batch, time of the query, n of the query)."""
        given = self.sequences(inputs)
        asking, shared = (self.num_query_heads, self.head_dim), (self.num_key_value_heads, self.head_dim)
        group = self.num_query_heads // self.num_key_value_heads
        query = transpose(self.project(b, "query", given.query, asking), perm=_HEADS_FIRST)
        key = repeat(transpose(self.project(b, "key", given.key, shared), perm=_HEADS_FIRST), group, 1)
        gate = self.project(b, "gate", given.query, asking) if self.use_gate else None
        value = repeat(transpose(self.project(b, "value", given.value, shared), perm=_HEADS_FIRST), group, 1)
        mask = self.mask(b, given, query.shape[2], key.shape[2])
        found, weights = self.attend(b, query, key, value, mask)
        y = transpose(found, perm=_HEADS_FIRST)
        if gate is not None:
            y = y * gate
        return self.result(b, given.query, self.unite(b, y, (given.query.shape[-1],)), weights)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many heads share how many keys."""
        shared = "1 head" if self.num_key_value_heads == 1 else f"{self.num_key_value_heads} heads"
        return f"{self.num_query_heads} questions of each place share {shared} of keys and values"
