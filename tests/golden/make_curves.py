"""Writes `curves.npz`: the loss in each of twenty training steps of Keras, for three networks and every optimizer.

Run by hand, outside the project's environment, when cases are added:

    python3 -m venv keras-venv && keras-venv/bin/pip install keras torch
    KERAS_BACKEND=torch keras-venv/bin/python -m tests.golden.make_curves

Networks start from the weights in the file (`<network>/weights/<layer with weights>/<variable>`) and see the same
batches (`<network>/x`, `<network>/y`: one after the other, again and again). `cases` is the JSON of the optimizers.
"""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

from tests.golden.make_optimizers import make

Arrays = dict[str, np.ndarray[Any, Any]]
STEPS, BATCHES, BATCH = 20, 5, 16

OPTIMIZERS: list[dict[str, Any]] = [
    {"name": "SGD", "learning_rate": 0.1},
    {"name": "SGD", "learning_rate": 0.05, "momentum": 0.9, "weight_decay": 0.01},
    {"name": "SGD", "learning_rate": 0.05, "momentum": 0.9, "nesterov": True, "global_clipnorm": 0.5},
    {"name": "SGD", "learning_rate": 0.2, "clipnorm": 0.3, "gradient_accumulation_steps": 2},
    {"name": "SGD", "learning_rate": 0.2, "use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 4},
    {"name": "Adagrad", "learning_rate": 0.1},
    {"name": "RMSprop", "learning_rate": 0.01},
    {"name": "RMSprop", "learning_rate": 0.002, "momentum": 0.9, "centered": True, "epsilon": 1e-4},
    {"name": "Adadelta", "learning_rate": 1.0},
    {"name": "Adam", "learning_rate": 0.01},
    {"name": "Adam", "learning_rate": 0.01, "amsgrad": True, "clipvalue": 0.1},
    {"name": "AdamW", "learning_rate": 0.01, "weight_decay": 0.1},
    {"name": "Adamax", "learning_rate": 0.02},
    {"name": "Nadam", "learning_rate": 0.01},
    {"name": "Lion", "learning_rate": 0.003},
    {"name": "Adafactor", "learning_rate": 0.1},
    {"name": "Ftrl", "learning_rate": 0.1},
    {"name": "Lamb", "learning_rate": 0.02},
    {"name": "Muon", "learning_rate": 0.002},
    {"name": "ScheduleFreeAdamW", "learning_rate": 0.02},
]


def mlp() -> keras.Model:
    """A small classifier."""
    return keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(12, activation="tanh"),
            layers.Dense(8, activation="relu"),
            layers.Dense(3),
        ]
    )


def cnn() -> keras.Model:
    """Convolution, batch normalization, pooling."""
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.Conv2D(6, 3),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dense(3),
        ]
    )


def lstm() -> keras.Model:
    """A sequence to one number."""
    return keras.Sequential([keras.Input((7, 3)), layers.LSTM(6), layers.Dense(1)])


NETWORKS = {"mlp": mlp, "cnn": cnn, "lstm": lstm}


def batches(name: str, model: keras.Model, generator: np.random.Generator) -> tuple[Any, Any]:
    """Examples with something to learn."""
    x = generator.normal(size=(BATCHES * BATCH, *model.input_shape[1:])).astype(np.float32)
    flat = x.reshape(len(x), -1)
    if name == "lstm":
        return x, (np.tanh(flat[:, ::4].sum(axis=1, keepdims=True)) * 2).astype(np.float32)
    return x, (flat @ generator.normal(size=(flat.shape[1], 3))).argmax(axis=1).astype(np.int32)


def curve(model: keras.Model, optimizer: dict[str, Any], x: Any, y: Any) -> np.ndarray[Any, Any]:
    """The loss of each step."""
    loss = (
        keras.losses.MeanSquaredError()
        if y.dtype == np.float32
        else keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    model.compile(make(optimizer), loss)
    losses = []
    for step in range(STEPS):
        rows = slice(step % BATCHES * BATCH, (step % BATCHES + 1) * BATCH)
        model.reset_metrics()
        losses.append(float(model.train_on_batch(x[rows], y[rows])))
    return np.array(losses, np.float32)


def main() -> None:
    """Write the file."""
    keras.utils.set_random_seed(7)
    generator = np.random.default_rng(7)
    arrays: Arrays = {}
    for name, build in NETWORKS.items():
        model = build()
        x, y = batches(name, model, generator)
        arrays |= {f"{name}/x": x, f"{name}/y": y}
        start = [np.asarray(w) for w in model.get_weights()]
        for number, layer in enumerate(layer for layer in model.layers if layer.weights):
            for weight in layer.weights:
                value = keras.ops.convert_to_numpy(weight.value).copy()
                arrays[f"{name}/weights/{number}/{weight.name}"] = value
        for number, optimizer in enumerate(OPTIMIZERS):
            model.set_weights(start)
            arrays[f"{name}/loss/{number}"] = curve(model, optimizer, x, y)
    facts = {"keras": keras.__version__, "steps": STEPS, "batch": BATCH, "optimizers": OPTIMIZERS}
    arrays["cases"] = np.frombuffer(json.dumps(facts).encode(), np.uint8)
    np.savez_compressed(Path(__file__).with_name("curves.npz"), allow_pickle=False, **arrays)


if __name__ == "__main__":
    main()
