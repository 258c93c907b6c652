"""What the layers share that apply an activation and nothing else."""

from __future__ import annotations

from engine.layers.base import Layer, LayerBuilder, expect_numbers
from engine.ops.op import Tensor


class ActivationLayer(Layer):
    """Base of the layers that treat every number by itself, so that the shape stays."""

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The shape stays."""
        (x,) = inputs
        expect_numbers(x, self.title())
        return (self.apply(x),)

    def apply(self, x: Tensor) -> Tensor:
        """The function itself."""
        raise NotImplementedError
