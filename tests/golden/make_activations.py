"""Writes `activations.npz`: the activation layers and, by name, all activations, as Keras computes them."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from tests.golden.keras_layers import Case, write

WIDE = (np.random.default_rng(7).normal(size=(3, 7)) * 3.0,)  # beyond every kink
# not sparsemax: Keras 3.15 adds up sums of the chosen scores instead of the scores, so its shares do not add up to 1
NAMES = [
    *(
        "relu",
        "leaky_relu",
        "relu6",
        "elu",
        "selu",
        "celu",
        "gelu",
        "silu",
        "mish",
        "sigmoid",
        "tanh",
        "softmax",
    ),
    *(
        "log_softmax",
        "softplus",
        "softsign",
        "exponential",
        "hard_sigmoid",
        "hard_silu",
        "hard_tanh",
        "log_sigmoid",
    ),
    *("squareplus", "sparse_plus", "sparse_sigmoid", "soft_shrink", "hard_shrink", "tanh_shrink", "linear"),
]
MASK = np.array([[1, 1, 0, 1], [0, 1, 1, 0], [0, 0, 0, 0]], bool)


def function(name: str, **arguments: Any) -> Any:
    """A layer of Keras that applies a function with arguments."""
    return lambda: keras.layers.Activation(lambda x: getattr(keras.activations, name)(x, **arguments))


CASES = [
    *(Case("Activation", {"activation": name}, WIDE) for name in NAMES),
    Case("Activation", {"activation": "tanh"}, ((3, 4, 2),), (MASK,)),
    Case("ReLU", {}, WIDE),
    Case("ReLU", {"max_value": 1.0, "negative_slope": 0.5, "threshold": 0.25}, WIDE),
    Case("ReLU", {"max_value": 0.5, "negative_slope": 0.1}, WIDE),
    Case("ReLU", {"negative_slope": 1.5}, WIDE),
    Case("ReLU", {"threshold": 1.0}, WIDE),
    Case("LeakyReLU", {}, ((3, 5),)),
    Case("LeakyReLU", {"negative_slope": 2.0}, ((3, 5),)),
    Case("ELU", {"alpha": 0.7}, ((3, 5),)),
    Case("PReLU", {}, ((3, 5),)),
    Case("PReLU", {"shared_axes": [1, 2], "alpha_regularizer": "l2"}, ((2, 3, 2, 3),)),
    Case("Softmax", {}, ((3, 5),)),
    Case("Softmax", {"axis": [1]}, ((2, 3, 4),)),
    Case("Softmax", {"axis": [1, -1]}, ((2, 3, 2, 4),)),
    Case("Softmax", {}, ((3, 4),), (MASK,)),
    Case("LogSoftmax", {"axis": 1}, ((2, 3, 4),), make=function("log_softmax", axis=1)),
    Case("GELU", {}, WIDE, make=function("gelu")),
    Case("GELU", {"approximate": True}, WIDE, make=function("gelu", approximate=True)),
    Case("CELU", {"alpha": 0.5}, WIDE, make=function("celu", alpha=0.5)),
    Case("SoftShrink", {"threshold": 0.8}, WIDE, make=function("soft_shrink", threshold=0.8)),
    Case("HardShrink", {"threshold": 0.8}, WIDE, make=function("hard_shrink", threshold=0.8)),
    Case(
        "Threshold",
        {"threshold": 0.5, "value": -2.0},
        WIDE,
        make=function("threshold", threshold=0.5, default_value=-2.0),
    ),
    Case("GLU", {}, ((3, 8),), make=function("glu")),
    Case("GLU", {"axis": 1}, ((3, 2, 3),), make=function("glu", axis=1)),
    *(
        Case(name, {}, WIDE, make=function(keras_name))
        for name, keras_name in {
            "SELU": "selu",
            "SiLU": "silu",
            "Mish": "mish",
            "Softplus": "softplus",
            "Softsign": "softsign",
            "HardSigmoid": "hard_sigmoid",
            "HardSwish": "hard_silu",
            "HardTanh": "hard_tanh",
            "Exponential": "exponential",
            "ReLU6": "relu6",
            "Sigmoid": "sigmoid",
            "Tanh": "tanh",
            "LogSigmoid": "log_sigmoid",
            "Squareplus": "squareplus",
            "TanhShrink": "tanh_shrink",
        }.items()
    ),
    Case("Identity", {}, ((2, 3, 2),), (MASK[:2, :3],)),
]

if __name__ == "__main__":
    write("activations", CASES)
