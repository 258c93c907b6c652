"""An op with element-wise steps around it: it forms its operands while it reads them, and changes its result at the end.

What would be launches of their own, and arrays written once to be read once, becomes part of the op's launch. Made by
the compiler for devices that say which of their kernels can do so (`FusionLimits`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from engine.ops.op import Attrs, Op, OpKind
from engine.program.fused import FusedBody
from engine.program.program import Node
from engine.tensor.spec import Array, TensorSpec

T = TypeVar("T")
EPILOGUE = "epilogue"  # attribute of ops that have an end of their own (`engine.ops.epilogue`)


@dataclass(frozen=True)
class Enclosure:
    """What stands around an op.

    The node's inputs are the operands of the fronts, one operand where there is no front, then those of the end, whose
    input 0 is the op's result.

    Attributes:
        core: the op.
        attrs: of the op.
        fronts: for each of its inputs, what forms it; None: it is read as it is.
        end: what is done with its result.
        totals: whether there is a second result: the sums of the last input over all axes but the last one, which a product
            has at hand (the gradient of a bias beside that of the weights).
    """

    core: Op
    attrs: Mapping[str, Any]
    fronts: tuple[FusedBody | None, ...]
    end: FusedBody | None = None
    totals: bool = False

    def parts(self, inputs: Sequence[T]) -> tuple[list[Sequence[T]], Sequence[T]]:
        """The operands of each front, and those of the end."""
        found: list[Sequence[T]] = []
        first = 0
        for front in self.fronts:
            count = 1 if front is None else front.inputs
            found.append(inputs[first : first + count])
            first += count
        return found, inputs[first:]

    def formed(self, inputs: Sequence[TensorSpec]) -> tuple[TensorSpec, ...]:
        """What the op itself reads."""
        parts, _ = self.parts(inputs)
        return tuple(
            given[0] if front is None else TensorSpec(front.shape)
            for front, given in zip(self.fronts, parts, strict=True)
        )


def _infer(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    around: Enclosure = attrs["around"]
    if around.end is not None:
        return tuple(TensorSpec(around.end.shape) for _ in around.end.outputs)
    formed = around.formed(inputs)
    totals = (TensorSpec(formed[-1].shape[-1:]),) if around.totals else ()
    return around.core.infer(formed, around.attrs) + totals


def _compute(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    around: Enclosure = attrs["around"]
    parts, rest = around.parts(inputs)
    formed = [
        given[0] if front is None else np.ascontiguousarray(front.evaluate(given)[0])
        for front, given in zip(around.fronts, parts, strict=True)
    ]
    if around.totals:
        np.sum(formed[-1], axis=tuple(range(formed[-1].ndim - 1)), out=outputs[1])
    if around.end is None:
        around.core.compute(formed, outputs[:1], around.attrs)
        return
    result = np.empty(around.end.shape, np.float32)
    around.core.compute(formed, [result], around.attrs)
    for out, value in zip(outputs, around.end.evaluate([result, *rest]), strict=True):
        np.copyto(out, value)


def _cost(inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...], attrs: Attrs) -> int:
    around: Enclosure = attrs["around"]
    formed = around.formed(inputs)
    return around.core.cost(formed, around.core.infer(formed, around.attrs), around.attrs)


# attrs: around (Enclosure). Made by the compiler only.
enclosed = Op("enclosed", OpKind.STRUCTURED, _infer, _compute, cost=_cost)


def core_of(node: Node) -> Op:
    """The op itself, whatever stands around it."""
    return node.attrs["around"].core if node.op is enclosed else node.op


def around(node: Node) -> Enclosure:
    """What stands around a node's op; nothing if it is a node of the op alone."""
    known: Enclosure | None = node.attrs.get("around")
    return known or Enclosure(node.op, node.attrs, (None,) * len(node.inputs))
