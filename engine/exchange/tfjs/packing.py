"""Weights in fewer bytes, as TensorFlow.js keeps them: half floats, or whole numbers with a scale for each array."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from engine.tensor.spec import Array

if TYPE_CHECKING:
    from engine.exchange.tfjs.options import TfjsOptions

Packing = Literal["float32", "float16", "uint16", "uint8"]
CODES = MappingProxyType({"uint8": "u1", "uint16": "<u2", "float16": "<f2"})
LARGEST = float(np.finfo(np.float16).max)


def packed(values: Array, packing: Packing) -> tuple[Array, dict[str, Any] | None]:
    """Numbers as they are stored, and what the manifest says of that (`quantization`; None: nothing).

    Whole numbers stand for min + number * scale, as `tensorflowjs/quantization.py` of the converter has it. Arrays whose
    numbers are not finite, or too large for half floats, stay as they are.
    """
    values = np.ascontiguousarray(values, "<f4")
    if packing == "float32" or not values.size or not np.isfinite(values).all():
        return values, None
    if packing == "float16":
        if float(np.abs(values).max()) > LARGEST:
            return values, None
        return values.astype("<f2"), {"dtype": packing, "original_dtype": "float32"}
    low, high = float(values.min()), float(values.max())
    most = int(np.iinfo(CODES[packing]).max)
    scale = (high - low) / most or 1.0
    numbers = np.clip(np.round((values.astype(np.float64) - low) / scale), 0, most).astype(CODES[packing])
    return numbers, {"dtype": packing, "scale": scale, "min": low, "original_dtype": "float32"}


def unpacked(values: Array, quantization: dict[str, Any] | None) -> Array:
    """The numbers that stored ones stand for, float32."""
    if quantization is None or "scale" not in quantization:
        return values.astype(np.float32)
    return (values * np.float32(quantization["scale"]) + np.float32(quantization["min"])).astype(np.float32)


def rounded(options: TfjsOptions, weights: Mapping[str, Array]) -> Mapping[str, Array]:
    """Weights as a file has them; the same object where nothing is rounded."""
    if options.weights == "float32":
        return weights
    return {name: unpacked(*packed(array, options.weights)) for name, array in weights.items()}
