"""Ops that only put elements elsewhere, as copies, so that machine code can do them as part of a step."""

from __future__ import annotations

from engine.devices.cpu.calls import Call, Task, assign, clear, reshaped


def transpose_calls(task: Task) -> list[Call]:
    """Dimensions in another order."""
    return [Call(assign, (task.inputs[0].transpose(task.attrs["perm"]),), task.outputs[0])]


def slice_calls(task: Task) -> list[Call]:
    """A box out of a tensor."""
    index = tuple(map(slice, task.attrs["starts"], task.attrs["limits"]))
    return [Call(assign, (task.inputs[0][index],), task.outputs[0])]


def pad_calls(task: Task) -> list[Call]:
    """A tensor inside a larger one."""
    (x,), (out,) = task.inputs, task.outputs
    inner = tuple(slice(b, b + n) for b, n in zip(task.attrs["before"], x.shape, strict=True))
    filling = [Call(clear, (float(task.attrs["value"]),), out)] if x.size < out.size else []
    return [*filling, Call(assign, (x,), out[inner])]


def concat_calls(task: Task) -> list[Call]:
    """One tensor behind the other."""
    (out,) = task.outputs
    axis = task.attrs["axis"] % out.ndim
    calls: list[Call] = []
    start = 0
    for x in task.inputs:
        end = start + x.shape[axis]
        calls.append(Call(assign, (x,), out[(slice(None),) * axis + (slice(start, end),)]))
        start = end
    return calls


def pack_calls(task: Task) -> list[Call]:
    """Tensors at their places in an arena, with zeros between them."""
    (out,) = task.outputs
    covered = sum(x.size for x in task.inputs)
    calls = [Call(clear, (0.0,), out)] if covered < out.size else []
    for x, offset in zip(task.inputs, task.attrs["offsets"], strict=True):
        calls.append(Call(assign, (reshaped(x, (x.size,)),), out[offset : offset + x.size]))
    return calls


def copy_calls(task: Task) -> list[Call]:
    """The same elements at another place."""
    return [Call(assign, (reshaped(task.inputs[0], task.outputs[0].shape),), task.outputs[0])]
