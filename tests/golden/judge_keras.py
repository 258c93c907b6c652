"""A program for the interpreter of Keras: saves models of its own, and says what it finds in files of ours.

    python -m tests.golden.judge_keras save FOLDER AREA ...
    python -m tests.golden.judge_keras say FOLDER
    python -m tests.golden.judge_keras load FOLDER
    python -m tests.golden.judge_keras load FOLDER 2

`save` makes NAME.keras, NAME.h5 and NAME.npz of each case of make_<area>.py. `say` loads each NAME.keras and NAME.h5 beside
an NAME.npz with inputs x0, x1 .. What it finds goes to said.npz as `<file>/y0`, and for a file that Keras refuses, to
refused.json. `load` does so with files of weights, each in a folder NAME, which are loaded into the model NAME of
make_keras_nested.py. With a 2 at the end it is Keras 2 (`tf_keras`) that is asked. Keras takes seconds to start, so a test
gives it all it has at once.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

SECOND = sys.argv[3:] == ["2"]
keras: Any = importlib.import_module("tf_keras" if SECOND else "keras")
SUFFIXES = (".keras", ".h5")
REFUSED, SAID = "refused.json", "said.npz"


def save(folder: Path, areas: Sequence[str]) -> None:
    """Save the cases of the scripts `make_<area>.py`, each as a model of one layer."""
    from tests.golden.keras_layers import _input

    for area in areas:
        cases = importlib.import_module(f"tests.golden.make_{area}").CASES
        for number, case in enumerate(cases):
            keras.backend.clear_session()
            keras.utils.set_random_seed(1)
            generator = np.random.default_rng(number)
            inputs = [_input(given, generator) for given in case.inputs]
            try:
                model = _model(case, inputs)
            except (ValueError, TypeError, NotImplementedError, AttributeError):
                continue  # what Keras can't trace it can't save
            for weight in model.weights:
                if "float" in weight.dtype:
                    weight.assign(generator.uniform(0.3, 1.2, weight.shape))
            name = f"{area}-{number}-{case.layer}"
            arrays = {f"x{k}": x for k, x in enumerate(inputs)}
            arrays |= {f"y{k}": y for k, y in enumerate(predicted(model, inputs))}
            np.savez(folder / f"{name}.npz", allow_pickle=False, **arrays)
            for suffix in SUFFIXES:
                try:
                    model.save(folder / f"{name}{suffix}")
                except (ValueError, TypeError, NotImplementedError):
                    (folder / f"{name}{suffix}").unlink(missing_ok=True)


def _model(case: Any, inputs: Sequence[Any]) -> Any:
    layer = case.build()
    if not type(layer).__module__.startswith("keras.") or any(x.ndim < 2 for x in inputs):
        raise ValueError(
            "It is a layer of the script, or an input without the dimension that TensorFlow.js needs."
        )
    case = replace(case, masks=())  # their values would be in the file
    starts = [keras.Input(x.shape[1:], dtype=x.dtype.name, name=f"in{k}") for k, x in enumerate(inputs)]
    if getattr(getattr(layer, "activation", None), "__name__", "") == "<lambda>":
        raise ValueError("Program code is never read.")
    return keras.Model(starts, case.outputs(layer, starts, training=False))


def predicted(model: Any, inputs: Sequence[Any]) -> list[Any]:
    """What a model says of inputs."""
    said = model(list(inputs) if len(inputs) > 1 else inputs[0], training=False)
    outputs = said if isinstance(said, list | tuple) else [said]
    return [np.asarray(y if SECOND else keras.ops.convert_to_numpy(y)) for y in outputs]


def say(folder: Path) -> None:
    """Load every file beside an `.npz`, and keep what it says of the inputs there."""

    def loaded(path: Path) -> list[Any]:
        with np.load(path.with_suffix(".npz")) as file:
            inputs = [file[f"x{k}"] for k in range(len([n for n in file if n.startswith("x")]))]
        return predicted(keras.models.load_model(path, compile=False), inputs)

    _keep(folder, [p for p in folder.iterdir() if p.suffix in SUFFIXES], loaded)


def load(folder: Path) -> None:
    """Load every file of weights into the model that its folder is called like, and keep what that says."""
    from tests.golden.make_keras_nested import MODELS

    models = {make.__name__: make for make in MODELS}

    def loaded(path: Path) -> list[Any]:
        model = models[path.parent.name]()
        model.load_weights(path)
        with np.load(path.with_name("inputs.npz")) as file:
            return predicted(model, [file["x"]])

    _keep(folder, [p for name in models for p in (folder / name).glob("*.h5")], loaded)


def _keep(folder: Path, paths: Sequence[Path], loaded: Callable[[Path], list[Any]]) -> None:
    said: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for path in sorted(paths):
        keras.backend.clear_session()
        name = path.relative_to(folder).as_posix()
        try:
            outputs = loaded(path)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what Keras says of our file
            refused[name] = f"{type(error).__name__}: {error}"[:2000]
            continue
        said |= {f"{name}/y{k}": y for k, y in enumerate(outputs)}
    np.savez(folder / SAID, allow_pickle=False, **said)
    (folder / REFUSED).write_text(json.dumps(refused), encoding="utf-8")


if __name__ == "__main__":
    what, folder_, areas_ = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
    if what == "save":
        save(folder_, areas_)
    else:
        {"say": say, "load": load}[what](folder_)
