"""The reverse pass over recorded ops: every op is asked for its gradient, written as ops.

What records (a program under construction, or an eager evaluator) only has to hand out its nodes again; that is why
training programs and notebooks share this one pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import numpy as np

from engine.ops.op import Attrs, Builder, Call, Op, Tensor
from engine.tensor.spec import DType


class Recorded(Protocol):
    """One application of an op; inputs and outputs are the numbers of tensors."""

    @property
    def op(self) -> Op:
        """What was applied."""
        ...

    @property
    def inputs(self) -> tuple[int, ...]:
        """What it read."""
        ...

    @property
    def outputs(self) -> tuple[int, ...]:
        """What it made."""
        ...

    @property
    def attrs(self) -> Attrs:
        """Its attributes, all of them."""
        ...

    @property
    def origin(self) -> str:
        """Whom it belongs to; its gradient belongs to the same."""
        ...


class Recorder(Builder, Protocol):
    """A builder that remembers what was built."""

    @property
    def nodes(self) -> Sequence[Recorded]:
        """In order."""
        ...

    def tensor(self, value_id: int) -> Tensor:
        """The handle of a value."""
        ...

    def origin(self, node: str) -> AbstractContextManager[None]:
        """What is built inside belongs to `node`."""
        ...


def backward(recorder: Recorder, loss: Tensor, wrt: Sequence[Tensor]) -> list[Tensor]:
    """The gradients of `loss` (a scalar) with respect to `wrt`, appended to the recorder.

    A tensor that the loss does not depend on gets zeros. Gradients of a value used several times are added in the
    reverse order of its uses, so the sum is the same in every run.
    """
    forward = list(recorder.nodes)
    active = _reached_from(forward, {t.id for t in wrt})
    grads: dict[int, Tensor] = {loss.id: recorder.constant(1.0, DType.FLOAT32)}
    for node in reversed(forward):
        if any(i in grads for i in node.outputs) and any(i in active for i in node.inputs):
            with recorder.origin(node.origin):
                _step(recorder, node, grads, active)
    return [grads[t.id] if t.id in grads else _zeros(recorder, t) for t in wrt]


def _reached_from(nodes: Sequence[Recorded], sources: set[int]) -> set[int]:
    """Ids of float values that depend on `sources`."""
    reached = set(sources)
    for node in nodes:
        if any(i in reached for i in node.inputs):
            reached.update(node.outputs)
    return reached


def _step(recorder: Recorder, node: Recorded, grads: dict[int, Tensor], active: set[int]) -> None:
    if node.op.gradient is None:
        return
    outputs = tuple(recorder.tensor(i) for i in node.outputs)
    call = Call(
        tuple(recorder.tensor(i) for i in node.inputs),
        outputs,
        tuple(grads[t.id] if t.id in grads else _zeros(recorder, t) for t in outputs),
        node.attrs,
    )
    for value_id, grad in zip(node.inputs, node.op.gradient(call), strict=True):
        if grad is not None and value_id in active:
            grads[value_id] = grads[value_id] + grad if value_id in grads else grad


def _zeros(builder: Builder, like: Tensor) -> Tensor:
    return builder.constant(np.zeros(like.shape, np.float32), DType.FLOAT32)
