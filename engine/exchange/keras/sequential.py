"""A chain of layers as a `Sequential` of Keras: who built one there finds one in the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.exchange.net import Net
from engine.layers.base import Layer


def is_chain(net: Net) -> bool:
    """Whether each layer reads the one before and nothing else, from one input to one output."""
    if len(net.inlets) != 1 or len(net.outputs) != 1 or not net.parts:
        return False
    before = (net.inlets[0].id, 0)
    for part in net.parts:
        what = part.what
        if (
            part.shares
            or part.inputs != (before,)
            or not isinstance(what, Layer)
            or len(what.output_ports()) != 1
        ):
            return False
        before = (part.id, 0)
    return net.outputs[0] == before


def as_sequential(model: Mapping[str, Any], net: Net) -> dict[str, Any]:
    """The functional model of a network as a `Sequential`, if it is a chain that is called without arguments."""
    entries = model["config"]["layers"]
    if not is_chain(net) or any(_has_arguments(node) for e in entries for node in e["inbound_nodes"]):
        return dict(model)
    layers = [{k: v for k, v in e.items() if k not in ("name", "inbound_nodes")} for e in entries]
    config = {"name": model["config"]["name"], "trainable": True, "layers": layers}
    return {"module": "keras", "class_name": "Sequential", "config": config, "registered_name": None}


def _has_arguments(node: Any) -> bool:
    """Whether a layer is called on more than one tensor, as attention is that looks at its own query."""
    if not isinstance(node, Mapping):
        return len(node) > 1
    given = node.get("args", [])
    return bool(node.get("kwargs")) or len(given) != 1 or isinstance(given[0], list)
