"""Parts of values along an axis, and values that are folded, wherever the batch lies."""

from __future__ import annotations

from types import MappingProxyType

from engine.exchange.onnx.calls import INT_MAX
from engine.exchange.onnx.drawing import RefusedError
from engine.exchange.onnx.matching.pointwise import lying
from engine.exchange.onnx.matching.products import gather as embedding
from engine.exchange.onnx.steps import Result, Step, match, numbers
from engine.exchange.onnx.wires import Known, Wired, wired
from engine.layers.op import Op
from engine.layers.registry import layers


def _inner(step: Step, value: Wired, axis: int) -> int:
    axis = step.axis(value, axis)
    if axis == value.batch:
        raise RefusedError("it picks examples out of a batch, which our layers keep together")
    return axis


def _result(end: tuple[str, int], lengths: list[int], order: list[int], kind: str) -> Wired:
    return wired(end, lengths, order, tuple(lengths[k] for k in order[1:]), kind)


def _lengths(value: Wired) -> list[int]:
    return [value.length(k) for k in range(value.rank)]


@match("Gather")
def gather(step: Step) -> Wired:
    """One element of an axis is a Select; rows of a table are an Embedding."""
    value, index = step.value(0), step.value(1)
    if not isinstance(value, Wired) or not isinstance(index, Known):
        return embedding(step)
    if index.array.size != 1 or index.array.ndim > 1 or not index.fixed:
        raise RefusedError("it takes several elements")
    axis = _inner(step, value, int(step.get("axis", 0)))
    x, order = step.plain(value, lying(value))
    place = order.index(axis)
    layer = layers()["Select"].model_validate({"axis": place, "index": int(index.array.reshape(()))})
    lengths = _lengths(value)
    lengths[axis] = 1
    wire = tuple(lengths[k] for k in order[1:] if k != axis)
    result = wired(step.put(layer, x.end), lengths, order, wire, value.kind)
    if index.array.ndim:
        return result
    axes = tuple(a for k, a in enumerate(result.axes) if k != axis)
    return Wired(result.end, wire, result.atoms, axes, value.kind)


@match("Slice")
def cut(step: Step) -> Wired:
    """Ranges of axes, one after the other."""
    value = step.wire()
    starts, stops = (numbers(step.option(n, k, ())) for k, n in ((1, "starts"), (2, "ends")))
    axes = numbers(step.option("axes", 3, tuple(range(len(starts)))))
    steps = numbers(step.option("steps", 4, (1,) * len(starts)))
    if any(s != 1 for s in steps):
        raise RefusedError("it leaves out elements in between")
    for start, stop, axis in zip(starts, stops, axes, strict=True):
        value = _range(step, value, step.axis(value, axis), start, stop)
    return value


def _range(step: Step, value: Wired, axis: int, start: int, stop: int) -> Wired:
    length = value.length(axis)
    if axis == value.batch:
        if start or stop < INT_MAX:
            raise RefusedError("it picks examples out of a batch, which our layers keep together")
        return value
    first, last, _ = slice(start, stop).indices(length)
    if (first, last) == (0, length):
        return value
    if last <= first:
        raise RefusedError("it keeps nothing")
    x, order = step.plain(value, lying(value))
    settings = {"axis": order.index(axis), "start": first, "stop": last if last < length else None}
    lengths = _lengths(value)
    lengths[axis] = last - first
    return _result(step.put(layers()["Slice"].model_validate(settings), x.end), lengths, order, value.kind)


@match("Split")
def split(step: Step) -> Result:
    """Parts one behind the other."""
    value = step.wire()
    axis = _inner(step, value, int(step.get("axis", 0)))
    length, count = value.length(axis), len(step.node.outputs)
    sizes = step.option("split", 1)
    if sizes is None:
        each = -(-length // max(int(step.get("num_outputs", count)), 1))
        sizes = [min(each, length - k * each) for k in range(count)]
    sizes = numbers(sizes)
    if sum(sizes) != length or min(sizes) < 1 or len(sizes) != count:
        raise RefusedError("its parts are not as long as the axis")
    if count == 1:
        return value
    x, order = step.plain(value, lying(value))
    ends = [sum(sizes[: k + 1]) for k in range(count - 1)]
    names = ", ".join("y" if not k else f"y{k}" for k in range(count))
    places = str(count) if len(set(sizes)) == 1 else str(ends)
    end = step.put(
        Op(formula=f"{names} = split(x, {places}, axis={order.index(axis)})", label="Split"), x.end
    )
    results = []
    for k, size in enumerate(sizes):
        lengths = _lengths(value)
        lengths[axis] = size
        results.append(_result((end[0], k), lengths, order, value.kind))
    return tuple(results)


_FOLDS = MappingProxyType(
    {"ReduceSum": "sum", "ReduceMax": "max", "ReduceMin": "min", "ReduceProd": "prod", "ReduceMean": "mean"}
)


def folded(step: Step) -> Wired:
    """Axes folded, wherever the batch is."""
    value = step.wire()
    axes = step.option("axes", 1)
    if axes is None or not numbers(axes) or value.kind != "float":
        raise RefusedError("it folds everything, the batch as well")
    gone = sorted({_inner(step, value, a) for a in numbers(axes)})
    x, order = step.plain(value, lying(value))
    places = sorted(order.index(a) for a in gone)
    formula = f"y = {_FOLDS[step.node.op]}(x, axis={places}, keepdims=True)"
    end = step.put(Op(formula=formula, label=step.node.op), x.end)
    lengths = [1 if k in gone else n for k, n in enumerate(_lengths(value))]
    result = _result(end, lengths, order, value.kind)
    if step.get("keepdims", 1):
        return result
    axes_left = tuple(a for k, a in enumerate(result.axes) if k not in gone)
    return Wired(result.end, result.wire, result.atoms, axes_left, value.kind)


for _name in ("ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd"):
    match(_name)(folded)
