"""What the layers share that combine several inputs number by number."""

from __future__ import annotations

from functools import reduce

from engine.layers.base import Layer, LayerBuilder, Port, expect_numbers, per_example
from engine.ops.op import Tensor
from engine.tensor.spec import ShapeError, broadcast_shapes

MERGED = (Port("inputs", variadic=True, minimum=2),)


class ElementwiseMerge(Layer):
    """Base of the layers that combine inputs of equal shape."""

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Inputs of one shape (or 1 in a dimension, which is repeated) -> that shape."""
        name = self.title()
        if len(inputs) < 2:
            raise ShapeError(
                f"{name} needs two inputs or more, received {len(inputs)}. Draw another wire to it."
            )
        for x in inputs:
            expect_numbers(x, name)
        received = " and ".join(per_example(x) for x in inputs)
        sentence = (
            f"{name} needs inputs of equal shape, received {received}. "
            "Put a Dense, Conv2D or Reshape before one of them."
        )
        if len({x.spec.rank for x in inputs}) > 1:
            raise ShapeError(sentence)
        try:
            broadcast_shapes(*(x.shape for x in inputs))
        except ShapeError:
            raise ShapeError(sentence) from None
        return (reduce(self.combine, inputs),)

    def combine(self, a: Tensor, b: Tensor) -> Tensor:
        """Two inputs become one."""
        raise NotImplementedError
