"""A model's config in words that Keras 2 and Keras 3 both take, for `.h5` files.

They count the calls of a model in a model in different ways: among the wires Keras 3 begins with 0, Keras 2 with 1. So each
call is written twice: what is then number 2k + 1 to either is one of the two copies of call k. A copy that nobody reads is
left out by both when they open the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from engine.formats.errors import FormatError

# of a setting: what it is called in Keras 2, which Keras 3 takes, too
_RENAMED: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "InputLayer": {"batch_shape": "batch_input_shape"},
        "LeakyReLU": {"negative_slope": "alpha"},
    }
)
# settings that Keras 2 does not have, and the values with which they change nothing
_NEW: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "Resizing": {
            "pad_to_aspect_ratio": False,
            "fill_mode": "constant",
            "fill_value": 0.0,
            "antialias": False,
        }
    }
)


def require_one_meaning(model: Mapping[str, Any], *, both: bool) -> None:
    """Refuse functions that no version has, or, for `both`, that are another one in Keras 2 than in Keras 3.

    Raises:
        FormatError: with the name of the layer.
    """
    for name, function in _functions(model, ""):
        if function == "hard_sigmoid_02":
            raise FormatError(
                f"{name}: a hard sigmoid of slope 0.2 is in Keras 2 alone, and Keras 3 has another one of that name; "
                "take Hard sigmoid and train again, or write TensorFlow.js or ONNX."
            )
        if both and function == "hard_sigmoid":
            raise FormatError(
                f"{name}: Keras 2 and Keras 3 compute hard_sigmoid in different ways, and both open .h5; write .keras."
            )


def _functions(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """Every activation in a config, with the name of its layer."""
    if isinstance(value, Mapping):
        own = value.get("name")
        name = own if isinstance(own, str) else name
        for key, inner in value.items():
            if isinstance(inner, str) and str(key).endswith("activation"):
                yield name, inner
            else:
                yield from _functions(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _functions(inner, name)


def for_both(model: Mapping[str, Any]) -> dict[str, Any]:
    """The config of a model, and of those in it, as every version opens it."""
    config = model["config"]
    models = {str(e.get("name")) for e in config["layers"] if e["class_name"] == "Functional"}
    layers = [_layer(entry, models) for entry in config["layers"]]
    outputs = {key: _doubled(config[key], models) for key in ("output_layers",) if key in config}
    return {**model, "config": {**config, "layers": layers, **outputs}}


def _layer(entry: Mapping[str, Any], models: set[str]) -> dict[str, Any]:
    kind, config = entry["class_name"], entry["config"]
    found = for_both(entry) if kind == "Functional" else {**entry, "config": _settings(kind, config)}
    if "inbound_nodes" in entry:
        nodes = [_read(node, models) for node in entry["inbound_nodes"]]
        found["inbound_nodes"] = [n for node in nodes for n in [node] * (2 if kind == "Functional" else 1)]
    return found


def _settings(kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
    renamed, new = _RENAMED.get(kind, {}), _NEW.get(kind, {})
    kept = {k: v for k, v in config.items() if k not in new or new[k] != v}
    return {renamed.get(k, k): v for k, v in kept.items()}


def _doubled(places: Any, models: set[str]) -> Any:
    """References to outputs, which both count from 1."""
    if places and isinstance(places[0], str):
        name, k, output = places
        return [name, 2 * k if name in models else k, output]
    return [_doubled(place, models) for place in places]


def _read(node: Any, models: set[str]) -> Any:
    """A call with other numbers of those it reads."""
    if isinstance(node, Mapping):
        history = node.get("keras_history")
        if history is not None:
            return {**node, "keras_history": _second(history, models)}
        return {key: _read(value, models) for key, value in node.items()}
    if isinstance(node, list):
        is_wire = len(node) == 4 and isinstance(node[0], str)
        return _second(node, models) if is_wire else [_read(inner, models) for inner in node]
    return node


def _second(place: list[Any], models: set[str]) -> list[Any]:
    return [place[0], 2 * place[1] + 1 if place[0] in models else place[1], *place[2:]]
