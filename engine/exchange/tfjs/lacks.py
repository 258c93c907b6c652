"""What TensorFlow.js lacks of layers that it has: settings that it ignores, or fails with when the model is used.

Each was found by running it (tests/engine/exchange/test_judge_keras.py asks TensorFlow.js 4.22 about every layer).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from engine.exchange.net import Net
from engine.exchange.outgoing import Outgoing, inside, specs_of
from engine.exchange.tfjs.registered import LAYERS
from engine.exchange.torch.tracing import traced
from engine.formats.errors import FormatError
from engine.layers.base import Layer
from engine.layers.content import Composite
from engine.tensor.spec import DType, TensorSpec

Config = Mapping[str, Any]
Reads = tuple[TensorSpec, ...]


def left_out(out: Outgoing) -> list[str]:
    """Kinds of layers of a network that are written as layers that do nothing, though they do something in training."""
    return sorted(
        {
            layer.declaration.keras
            for layer, reads in _layers(out.net)
            if does_nothing(layer, reads) and not does_nothing(layer, reads, training=True)
        }
    )


def _layers(net: Net) -> Iterator[tuple[Layer, Reads]]:
    """The layers of a network and what each reads, at any depth."""
    specs = specs_of(net)
    for part in net.parts:
        assert isinstance(part.what, Layer)  # `specs_of` refused all else
        reads = tuple(specs[end] for end in part.inputs)
        if isinstance(part.what, Composite):
            yield from _layers(inside(part.what, reads))
        else:
            yield part.what, reads


def does_nothing(layer: Layer, reads: Reads, *, training: bool = False) -> bool:
    """Whether TensorFlow.js lacks a layer that hands on what it gets, so that it can do without."""
    if layer.declaration.keras in LAYERS or any(spec.dtype is not DType.FLOAT32 for spec in reads):
        return False  # an Activation, which stands in for it, takes no words and no class numbers
    try:
        found = traced(layer, reads, [False] * len(reads), training=training)
    except FormatError:  # it computes across the examples, so it does something
        return False
    return not found.operations and found.outputs == found.inputs


def _many(value: Any) -> bool:
    """Whether a step or a factor, or one of several, is more than 1."""
    return any(v not in (None, 1) for v in (value if isinstance(value, list | tuple) else [value]))


def _groups(config: Config, _reads: Reads) -> str:
    return "groups of channels" if _many(config.get("groups")) else ""


def _line(config: Config, reads: Reads) -> str:
    return "causal padding" if config.get("padding") == "causal" else _groups(config, reads)


def _dilated(config: Config, _reads: Reads) -> str:
    return "a dilation rate" if _many(config.get("dilation_rate")) else ""


def _transposed(config: Config, reads: Reads) -> str:
    return "an output padding" if config.get("output_padding") is not None else _dilated(config, reads)


def _relu(config: Config, _reads: Reads) -> str:
    return (
        "a negative slope or a threshold" if config.get("negative_slope") or config.get("threshold") else ""
    )


def _elu(config: Config, _reads: Reads) -> str:
    return "another alpha than 1" if config.get("alpha") != 1.0 else ""


def _softmax(config: Config, reads: Reads) -> str:
    return "another axis than the last one" if not _is_last(config.get("axis"), reads) else ""


def _batch_norm(config: Config, reads: Reads) -> str:
    return "renormalization" if config.get("renorm") else _softmax(config, reads)


def _upsampling(config: Config, _reads: Reads) -> str:
    return "interpolation" if config.get("interpolation") != "nearest" else ""


def _dot(_config: Config, reads: Reads) -> str:
    return "more than two dimensions" if any(len(spec.shape) > 2 for spec in reads) else ""


def _is_last(axis: Any, reads: Reads) -> bool:
    places = axis if isinstance(axis, list | tuple) else [axis]
    return list(places) in ([-1], [len(reads[0].shape)])


_LACKS: Mapping[str, Callable[[Config, Reads], str]] = MappingProxyType(
    {
        "Conv1D": _line,
        "Conv2D": _groups,
        "Conv3D": _groups,
        "Conv2DTranspose": _transposed,
        "Conv3DTranspose": _transposed,
        "DepthwiseConv2D": _dilated,
        "ReLU": _relu,
        "ELU": _elu,
        "Softmax": _softmax,
        "BatchNormalization": _batch_norm,
        "UpSampling2D": _upsampling,
        "Dot": _dot,
    }
)


def lacking(kind: str, config: Config, reads: Reads) -> str:
    """What of a layer's settings TensorFlow.js does not do, in words; "" if it does all."""
    found = _LACKS.get(kind)
    return found(config, reads) if found else ""


def nothing(config: Config) -> tuple[str, dict[str, Any]]:
    """A layer of TensorFlow.js that hands on what it gets, under the name of one of ours."""
    return "Activation", {"name": config.get("name"), "dtype": config.get("dtype"), "activation": "linear"}


def rewritten(kind: str, config: Config, reads: Reads) -> tuple[str, dict[str, Any]]:
    """A layer, said by another one of TensorFlow.js that is exactly the same, where its own would not be."""
    kept = {key: None if key == "activity_regularizer" else value for key, value in config.items()}
    name, dtype = config.get("name"), config.get("dtype")
    slope = config.get("negative_slope")
    if kind == "ReLU" and slope and not config.get("threshold") and config.get("max_value") is None:
        return "LeakyReLU", {"name": name, "dtype": dtype, "negative_slope": slope}
    if kind == "Flatten" and not reads[0].shape:  # it wants something to flatten
        return "Reshape", {"name": name, "dtype": dtype, "target_shape": [1]}
    if kind == "Flatten" and len(reads[0].shape) == 1:
        return nothing(config)
    if kind == "BatchNormalization" and _is_last(config.get("axis"), reads):
        kept["axis"] = -1
    return kind, kept
