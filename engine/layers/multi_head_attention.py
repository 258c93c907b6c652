"""Attention with several heads."""

from __future__ import annotations

import math
from string import ascii_lowercase
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from engine.layers.activations import ActivationName
from engine.layers.attending import (
    INPUTS,
    Attending,
    Sequences,
    both,
    causal,
    dropped,
    known,
    over_columns,
    over_rows,
    weights_of,
    window,
)
from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample
from engine.layers.einsum_dense import EinsumDense
from engine.layers.scope import part
from engine.layers.weighted import BiasSettings, KernelSettings
from engine.ops.matmul import matmul
from engine.ops.movement import transpose
from engine.ops.op import Tensor
from engine.ops.views import reshape
from engine.settings import setting
from engine.tensor.spec import Shape, ShapeError

Axis = Annotated[int, Field(ge=-8, le=8)]
Width = Annotated[int, Field(ge=1, le=1_000_000)]


class HeadedAttention(Attending, KernelSettings, BiasSettings):
    """Base of the attention layers with several heads: projections, masks, and how heads are put together again."""

    dropout: float = setting(0.0, "Dropout", "share of the weights left out while training", ge=0.0, lt=1.0)
    use_gate: bool = setting(
        False, "Gate", "each query decides how much of each head comes through", advanced=True
    )
    sliding_window: int | None = setting(
        None,
        "Window",
        "places farther apart than this do not see each other",
        advanced=True,
        ge=1,
        le=1_000_000,
    )

    def keras_call(self, tensors: list[Any]) -> tuple[list[Any], dict[str, Any]]:
        """Query, value and key are arguments of their own; a query alone looks at itself."""
        return (tensors * 2 if len(tensors) == 1 else tensors), {}

    def project(
        self,
        b: LayerBuilder,
        name: Literal["query", "key", "value", "gate"],
        x: Tensor,
        sizes: tuple[int, int],
    ) -> Tensor:
        """(batch, .., n) -> (batch, .., heads, numbers of a head)."""
        free = ascii_lowercase[: x.spec.rank - 1]
        shape = (*(-1,) * (x.spec.rank - 2), *sizes)
        activation: ActivationName = "sigmoid" if name == "gate" else "linear"
        return part(b, name, self.dense(f"{free}x,xyz->{free}yz", shape, "yz", activation), x)[0]

    def unite(self, b: LayerBuilder, x: Tensor, shape: tuple[int, ...]) -> Tensor:
        """(batch, .., heads, numbers of a head) -> (batch, .., *shape)."""
        free = ascii_lowercase[: x.spec.rank - 2]
        new = "uvwrst"[: len(shape)]
        lengths = (*(-1,) * (x.spec.rank - 3), *shape)
        return part(b, "attention_output", self.dense(f"{free}yz,yz{new}->{free}{new}", lengths, new), x)[0]

    def dense(
        self, equation: str, shape: tuple[int, ...], bias: str, activation: ActivationName = "linear"
    ) -> EinsumDense:
        """A part with the settings of the whole."""
        return EinsumDense(
            equation=equation,
            output_shape=shape,
            bias_axes=bias,
            activation=activation,
            use_bias=self.use_bias,
            kernel_initializer=self.kernel_initializer,
            kernel_regularizer=self.kernel_regularizer,
            kernel_constraint=self.kernel_constraint,
            bias_initializer=self.bias_initializer,
            bias_regularizer=self.bias_regularizer,
            bias_constraint=self.bias_constraint,
            trainable=self.trainable,
            learning_rate_factor=self.learning_rate_factor,
        )

    def mask(self, b: LayerBuilder, given: Sequences, rows: int, columns: int) -> Tensor | None:
        """(batch or 1, 1, rows, columns): 1 where a place may look; None: everywhere."""
        query, value, key = given
        mask = over_columns(b.mask(query), 4)
        mask = both(mask, over_rows(b.mask(value), 4))
        if key is not value:
            mask = both(mask, over_rows(b.mask(key), 4))
        if self.use_causal_mask:
            mask = both(mask, known(query, causal(rows, columns)))
        if self.sliding_window is not None:
            mask = both(mask, known(query, window(rows, columns, self.sliding_window)))
        return mask

    def attend(
        self, b: LayerBuilder, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """(.., heads, time, numbers) each -> (.., heads, asking, numbers of the value), and the weights."""
        scores = matmul(query * (1.0 / math.sqrt(query.shape[-1])), key, transpose_b=True)
        weights = weights_of(scores, mask, empty=True)
        return matmul(dropped(b, weights, self.dropout), value), weights


class MultiHeadAttention(HeadedAttention):
    """Lets each place of a sequence ask several questions at once, one by each head.

    Query, key and value are projected for every head; softmax(query · keyᵀ / √key_dim) says how much a place looks at each
    other one, and the values found are put together again by a last weight. With a query alone, a sequence looks at itself
    (self attention); wire a value to let it look at another one (cross attention). Switch Causal on to predict what comes
    next. The heart of the Transformer.
    Source: Vaswani et al., Attention is all you need, 2017.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ATTENTION,
        summary="Each place asks several questions to all places at once",
        aliases=("transformer", "self attention", "cross attention", "mha", "sequence"),
        keras="MultiHeadAttention",
        torch="MultiheadAttention",
        onnx="Attention",
        inputs=INPUTS,
        masking=True,
        common=True,
        samples=(
            LayerSample({"num_heads": 2, "key_dim": 3}, ((2, 3, 4),)),
            LayerSample(
                {"num_heads": 1, "key_dim": 2, "value_dim": 3, "use_bias": False, "use_causal_mask": True},
                ((2, 3, 4), (2, 5, 2)),
            ),
            LayerSample(
                {
                    "num_heads": 2,
                    "key_dim": 2,
                    "output_shape": (5,),
                    "dropout": 0.2,
                    "return_attention_scores": True,
                },
                ((1, 3, 4), (1, 2, 3), (1, 2, 5)),
            ),
            LayerSample(
                {"num_heads": 2, "key_dim": 2, "attention_axes": (2,), "use_gate": True}, ((2, 3, 2, 4),)
            ),
            LayerSample({"num_heads": 2, "key_dim": 2, "sliding_window": 2}, ((1, 4, 3),)),
        ),
    )
    num_heads: int = setting(
        4, "Heads", "how many questions are asked at once", prominent=True, ge=1, le=1024
    )
    key_dim: int = setting(
        16, "Key size", "numbers of a query and a key in each head", prominent=True, ge=1, le=65536
    )
    value_dim: int | None = setting(
        None, "Value size", "numbers of a value in each head; empty: as the key", ge=1, le=65536
    )
    output_shape: tuple[Width, ...] | None = setting(
        None,
        "Output shape",
        "numbers at each place of the result; empty: as the query",
        advanced=True,
        max_length=4,
    )
    attention_axes: tuple[Axis, ...] | None = setting(
        None,
        "Over dimensions",
        "along which places look at each other; empty: all",
        advanced=True,
        max_length=4,
    )

    def keras_place(self, part: str) -> str:
        """Each projection is a layer of its own; that of the gate has no public name."""
        names = {"": "", "attention_output": "output_dense", "gate": "_gate_dense"}
        return names.get(part, f"{part}_dense")

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, time, .., n) -> (batch, time, .., n of the query or output_shape)."""
        given = self.sequences(inputs, rank=None)
        axes = self._axes(given.query)
        depth = self.value_dim or self.key_dim
        query = self.project(b, "query", given.query, (self.num_heads, self.key_dim))
        key = self.project(b, "key", given.key, (self.num_heads, self.key_dim))
        gate = self.project(b, "gate", given.query, (self.num_heads, depth)) if self.use_gate else None
        value = self.project(b, "value", given.value, (self.num_heads, depth))
        q, k, v = (_heads_first(x, axes) for x in (query, key, value))
        mask = self.mask(b, given, q.shape[-2], k.shape[-2]) if len(axes) == 1 and axes[0] == 1 else None
        found, weights = self.attend(b, q, k, v, mask)
        y = _heads_last(found, given.query.shape[:-1], axes)
        if gate is not None:
            y = y * gate
        y = self.unite(b, y, self.output_shape or (given.query.shape[-1],))
        asked = tuple(given.query.shape[a] for a in axes)
        looked = tuple(given.key.shape[a] for a in axes)
        return self.result(b, given.query, y, reshape(weights, shape=(*weights.shape[:-2], *asked, *looked)))

    def _axes(self, query: Tensor) -> tuple[int, ...]:
        """Dimensions along which places look, counted from the front.

        Raises:
            ShapeError: there is no such dimension, or order is asked for where there is none.
        """
        last = query.spec.rank - 1
        chosen = self.attention_axes or tuple(range(1, last))
        axes = tuple(a + query.spec.rank if a < 0 else a for a in chosen)
        if any(not 1 <= a < last for a in axes) or len(set(axes)) < len(axes):
            raise ShapeError(
                f"MultiHeadAttention looks along dimensions between the batch and the last one, received {chosen} for "
                f"{query.spec.rank} dimensions. Take some of 1 to {last - 1}."
            )
        if axes != (1,) and (self.use_causal_mask or self.sliding_window):
            raise ShapeError(
                f"Causal order and windows need a sequence (time × numbers), received places along {len(axes)} of "
                f"{last - 1} dimensions. Switch them off, or put a Reshape before it."
            )
        return axes

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many heads look where."""
        heads = "1 head lets" if self.num_heads == 1 else f"{self.num_heads} heads let"
        where_ = "itself" if len(inputs) == 1 else "another sequence"
        order = ", never ahead" if self.use_causal_mask else ""
        return f"{heads} each place of a sequence look at {where_}{order}"


def _heads_first(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    """(batch, .., heads, n) -> (batch, dimensions not in axes, heads, product of the axes, n)."""
    rank = x.spec.rank
    kept = tuple(i for i in range(rank - 2) if i not in axes)
    moved = transpose(x, perm=(*kept, rank - 2, *axes, rank - 1))
    return reshape(moved, shape=(*(x.shape[i] for i in kept), x.shape[-2], -1, x.shape[-1]))


def _heads_last(x: Tensor, lead: Shape, axes: tuple[int, ...]) -> Tensor:
    """The inverse of `_heads_first`, for places of the shape `lead`."""
    kept = tuple(i for i in range(len(lead)) if i not in axes)
    heads, size = x.shape[-3], x.shape[-1]
    spread = reshape(x, shape=(*(lead[i] for i in kept), heads, *(lead[i] for i in axes), size))
    order = (*kept, -1, *axes)
    perm = tuple(order.index(i) for i in range(len(lead)))
    return transpose(spread, perm=(*perm, order.index(-1), len(order)))
