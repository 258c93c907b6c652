"""Class numbers as 0 and 1."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import numpy as np

from engine.layers.adapted import Adapted
from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample
from engine.layers.encoding import Encoding, encode, whole_numbers
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Array, Shape, ShapeError


class CategoryEncoding(Adapted):
    """Writes class numbers as 0 and 1, so that other layers can calculate with them.

    one_hot gives every number a row with a single 1 at its place; multi_hot gives every example one row with a 1 for
    each class that is among its numbers; count says how often each is. Use it for a few classes; for many words an
    Embedding is smaller and learns which are alike.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.PREPROCESSING,
        summary="Writes class numbers as 0 and 1",
        aliases=("one hot", "one-hot", "multi hot", "dummy", "categorical", "bag of words"),
        keras="CategoryEncoding",
        onnx="OneHot",
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

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Whole numbers (batch, ..) -> float32 with a last dimension of the number of classes."""
        b.adapted(self.adapt, inputs[0])
        index = whole_numbers(inputs[0], "CategoryEncoding")
        return (encode(index, self.output_mode, self.num_tokens, "CategoryEncoding"),)

    def adapt(self, batches: Iterable[Array]) -> dict[str, Array]:
        """Nothing is learned, but refused: numbers that are not whole, or outside the classes."""
        for batch in batches:
            expect_classes(batch, self.num_tokens, "CategoryEncoding", "Classes")
        return {}

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """What becomes of a number."""
        kinds = {
            "one_hot": "Writes each class number as a row of {n} with a single 1",
            "multi_hot": "Says of each of {n} classes whether it is among the numbers of an example",
            "count": "Counts how often each of {n} classes is among the numbers of an example",
        }
        return kinds[self.output_mode].format(n=self.num_tokens)


def expect_classes(values: Array, depth: int, layer: str, setting_title: str) -> None:
    """Raise ShapeError unless all values are whole numbers in [0, depth)."""
    wrong = values[values != np.round(values)]
    if wrong.size:
        raise ShapeError(
            f"{layer} needs whole numbers, the data has {wrong[0]:g}. Switch off Normalize in the "
            "settings of the data, or put a Discretization before it."
        )
    low, high = (values.min(initial=0), values.max(initial=0))
    if low < 0:
        raise ShapeError(f"{layer} needs class numbers from 0 on, the data has {low:g}. Correct the data.")
    if high >= depth:
        raise ShapeError(
            f"{layer} has {depth} classes, the data has the number {high:g}. Set {setting_title} to {int(high) + 1}."
        )
