"""Operators that fold axes, and those that run along one."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import numpy as np

from engine.exchange.onnx.calls import Call, Output, as_float, as_int, operator
from engine.exchange.onnx.drawing import RefusedError
from engine.exchange.onnx.operations import o
from engine.ops.op import Tensor
from engine.ops.scans import exclusive_products
from engine.tensor.spec import Array, normalize_axis

LARGEST = 1 << 28  # numbers of one kind


def axes_of(call: Call, x: Tensor, k: int = 1) -> tuple[int, ...] | None:
    """The axes that are folded; None where none are."""
    axes = call.option("axes", k)
    if axes is None or (isinstance(axes, tuple) and not axes):
        return None if call.get("noop_with_empty_axes", 0) else tuple(range(x.spec.rank))
    found = (axes,) if isinstance(axes, int | float) else axes
    return tuple(sorted(normalize_axis(int(a), x.spec.rank) for a in found))


def _fold(
    name: str, function: Callable[..., Tensor], before: Callable[[Tensor], Tensor], after: Any = None
) -> None:
    def translate(call: Call) -> Output:
        x = call.f()
        axes = axes_of(call, x)
        if not x.spec.size and name in _EMPTY and axes:
            kept = tuple(1 if k in axes else n for k, n in enumerate(x.shape))
            filling = _EMPTY[name] if call.kind() == "float" else float(name == "ReduceMin")
            return np.full(_without(kept, axes, call), filling)
        y = before(x)
        if axes is not None:
            y = function(y, axes, keepdims=bool(call.get("keepdims", 1))) if axes else y
        y = after(y) if after else y
        return as_int(y) if call.kind() == "int" else y

    operator(name)(translate)


# of nothing
_EMPTY = MappingProxyType({"ReduceMax": -np.inf, "ReduceMin": np.inf})


def _without(kept: tuple[int, ...], axes: tuple[int, ...], call: Call) -> tuple[int, ...]:
    return kept if call.get("keepdims", 1) else tuple(n for k, n in enumerate(kept) if k not in axes)


def _same(x: Tensor) -> Tensor:
    return x


for _name, _function, _before, _after in (
    ("ReduceSum", o.sum, _same, None),
    ("ReduceMean", o.mean, _same, None),
    ("ReduceMax", o.max, _same, None),
    ("ReduceMin", o.min, _same, None),
    ("ReduceProd", o.prod, _same, None),
    ("ReduceL1", o.sum, o.absolute, None),
    ("ReduceL2", o.sum, o.square, o.sqrt),
    ("ReduceLogSum", o.sum, _same, o.log),
    ("ReduceSumSquare", o.sum, o.square, None),
):
    _fold(_name, _function, _before, _after)


@operator("ReduceLogSumExp")
def _log_sum_exp(call: Call) -> Output:
    x = call.f()
    axes = axes_of(call, x)
    if not x.spec.size and axes:
        return np.full(
            _without(tuple(1 if k in axes else n for k, n in enumerate(x.shape)), axes, call), -np.inf
        )
    if not axes:
        return x * 1.0
    y: Tensor = o.logsumexp(x, axes, keepdims=bool(call.get("keepdims", 1)))
    return y


@operator("ArgMax", "ArgMin", kind="int")
def _arg(call: Call) -> Tensor:
    x = call.f() if call.op == "ArgMax" else -call.f()
    axis = normalize_axis(int(call.get("axis", 0)), x.spec.rank)
    if call.get("select_last_index", 0):
        last = float(x.shape[axis] - 1)
        y = as_int(last - as_float(o.argmax(o.flip(x, axis), axis)))
    else:
        y = o.argmax(x, axis)
    return o.expand_dims(y, axis) if call.get("keepdims", 1) else y


@operator("Softmax", "LogSoftmax", "Hardmax")
def _softmax(call: Call) -> Tensor:
    """Before opset 13, over all axes from that one on."""
    x, old = call.f(), call.opset < 13
    axis = normalize_axis(int(call.get("axis", 1 if old else -1)), x.spec.rank)
    if not old:
        return _along(call.op, x, axis)
    flat = o.reshape(x, (int(np.prod(x.shape[:axis])), -1))
    return o.reshape(_along(call.op, flat, 1), x.shape)


def _along(op: str, x: Tensor, axis: int) -> Tensor:
    if op == "Softmax":
        y: Tensor = o.softmax(x, axis)
        return y
    if op == "LogSoftmax":
        return o.log_softmax(x, axis)
    last = x.spec.rank - 1
    moved = o.swapaxes(x, axis, last)
    return o.swapaxes(o.one_hot(o.argmax(moved, last), x.shape[axis]), axis, last)


@operator("CumSum", "CumProd")
def _running(call: Call) -> Tensor:
    x, axis = call.f(), int(call.known(1).reshape(()))
    axis = normalize_axis(axis, x.spec.rank)
    reverse, exclusive = bool(call.get("reverse", 0)), bool(call.get("exclusive", 0))
    if call.op == "CumProd":
        y = (exclusive_products if exclusive else o.cumprod)(x, axis, reverse=reverse)
    else:
        y = o.cumsum(x, axis, reverse=reverse)
        y = y - x if exclusive else y
    return as_int(y) if call.kind() == "int" else y


@operator("TopK", kind=lambda call: (call.kind(), "int"))
def _top(call: Call) -> list[Tensor]:
    """Sorted always: the order of unsorted ones is open."""
    count = int(call.option("k", 1)) if not call.has(1) else int(call.known(1).reshape(-1)[0])
    x = call.f()
    axis, last = normalize_axis(int(call.get("axis", -1)), x.spec.rank), x.spec.rank - 1
    moved = o.swapaxes(x, axis, last) if axis != last else x
    sign = 1.0 if call.get("largest", 1) else -1.0
    values, places = o.top_k(moved * sign if sign < 0 else moved, count)
    values = values * sign if sign < 0 else values
    found = [o.swapaxes(v, axis, last) if axis != last else v for v in (values, places)]
    return [as_int(found[0]) if call.kind() == "int" else found[0], found[1]]


@operator("LpNormalization")
def _lp_normalization(call: Call) -> Tensor:
    x, axis = call.f(), int(call.get("axis", -1))
    size = o.norm(x, axis, ord=float(call.get("p", 2)), keepdims=True)
    return o.where(o.equal(size, 0.0), x * 0.0, x / size)


@operator("Einsum")
def _einsum(call: Call) -> Tensor:
    equation = str(call.get("equation", "")).replace(" ", "")
    if equation == "->":
        return call.x()
    y: Tensor = o.einsum(equation, *call.all_f())
    return as_int(y) if call.kind() == "int" else y


@operator("Det")
def _det(call: Call) -> Tensor:
    y: Tensor = o.det(call.f())
    return y


# -- losses --------------------------------------------------------------------------------------------------------
@operator("SoftmaxCrossEntropyLoss", "NegativeLogLikelihoodLoss", kind="float")
def _likelihood(call: Call) -> list[Tensor]:
    x = call.f()
    scores = o.log_softmax(x, 1) if call.op == "SoftmaxCrossEntropyLoss" else x
    target, classes = call.x(1), x.shape[1]
    chosen = o.one_hot(target, classes)  # classes last
    last = x.spec.rank - 1
    picked = o.sum(o.transpose(scores, (0, *range(2, last + 1), 1)) * chosen, -1)
    weight = o.sum(chosen * call.f(2), -1) if call.has(2) else o.sum(chosen, -1)
    ignored = call.get("ignore_index")
    if ignored is not None:
        kept = o.not_equal(as_float(target), float(ignored))
        weight = weight * kept
    losses = -(picked * weight)
    reduction = call.get("reduction", "mean")
    if reduction == "sum":
        losses = o.sum(losses)
    elif reduction == "mean":
        losses = o.sum(losses) / o.sum(weight)
    return [losses, scores]


@operator("MeanVarianceNormalization")
def _standardized(call: Call) -> Tensor:
    x, axes = call.f(), tuple(int(a) for a in call.get("axes", (0, 2, 3)))
    centered = x - o.mean(x, axes, keepdims=True)
    return centered / (o.sqrt(o.mean(o.square(centered), axes, keepdims=True)) + 1e-9)


# -- what is known -------------------------------------------------------------------------------------------------
@operator("Shape", kind="int")
def _shape(call: Call) -> Output:
    shape = call.x().shape
    end = call.get("end")
    return np.asarray(shape[int(call.get("start", 0)) : None if end is None else int(end)], np.int64)


@operator("Size", kind="int")
def _size(call: Call) -> Output:
    return np.asarray(call.x().spec.size, np.int64)


def _filling_kind(call: Call) -> str:
    return {"i": "int", "u": "int", "b": "bool"}.get(_filling(call).dtype.kind, "float")


@operator("ConstantOfShape", kind=_filling_kind)
def _filled(call: Call) -> Output:
    shape = call.ints(0)
    if any(n < 0 for n in shape) or np.prod(shape, dtype=float) > LARGEST:
        raise RefusedError("it fills a shape that is too large")
    return np.broadcast_to(_filling(call).reshape(()), shape)  # which takes no memory until somebody needs it


def _filling(call: Call) -> Array:
    return np.asarray(call.get("value", np.zeros(1, np.float32))).reshape(-1)[:1]


@operator("Range")
def _range(call: Call) -> Output:
    start, limit, delta = (call.known(k).reshape(()).item() for k in range(3))
    if not delta or (limit - start) / delta > 1 << 24:
        raise RefusedError("it counts too far")
    return np.arange(start, limit, delta, dtype=np.int64 if call.kind() == "int" else np.float32)


@operator("EyeLike", kind=lambda call: "float")
def _eye(call: Call) -> Output:
    rows, columns = call.x().shape
    if rows * columns > 1 << 24:
        raise RefusedError("its matrix is too large")
    return np.eye(rows, columns, int(call.get("k", 0)), dtype=np.float32)
