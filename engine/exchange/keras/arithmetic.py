"""Arithmetic between layers (`x + y`, `x / 255`), which Keras 3 keeps as operations that are no layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from engine.exchange.keras.names import activation
from engine.graph.document import UnknownLayer
from engine.layers.activations import activations
from engine.layers.base import Layer
from engine.layers.registry import layers

_MERGES = MappingProxyType(
    {
        "Add": "Add",
        "Subtract": "Subtract",
        "Multiply": "Multiply",
        "Maximum": "Maximum",
        "Minimum": "Minimum",
    }
)
# of a number on the right: scale and offset
_SCALES: Mapping[str, Callable[[float], tuple[float, float]]] = MappingProxyType(
    {
        "Add": lambda c: (1.0, c),
        "Subtract": lambda c: (1.0, -c),
        "Multiply": lambda c: (c, 0.0),
        "TrueDivide": lambda c: (1.0 / c, 0.0),
        "Divide": lambda c: (1.0 / c, 0.0),
    }
)


def _number(name: str, arguments: Any) -> float | None:
    """The number that stands beside the only tensor of an operation, if the operation can be a scale and an offset."""
    if not isinstance(arguments, list) or len(arguments) != 2:
        return None
    left, right = arguments
    number = left if isinstance(left, int | float) else right
    if not isinstance(number, int | float) or (number is left and name not in ("Add", "Multiply")):
        return None
    return float(number) if number or not name.endswith("ivide") else None


def _pooling(config: Mapping[str, Any], arguments: Any) -> str:
    """The layer that takes the mean over all places, if an operation does that."""
    axis = config.get("axis")
    axes = [axis] if isinstance(axis, int) else axis
    first = arguments[0] if isinstance(arguments, list) and arguments else None
    tensor = first.get("config") if isinstance(first, Mapping) else None
    shape = tensor.get("shape") if isinstance(tensor, Mapping) else None
    if not isinstance(axes, list) or not isinstance(shape, list) or not 3 <= len(shape) <= 5:
        return ""
    places = list(range(1, len(shape) - 1))
    return f"GlobalAveragePooling{len(places)}D" if sorted(axes) == places else ""


def is_operation(entry: Mapping[str, Any]) -> bool:
    """Whether an entry in a list of layers is an operation, which has no weights and no place in the file of weights.

    `.keras` files say so; in `.h5` files it shows in the name, or in a number that stands beside a tensor.
    """
    if ".ops." in f"{entry.get('module') or ''}.":
        return True
    name, nodes = entry.get("class_name"), entry.get("inbound_nodes")
    if name == "Mean" or (name in _SCALES and name not in _MERGES):
        return True
    node = nodes[0] if isinstance(nodes, list) and nodes else None
    arguments = node.get("args") if isinstance(node, Mapping) else None
    return (
        name in _SCALES and isinstance(arguments, list) and any(isinstance(a, int | float) for a in arguments)
    )


def operation(entry: Mapping[str, Any], node: Any, reads: int, notes: list[str]) -> Layer | UnknownLayer:
    """The layer that does what an operation does; one we do not have is kept as it came."""
    name = str(entry.get("class_name"))
    arguments = node.get("args", []) if isinstance(node, Mapping) else []
    if reads == 2 and name in _MERGES:
        return layers()[_MERGES[name]]()
    if reads == 1 and name in _SCALES and (number := _number(name, arguments)) is not None:
        scale, offset = _SCALES[name](number)
        return layers()["Rescaling"].model_validate({"scale": scale, "offset": offset})
    config = entry.get("config")
    raw = dict(config) if isinstance(config, Mapping) else {}
    if reads == 1 and name == "Mean" and (pooling := _pooling(raw, arguments)):
        return layers()[pooling].model_validate({"keepdims": bool(raw.get("keepdims"))})
    if reads == 1 and (function := activation(name)) in activations():
        return layers()["Activation"].model_validate({"activation": function})
    return UnknownLayer(name, raw, f"{name} is an operation between layers; there is no layer for it here.")
