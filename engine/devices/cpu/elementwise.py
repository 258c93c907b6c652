"""Chains of element-wise ops, evaluated in blocks so that intermediate results never leave the cache."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from engine.devices.cpu.calls import Call, Chained, Scratch, Task, assign, reshaped
from engine.program.fused import FusedBody, FusedStep
from engine.tensor.spec import Array, Shape

BLOCK = 16384  # elements; a handful of blocks fit into the second-level cache
TILED_BELOW = 256  # elements; NumPy's inner loop is slow to start on shorter rows that are broadcast
Index = tuple[slice, ...]


def elementwise_calls(task: Task) -> list[Call]:
    """A single element-wise op, as a body of one step."""
    node = task.node
    step = FusedStep(node.op, tuple(range(len(node.inputs))), tuple(node.attrs.items()))
    body = FusedBody(len(node.inputs), (step,), (len(node.inputs),), task.outputs[0].shape)
    return body_calls(body, task.inputs, task.outputs, task.scratch)


def fused_calls(task: Task) -> list[Call]:
    """A fused node."""
    return body_calls(task.attrs["body"], task.inputs, task.outputs, task.scratch)


def body_calls(
    body: FusedBody, operands: Sequence[Array], outputs: Sequence[Array], scratch: Scratch
) -> list[Call]:
    """The calls that evaluate `body`.

    An output may lie exactly on an operand of the same shape.

    Args:
        body: its own shape is not looked at, so that it can be applied to a part of the tensors.
        operands: broadcast to the shape of the outputs.
        outputs: contiguous, all of one shape.
        scratch: for intermediate results.
    """
    shape = outputs[0].shape
    if scratch.lowering is not None and scratch.lowering.chain(body, operands, outputs) is not None:
        return [Call(Chained(body), tuple(operands), tuple(outputs))]
    collapsed, masks = _collapse(shape, [a.shape for a in operands])
    if math.prod(collapsed) == 0:
        return []
    flat_outputs = [reshaped(a, collapsed) for a in outputs]
    flat = [
        reshaped(a, tuple(n if kept else 1 for n, kept in zip(collapsed, mask, strict=True))) if a.ndim else a
        for a, mask in zip(operands, masks, strict=True)
    ]
    blocks = list(_blocks(collapsed))
    calls, tiles = _tile(flat, collapsed, blocks, scratch)
    schedule = _Schedule(body, operands, outputs)
    registers = [scratch.take((min(BLOCK, math.prod(collapsed)),)) for _ in range(schedule.registers)]
    for block in blocks:
        part = [_part(a, block) if t is None else t[_within(block)] for a, t in zip(flat, tiles, strict=True)]
        calls += schedule.calls(part, [a[block] if block else a for a in flat_outputs], registers)
    return calls


# -- geometry --------------------------------------------------------------------------------------------------
def _collapse(shape: Shape, operands: Sequence[Shape]) -> tuple[Shape, list[tuple[bool, ...]]]:
    """The shape with neighbouring dimensions joined where every operand has both or neither.

    Returns:
        The joined shape, and for each operand which of its dimensions it has (the others are 1).
    """
    aligned = [(1,) * (len(shape) - len(s)) + tuple(s) for s in operands]
    lengths: list[int] = []
    patterns: list[tuple[bool, ...]] = []
    for axis, length in enumerate(shape):
        if length == 1:
            continue
        pattern = tuple(s[axis] == length for s in aligned)
        if patterns and patterns[-1] == pattern:
            lengths[-1] *= length
        else:
            lengths.append(length)
            patterns.append(pattern)
    masks = [tuple(p[i] for p in patterns) for i in range(len(operands))]
    return tuple(lengths), masks


def _blocks(shape: Shape) -> Iterator[Index]:
    """Index expressions that cover `shape`, each of at most BLOCK elements (or one row of the last dimension's part)."""
    inner = 1
    axis = len(shape)
    while axis > 0 and inner * shape[axis - 1] <= BLOCK:
        axis -= 1
        inner *= shape[axis]
    whole = (slice(None),) * (len(shape) - axis)
    if axis == 0:
        yield whole
        return
    length, chunk = shape[axis - 1], max(1, BLOCK // inner)
    for outer in np.ndindex(shape[: axis - 1]):
        lead = tuple(slice(i, i + 1) for i in outer)
        for start in range(0, length, chunk):
            yield (*lead, slice(start, min(start + chunk, length)), *whole)


def _part(array: Array, block: Index) -> Array:
    if not array.ndim:
        return array
    return array[tuple(s if n != 1 else slice(None) for s, n in zip(block, array.shape, strict=True))]


def _within(block: Index) -> tuple[slice, slice]:
    return slice(0, block[0].stop - block[0].start), slice(None)


def _tile(
    flat: Sequence[Array], shape: Shape, blocks: Sequence[Index], scratch: Scratch
) -> tuple[list[Call], list[Array | None]]:
    """Short rows that are broadcast over many blocks, repeated to a whole block once."""
    calls: list[Call] = []
    tiles: list[Array | None] = [None] * len(flat)
    if len(shape) != 2 or shape[1] >= min(TILED_BELOW, BLOCK) or len(blocks) < 4:
        return calls, tiles
    rows = blocks[0][0].stop
    for i, array in enumerate(flat):
        if array.shape == (1, shape[1]):
            tile = scratch.take((rows, shape[1]))
            calls.append(Call(assign, (array,), tile))
            tiles[i] = tile
    return calls, tiles


# -- order -----------------------------------------------------------------------------------------------------
class _Schedule:
    """Where each step of a body writes: into an output, or into a register that is reused after its last reader."""

    def __init__(self, body: FusedBody, operands: Sequence[Array], outputs: Sequence[Array]) -> None:
        self.body = body
        self.registers = 0
        self._operands = operands
        self._outputs = outputs
        self._last: dict[int, int] = {}
        for k, step in enumerate(body.steps):
            self._last.update(dict.fromkeys(step.args, k))
        self._target = self._targets()

    def _targets(self) -> list[tuple[bool, int]]:
        """For each step (True, output) or (False, register)."""
        free: list[int] = []
        targets: list[tuple[bool, int]] = []
        for k, step in enumerate(self.body.steps):
            value = self.body.inputs + k
            for arg in set(step.args):
                if self._last[arg] == k and arg >= self.body.inputs and arg not in self.body.outputs:
                    is_output, register = targets[arg - self.body.inputs]
                    if not is_output:
                        free.append(register)
            place = self.body.outputs.index(value) if value in self.body.outputs else None
            if place is not None and self._may_write(place, k):
                targets.append((True, place))
                continue
            if not free:
                free.append(self.registers)
                self.registers += 1
            targets.append((False, free.pop()))
        return targets

    def _may_write(self, output: int, step: int) -> bool:
        """Whether nothing that shares the output's memory is read after `step`."""
        place = self._outputs[output]
        for i, operand in enumerate(self._operands):
            still = self._last.get(i, -1) > step or i in self.body.outputs
            if still and np.may_share_memory(operand, place):
                return False
        return True

    def calls(
        self, operands: Sequence[Array], outputs: Sequence[Array], registers: Sequence[Array]
    ) -> list[Call]:
        """The calls for one block."""
        shape = outputs[0].shape
        values = list(operands)
        calls: list[Call] = []
        for step, (is_output, number) in zip(self.body.steps, self._target, strict=True):
            out = outputs[number] if is_output else registers[number][: math.prod(shape)].reshape(shape)
            assert step.op.ufunc is not None, step.op.name
            calls.append(Call(step.op.ufunc, tuple(values[i] for i in step.args), out))
            values.append(out)
        # operands first: another output may lie where an operand is
        for place, value in sorted(zip(outputs, self.body.outputs, strict=True), key=lambda pair: pair[1]):
            if values[value] is not place and not _same(values[value], place):
                calls.append(Call(assign, (values[value],), place))
        return calls


def _same(a: Array, b: Array) -> bool:
    return bool(a.ctypes.data == b.ctypes.data and a.shape == b.shape and a.strides == b.strides)
