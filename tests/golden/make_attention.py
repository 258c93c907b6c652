"""Golden values of attention layers, EinsumDense and a Transformer's block (see `keras_layers`).

    KERAS_BACKEND=torch keras-venv/bin/python -m tests.golden.make_attention

What is a setting of ours is an argument of the call in Keras: causal order, and the weights as a second output. Masked
cases of layers with heads ask for the weights: only then does Keras give nothing to a place that sees no other (its fused
attention gives the mean of all values there, which differs from backend to backend; those places are masked anyway).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras.src import backend

from tests.golden.keras_layers import Case, write

CALL = ("use_causal_mask", "return_attention_scores")
SCORES = {"return_attention_scores": True}
CAUSAL = {"use_causal_mask": True}
LONG, SHORT = np.array([[1, 1, 1, 0], [1, 1, 1, 1]]), np.array([[1, 1, 0], [1, 0, 1]])


def single(name: str, settings: Mapping[str, Any], *inputs: Any, masks: tuple[Any, ...] = ()) -> Case:
    """A layer that takes its inputs as a list."""

    def call(layer: Any, tensors: Sequence[Any], **keywords: Any) -> Any:
        return layer([*tensors, *tensors] if len(tensors) == 1 else list(tensors), **keywords)

    return _case(name, settings, inputs, masks, call)


def headed(name: str, settings: Mapping[str, Any], *inputs: Any, masks: tuple[Any, ...] = ()) -> Case:
    """A layer that takes its inputs one by one."""

    def call(layer: Any, tensors: Sequence[Any], **keywords: Any) -> Any:
        given = [*tensors, *tensors] if len(tensors) == 1 else tensors
        outputs = layer(*given, **keywords)
        if isinstance(outputs, tuple):  # the mask inside the layer sticks to the weights
            backend.set_keras_mask(outputs[1], None)
        return outputs

    return _case(name, settings, inputs, masks, call)


def _case(name: str, settings: Mapping[str, Any], inputs: Any, masks: Any, call: Any) -> Case:
    return Case(
        name,
        settings,
        inputs,
        masks=masks,
        keras_settings={k: v for k, v in settings.items() if k not in CALL},
        keywords={k: v for k, v in settings.items() if k in CALL},
        call=call,
        random="dropout" in settings,
    )


class Block(keras.layers.Layer):  # type: ignore[misc]  # Keras is not annotated
    """A Transformer's block from layers of Keras, in the order of TransformerEncoder of KerasHub."""

    def __init__(self, first: bool, causal: bool, activation: str, **heads: int) -> None:
        super().__init__(name="block")
        self.first, self.causal, self.supports_masking = first, causal, True
        self.heads, self.kind = heads, activation

    def build(self, shape: Any) -> None:
        layers = keras.layers
        self.attention = layers.MultiHeadAttention(name="attention", **self.heads)
        self.norm_1 = layers.LayerNormalization(epsilon=1e-5, name="attention_norm")
        self.dense_1 = layers.Dense(5, activation=self.kind, name="feedforward_1")
        self.dense_2 = layers.Dense(shape[-1], name="feedforward_2")
        self.norm_2 = layers.LayerNormalization(epsilon=1e-5, name="feedforward_norm")

    def call(self, x: Any, training: bool = False) -> Any:
        y = self.norm_1(x) if self.first else x
        x = x + self.attention(y, y, use_causal_mask=self.causal)
        x = x if self.first else self.norm_1(x)
        y = self.norm_2(x) if self.first else x
        x = x + self.dense_2(self.dense_1(y))
        return x if self.first else self.norm_2(x)


def block(*, first: bool, causal: bool, activation: str) -> Case:
    """A Transformer's block."""
    settings = {
        "num_heads": 2,
        "intermediate_dim": 5,
        "normalize_first": first,
        "use_causal_mask": causal,
        "activation": activation,
    }
    return Case(
        "TransformerBlock",
        settings,
        ((2, 3, 4),),
        make=lambda: Block(first, causal, activation, num_heads=2, key_dim=2),
    )


SELF, OTHER, KEYS = (2, 4, 6), (2, 3, 6), (2, 3, 6)
SMALL = {"num_heads": 2, "key_dim": 3}
GROUPS = {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}
CASES = [
    single("Attention", {}, SELF, OTHER),
    single("Attention", {"use_scale": True}, SELF, (2, 3, 2), KEYS),
    single("Attention", {**CAUSAL, **SCORES}, SELF),
    single("Attention", {"score_mode": "concat"}, SELF, OTHER),
    single("Attention", {"score_mode": "concat", "use_scale": True, **CAUSAL}, SELF),
    single("Attention", {"dropout": 0.3}, SELF, OTHER),
    single("Attention", SCORES, SELF, OTHER, masks=(LONG, SHORT)),
    single("Attention", CAUSAL, SELF, masks=(LONG,)),
    single("AdditiveAttention", {}, SELF, OTHER),
    single("AdditiveAttention", {"use_scale": False, **CAUSAL}, SELF, (2, 3, 2), KEYS),
    single("AdditiveAttention", SCORES, SELF, OTHER, masks=(LONG, SHORT)),
    headed("MultiHeadAttention", SMALL, SELF),
    headed("MultiHeadAttention", {**SMALL, "value_dim": 5, **SCORES}, SELF, (2, 3, 2), KEYS),
    headed("MultiHeadAttention", {**SMALL, "use_bias": False, **CAUSAL}, SELF),
    headed("MultiHeadAttention", {**SMALL, "output_shape": [5]}, SELF, OTHER),
    headed("MultiHeadAttention", {**SMALL, "output_shape": [2, 3]}, SELF, OTHER),
    headed("MultiHeadAttention", {**SMALL, "dropout": 0.2}, SELF),
    headed("MultiHeadAttention", {**SMALL, **SCORES, **CAUSAL}, SELF, masks=(LONG,)),
    headed("MultiHeadAttention", {**SMALL, **SCORES}, SELF, OTHER, KEYS, masks=(LONG, SHORT, SHORT[::-1])),
    headed("MultiHeadAttention", {**SMALL, "sliding_window": 2, "use_gate": True}, SELF),
    headed("MultiHeadAttention", {**SMALL, **SCORES}, (2, 3, 2, 4)),
    headed("MultiHeadAttention", {**SMALL, "attention_axes": [2], **SCORES}, (2, 3, 2, 4)),
    headed("MultiHeadAttention", {**SMALL, "attention_axes": [1]}, (2, 3, 2, 4), (2, 5, 2, 4)),
    headed("MultiHeadAttention", {**SMALL, "kernel_regularizer": "l2", "bias_regularizer": "l1"}, SELF),
    headed("GroupQueryAttention", GROUPS, SELF),
    headed("GroupQueryAttention", {**GROUPS, "use_bias": False, "use_gate": True, **CAUSAL}, SELF, OTHER),
    headed("GroupQueryAttention", {**GROUPS, **SCORES}, SELF, OTHER, masks=(LONG, SHORT)),
    Case("EinsumDense", {"equation": "ab,bc->ac", "output_shape": 3}, ((4, 5),)),
    Case(
        "EinsumDense",
        {"equation": "abc,cd->abd", "output_shape": [None, 3], "bias_axes": "d", "activation": "relu"},
        ((2, 3, 4),),
    ),
    Case(
        "EinsumDense",
        {"equation": "abc,cde->abde", "output_shape": [None, 2, 3], "bias_axes": "e"},
        ((2, 3, 4),),
    ),
    Case(
        "EinsumDense",
        {"equation": "abc,bde->adec", "output_shape": [2, 3, 4], "bias_axes": "de"},
        ((2, 3, 4),),
    ),
    Case("EinsumDense", {"equation": "...x,xy->...y", "output_shape": 3, "bias_axes": "y"}, ((2, 3, 2, 4),)),
    Case("EinsumDense", {"equation": "ab...,bc->ac...", "output_shape": 3}, ((2, 4, 3),)),
    Case("EinsumDense", {"equation": "abc,bc->abc", "output_shape": [3, 4]}, ((2, 3, 4),)),
    block(first=False, causal=False, activation="relu"),
    block(first=True, causal=True, activation="gelu"),
]

if __name__ == "__main__":
    write("attention", CASES)
