"""Activations, arithmetic between values, and arithmetic with constants."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from engine.exchange.net import End
from engine.exchange.onnx.drawing import RefusedError, as_wired, fits_wire, spread
from engine.exchange.onnx.steps import Step, match
from engine.exchange.onnx.wires import Known, Wired, wired
from engine.layers.base import Layer
from engine.layers.registry import layers
from engine.layers.rescaling import Rescaling
from engine.layers.softmax import Softmax

_LARGEST = 1e12  # factor or offset
_LEAST, _MOST = -3.0e38, 3.0e38  # what stands for no limit


def _plain(title: str) -> Callable[[Step], Layer]:
    return lambda step: layers()[title]()


def _with(title: str, default: float, ours: str, attribute: str = "alpha") -> Callable[[Step], Layer]:
    return lambda step: layers()[title].model_validate({ours: float(step.get(attribute, default))})


def _hard_sigmoid(step: Step) -> Layer:
    alpha, beta = step.get("alpha", 0.2), step.get("beta", 0.5)
    if not math.isclose(alpha, 1 / 6, rel_tol=1e-5) or not math.isclose(beta, 0.5, rel_tol=1e-6):
        raise RefusedError("our HardSigmoid is x / 6 + 1 / 2")
    return layers()["HardSigmoid"]()


def _selu(step: Step) -> Layer:
    if not math.isclose(step.get("alpha", 1.67326), 1.67326, rel_tol=1e-4):
        raise RefusedError("our SELU has no other numbers")
    if not math.isclose(step.get("gamma", 1.0507), 1.0507, rel_tol=1e-4):
        raise RefusedError("our SELU has no other numbers")
    return layers()["SELU"]()


def _swish(step: Step) -> Layer:
    if step.get("alpha", 1.0) != 1.0:
        raise RefusedError("our SiLU has no factor")
    return layers()["SiLU"]()


def _gelu(step: Step) -> Layer:
    return layers()["GELU"].model_validate({"approximate": step.get("approximate", "none") == "tanh"})


_ACTIVATIONS: Mapping[str, Callable[[Step], Layer]] = MappingProxyType(  # of ONNX
    {
        "Relu": _plain("ReLU"),
        "Sigmoid": _plain("Sigmoid"),
        "Tanh": _plain("Tanh"),
        "Softplus": _plain("Softplus"),
        "Softsign": _plain("Softsign"),
        "HardSwish": _plain("HardSwish"),
        "Mish": _plain("Mish"),
        "Exp": _plain("Exponential"),
        "Selu": _selu,
        "Swish": _swish,
        "HardSigmoid": _hard_sigmoid,
        "LeakyRelu": _with("LeakyReLU", 0.01, "negative_slope"),
        "Elu": _with("ELU", 1.0, "alpha"),
        "Celu": _with("CELU", 1.0, "alpha"),
        "Gelu": _gelu,
    }
)


@match(*_ACTIVATIONS)
def activation(step: Step) -> Wired:
    """A layer that is a function of each number."""
    x = step.wire()
    if x.kind != "float":
        raise RefusedError("it works on whole numbers")
    try:
        return step.same(_ACTIVATIONS[step.node.op](step), x)
    except ValueError as error:
        raise RefusedError("its settings are not those of our layer") from error


@match("Clip")
def clip(step: Step) -> Wired:
    """A ReLU with an upper limit, where the lower one is 0."""
    low = float(step.option("min", 1, _LEAST))
    high = float(step.option("max", 2, _MOST))
    x = step.wire()
    if low != 0.0 or high <= 0.0 or x.kind != "float":
        raise RefusedError("it is no ReLU")
    if high == 6.0:
        return step.same(layers()["ReLU6"](), x)
    return step.same(layers()["ReLU"].model_validate({"max_value": high if high < _MOST else None}), x)


@match("Softmax", "LogSoftmax")
def softmax(step: Step) -> Wired:
    """Along one axis; before opset 13, over all axes from that one on."""
    x = step.wire()
    old = step.opset < 13
    axis = step.axis(x, int(step.get("axis", 1 if old else -1)))
    if old and axis != x.rank - 1 and any(x.axes[axis + 1 :]):
        raise RefusedError("it works over several axes")
    x, place = step.along(x, axis)
    place = -1 if place == len(x.wire) else place
    if step.node.op == "Softmax":
        return step.same(Softmax(axis=(place,)), x)
    return step.same(layers()["LogSoftmax"].model_validate({} if place == -1 else {"axis": place}), x)


@match("PRelu")
def prelu(step: Step) -> Wired:
    """PReLU, its factors shared along the axes where there is one."""
    x = step.wire()
    slope = step.value(1)
    if not isinstance(slope, Known) or not fits_wire(x):
        raise RefusedError("its slopes are computed")
    alpha = spread(slope, x, as_wired(x))
    shared = tuple(k + 1 for k, n in enumerate(x.wire) if n > 1 and alpha.shape[k] == 1)
    return step.same(layers()["PReLU"].model_validate({"shared_axes": shared}), x, {"alpha": alpha})


@match("Dropout")
def dropout(step: Step) -> Wired:
    """Dropout, which does nothing in use."""
    rate = step.option("ratio", 1, 0.5)
    if not 0.0 <= float(rate) < 1.0 or len([o for o in step.node.outputs if o]) > 1:
        raise RefusedError("its mask is wanted")
    return step.same(layers()["Dropout"].model_validate({"rate": round(float(rate), 6)}), step.wire())


# -- arithmetic ----------------------------------------------------------------------------------------------------
_MERGES = MappingProxyType(
    {
        "Add": "Add",
        "Sub": "Subtract",
        "Mul": "Multiply",
        "Max": "Maximum",
        "Min": "Minimum",
        "Sum": "Add",
        "Mean": "Average",
    }
)


@match("Add", "Sub", "Mul", "Div", "Max", "Min", "Sum", "Mean")
def arithmetic(step: Step) -> Wired:
    """A merge of values, a bias, a factor and an offset."""
    values = [v for v in step.inputs if v is not None]
    wires = [v for v in values if isinstance(v, Wired)]
    if any(v.kind != "float" for v in values) or len(values) > 16:
        raise RefusedError("it works on whole numbers")
    if len(wires) == len(values) >= 2 and step.node.op in _MERGES:
        return _merge(step, wires)
    if len(values) == 2 and len(wires) == 1:
        return _with_constant(step, wires[0])
    raise RefusedError("there is no layer for it")


def _merge(step: Step, wires: list[Wired]) -> Wired:
    if len(wires) > 2 and step.node.op == "Sub":
        raise RefusedError("there is no layer for it")
    laid, order = aligned(step, wires)
    end = step.put(layers()[_MERGES[step.node.op]](), *(w.end for w in laid))
    return merged(end, laid, order)


def aligned(step: Step, wires: list[Wired]) -> tuple[list[Wired], list[int]]:
    """The values with equal axes of the file at equal dimensions of their wires, so that they meet number by number.

    Returns:
        The values, and the axes in the order of the wire's dimensions (the batch first); no axes where all are laid
        out alike already.
    """
    first = max(wires, key=lambda w: (w.rank, math.prod(w.atoms)))
    if all(w.atoms == first.atoms and w.axes == first.axes for w in wires):
        ends = [step.drawing.reshaped(w.end, w.wire, first.wire, step.node.name) for w in wires]
        return [replace(w, end=end, wire=first.wire) for w, end in zip(wires, ends, strict=True)], []
    wires = [replace(w, axes=((),) * (first.rank - w.rank) + w.axes) for w in wires]
    if any(w.batch != first.batch for w in wires):
        raise RefusedError("its inputs have the batch at different places")
    order = lying(first)
    return [step.plain(w, order)[0] for w in wires], order


def lying(value: Wired) -> list[int]:
    """The axes in the order in which they lie on the wire, the batch first; those without numbers before the last."""
    if value.batch is None:
        raise RefusedError("it works on examples of a batch that are mixed with another dimension")
    empty = [k for k, axis in enumerate(value.axes) if not axis]
    full = [k for k, axis in enumerate(value.axes) if axis and k != value.batch]
    full.sort(key=lambda k: value.axes[k][0])
    inner = sorted([*empty, *full]) if full == sorted(full) else [*full[:-1], *empty, *full[-1:]]
    return [value.batch, *inner]


def merged(end: End, laid: list[Wired], order: list[int], kind: str = "float") -> Wired:
    """The result of combining aligned values; lengths of 1 are stretched to those of the others."""
    if not order:
        return replace(laid[0], end=end, kind=kind)
    shape = tuple(int(n) for n in np.broadcast_shapes(*(w.wire for w in laid)))
    lengths = [1] * len(order)
    for axis, length in zip(order[1:], shape, strict=True):
        lengths[axis] = length
    return wired(end, lengths, order, shape, kind)


def _with_constant(step: Step, x: Wired) -> Wired:
    op, left = step.node.op, isinstance(step.inputs[0], Known)
    constant = step.inputs[0] if left else step.inputs[1]
    assert isinstance(constant, Known)
    if op == "Add" and (found := _as_bias(step, x, constant, left)) is not None:
        return found
    if constant.array.size == 1 and constant.array.ndim <= x.rank and constant.fixed:
        return _rescaled(step, x, _scaled(op, float(constant.array.reshape(())), left), left=left)
    raise RefusedError("there is no layer for it")


def _scaled(op: str, number: float, left: bool) -> Rescaling:
    if not math.isfinite(number) or abs(number) > _LARGEST:
        raise RefusedError("there is no layer for it")
    scale, offset = 1.0, 0.0
    if op == "Add":
        offset = number
    elif op == "Sub":
        scale, offset = (-1.0, number) if left else (1.0, -number)
    elif op == "Mul":
        scale = number
    elif op == "Div" and number and not left:
        scale = 1.0 / number
    else:
        raise RefusedError("there is no layer for it")
    return Rescaling(scale=scale, offset=offset)


def _rescaled(step: Step, x: Wired, layer: Rescaling, *, left: bool) -> Wired:
    """The factor and offset, put into those of the layer before where that is one that nothing else reads."""
    part = step.drawing.parts.get(x.end[0])
    if layer == Rescaling(scale=1.0, offset=0.0):
        return x
    if part is None or not isinstance(part.what, Rescaling) or not step.sole(1 if left else 0):
        return step.same(layer, x)
    before = part.what
    scale, offset = before.scale * layer.scale, before.offset * layer.scale + layer.offset
    if max(abs(scale), abs(offset)) > _LARGEST:
        return step.same(layer, x)
    step.drawing.exchange(part.id, Rescaling(scale=scale, offset=offset), {})
    return x


def _as_bias(step: Step, x: Wired, constant: Known, left: bool) -> Wired | None:
    """The constant as the bias of the layer that x comes from, if that has none and nothing else reads it."""
    part = step.drawing.parts.get(x.end[0])
    if part is None or not step.sole(0 if not left else 1) or getattr(part.what, "use_bias", True):
        return None
    if (
        not isinstance(part.what, Layer)
        or set(step.drawing.weights.get(part.id, {})) != {"weight"}
        or not fits_wire(x)
    ):
        return None
    try:
        bias = spread(constant, x, as_wired(x))
    except RefusedError:
        return None
    if bias.size != x.wire[-1] or getattr(part.what, "activation", "linear") != "linear":
        return None
    layer = part.what.model_copy(update={"use_bias": True})
    step.drawing.exchange(part.id, layer, {"bias": bias.reshape(-1)})
    return x
