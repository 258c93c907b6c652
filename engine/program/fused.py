"""A chain of element-wise ops as one thing: the body of a fused node, or the epilogue of a matrix product.

`args` of a step and `outputs` count the inputs first, then the steps: with two inputs, 2 is the first step's result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.ops.op import Attrs, Op, OpKind
from engine.tensor.spec import Array, Shape, TensorSpec


@dataclass(frozen=True)
class FusedStep:
    """One element-wise op of a body."""

    op: Op
    args: tuple[int, ...]
    attrs: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class FusedBody:
    """Element-wise steps over `inputs` operands that broadcast to `shape`; every output has that shape."""

    inputs: int
    steps: tuple[FusedStep, ...]
    outputs: tuple[int, ...]
    shape: Shape

    def evaluate(self, operands: Sequence[Array]) -> list[Array]:
        """The outputs by NumPy, one whole array after the other (devices have faster ways)."""
        values = list(operands)
        for step in self.steps:
            args = [values[i] for i in step.args]
            shape = self.shape if step.attrs else np.broadcast_shapes(*(a.shape for a in args))
            out = np.empty(shape, np.float32)
            step.op.compute(args, [out], dict(step.attrs))
            values.append(out)
        return [np.broadcast_to(values[i], self.shape) for i in self.outputs]


def _infer(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    body: FusedBody = attrs["body"]
    return tuple(TensorSpec(body.shape) for _ in body.outputs)


def _compute(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    for out, value in zip(outputs, attrs["body"].evaluate(inputs), strict=True):
        np.copyto(out, value)


# attrs: body (FusedBody). Made by the compiler's `fuse` pass only.
fused = Op("fused", OpKind.STRUCTURED, _infer, _compute)
