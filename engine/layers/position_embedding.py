"""Where in a sequence something stands, learned."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample, expect_numbers, expect_rank
from engine.layers.initializers import AnyInitializer
from engine.layers.weighted import Weighted
from engine.ops.arrangement import part
from engine.ops.op import Tensor
from engine.ops.reductions import broadcast_to
from engine.settings import setting
from engine.tensor.spec import Shape, ShapeError


class PositionEmbedding(Weighted):
    """Gives each place of a sequence a row of numbers of its own that is learned.

    y[t] = embeddings[t], the same for every example, as wide as the input. Attention sees a sequence as a bag of places;
    this tells them apart. It gives the rows only: wire them and the words to an Add.
    Source: Gehring et al., Convolutional sequence to sequence learning, 2017; as in KerasHub.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ATTENTION,
        summary="A learned row of numbers for each place of a sequence",
        aliases=("positional encoding", "transformer", "order"),
        masking=True,
        common=True,
        samples=(
            LayerSample({"sequence_length": 3}, ((2, 3, 4),)),
            LayerSample({"sequence_length": 7, "initializer": "random_normal"}, ((3, 5, 2),)),
        ),
    )
    sequence_length: int = setting(
        256, "Places", "the longest sequence there can be", prominent=True, ge=1, le=1_000_000
    )
    initializer: AnyInitializer = setting(
        "glorot_uniform", "Weight starts", "how the rows start", advanced=True
    )

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, time, n) -> the rows of the places, (batch, time, n)."""
        (x,) = inputs
        expect_numbers(x, "PositionEmbedding")
        expect_rank(x, 2, "PositionEmbedding", "a sequence (time × numbers)")
        if x.shape[1] > self.sequence_length:
            raise ShapeError(
                f"PositionEmbedding needs a row for each place, received {x.shape[1]} places for "
                f"{self.sequence_length} rows. Raise Places to at least {x.shape[1]}."
            )
        table = b.weight("embeddings", (self.sequence_length, x.shape[2]), self.initializer)
        return (broadcast_to(part(table, 0, 0, x.shape[1]), shape=x.shape),)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many rows of what length."""
        return f"Gives each of {inputs[0][0]} places a learned row of {inputs[0][1]} numbers; Add them to the input"
