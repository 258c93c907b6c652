"""Normalizations."""

from __future__ import annotations

import numpy as np

from engine.exchange.onnx.drawing import RefusedError
from engine.exchange.onnx.steps import Step, match
from engine.exchange.onnx.wires import Wired
from engine.layers.batch_normalization import BatchNormalization
from engine.layers.group_normalization import GroupNormalization
from engine.layers.layer_normalization import LayerNormalization
from engine.tensor.spec import Array


def _channels(step: Step) -> tuple[Wired, int]:
    x = step.wire()
    if x.rank < 2 or x.kind != "float":
        raise RefusedError("it needs channels")
    x, place = step.along(x, 1)
    return x, -1 if place == len(x.wire) else place


@match("BatchNormalization")
def batch_normalization(step: Step) -> Wired:
    """Moving averages are what the file has."""
    x, axis = _channels(step)
    if len([o for o in step.node.outputs if o]) > 1 and step.get("training_mode", 0):
        raise RefusedError("its averages are wanted as outputs")
    gamma, beta, mean, variance = (step.known(k) for k in range(1, 5))
    layer = BatchNormalization(
        axis=axis,
        epsilon=float(step.get("epsilon", 1e-5)),
        momentum=min(max(float(step.get("momentum", 0.9)), 0.0), 1.0),
    )
    weights = {"gamma": gamma, "beta": beta, "moving_mean": mean, "moving_variance": variance}
    return step.same(layer, x, weights)


@match("InstanceNormalization", "GroupNormalization")
def group_normalization(step: Step) -> Wired:
    """Every channel, or every group of channels, by itself."""
    x, axis = _channels(step)
    gamma, beta = step.known(1), step.known(2)
    count = x.length(1)
    groups = -1 if step.node.op == "InstanceNormalization" else int(step.get("num_groups", 1))
    if gamma.size != count:  # before opset 21, a factor for each group
        gamma, beta = (np.repeat(v.reshape(-1), count // v.size) for v in (gamma, beta))
    layer = GroupNormalization(groups=groups, axis=axis, epsilon=float(step.get("epsilon", 1e-5)))
    return step.same(layer, x, {"gamma": gamma, "beta": beta})


@match("LayerNormalization")
def layer_normalization(step: Step) -> Wired:
    """Over all axes from one on."""
    x = step.wire()
    if len([o for o in step.node.outputs if o]) > 1:
        raise RefusedError("its means are wanted as outputs")
    first = step.axis(x, int(step.get("axis", -1)))
    if any(0 in axis for axis in x.axes[first:]):
        raise RefusedError("it works across the examples of a batch")
    if first == x.rank - 1:
        x, place = step.along(x, first)
        axes: tuple[int, ...] = (-1,) if place == len(x.wire) else (place,)
    else:
        x, order = step.plain(x)
        axes = tuple(order.index(k) for k in range(first, x.rank))
    shape = tuple(x.length(k) for k in range(first, x.rank))
    bias = step.known(2) if step.has(2) else None
    weights: dict[str, Array] = {"gamma": np.broadcast_to(step.known(1), shape)}
    if bias is not None:
        weights["beta"] = np.broadcast_to(bias, shape)
    layer = LayerNormalization(axis=axes, epsilon=float(step.get("epsilon", 1e-5)), center=bias is not None)
    return step.same(layer, x, weights)
