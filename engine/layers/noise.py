"""What the layers share that disturb their input while training and leave it alone otherwise."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from engine.layers.base import Layer, LayerBuilder, expect_numbers, per_example
from engine.ops.elementwise import greater_equal
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import DType, Shape, ShapeError


def _listed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Length = Annotated[int, Field(ge=1, le=1_000_000)]
NoiseShape = Annotated[tuple[Length | None, ...] | None, BeforeValidator(_listed)]


class TrainingNoise(Layer):
    """Base of the layers that do something in training only."""

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The shape stays."""
        (x,) = inputs
        self.check(x)
        return (self.disturbed(b, x) if b.training else x,)

    def check(self, x: Tensor) -> None:
        """Raise ShapeError where the input is not of the right kind."""
        expect_numbers(x, self.title())

    def disturbed(self, b: LayerBuilder, x: Tensor) -> Tensor:
        """The input as a training step sees it."""
        raise NotImplementedError


class Dropping(TrainingNoise):
    """Base of the layers that leave out a share of the numbers."""

    rate: float = setting(
        0.5, "Rate", "share of the numbers left out", prominent=True, usual=(0.0, 0.8), ge=0.0, le=1.0
    )

    def disturbed(self, b: LayerBuilder, x: Tensor) -> Tensor:
        """What remains is divided by 1 - rate, so that sums stay as large as they were."""
        shape = self.decisions(x)
        if not self.rate:
            return x
        factor = 1.0 / (1.0 - self.rate) if self.rate < 1.0 else 0.0
        return x * (kept(b, shape, self.rate) * factor)

    def decisions(self, x: Tensor) -> Shape:
        """The shape of what is decided by chance; 1 where one decision holds for a whole dimension."""
        return x.shape

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """Which share is left out."""
        return f"Leaves out {self.rate:.3g} of the numbers at random in every training step"


def kept(b: LayerBuilder, shape: Shape, rate: float) -> Tensor:
    """1 with probability 1 - rate, else 0."""
    return greater_equal(b.uniform(shape), b.ops.constant(rate, DType.FLOAT32))


def decisions(noise_shape: tuple[int | None, ...] | None, x: Tensor, layer: str) -> Shape:
    """The noise shape for `x`: None stands for the length that `x` has there.

    Raises:
        ShapeError: it has another number of dimensions, or a length that is neither 1 nor that of `x`.
    """
    if noise_shape is None:
        return x.shape
    fits = len(noise_shape) == x.spec.rank and all(
        n in (None, 1, length) for n, length in zip(noise_shape, x.shape, strict=True)
    )
    if not fits:
        raise ShapeError(
            f"{layer} needs a noise shape with 1 or the input's length in each dimension, the batch included, "
            f"received {noise_shape} for {per_example(x)} per example. Leave it empty to decide for each number."
        )
    return tuple(length if n is None else n for n, length in zip(noise_shape, x.shape, strict=True))
