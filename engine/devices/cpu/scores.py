"""Ops on rows that have machine code of their own: soft-max, classes, changes of type; random numbers."""

from __future__ import annotations

import numpy as np

from engine.devices.cpu.calls import Call, Prepared, Task, assign, reference
from engine.tensor.spec import Array


def row_calls(task: Task) -> list[Call]:
    """An op that has the name of a function of rows; its longer side says how long they are."""
    x, out = task.inputs[0], task.outputs[0]
    longer = out if out.ndim > x.ndim else x
    return _rows(task, task.node.op.name, longer.shape[-1])


def cast_calls(task: Task) -> list[Call]:
    """Another type."""
    x, out = task.inputs[0], task.outputs[0]
    kinds = {(np.int32, np.float32): "whole to float", (np.float32, np.int32): "float to whole"}
    name = kinds.get((x.dtype.type, out.dtype.type))
    if name is None or not _lie_densely(x, out):
        return [Call(assign, (x,), out)] if x.dtype == out.dtype else [reference(task)]
    return _rows(task, name, out.size)


def uniform_calls(task: Task) -> list[Call]:
    """Random numbers."""
    lowering, (seed, step), out = task.scratch.lowering, task.inputs, task.outputs[0]
    if lowering is None or not out.size:
        return [reference(task)]
    return [Call(Prepared([lowering.uniform(seed, step, out, task.attrs["stream"])]), ())]


def _rows(task: Task, name: str, columns: int) -> list[Call]:
    lowering, x, out = task.scratch.lowering, task.inputs[0], task.outputs[0]
    if lowering is None or not x.size or not out.size or not _lie_densely(x, out):
        return [reference(task)]
    return [Call(Prepared([lowering.rows(name, x, out, columns)]), ())]


def _lie_densely(*arrays: Array) -> bool:
    return all(a.flags.c_contiguous for a in arrays)
