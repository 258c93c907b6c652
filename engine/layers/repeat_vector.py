"""The same vector at every step."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import (
    Category,
    Declaration,
    Layer,
    LayerBuilder,
    LayerSample,
    expect_numbers,
    expect_rank,
)
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.ops.reductions import broadcast_to
from engine.ops.views import reshape
from engine.settings import setting
from engine.tensor.spec import Shape, TensorSpec


class RepeatVector(Layer):
    """Makes a sequence that says the same at each of n steps.

    (features) becomes (n, features). Use it between a layer that sums a sequence up and one that writes a sequence.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.SHAPE,
        summary="Makes a sequence that says the same at each step",
        aliases=("tile", "sequence", "copy"),
        keras="RepeatVector",
        onnx="Expand",
        samples=(LayerSample({"n": 3}, ((2, 4),)), LayerSample({"n": 1}, ((2, 5),))),
    )
    n: int = setting(2, "Steps", "how often it is repeated", prominent=True, ge=1, le=1_000_000)

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, features) -> (batch, n, features)."""
        (x,) = inputs
        expect_numbers(x, "RepeatVector")
        expect_rank(x, 1, "RepeatVector", "one row of numbers", "Put a Flatten before it.")
        batch, features = x.shape
        row = reshape(x, shape=(batch, 1, features))
        return (broadcast_to(row, shape=(batch, self.n, features)),)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """A new axis behind the batch."""
        return TorchForm(call=f"{{0}}.unsqueeze(1).repeat(1, {self.n}, 1)")

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many steps of how many numbers."""
        return f"Repeats {inputs[0][0]} numbers at each of {self.n} steps"
