"""What the layers share that combine several inputs number by number."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import ClassVar

from engine.layers.base import Layer, LayerBuilder, Port, expect_numbers, per_example
from engine.layers.torch_form import TorchForm
from engine.ops.elementwise import maximum, where
from engine.ops.op import Tensor
from engine.ops.views import reshape
from engine.tensor.spec import ShapeError, TensorSpec, broadcast_shapes

MERGED = (Port("inputs", variadic=True, minimum=2),)
PAIR = (Port("first"), Port("second"))


class ElementwiseMerge(Layer):
    """Base of the layers that combine inputs of equal shape.

    Shapes may differ where one has the length 1, which is repeated; an input with fewer dimensions gets ones behind its
    batch. What is padding in all inputs is padding in the result.
    """

    torch_operator: ClassVar[str] = ""  # that stands between the inputs in PyTorch

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Inputs of one shape (or 1 in a dimension, which is repeated) -> that shape."""
        if len(inputs) < 2:
            raise ShapeError(
                f"{self.title()} needs two inputs or more, received {len(inputs)}. Draw another wire to it."
            )
        masks = [b.mask(x) for x in inputs]
        y = self.merged(_aligned(inputs, self.title()), masks)
        b.set_mask(y, either(masks))
        return (y,)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """A line of arithmetic, for inputs of one shape."""
        if not self.torch_operator or len({x.shape for x in inputs}) > 1:
            return None
        return TorchForm(call=self.torch_operator.join(f"{{{k}}}" for k in range(len(inputs))), layout="any")

    def merged(self, inputs: Sequence[Tensor], masks: Sequence[Tensor | None]) -> Tensor:
        """Inputs of equal rank, of which some have padding, become one."""
        return reduce(self.combine, inputs)

    def combine(self, a: Tensor, b: Tensor) -> Tensor:
        """Two inputs become one."""
        raise NotImplementedError


class SelectiveMerge(ElementwiseMerge):
    """Base of the layers in which the padding of one input leaves the numbers of the others as they are.

    Source: keras/src/layers/merging/base_merge.py, _apply_merge_op_and_or_mask.
    """

    def merged(self, inputs: Sequence[Tensor], masks: Sequence[Tensor | None]) -> Tensor:
        """One after the other; where only one of two is there, it is taken as it is."""
        y, known = inputs[0], masks[0]
        for x, mask in zip(inputs[1:], masks[1:], strict=True):
            there = x if mask is None else where(over(mask, x), x, y)
            before = y if known is None else where(over(known, y), y, there)
            known = None if known is None or mask is None else maximum(known, mask)
            y = self.combine(before, there)
        return y


def over(mask: Tensor, x: Tensor) -> Tensor:
    """The mask (batch, time) with as many dimensions as `x`."""
    return reshape(mask, shape=(*mask.shape, *(1 for _ in x.shape[mask.spec.rank :])))


def either(masks: Sequence[Tensor | None]) -> Tensor | None:
    """What is there in any of the inputs; None where an input has no padding."""
    known = [m for m in masks if m is not None]
    return reduce(maximum, known) if len(known) == len(masks) else None


def _aligned(inputs: Sequence[Tensor], layer: str) -> list[Tensor]:
    """The inputs with equally many dimensions; raises ShapeError where they do not fit together."""
    for x in inputs:
        expect_numbers(x, layer)
    rank = max(x.spec.rank for x in inputs)
    found = [
        x
        if x.spec.rank == rank
        else reshape(x, shape=(x.shape[0], *(1,) * (rank - x.spec.rank), *x.shape[1:]))
        for x in inputs
    ]
    try:
        broadcast_shapes(*(x.shape for x in found))
    except ShapeError:
        received = " and ".join(per_example(x) for x in inputs)
        raise ShapeError(
            f"{layer} needs inputs of equal shape, received {received}. "
            "Put a Dense, Conv2D or Reshape before one of them."
        ) from None
    return found
