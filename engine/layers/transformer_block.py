"""The block that Transformers are stacked from."""

from __future__ import annotations

from typing import Any, ClassVar

from engine.layers.activations import ActivationName
from engine.layers.base import (
    Category,
    Declaration,
    LayerBuilder,
    LayerSample,
    expect_numbers,
    expect_rank,
    per_example,
)
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.initializers import AnyInitializer
from engine.layers.layer_normalization import LayerNormalization
from engine.layers.multi_head_attention import MultiHeadAttention
from engine.layers.scope import part
from engine.layers.weighted import Weighted
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, ShapeError


class TransformerBlock(Weighted):
    """Attention and a small network for each place, each with a way round it and a normalization.

    y = norm(x + attention(x)), then norm(y + Dense(Dense(y))). Every place first gathers from the others, then works on
    what it found. Stack several after an embedding with positions; switch Causal on to predict what comes next. Normalizing
    first trains deep stacks more easily.
    Source: Vaswani et al., Attention is all you need, 2017; as TransformerEncoder in KerasHub.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ATTENTION,
        summary="Attention and a small network for each place, the block of Transformers",
        aliases=("transformer", "encoder", "decoder", "gpt", "bert", "residual"),
        torch="TransformerEncoderLayer",
        masking=True,
        common=True,
        samples=(
            LayerSample({"num_heads": 2, "intermediate_dim": 5}, ((2, 3, 4),)),
            LayerSample(
                {
                    "num_heads": 1,
                    "key_dim": 3,
                    "intermediate_dim": 2,
                    "dropout": 0.1,
                    "activation": "gelu",
                    "normalize_first": True,
                    "use_causal_mask": True,
                },
                ((1, 4, 3),),
            ),
        ),
    )
    num_heads: int = setting(
        4, "Heads", "how many questions are asked at once", prominent=True, ge=1, le=1024
    )
    intermediate_dim: int = setting(
        64, "Units", "of the small network, between its two Dense", prominent=True, ge=1, le=1_000_000
    )
    key_dim: int | None = setting(
        None, "Key size", "numbers of each head; empty: those of a place, shared by the heads", ge=1, le=65536
    )
    dropout: float = setting(0.0, "Dropout", "share left out while training", ge=0.0, lt=1.0)
    activation: ActivationName = setting("relu", "Activation", "of the small network")
    normalize_first: bool = setting(False, "Normalize first", "before attention and Dense, not after")
    use_causal_mask: bool = setting(False, "Causal", "each place sees only itself and those before it")
    layer_norm_epsilon: float = setting(
        1e-5, "Epsilon", "keeps the normalizations from dividing by zero", advanced=True, gt=0.0, le=1.0
    )
    kernel_initializer: AnyInitializer = setting(
        "glorot_uniform", "Weight starts", "how the weights start", advanced=True
    )
    bias_initializer: AnyInitializer = setting("zeros", "Bias starts", "how the biases start", advanced=True)

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The shape stays: (batch, time, n)."""
        (x,) = inputs
        expect_numbers(x, "TransformerBlock")
        expect_rank(x, 2, "TransformerBlock", "a sequence (time × numbers)")
        y = self._around(b, "attention", x, self._attention(x))
        y = self._around(
            b, "feedforward", y, self._dense(self.intermediate_dim, self.activation), self._dense(x.shape[2])
        )
        return (y,)

    def _around(self, b: LayerBuilder, name: str, x: Tensor, *layers: MultiHeadAttention | Dense) -> Tensor:
        """The layers one after the other, a way round them, and the normalization before or after."""
        norm = LayerNormalization(epsilon=self.layer_norm_epsilon, **self._learning)
        y = part(b, f"{name}_norm", norm, x)[0] if self.normalize_first else x
        b.set_mask(y, b.mask(x))
        for number, layer in enumerate(layers, start=1):
            y = part(b, f"{name}_{number}" if len(layers) > 1 else name, layer, y)[0]
        if self.dropout:
            y = part(b, "dropout", Dropout(rate=self.dropout), y)[0]
        y = x + y
        if not self.normalize_first:
            y, mask = part(b, f"{name}_norm", norm, y)[0], b.mask(x)
            b.set_mask(y, mask)
        return y

    def _attention(self, x: Tensor) -> MultiHeadAttention:
        size = self.key_dim or x.shape[2] // self.num_heads
        if not size:
            raise ShapeError(
                f"TransformerBlock shares the numbers of a place among its heads, received {per_example(x)} for "
                f"{self.num_heads} heads. Take at most {x.shape[2]} heads, or set the key size."
            )
        return MultiHeadAttention(
            num_heads=self.num_heads,
            key_dim=size,
            dropout=self.dropout,
            use_causal_mask=self.use_causal_mask,
            kernel_initializer=self.kernel_initializer,
            bias_initializer=self.bias_initializer,
            **self._learning,
        )

    def _dense(self, units: int, activation: ActivationName = "linear") -> Dense:
        return Dense(
            units=units,
            activation=activation,
            kernel_initializer=self.kernel_initializer,
            bias_initializer=self.bias_initializer,
            **self._learning,
        )

    @property
    def _learning(self) -> dict[str, Any]:
        """Settings of the whole that go for every part."""
        return {"trainable": self.trainable, "learning_rate_factor": self.learning_rate_factor}

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many heads and units."""
        heads = "1 head" if self.num_heads == 1 else f"{self.num_heads} heads"
        return f"Attention with {heads} and {self.intermediate_dim} units for each place, each with a way round it"
