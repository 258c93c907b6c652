"""Writes `keras_nested.zip`: what Keras 3 and Keras 2 save in different ways, and what they say of it.

Run by hand, outside the project's environment, once with each Keras, when models are added:

    KERAS_BACKEND=torch keras-venv/bin/python -m tests.golden.make_keras_nested
    tensorflow-venv/bin/python -m tests.golden.make_keras_nested 2      (has tf_keras)

They count the calls of a model in a model in different ways, and compute `hard_sigmoid` in different ways.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

VERSION = 2 if "2" in sys.argv else 3
keras: Any = importlib.import_module("tf_keras" if VERSION == 2 else "keras")
L = keras.layers
TARGET = Path(__file__).with_name("keras_nested.zip")


def functional(name: str) -> Any:
    """One layer and a way past it."""
    start = keras.Input((5,))
    return keras.Model(start, L.Add()([L.Dense(5, activation="tanh")(start), start]), name=name)


def chain(name: str) -> Any:
    """One layer as a chain."""
    return keras.Sequential([keras.Input((5,)), L.Dense(5, activation="elu")], name=name)


def once() -> Any:
    """A model in the model, and nothing behind it."""
    start = keras.Input((5,))
    return keras.Model(start, functional("inner")(start))


def first() -> Any:
    """Two calls; the first is an output, and so is what reads the second."""
    start, inner = keras.Input((5,)), functional("inner")
    one = inner(start)
    return keras.Model(start, [one, L.Dense(2)(inner(L.Activation("relu")(one)))])


def late() -> Any:
    """Two calls, of which the second comes first on the way from the outputs."""
    start, inner, common = keras.Input((5,)), functional("inner"), L.Dense(5)
    one, two = inner(start), inner(L.Activation("relu")(start))
    three, four = common(start), common(two)
    return keras.Model(start, [L.Concatenate()([two, one]), four, three])


def chains() -> Any:
    """Two calls of a chain, one of them an output."""
    start, inner = keras.Input((5,)), chain("inner")
    one = inner(start)
    return keras.Model(start, [inner(one), L.Dense(2)(one)])


def deep() -> Any:
    """Models in models in models, with several outputs, each called several times."""
    inner, begin, start = functional("inner"), keras.Input((5,)), keras.Input((5,))
    middle = keras.Model(begin, [inner(chain("chain")(begin)), inner(begin)], name="middle")
    a, b = middle(start)
    c, d = middle(b)
    return keras.Model(start, [L.Add()([a, c]), d, middle(a)[1]])


def gates() -> Any:
    """A recurrent layer with hard gates, which were the usual ones once."""
    start = keras.Input((5,))
    x = L.LSTM(3, recurrent_activation="hard_sigmoid")(L.Reshape((5, 1))(start))
    return keras.Model(start, L.Activation("hard_sigmoid")(x))


MODELS: tuple[Callable[[], Any], ...] = (once, first, late, chains, deep, gates)


def main() -> None:
    """Add this version's files to the archive."""
    kept = {}
    if TARGET.exists():
        with zipfile.ZipFile(TARGET) as old:
            kept = {n: old.read(n) for n in old.namelist() if n.split("/")[0] != f"keras{VERSION}"}
    with tempfile.TemporaryDirectory() as folder:
        for make in MODELS:
            keras.backend.clear_session()
            generator = np.random.default_rng(7)
            model = make()
            model.set_weights(
                [generator.uniform(-0.7, 0.9, w.shape).astype("float32") for w in model.get_weights()]
            )
            x = generator.normal(size=(3, 5)).astype(np.float32)
            said = model(x, training=False)
            outputs = said if isinstance(said, list | tuple) else [said]
            path = Path(folder) / make.__name__
            arrays = {f"y{k}": np.asarray(y.detach() if VERSION == 3 else y) for k, y in enumerate(outputs)}
            np.savez(path.with_suffix(".npz"), allow_pickle=False, x=x, **arrays)
            for suffix in (".keras", ".h5"):
                model.save(path.with_suffix(suffix))
        kept |= {f"keras{VERSION}/{p.name}": p.read_bytes() for p in sorted(Path(folder).iterdir())}
    with zipfile.ZipFile(TARGET, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in kept.items():
            archive.writestr(name, data)
    print(f"{TARGET.name}: {len(kept)} files, {TARGET.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
