"""Reverse-mode differentiation: walks the nodes backwards and asks every op for its gradient, written as ops."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.ops.op import Call, Tensor
from engine.program.builder import ProgramBuilder
from engine.program.program import Node
from engine.tensor.spec import DType


def differentiate(builder: ProgramBuilder, loss: Tensor, wrt: Sequence[Tensor]) -> list[Tensor]:
    """The gradients of `loss` (a scalar) with respect to `wrt`, appended to the builder.

    A tensor that the loss does not depend on gets zeros. Gradients of a value used several times are added in the
    reverse order of its uses, so the sum is the same in every run.
    """
    forward = list(builder.nodes)
    active = _reached_from(forward, {t.id for t in wrt})
    grads: dict[int, Tensor] = {loss.id: builder.constant(1.0)}
    for node in reversed(forward):
        if any(i in grads for i in node.outputs) and any(i in active for i in node.inputs):
            with builder.origin(node.origin):
                _step(builder, node, grads, active)
    return [grads[t.id] if t.id in grads else _zeros(builder, t) for t in wrt]


def _reached_from(nodes: Sequence[Node], sources: set[int]) -> set[int]:
    """Ids of float values that depend on `sources`."""
    reached = set(sources)
    for node in nodes:
        if any(i in reached for i in node.inputs):
            reached.update(node.outputs)
    return reached


def _step(builder: ProgramBuilder, node: Node, grads: dict[int, Tensor], active: set[int]) -> None:
    if node.op.gradient is None:
        return
    outputs = tuple(builder.tensor(i) for i in node.outputs)
    call = Call(
        tuple(builder.tensor(i) for i in node.inputs),
        outputs,
        tuple(grads[t.id] if t.id in grads else _zeros(builder, t) for t in outputs),
        node.attrs,
    )
    for value_id, grad in zip(node.inputs, node.op.gradient(call), strict=True):
        if grad is not None and value_id in active:
            grads[value_id] = grads[value_id] + grad if value_id in grads else grad


def _zeros(builder: ProgramBuilder, like: Tensor) -> Tensor:
    return builder.constant(np.zeros(like.shape, np.float32), DType.FLOAT32)
