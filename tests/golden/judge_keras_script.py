"""Asks Keras: runs every script of a folder and compares its network with that of the file beside it.

Run by tests with an interpreter that has Keras: `judge_keras_script.py FOLDER`. Prints one JSON object: by name, what was
wrong.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np

CLOSE = 1e-5
# of networks inside, which are looked at by what they give; drawn by chance; not needed beside another
INNER = ("layers", "input_layers", "output_layers", "seed", "num_bins")


def listed(value: Any) -> list[Any]:
    """Several outputs, or one, as a list."""
    return list(value) if isinstance(value, list | tuple) else [value]


def plain(value: Any) -> str:
    """A setting as text; a list of one stands for that one, and an empty one for none."""
    if isinstance(value, list | tuple):
        value = value[0] if len(value) == 1 else list(value) or None
    return str(value).replace("(", "[").replace(")", "]")


def wrong(path: Path) -> str:
    """What is wrong with a script; "" where it agrees."""
    spec = importlib.util.spec_from_file_location("script", path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    name = path.stem.removesuffix("_keras")
    try:
        whole = keras.models.load_model(path.with_name(f"{name}.keras"), compile=False)
    except Exception:  # noqa: BLE001 - Keras refuses the network, whoever wrote it
        return ""
    model = script.load()
    there = {layer.name: layer.get_config() for layer in whole.layers}
    for layer in model.layers:
        for key, value in layer.get_config().items():
            if layer.name in there and key not in INNER and plain(value) != plain(there[layer.name].get(key)):
                return f"{layer.name}: {key} is {value} instead of {there[layer.name].get(key)}"
    with np.load(path.with_name(f"{name}.arrays.npz")) as file:
        inputs = [file[f"x{k}"] for k in range(sum(n[0] == "x" for n in file))]
    x = inputs if len(inputs) > 1 else inputs[0]
    try:
        expected = listed(whole.predict(x, verbose=0))
    except Exception:  # noqa: BLE001 - this backend can't run the layer, whoever made it
        return ""
    given = listed(model.predict(x, verbose=0))
    for one, other in zip(given, expected, strict=True):
        if one.shape != other.shape or not np.allclose(one, other, CLOSE, CLOSE):
            return "other predictions"
    return ""


def main() -> None:
    """Compare all."""
    found: dict[str, str] = {}
    for path in sorted(Path(sys.argv[1]).glob("*_keras.py")):
        try:
            said = wrong(path)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
            said = f"{type(error).__name__}: {error}"
        if said:
            found[path.stem] = said
    print(json.dumps(found))


if __name__ == "__main__":
    main()
