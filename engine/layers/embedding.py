"""Numbers that stand for words or classes, as points in a space."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample
from engine.layers.constraints import AnyConstraint
from engine.layers.encoding import class_numbers
from engine.layers.initializers import AnyInitializer
from engine.layers.regularizers import AnyRegularizer
from engine.layers.torch_form import Kept, TorchForm
from engine.layers.weighted import Weighted
from engine.ops.elementwise import equal
from engine.ops.gather import take_rows
from engine.ops.movement import cast
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import DType, Shape, ShapeError, TensorSpec


class Embedding(Weighted):
    """Gives every word, or every class, a row of numbers of its own that is learned.

    y = embeddings[x]. Words used alike end up close together. Use it first, on columns of word or class
    numbers; other layers cannot calculate with those, because 7 is not more than 3 when both are only names.
    Where 0 is only padding, let it mask: recurrent layers and attention then skip the padding.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.CORE,
        summary="A learned row of numbers for each word or class",
        aliases=("word vector", "lookup", "category", "text"),
        keras="Embedding",
        torch="Embedding",
        onnx="Gather",
        common=True,
        samples=(
            LayerSample({"input_dim": 5, "output_dim": 3}, ((2, 4),), integers=True),
            LayerSample({"input_dim": 7, "output_dim": 2}, ((3,),), integers=True),
            LayerSample({"input_dim": 5, "output_dim": 3, "mask_zero": True}, ((3, 2),), integers=True),
        ),
    )
    input_dim: int = setting(
        1000, "Words", "how many different numbers there are", prominent=True, ge=1, le=10_000_000
    )
    output_dim: int = setting(
        16, "Dimensions", "how many numbers stand for each", prominent=True, ge=1, le=65536
    )
    mask_zero: bool = setting(
        False, "0 is padding", "mark zeros as padding, which recurrent layers and attention skip"
    )
    embeddings_initializer: AnyInitializer = setting(
        "random_uniform", "Weight starts", "how the rows start", advanced=True
    )
    embeddings_regularizer: AnyRegularizer | None = setting(
        None, "Weight penalty", "what is added to the loss for large rows", advanced=True
    )
    embeddings_constraint: AnyConstraint | None = setting(
        None, "Weight rule", "what the rows obey after every step", advanced=True
    )

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """int32 (batch, ..) -> (batch, .., output_dim)."""
        (x,) = inputs
        if x.dtype is not DType.INT32:
            raise ShapeError(
                "Embedding needs word or class numbers, received numbers that were measured or computed. "
                "Connect it to an Input with classes, or put a Dense in its place."
            )
        b.adapted(class_numbers(self.input_dim, "Embedding", "Words"), x)
        table = b.weight(
            "embeddings",
            (self.input_dim, self.output_dim),
            self.embeddings_initializer,
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
        )
        y = take_rows(table, x)
        if self.mask_zero and x.spec.rank == 2:
            b.set_mask(y, 1.0 - equal(cast(x, dtype=DType.FLOAT32), b.ops.constant(0.0, DType.FLOAT32)))
        return (y,)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """A table; numbers beyond it take its nearest row here, and are an error in PyTorch."""
        module = f"nn.Embedding({self.input_dim}, {self.output_dim})"
        return TorchForm(module, {"weight": Kept("embeddings")}, "{m}({0}.long())")

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """What replaces what."""
        masked = "; zeros are padding" if self.mask_zero else ""
        return (
            f"Replaces each of {self.input_dim} words by a learned row of {self.output_dim} numbers{masked}"
        )
