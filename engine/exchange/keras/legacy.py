"""What earlier versions of Keras, and tf.keras, called things: names of layers and settings brought to those of Keras 3."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

_NAMES = MappingProxyType(
    {
        "Convolution1D": "Conv1D",
        "Convolution2D": "Conv2D",
        "Convolution3D": "Conv3D",
        "Convolution2DTranspose": "Conv2DTranspose",
        "Convolution3DTranspose": "Conv3DTranspose",
        "SeparableConvolution1D": "SeparableConv1D",
        "SeparableConvolution2D": "SeparableConv2D",
        "MaxPool1D": "MaxPooling1D",
        "MaxPool2D": "MaxPooling2D",
        "MaxPool3D": "MaxPooling3D",
        "AvgPool1D": "AveragePooling1D",
        "AvgPool2D": "AveragePooling2D",
        "AvgPool3D": "AveragePooling3D",
        "GlobalMaxPool1D": "GlobalMaxPooling1D",
        "GlobalMaxPool2D": "GlobalMaxPooling2D",
        "GlobalMaxPool3D": "GlobalMaxPooling3D",
        "GlobalAvgPool1D": "GlobalAveragePooling1D",
        "GlobalAvgPool2D": "GlobalAveragePooling2D",
        "GlobalAvgPool3D": "GlobalAveragePooling3D",
        "BatchNormalizationV1": "BatchNormalization",
        "BatchNormalizationV2": "BatchNormalization",
        "SyncBatchNormalization": "BatchNormalization",
        "LSTMV1": "LSTM",
        "LSTMV2": "LSTM",
        "GRUV1": "GRU",
        "GRUV2": "GRU",
        "DenseV1": "Dense",
        "SpatialDropout1DV1": "SpatialDropout1D",
        "NormalizationV1": "Normalization",
        "GroupedQueryAttention": "GroupQueryAttention",
    }
)
# of a setting: what it is called now
_SETTINGS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "LeakyReLU": {"alpha": "negative_slope"},
        "ReLU": {"negativeSlope": "negative_slope"},  # of TensorFlow.js
        "Dropout": {"p": "rate"},
        "Dense": {"output_dim": "units", "init": "kernel_initializer", "bias": "use_bias"},
    }
)

_FUNCTIONS = MappingProxyType({"hard_sigmoid": "hard_sigmoid_02", "hardSigmoid": "hard_sigmoid_02"})


def stem(class_name: str) -> str:
    """What Keras 3 calls the weights of a class: its name within Keras, which is not always the public one."""
    inner = {"GroupQueryAttention": "GroupedQueryAttention"}.get(class_name, class_name)
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", inner)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()


def of_keras_2(config: Any) -> Any:
    """A config of Keras 2 or TensorFlow.js with the functions renamed that are others there than in Keras 3."""
    if isinstance(config, Mapping):
        return {
            key: _FUNCTIONS.get(value, value) if _is_function(key, value) else of_keras_2(value)
            for key, value in config.items()
        }
    return [of_keras_2(value) for value in config] if isinstance(config, list) else config


def _is_function(key: object, value: object) -> bool:
    return isinstance(key, str) and key.endswith("activation") and isinstance(value, str)


def modern(name: str, config: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Name and settings of a layer as Keras 3 has them."""
    name = _NAMES.get(name, name)
    renamed = _SETTINGS.get(name, {})
    settings = {renamed.get(key, key): value for key, value in config.items()}
    if name == "GRU":
        settings.setdefault("reset_after", False)  # Keras 2 before 2.2 had nothing else and did not say so
    if name == "Reshape" and isinstance(settings.get("target_shape"), list | tuple):  # TensorFlow.js has null
        settings["target_shape"] = [-1 if n is None else n for n in settings["target_shape"]]
    if name == "ThresholdedReLU":
        name, settings = "Threshold", {"threshold": settings.get("theta", 1.0), "value": 0.0}
    for key in ("axis",):
        value = settings.get(key)
        if name in ("BatchNormalization", "LayerNormalization") and isinstance(value, list | tuple):
            settings[key] = value[0] if len(value) == 1 else value
    return name, settings
