"""A network of ours as a layers model that TensorFlow.js 4 opens, in the spelling of Keras 2."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from engine.exchange.keras.writing import written_model
from engine.exchange.outgoing import Outgoing
from engine.exchange.tfjs.lacks import Reads, does_nothing, lacking, nothing, rewritten
from engine.exchange.tfjs.options import TfjsOptions
from engine.exchange.tfjs.registered import LAYERS
from engine.exchange.tfjs.shards import manifest_of, remove_others
from engine.exchange.tfjs.training import training_config
from engine.formats.atomic import replacing
from engine.formats.errors import FormatError
from engine.layers.base import Layer

Source = tuple[Layer, Reads]
_SAME = (
    "elu",
    "linear",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
    "mish",
    "gelu",
)
ACTIVATIONS = MappingProxyType(
    {**{name: name for name in _SAME}, "silu": "swish", "hard_sigmoid_02": "hard_sigmoid"}
)
_RENAMED = {"LeakyReLU": {"negative_slope": "alpha"}, "ReLU": {"negative_slope": "negativeSlope"}}


def write_tfjs(
    out: Outgoing, path: Path, options: TfjsOptions | None = None, *, masked_means: bool = False
) -> None:
    """Write `model.json` and its shards, the shards first; what was there stays if that fails.

    Args:
        out: the network.
        path: of `model.json`.
        options: how weights are kept.
        masked_means: who loads it takes means over places that are no padding, which TensorFlow.js by itself does not.

    Raises:
        FormatError: TensorFlow.js can't hold the network, with the reason, or the operating system refused.
    """
    written = written_model(out.net, out.weights, old=True)
    if not masked_means:
        _require_plain_means(written.config)
    config = _model(written.config, written.sources)
    inner = _models(written.config)
    names = [(_innermost(name, inner), array) for name, array, _ in written.listed]
    manifest, files = manifest_of(names, path.stem, (options or TfjsOptions()).weights)
    topology = {"keras_version": "2.15.0", "backend": "tensorflow", "model_config": config}
    whole = {
        "format": "layers-model",
        "generatedBy": "Layerloom",
        "convertedBy": None,
        "modelTopology": topology,
        "weightsManifest": manifest,
    }
    if compiled := training_config(out):
        whole["trainingConfig"] = compiled
    for name, data in files.items():
        with replacing(path.with_name(name)) as file:
            file.write(data)
    with replacing(path) as file:
        file.write(json.dumps(whole, allow_nan=False).encode())
    remove_others(path.parent, path.stem, files)


def _require_plain_means(model: Mapping[str, Any]) -> None:
    """Refuse a mean over places of a sequence some of which are marked as padding: TensorFlow.js would count them."""
    entries = [entry for one in _within(model) for entry in one["config"]["layers"]]
    marks = any(e["class_name"] == "Masking" or e["config"].get("mask_zero") for e in entries)
    means = [e["name"] for e in entries if e["class_name"] == "GlobalAveragePooling1D"]
    if marks and means:
        raise FormatError(
            f"{means[0]} leaves padding out of its mean, and TensorFlow.js does not; switch the mask off and train again, "
            "or write a web page."
        )


def _within(model: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """A model and those in it, at any depth."""
    inner = [entry for entry in model["config"]["layers"] if entry["class_name"] == "Functional"]
    return [model, *(one for entry in inner for one in _within(entry))]


def _models(model: Mapping[str, Any]) -> set[str]:
    """Names of the models in a model, at any depth."""
    found = [entry for entry in model["config"]["layers"] if entry["class_name"] == "Functional"]
    return {entry["name"] for entry in found}.union(*map(_models, found))


def _innermost(name: str, models: set[str]) -> str:
    """The name of a weight without the models that its layer is in, as TensorFlow.js has it."""
    head, _, rest = name.partition("/")
    return _innermost(rest, models) if head in models else name


def _model(model: Mapping[str, Any], sources: Mapping[str, Source]) -> dict[str, Any]:
    config = dict(model["config"])
    # a model has a call of its own, number 0, from when it was made: those of others begin at 1
    models = {entry["name"] for entry in config["layers"] if entry["class_name"] == "Functional"}
    layers = [_layer(entry, models, sources) for entry in config["layers"]]
    for key in ("input_layers", "output_layers"):
        places = config[key]
        listed = [places] if places and isinstance(places[0], str) else places
        config[key] = listed  # outputs are counted so already
    return {"class_name": "Model", "config": {**config, "layers": layers}}


def _counted(place: list[Any], models: set[str]) -> list[Any]:
    return [place[0], place[1] + (place[0] in models), *place[2:]]


def _layer(entry: Mapping[str, Any], models: set[str], sources: Mapping[str, Source]) -> dict[str, Any]:
    name = entry["name"]
    kind = entry["class_name"]
    nodes = [_node(node, name, models) for node in entry["inbound_nodes"]]
    if kind == "Functional":
        inner = _model(entry, sources)
        return {**inner, "name": name, "inbound_nodes": nodes}
    if name in sources and does_nothing(*sources[name]):
        kind, settings = nothing(entry["config"])
        return {"class_name": kind, "config": settings, "name": name, "inbound_nodes": nodes}
    if kind not in LAYERS:
        raise FormatError(
            f"{name} is a {kind}, which TensorFlow.js does not have; replace it, or write another format."
        )
    reads = sources[name][1] if name in sources else ()
    kind, settings = rewritten(kind, entry["config"], reads)
    if lack := lacking(kind, settings, reads):
        raise FormatError(f"{name} is a {kind} with {lack}, which TensorFlow.js does not have; change it.")
    config = _config(settings, kind, name)
    return {"class_name": kind, "config": config, "name": name, "inbound_nodes": nodes}


def _config(config: Mapping[str, Any], kind: str, name: str) -> dict[str, Any]:
    if kind == "GRU" and config.get("reset_after"):
        raise FormatError(
            f"{name} is a GRU whose reset gate comes after the product (reset_after), which TensorFlow.js does not have; "
            "switch it off and train again."
        )
    renamed = _RENAMED.get(kind, {})
    result: dict[str, Any] = {}
    for key, value in config.items():
        result["batch_input_shape" if key == "batch_shape" else renamed.get(key, key)] = _value(
            key, value, name
        )
    return result


def _value(key: str, value: Any, name: str) -> Any:
    if isinstance(value, Mapping) and "class_name" in value:
        kind = value["class_name"]
        if kind in ("L1", "L2"):  # one class for both
            return {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.0, **value["config"]}}
        return {"class_name": kind, "config": _config(value["config"], kind, name)}
    if not key.endswith("activation") or not isinstance(value, str):
        return value
    if value not in ACTIVATIONS:
        raise FormatError(
            f"{name}: TensorFlow.js has no activation {value}, or means another function by it; take another one."
        )
    return ACTIVATIONS[value]


def _node(node: Any, name: str, models: set[str]) -> Any:
    if isinstance(node, Mapping):
        raise FormatError(
            f"{name} is called in a way that TensorFlow.js does not have (states, masks or several named inputs)."
        )
    return [_counted(place, models) for place in node]
