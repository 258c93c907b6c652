"""Matrix products through BLAS, with the epilogue applied to the product block by block."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.devices.cpu.calls import Call, Scratch, Task
from engine.devices.cpu.elementwise import body_calls
from engine.program.fused import FusedBody
from engine.tensor.spec import Array


def plain_result(task: Task) -> Array:
    """Where the result goes before the epilogue: an output, so that no memory of its own is needed."""
    body: FusedBody | None = task.attrs.get("epilogue")
    if body is None or 0 not in body.outputs:
        return task.outputs[0]
    return task.outputs[body.outputs.index(0)]


def epilogue_calls(
    body: FusedBody | None,
    plain: Array,
    operands: Sequence[Array],
    outputs: Sequence[Array],
    scratch: Scratch,
) -> list[Call]:
    """The epilogue (if any) on a result that lies in one of the outputs."""
    return [] if body is None else body_calls(body, [plain, *operands], outputs, scratch)


def matmul_calls(task: Task) -> list[Call]:
    """A matrix product with its epilogue."""
    a = task.inputs[0].swapaxes(-1, -2) if task.attrs["transpose_a"] else task.inputs[0]
    b = task.inputs[1].swapaxes(-1, -2) if task.attrs["transpose_b"] else task.inputs[1]
    plain = plain_result(task)
    product = Call(np.matmul, (a, b), plain)
    body = task.attrs.get("epilogue")
    return [product, *epilogue_calls(body, plain, task.inputs[2:], task.outputs, task.scratch)]
