"""A program for the interpreter of Keras: saves models of its own, and says what it finds in files of ours.

    python -m tests.golden.judge_keras save FOLDER AREA ...
    python -m tests.golden.judge_keras say FOLDER

`save` makes NAME.keras, NAME.h5 and NAME.npz of each case of make_<area>.py. `say` loads each NAME.keras and NAME.h5 beside
an NAME.npz with inputs x0, x1 .. What it finds goes to said.npz as `<file>/y0`, and for a file that Keras refuses, to
refused.json. Keras takes seconds to start, so a test gives it all it has at once.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

SUFFIXES = (".keras", ".h5")
REFUSED, SAID = "refused.json", "said.npz"


def save(folder: Path, areas: Sequence[str]) -> None:
    """Save the cases of the scripts `make_<area>.py`, each as a model of one layer."""
    from tests.golden.keras_layers import _input

    for area in areas:
        cases = importlib.import_module(f"tests.golden.make_{area}").CASES
        for number, case in enumerate(cases):
            keras.utils.clear_session()
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
    return [np.asarray(keras.ops.convert_to_numpy(y)) for y in outputs]


def say(folder: Path) -> None:
    """Load every file beside an `.npz`, and keep what it says of the inputs there."""
    said: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for path in sorted(p for p in folder.iterdir() if p.suffix in SUFFIXES):
        keras.utils.clear_session()
        with np.load(path.with_suffix(".npz")) as file:
            inputs = [file[f"x{k}"] for k in range(len([n for n in file if n.startswith("x")]))]
        try:
            outputs = predicted(keras.models.load_model(path, compile=False), inputs)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what Keras says of our file
            refused[path.name] = f"{type(error).__name__}: {error}"[:2000]
            continue
        said |= {f"{path.name}/y{k}": y for k, y in enumerate(outputs)}
    np.savez(folder / SAID, allow_pickle=False, **said)
    (folder / REFUSED).write_text(json.dumps(refused), encoding="utf-8")


if __name__ == "__main__":
    folder_, areas_ = Path(sys.argv[2]), sys.argv[3:]
    save(folder_, areas_) if sys.argv[1] == "save" else say(folder_)
