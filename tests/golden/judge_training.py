"""A program for the interpreter of Keras: trains a small model, saves it, goes on, and says where it came to.

    python -m tests.golden.judge_training save FOLDER
    python -m tests.golden.judge_training resume FOLDER

`save` makes NAME.keras and NAME.h5 after some steps, and NAME.npz with the data and what the model says after some more.
`resume` loads each of them, goes on, and writes said.npz. What `save` makes is packed as tests/golden/keras_training.zip.
Each step is on all the data, so nothing depends on an order. `save` has a case for every optimizer and for schedules.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np

BEFORE, AFTER = 4, 3
L, O, S = keras.layers, keras.optimizers, keras.optimizers.schedules  # noqa: E741 - short as in a notebook


def optimizers() -> dict[str, Any]:
    """One of each kind, and the ways in which they differ in what they remember."""
    return {
        "adam": O.Adam(0.01),
        "amsgrad": O.Adam(0.01, amsgrad=True),
        "adamw": O.AdamW(S.CosineDecay(0.01, 20), weight_decay=0.01),
        "sgd": O.SGD(0.1),
        "momentum": O.SGD(0.1, momentum=0.9, nesterov=True),
        "rmsprop": O.RMSprop(0.01, momentum=0.5, centered=True),
        "adagrad": O.Adagrad(0.1),
        "adadelta": O.Adadelta(1.0),
        "adamax": O.Adamax(0.01),
        "nadam": O.Nadam(0.01),
        "ftrl": O.Ftrl(0.1),
        "lion": O.Lion(0.003),
        "lamb": O.Lamb(0.01),
        "averaged": O.Adam(S.ExponentialDecay(0.01, 5, 0.7, staircase=True), use_ema=True),
    }


def model() -> Any:
    """Branches that come together, so that the order of the weights is not that of a chain."""
    start = keras.Input((4,), name="x")
    one = L.Dense(5, activation="tanh", name="late")(start)
    two = L.Dense(5, activation="tanh", name="early")(L.Dense(5, activation="relu", name="first")(start))
    return keras.Model(start, L.Dense(2, name="end")(L.BatchNormalization(name="norm")(L.Add()([one, two]))))


def save(folder: Path) -> None:
    """Train, save, train on."""
    generator = np.random.default_rng(0)
    x, y = (generator.normal(size=(12, n)).astype(np.float32) for n in (4, 2))
    for name, optimizer in optimizers().items():
        keras.utils.clear_session()
        keras.utils.set_random_seed(2)
        made = model()
        made.compile(optimizer, loss="mean_squared_error", metrics=["mae"])
        for _ in range(BEFORE):
            made.train_on_batch(x, y)
        for suffix in (".keras", ".h5"):
            made.save(folder / f"{name}{suffix}")
        _go_on(made, x, y)
        said = np.asarray(keras.ops.convert_to_numpy(made(x, training=False)))
        np.savez(folder / f"{name}.npz", allow_pickle=False, x=x, y=y, said=said)


def _go_on(made: Any, x: Any, y: Any) -> None:
    for _ in range(AFTER):
        made.train_on_batch(x, y)
    made.optimizer.finalize_variable_values(made.trainable_variables)  # as `fit` does at its end


def resume(folder: Path) -> None:
    """Go on with what others saved."""
    said: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for path in sorted(p for p in folder.iterdir() if p.suffix in (".keras", ".h5")):
        keras.utils.clear_session()
        with np.load(path.with_suffix(".npz")) as file:
            x, y = file["x"], file["y"]
        try:
            made = keras.models.load_model(path)
            said[f"{path.name}/step"] = np.asarray(int(made.optimizer.iterations))
            _go_on(made, x, y)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what Keras says of our file
            refused[path.name] = f"{type(error).__name__}: {error}"[:2000]
            continue
        said[f"{path.name}/y"] = np.asarray(keras.ops.convert_to_numpy(made(x, training=False)))
    np.savez(folder / "said.npz", allow_pickle=False, **said)
    (folder / "refused.json").write_text(json.dumps(refused), encoding="utf-8")


if __name__ == "__main__":
    {"save": save, "resume": resume}[sys.argv[1]](Path(sys.argv[2]))
