"""Gathering rows and summing along axes: the two places where NumPy's own way is not the fast one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.devices.cpu.calls import Call, Lanes, Prepared, Task, reshaped
from engine.tensor.spec import Array

GATHER_BYTES = 256 * 1024  # of gathered rows that are still to be scaled
SUM_ROWS = 1024  # rows added up at a time; sums of sums round less than one long sum


def _take(table: Array, index: Array, out: Array) -> None:
    np.take(table, index, axis=0, out=out, mode="clip")


def take_rows_calls(task: Task) -> list[Call]:
    """Rows by number; stored pictures become numbers between 0 and 1 on the way."""
    (table, index), (out,) = task.inputs, task.outputs
    scale = np.float32(task.attrs["scale"])
    lowering = task.scratch.lowering
    if lowering is not None and table.size and index.size and (scale == 1 or table.itemsize == 1):
        return [Call(Prepared([lowering.take(table, index, out, float(scale))]), ())]
    if table.dtype == out.dtype:
        scaling = [] if scale == 1 else [Call(np.multiply, (out, scale), out)]
        return [Call(_take, (table, index), out), *scaling]
    numbers = reshaped(index, (index.size,))
    flat = reshaped(out, (index.size, *table.shape[1:]))
    step = max(1, GATHER_BYTES // max(1, math.prod(table.shape[1:])))
    rows: Array = task.scratch.take((min(step, index.size), *table.shape[1:]), table.dtype.type)
    calls: list[Call] = []
    for start in range(0, index.size, step):
        part = numbers[start : start + step]
        calls.append(Call(_take, (table, part), rows[: part.size]))
        calls.append(Call(np.multiply, (rows[: part.size], scale), flat[start : start + step]))
    return calls


def sum_calls(task: Task) -> list[Call]:
    """Sums along the first or the last dimensions as products with ones, others by NumPy."""
    (x,), (out,) = task.inputs, task.outputs
    axes = sorted(a % x.ndim for a in task.attrs["axes"])
    if x.size == 0 or not axes:
        return [_plain_sum(task)]
    if task.scratch.lowering is not None and axes == list(range(axes[0], axes[-1] + 1)):
        return _native_sum(task, x, out, axes)
    if axes == list(range(len(axes))):
        return _sum_leading(task, reshaped(x, (math.prod(x.shape[: len(axes)]), -1)), out)
    kept = x.ndim - len(axes)
    if axes == list(range(kept, x.ndim)):
        rows = reshaped(x, (-1, math.prod(x.shape[kept:])))
        if rows.shape[1] < SUM_ROWS:
            ones = np.ones(rows.shape[1], np.float32)
            return [Call(np.matmul, (rows, ones), reshaped(out, (rows.shape[0],)))]
    return [_plain_sum(task)]


def _native_sum(task: Task, x: Array, out: Array, axes: list[int]) -> list[Call]:
    lowering = task.scratch.lowering
    assert lowering is not None
    before, count = math.prod(x.shape[: axes[0]]), math.prod(x.shape[axes[0] : axes[-1] + 1])
    after = x.size // (before * count)
    if after == 1:
        entry = lowering.sum_trailing(reshaped(x, (before, count)), out)
        return [Call(Prepared([entry]), ())]
    parts = -(-count // SUM_ROWS)
    rooms = task.scratch.take((before, parts, after))
    source, target = reshaped(x, (before, count, after)), reshaped(out, (before, after))
    if before == 1:
        return [Call(Prepared(lowering.sum_leading(source[0], target[0], rooms[0])), ())]
    return [
        Call(
            Lanes(
                [
                    [Call(Prepared(lowering.sum_leading(source[k], target[k], rooms[k])), ())]
                    for k in range(before)
                ]
            ),
            (),
        )
    ]


def _plain_sum(task: Task) -> Call:
    attrs = task.attrs

    def add_up(x: Array, out: Any) -> None:
        np.sum(x, axis=tuple(attrs["axes"]), keepdims=attrs["keepdims"], out=out)

    return Call(add_up, (task.inputs[0],), task.outputs[0])


def _sum_leading(task: Task, rows: Array, out: Array) -> list[Call]:
    total = reshaped(out, (rows.shape[1],))
    partial = task.scratch.take((rows.shape[1],))
    calls: list[Call] = []
    for start in range(0, rows.shape[0], SUM_ROWS):
        part = rows[start : start + SUM_ROWS]
        ones = np.ones(part.shape[0], np.float32)
        calls.append(Call(np.matmul, (ones, part), partial if start else total))
        calls += [Call(np.add, (total, partial), total)] if start else []
    return calls
