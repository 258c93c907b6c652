"""Names of functions, which Keras writes in several ways."""

from __future__ import annotations

from engine.layers.activations import activations

_OTHERS = {"swish": "silu", "hard_swish": "hard_silu"}


def activation(name: str) -> str:
    """Our name of an activation function: `ReLU`, `relu` and `Relu` are one; a name that is unknown stays."""
    loose = _OTHERS.get(name.lower(), name).replace("_", "").lower()
    return next((known for known in activations() if known.replace("_", "") == loose), name)
