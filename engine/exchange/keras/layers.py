"""A layer's settings in a Keras file and ours: they have the names of Keras, so that little is to be said about each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from engine.exchange.keras.legacy import modern
from engine.exchange.keras.names import activation
from engine.families import Family, Member
from engine.graph.document import UnknownLayer
from engine.layers.activations import activations
from engine.layers.base import Layer, Role
from engine.layers.nested import LAYERS
from engine.layers.registry import layers
from engine.settings import Settings, problems

ANY = object()
# settings of Keras that we do not have, and the values with which they change nothing
NEUTRAL: Mapping[str, tuple[object, ...]] = MappingProxyType(
    {
        "name": (ANY,),
        "dtype": (ANY,),  # looked at on its own
        "trainable": (True,),
        "seed": (ANY,),
        "batch_input_shape": (ANY,),
        "batch_shape": (ANY,),
        "input_dtype": (ANY,),
        "input_length": (ANY,),
        "data_format": ("channels_last", None),
        "implementation": (ANY,),
        "stateful": (False,),
        "unroll": (ANY,),
        "use_cudnn": (ANY,),
        "flash_attention": (ANY,),
        "time_major": (False,),
        "zero_output_for_mask": (False, True),
        "sparse": (False,),
        "ragged": (False,),
        "lora_rank": (None,),
        "lora_alpha": (ANY,),
        "quantization_config": (None,),
        "gptq_unpacked_column_size": (ANY,),
        "synchronized": (False,),
        "autocast": (True, None),
        "activity_regularizer": (None,),
        "noise_shape": (None,),
        "input_axes": (ANY,),
        "output_axes": (ANY,),
        "encoding": ("utf-8",),
        "vocabulary_dtype": ("int64", "int32", None),
        "fused": (ANY,),
        "rms_scaling": (False,),
        "virtual_batch_size": (None,),
        "adjustment": (None,),
        "input_shape": (ANY,),
        "weights": (None,),
    }
)
_CALLED = ("use_causal_mask", "return_attention_scores")  # settings here, arguments of the call there
_OURS = ("trainable", "learning_rate_factor", *_CALLED)
RUNS_CODE = ("Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer")


@cache
def by_keras_name() -> Mapping[str, type[Layer]]:
    """The layers by the class that Keras has for them; of several, that which is called like it."""
    found: dict[str, type[Layer]] = {}
    for name, kind in layers().items():
        keras = kind.declaration.keras
        if keras and kind.declaration.role is Role.HIDDEN and (keras == name or keras not in found):
            found[keras] = kind
    # what is an activation function there and a layer here may come by our name, from `legacy`
    return MappingProxyType({**{n: k for n, k in layers().items() if n not in found}, **found})


def layer_of(
    name: str, config: Mapping[str, Any], notes: list[str], given: Mapping[str, Any] = MappingProxyType({})
) -> Layer | UnknownLayer:
    """The layer that a class name and its config stand for; one we do not have is kept as it came.

    Args:
        name: of the class in Keras.
        config: its settings.
        notes: a sentence is added for everything that is lost.
        given: arguments that it is called with; those that are settings here are taken.
    """
    raw = dict(config)
    if name in RUNS_CODE:
        reason = f"A {name} runs program code from the file, which is never done; replace it by other layers."
        return UnknownLayer(name, raw, reason)
    called, config = modern(name, config)
    label = str(config.get("name", name))
    kind = by_keras_name().get(called)
    if kind is None:
        return UnknownLayer(name, raw, f"There is no layer {name} here; replace it by others.")
    if config.get("data_format") == "channels_first":
        reason = f"{label} has its channels first; save the model with channels last."
        return UnknownLayer(name, raw, reason)
    settings = {k: v for k, v in given.items() if k in kind.model_fields and v is not None}
    settings |= {k: v for k, v in config.items() if k in kind.model_fields and k != "name"}
    for key, value in config.items():
        if key not in kind.model_fields:
            notes.extend(_lost(label, key, value))
    try:
        return kind.model_validate(
            {k: _value(kind.model_fields[k], v, notes, f"{label}: {k}") for k, v in settings.items()}
        )
    except ValidationError as error:
        return UnknownLayer(name, raw, f"{label}: {next(iter(problems(kind, error).values()))}")
    except ValueError as error:
        return UnknownLayer(name, raw, f"{label}: {error}")


def config_of(layer: Layer, name: str) -> tuple[str, dict[str, Any]]:
    """Class name and config of a layer in Keras.

    Raises:
        ValueError: one sentence: Keras has no such layer, or none with these settings.
    """
    kind = type(layer)
    keras = kind.declaration.keras
    if not keras:
        raise ValueError(
            f"{name} is a {layer.title()}, which Keras does not have; replace it by layers that it has."
        )
    config: dict[str, Any] = {"name": name, "dtype": "float32"}
    if layer.freezes:
        config["trainable"] = False
    if keras == "Activation" and kind.__name__ != "Activation":
        config["activation"] = _function(layer, name)
        return keras, config
    for field, info in kind.model_fields.items():
        if field in _OURS:
            continue
        config[field] = _written(info, getattr(layer, field))
    return keras, layer.keras_config(config)


def call_arguments(layer: Layer) -> dict[str, Any]:
    """The settings of ours that are arguments of the call in Keras, where they are not the usual ones."""
    return {n: True for n in _CALLED if getattr(layer, n, False)}


def family_member(family: Family[Any], value: Any, notes: list[str], what: str) -> Any:
    """The member that a Keras object stands for: a name, or class name and config; raises ValueError."""
    if not isinstance(value, Mapping):
        return family.read(value)
    name, config = value.get("class_name"), value.get("config")
    if name == "function" and isinstance(config, str):
        return family.read(config)
    if not isinstance(name, str):
        return family.read(value)
    config = config if isinstance(config, Mapping) else {}
    if family is LAYERS or issubclass(family.base, Layer):
        layer = layer_of(name, config, notes)
        if isinstance(layer, UnknownLayer):
            raise ValueError(layer.reason)
        return layer
    kind = type(family(name))
    kept = {k: v for k, v in config.items() if k in kind.model_fields and k != "name"}
    for key in config.keys() - kept.keys():
        notes.extend(_lost(what, key, config[key]))
    if kind.__name__ == "VarianceScaling" and kept.get("distribution") == "normal":
        kept["distribution"] = "truncated_normal"  # as Keras 2 called it
    return family(name, **kept)


def _value(info: FieldInfo, value: Any, notes: list[str], what: str) -> Any:
    if value is None:
        return None
    family = next(_families(info), None)
    if family is not None:
        return family_member(family, value, notes, what)
    if isinstance(value, Mapping) and (value.get("class_name") == "__lambda__" or "value" in value):
        raise ValueError("its function is program code from the file, which is never run; take another one")
    if isinstance(value, Mapping) and value.get("class_name"):
        config = value.get("config")
        inner = config.get("activation", value["class_name"]) if isinstance(config, Mapping) else config
        name = inner if isinstance(inner, str) else value["class_name"]
        return activation(str(name))
    if isinstance(value, str) and info.annotation is not None and value not in activations():
        return activation(value) if _names_activation(info) else value
    return value


def _names_activation(info: FieldInfo) -> bool:
    return info.default in activations()


def _families(info: FieldInfo) -> Iterator[Family[Any]]:
    waiting: list[Any] = [*info.metadata, info.annotation]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Family):
            yield item
        waiting += [*get_args(item), *getattr(item, "__metadata__", ())]


def _lost(label: str, key: str, value: Any) -> list[str]:
    neutral = NEUTRAL.get(key)
    if neutral is not None and (ANY in neutral or value in neutral):
        return []
    return [f"{label}: the setting {key} = {value!r:.60} has no counterpart here and is left out."]


def _written(info: FieldInfo, value: Any) -> Any:
    if isinstance(value, Layer):
        keras, config = config_of(value, type(value).__name__.lower())
        return _object("keras.layers", keras, config)
    if isinstance(value, Member):
        family = next(_families(info))
        config = {
            k: _written(type(value).model_fields[k], getattr(value, k)) for k in type(value).model_fields
        }
        return _object(_module(family), type(value).__name__, config)
    if isinstance(value, Settings):
        return value.model_dump(mode="json")
    return list(value) if isinstance(value, tuple) else value


def _module(family: Family[Any]) -> str:
    return {"initializer": "keras.initializers", "regularizer": "keras.regularizers"}.get(
        family.noun, "keras.constraints"
    )


def _object(module: str, name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    return {"module": module, "class_name": name, "config": dict(config), "registered_name": None}


def _function(layer: Layer, name: str) -> str:
    """The activation function that a layer without a class in Keras is there; its settings must be the usual ones."""
    known = activation(type(layer).__name__)
    if known not in activations():
        raise ValueError(f"{name} is a {layer.title()}, which Keras does not have as an activation.")
    if layer != type(layer)():
        raise ValueError(
            f"{name}: {layer.title()} is a function without settings in Keras; take the usual settings."
        )
    return known
