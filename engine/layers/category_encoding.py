"""Class numbers as 0 and 1."""

from __future__ import annotations

from typing import Any, ClassVar

from engine.layers.base import (
    Category,
    Declaration,
    Layer,
    LayerBuilder,
    LayerSample,
    Port,
    expect_numbers,
    per_example,
)
from engine.layers.encoding import Encoding, class_numbers, encode, whole_numbers
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, ShapeError


class CategoryEncoding(Layer):
    """Writes class numbers as 0 and 1, so that other layers can calculate with them.

    one_hot gives every number a row with a single 1 at its place; multi_hot gives every example one row with a 1 for
    each class that is among its numbers; count says how often each is, or adds up the weights that a second wire brings
    for the numbers. Use it for a few classes; for many words an Embedding is smaller and learns which are alike.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.PREPROCESSING,
        summary="Writes class numbers as 0 and 1",
        aliases=("one hot", "one-hot", "multi hot", "dummy", "categorical", "bag of words"),
        keras="CategoryEncoding",
        onnx="OneHot",
        inputs=(Port("input"), Port("count_weights", minimum=0)),
        samples=(
            LayerSample({"num_tokens": 5}, ((2, 3),), integers=True),
            LayerSample({"num_tokens": 5, "output_mode": "one_hot"}, ((3, 1),), integers=True),
            LayerSample({"num_tokens": 6, "output_mode": "one_hot"}, ((2, 3, 2),), integers=True),
            LayerSample({"num_tokens": 4, "output_mode": "count"}, ((3,),), integers=True),
        ),
    )
    num_tokens: int = setting(10, "Classes", "how many there are", prominent=True, ge=1, le=1_000_000)
    output_mode: Encoding = setting(
        "multi_hot", "Gives", "a row for each number, or one for each example", prominent=True
    )

    def keras_call(self, tensors: list[Any]) -> tuple[list[Any], dict[str, Any]]:
        """The weights of the numbers have a name."""
        return tensors[:1], {"count_weights": tensors[1]} if tensors[1:] else {}

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Whole numbers (batch, ..) -> float32 with a last dimension of the number of classes."""
        x, *weights = inputs
        b.adapted(class_numbers(self.num_tokens, "CategoryEncoding", "Classes"), x)
        index = whole_numbers(x, "CategoryEncoding")
        if weights:
            self._expect_weights(index, weights[0])
        return (encode(index, self.output_mode, self.num_tokens, "CategoryEncoding", *weights),)

    def _expect_weights(self, index: Tensor, weights: Tensor) -> None:
        expect_numbers(weights, "CategoryEncoding")
        if self.output_mode != "count":
            raise ShapeError(
                f"CategoryEncoding adds up weights under count, received {self.output_mode}. Remove the second wire."
            )
        if weights.shape != index.shape:
            raise ShapeError(
                f"CategoryEncoding needs a weight for each number ({per_example(index)}), received "
                f"{per_example(weights)} per example."
            )

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """What becomes of a number."""
        kinds = {
            "one_hot": "Writes each class number as a row of {n} with a single 1",
            "multi_hot": "Says of each of {n} classes whether it is among the numbers of an example",
            "count": "Counts how often each of {n} classes is among the numbers of an example",
        }
        return kinds[self.output_mode].format(n=self.num_tokens)
