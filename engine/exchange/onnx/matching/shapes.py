"""Other shapes: most of them change nothing on the wire."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.exchange.onnx.drawing import RefusedError
from engine.exchange.onnx.matching.pointwise import lying
from engine.exchange.onnx.steps import Step, Value, match, numbers
from engine.exchange.onnx.wires import BATCHES, Known, Length, Wired, lengths_of, regrouped, wired
from engine.layers.concatenate import Concatenate
from engine.layers.registry import layers


@match("Identity", "Cast", "CastLike")
def identity(step: Step) -> Value:
    """What changes no number."""
    value = step.value(0)
    if step.node.op == "Identity":
        return value
    x = step.wire()
    if step.node.op == "Cast" and kind_of_type(int(step.get("to", 1))) == x.kind:
        return x
    raise RefusedError("it makes other numbers")


def kind_of_type(code: int) -> str:
    """What the number of an element type stands for."""
    if code in (2, 3, 4, 5, 6, 7, 12, 13, 21, 22):
        return "int"
    return {9: "bool", 8: "string"}.get(code, "float")


@match("Transpose")
def transpose(step: Step) -> Wired:
    """Nothing happens on the wire."""
    x = step.wire()
    perm = numbers(step.get("perm", tuple(reversed(range(x.rank)))))
    if sorted(perm) != list(range(x.rank)):
        raise RefusedError("its order does not name every axis once")
    return x.transposed(perm)


def in_lengths(step: Step, x: Wired, lengths: tuple[Length, ...]) -> Wired:
    """The value reshaped; its numbers are moved only where its axes would have to be torn apart."""
    found = regrouped(x, lengths)
    if found is not None:
        return found
    if x.batch != 0:
        raise RefusedError("it mixes the examples of a batch")
    size = x.length(0)
    for axis in range(1, x.rank):
        size *= x.length(axis)
    dims = (tuple(a for axis in x.axes[1:] for a in axis),)
    end = step.drawing.laid(x, dims, step.node.name)
    found = regrouped(wired(end, (1, size), (0, 1), (size,), x.kind), lengths)
    if found is None:
        raise RefusedError("it mixes the examples of a batch")
    return found


@match("Reshape")
def reshape(step: Step) -> Wired:
    """Axes dealt out anew."""
    x, wish = step.wire(), step.inputs[1] if step.has(1) else None
    if isinstance(wish, Known):
        targets = [numbers(a) for a in wish.arrays]
    elif "shape" in step.node.attributes:
        targets = [numbers(step.get("shape"))] * 2
    else:
        raise RefusedError("its shape is computed from the numbers")
    zero = bool(step.get("allowzero", 0))
    tried = [targets]
    if step.baked is not None and targets[0] == targets[1]:
        places = [k for k, n in enumerate(targets[0]) if n == step.baked]
        ahead = [[(*t[:k], b, *t[k + 1 :]) for t, b in zip(targets, BATCHES, strict=True)] for k in places]
        tried = [*ahead, targets] if -1 in targets[0] else [targets, *ahead]
        if step.baked == 1:  # the batch may have gone into any dimension, and goes into the last one last
            ranks = range(len(targets[0]))
            places = [*reversed(ranks[:-1]), *ranks[-1:]]
            tried += [[_times(t, k, b) for t, b in zip(targets, BATCHES, strict=True)] for k in places]
    for attempt in tried:
        shapes = [_complete(t, x.shape(b), zero) for t, b in zip(attempt, BATCHES, strict=True)]
        lengths = lengths_of(*shapes) if shapes[0] and shapes[1] else None
        if lengths is not None and sum(batched for _, batched in lengths) == 1:
            try:
                return in_lengths(step, x, lengths)
            except RefusedError:
                continue
    raise RefusedError("it mixes the examples of a batch")


def _times(target: tuple[int, ...], place: int, factor: int) -> tuple[int, ...]:
    return tuple(n * factor if k == place and n > 0 else n for k, n in enumerate(target))


def _complete(target: tuple[int, ...], shape: tuple[int, ...], zero: bool) -> tuple[int, ...]:
    """The shape without 0 and -1; () where the numbers of elements differ."""
    found = [shape[k] if n == 0 and not zero and k < len(shape) else n for k, n in enumerate(target)]
    size, known = int(np.prod(shape, dtype=object)), int(np.prod([n for n in found if n != -1], dtype=object))
    if -1 in found:
        if not known or size % known:
            return ()
        found = [size // known if n == -1 else n for n in found]
    return tuple(found) if int(np.prod(found, dtype=object)) == size else ()


@match("Flatten")
def flatten(step: Step) -> Wired:
    """Two axes: those before, and those from `axis` on."""
    x = step.wire()
    axis = int(step.get("axis", 1))
    axis = axis + x.rank if axis < 0 else axis
    axes = tuple(tuple(a for k in part for a in x.axes[k]) for part in (range(axis), range(axis, x.rank)))
    return replace(x, axes=axes)


@match("Squeeze")
def squeeze(step: Step) -> Wired:
    """Axes of 1 go."""
    x = step.wire()
    axes = step.option("axes", 1)
    if axes is None:
        return replace(x, axes=tuple(axis for axis in x.axes if axis))
    gone = {step.axis(x, a) for a in numbers(axes)}
    if any(x.axes[k] for k in gone):
        raise RefusedError("it takes away an axis that is longer than 1, or the batch")
    return replace(x, axes=tuple(axis for k, axis in enumerate(x.axes) if k not in gone))


@match("Unsqueeze")
def unsqueeze(step: Step) -> Wired:
    """Axes of 1 come."""
    x = step.wire()
    new = numbers(step.option("axes", 1, ()))
    rank = x.rank + len(new)
    places = {a % rank for a in new}
    rest = iter(x.axes)
    return replace(x, axes=tuple(() if k in places else next(rest) for k in range(rank)))


@match("Concat")
def concat(step: Step) -> Wired:
    """Concatenate along an axis."""
    wires = [step.wire(k) for k in range(len(step.inputs))]
    if len(wires) == 1:
        return wires[0]
    first = wires[0]
    axis = step.axis(first, int(step.get("axis", 1)))
    if any(w.batch != first.batch or w.rank != first.rank or w.kind != first.kind for w in wires):
        raise RefusedError("its inputs have the batch at different places")
    if axis == first.batch:
        raise RefusedError("it puts batches one behind the other")
    order = lying(max(wires, key=lambda w: sum(map(bool, w.axes))))
    laid = [step.plain(w, order)[0] for w in wires]
    place = order.index(axis)
    end = step.put(Concatenate(axis=-1 if place == len(order) - 1 else place), *(w.end for w in laid))
    lengths = [first.length(k) for k in range(first.rank)]
    lengths[axis] = sum(w.length(axis) for w in wires)
    return wired(end, lengths, order, tuple(lengths[k] for k in order[1:]), first.kind)


@match("Pad")
def pad(step: Step) -> Wired:
    """Zeros around pictures, sequences and volumes."""
    x = step.wire()
    pads = numbers(step.option("pads", 1, ()))
    mode = step.get("mode", "constant")
    if mode != "constant" or float(step.option("value", 2, 0.0)) or step.has(3) or len(pads) != 2 * x.rank:
        raise RefusedError("it fills up with something else than zeros")
    pairs = list(zip(pads[: x.rank], pads[x.rank :], strict=True))
    if not any(map(any, pairs)):
        return x
    rank = x.rank - 2
    channel = next((c for c in (1, x.rank - 1) if not any(pairs[c])), None)
    if x.batch != 0 or any(pairs[0]) or channel is None or not 1 <= rank <= 3 or min(map(min, pairs)) < 0:
        raise RefusedError("it pads something else than pictures")
    order = [0, *(k for k in range(1, x.rank) if k != channel), channel]
    x = step.plain(x, order)[0]
    amount = tuple(pairs[k] for k in order[1:-1])
    layer = layers()[f"ZeroPadding{rank}D"].model_validate({"padding": amount[0] if rank == 1 else amount})
    wire = (*(n + sum(p) for n, p in zip(x.wire[:-1], amount, strict=True)), x.wire[-1])
    lengths = [1] * len(order)
    for k, n in zip(order[1:], wire, strict=True):
        lengths[k] = n
    return wired(step.put(layer, x.end), lengths, order, wire)
