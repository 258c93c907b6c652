"""The block that Transformers are stacked from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from engine.layers.activations import ActivationName
from engine.layers.add import Add
from engine.layers.base import (
    Category,
    Declaration,
    Layer,
    LayerBuilder,
    LayerSample,
    expect_numbers,
    expect_rank,
)
from engine.layers.content import Composite, Content, Outlet, Part, Wire
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.initializers import AnyInitializer
from engine.layers.layer_normalization import LayerNormalization
from engine.layers.multi_head_attention import MultiHeadAttention
from engine.layers.weighted import Weighted
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, ShapeError, format_shape

_STEP = 250.0  # from part to part, where the block is taken apart on the canvas


class _Chain:
    """Parts one after the other, with ways round some of them."""

    def __init__(self, inlet: str) -> None:
        self.end: tuple[str, str] = ("", inlet)
        self._inlet = inlet
        self._parts: list[Part] = []
        self._wires: list[Wire] = []

    def add(self, name: str, layer: Layer) -> None:
        """Put a layer behind the end."""
        self._wires.append((*self.end, name, layer.input_ports()[0].name))
        place = (_STEP * len(self._parts), 0.0)
        self._parts.append(Part(id=name, layer=layer, name=name, position=place))
        self.end = (name, layer.output_ports()[0].name)

    def join(self, name: str, start: tuple[str, str]) -> None:
        """Add what was the end at `start` to what it is now."""
        way_round = start
        self.add(name, Add())
        here = self._wires.pop()
        self._wires += [(*way_round, *here[2:]), here]

    def content(self) -> Content:
        """All of it, with the end as the output."""
        outlet = Outlet(name="output", part=self.end[0], port=self.end[1])
        return Content(
            parts=tuple(self._parts), wires=tuple(self._wires), inlets=(self._inlet,), outlets=(outlet,)
        )


class TransformerBlock(Composite, Weighted):
    """Attention and a small network for each place, each with a way round it and a normalization.

    y = norm(x + attention(x)), then norm(y + Dense(Dense(y))). Every place first gathers from the others, then works on
    what it found. Stack several after an embedding with positions; switch Causal on to predict what comes next. Normalizing
    first trains deep stacks more easily.
    Source: Vaswani et al., Attention is all you need, 2017; as TransformerEncoder in KerasHub.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.BLOCK,
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
        return self.content_for((x.shape[1:],)).build(b, inputs)

    def content_for(self, inputs: tuple[Shape, ...]) -> Content:
        """Attention and feed-forward, each with a way round it and a normalization."""
        width = inputs[0][-1]
        chain = _Chain("input")
        self._around(chain, "attention", [self._attention(inputs[0])])
        dense = [self._dense(self.intermediate_dim, self.activation), self._dense(width)]
        self._around(chain, "feedforward", dense)
        return chain.content()

    def _around(self, chain: _Chain, name: str, layers: Sequence[Layer]) -> None:
        """The layers one after the other, a way round them, and the normalization before or after."""
        start = chain.end
        norm = LayerNormalization(epsilon=self.layer_norm_epsilon, **self._learning)
        if self.normalize_first:
            chain.add(f"{name}_norm", norm)
        for number, layer in enumerate(layers, start=1):
            chain.add(f"{name}_{number}" if len(layers) > 1 else name, layer)
        if self.dropout:
            chain.add(f"{name}_dropout", Dropout(rate=self.dropout))
        chain.join(f"{name}_add", start)
        if not self.normalize_first:
            chain.add(f"{name}_norm", norm)

    def _attention(self, shape: Shape) -> MultiHeadAttention:
        size = self.key_dim or shape[-1] // self.num_heads
        if not size:
            raise ShapeError(
                f"TransformerBlock shares the numbers of a place among its heads, received {format_shape(shape)} for "
                f"{self.num_heads} heads. Take at most {shape[-1]} heads, or set the key size."
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
