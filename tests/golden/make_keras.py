"""Writes `keras.npz`: what Keras itself computes, so that "as in Keras" is a fact and not a belief.

Run by hand, outside the project's environment, when cases are added:

    python3 -m venv keras-venv && keras-venv/bin/pip install keras jax
    KERAS_BACKEND=jax keras-venv/bin/python tests/golden/make_keras.py

(Not on the torch backend: its average pooling repeats the edge into the padding, where the others leave it out.)

A case is (layer, settings, input shapes); its arrays are named `<case number>/<what>`.
"""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np

Arrays = dict[str, np.ndarray[Any, Any]]

CASES: list[tuple[str, dict[str, Any], list[list[int]]]] = [
    ("Dense", {"units": 3, "activation": "gelu"}, [[2, 4]]),
    ("Dense", {"units": 3, "activation": "leaky_relu"}, [[2, 4]]),
    ("Dense", {"units": 3, "activation": "selu"}, [[2, 3, 4]]),
    ("Dense", {"units": 3, "activation": "silu"}, [[2, 4]]),
    ("Dense", {"units": 3, "activation": "softplus"}, [[2, 4]]),
    ("Dense", {"units": 3, "activation": "softsign"}, [[2, 4]]),
    ("Dense", {"units": 3, "activation": "exponential"}, [[2, 4]]),
    ("Dense", {"units": 3, "activation": "elu"}, [[2, 4]]),
    ("Conv2D", {"filters": 4, "kernel_size": [3, 3]}, [[2, 6, 5, 2]]),
    ("Conv2D", {"filters": 4, "kernel_size": [3, 2], "strides": [2, 2], "padding": "same"}, [[2, 6, 5, 2]]),
    ("Conv2D", {"filters": 4, "kernel_size": [2, 3], "strides": [3, 2], "padding": "same"}, [[1, 8, 7, 1]]),
    ("Conv2D", {"filters": 4, "kernel_size": [4, 4], "padding": "same"}, [[1, 5, 6, 1]]),
    ("Conv2D", {"filters": 4, "kernel_size": [3, 3], "dilation_rate": [2, 1], "groups": 2}, [[1, 7, 6, 4]]),
    ("MaxPooling2D", {"pool_size": [2, 2]}, [[2, 5, 4, 2]]),
    ("MaxPooling2D", {"pool_size": [3, 2], "strides": [2, 3], "padding": "same"}, [[1, 6, 5, 2]]),
    ("AveragePooling2D", {"pool_size": [2, 2]}, [[2, 5, 4, 2]]),
    ("AveragePooling2D", {"pool_size": [3, 3], "strides": [2, 2], "padding": "same"}, [[1, 6, 5, 2]]),
    ("GlobalAveragePooling2D", {"keepdims": True}, [[2, 3, 4, 2]]),
    ("BatchNormalization", {}, [[6, 3]]),
    ("BatchNormalization", {"momentum": 0.8, "epsilon": 0.01, "scale": False}, [[3, 2, 2, 3]]),
    ("LayerNormalization", {}, [[3, 5]]),
    ("LayerNormalization", {"epsilon": 0.1, "center": False}, [[2, 3, 4]]),
    ("ReLU", {"max_value": 1.0, "negative_slope": 0.5, "threshold": 0.25}, [[3, 7]]),
    ("ReLU", {"max_value": 0.5, "negative_slope": 0.1}, [[3, 7]]),
    ("LeakyReLU", {}, [[3, 5]]),
    ("ELU", {"alpha": 0.7}, [[3, 5]]),
    ("Softmax", {"axis": 1}, [[2, 3, 4]]),
    ("Flatten", {}, [[2, 3, 4]]),
    ("Reshape", {"target_shape": [-1, 2]}, [[2, 3, 4]]),
    ("Add", {}, [[2, 3], [2, 1], [2, 3]]),
    ("Multiply", {}, [[2, 3, 4], [2, 1, 4]]),
    ("Concatenate", {"axis": 1}, [[2, 3, 4], [2, 1, 4]]),
]


def layer_case(number: int, generator: np.random.Generator) -> Arrays:
    """Inputs, weights and outputs of one layer, in training and in use."""
    name, settings, shapes = CASES[number]
    tuples = {k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()}
    layer = getattr(keras.layers, name)(**tuples)
    inputs = [generator.normal(size=s).astype(np.float32) for s in shapes]
    argument = inputs if len(inputs) > 1 else inputs[0]
    layer.build([x.shape for x in inputs] if len(inputs) > 1 else inputs[0].shape)
    layer.set_weights([generator.uniform(0.5, 1.5, w.shape).astype(np.float32) for w in layer.weights])
    arrays = {f"{number}/input{i}": x for i, x in enumerate(inputs)}
    arrays |= {f"{number}/weights/{w.name}": keras.ops.convert_to_numpy(w.value) for w in layer.weights}
    arrays[f"{number}/used"] = keras.ops.convert_to_numpy(layer(argument, training=False))
    arrays[f"{number}/trained"] = keras.ops.convert_to_numpy(layer(argument, training=True))
    arrays |= {
        f"{number}/after/{w.name}": keras.ops.convert_to_numpy(w.value) for w in layer.non_trainable_weights
    }
    return arrays


def main() -> None:
    """Write the arrays and, as JSON, the cases they belong to."""
    generator = np.random.default_rng(20)
    arrays: Arrays = {}
    for number in range(len(CASES)):
        arrays |= layer_case(number, generator)
    cases = {"keras": keras.__version__, "layers": CASES}
    arrays["cases"] = np.frombuffer(json.dumps(cases).encode(), np.uint8)
    np.savez_compressed(Path(__file__).with_name("keras.npz"), allow_pickle=False, **arrays)


if __name__ == "__main__":
    main()
