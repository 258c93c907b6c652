"""Writes `weights.json`: what Keras's initializers, regularizers and constraints do, so that "as in Keras" is a fact.

Run by hand, outside the project's environment, when cases are added:

    python3 -m venv keras-venv && keras-venv/bin/pip install keras torch
    KERAS_BACKEND=torch keras-venv/bin/python tests/golden/make_weights.py

Initializers are compared by statistics of a large draw, the others by values.
"""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np

SHAPE = [3, 3, 40, 60]
INITIALIZERS: list[tuple[str, dict[str, Any], list[int]]] = [
    ("Zeros", {}, SHAPE),
    ("Ones", {}, SHAPE),
    ("Constant", {"value": 0.25}, SHAPE),
    ("Identity", {"gain": 2.0}, [5, 7]),
    ("RandomUniform", {}, SHAPE),
    ("RandomUniform", {"minval": -1.0, "maxval": 3.0}, SHAPE),
    ("RandomNormal", {}, SHAPE),
    ("RandomNormal", {"mean": 1.0, "stddev": 0.5}, SHAPE),
    ("TruncatedNormal", {}, SHAPE),
    ("TruncatedNormal", {"mean": 1.0, "stddev": 0.5}, SHAPE),
    ("VarianceScaling", {}, SHAPE),
    ("VarianceScaling", {"scale": 2.0, "mode": "fan_out", "distribution": "untruncated_normal"}, SHAPE),
    ("VarianceScaling", {"scale": 0.5, "mode": "fan_avg", "distribution": "uniform"}, SHAPE),
    ("GlorotUniform", {}, SHAPE),
    ("GlorotNormal", {}, SHAPE),
    ("HeUniform", {}, SHAPE),
    ("HeNormal", {}, SHAPE),
    ("LecunUniform", {}, SHAPE),
    ("LecunNormal", {}, SHAPE),
    ("Orthogonal", {"gain": 1.5}, [200, 160]),
    ("Orthogonal", {}, [3, 3, 20, 200]),
]
REGULARIZERS: list[tuple[str, dict[str, Any]]] = [
    ("L1", {}),
    ("L1", {"l1": 0.3}),
    ("L2", {}),
    ("L2", {"l2": 0.3}),
    ("L1L2", {"l1": 0.1, "l2": 0.2}),
    ("OrthogonalRegularizer", {}),
    ("OrthogonalRegularizer", {"factor": 0.5, "mode": "columns"}),
]
CONSTRAINTS: list[tuple[str, dict[str, Any]]] = [
    ("NonNeg", {}),
    ("MaxNorm", {}),
    ("MaxNorm", {"max_value": 0.7, "axis": [1]}),
    ("UnitNorm", {}),
    ("UnitNorm", {"axis": [0, 1]}),
    ("MinMaxNorm", {"min_value": 0.5, "max_value": 1.0, "rate": 0.5}),
]


def main() -> None:
    """Write the cases with their results."""
    generator = np.random.default_rng(3)
    weight = generator.normal(size=(4, 3)).astype(np.float32)
    found: dict[str, Any] = {"keras": keras.__version__, "weight": weight.tolist()}
    found["initializers"] = []
    for name, settings, shape in INITIALIZERS:
        seeded = {} if name in {"Zeros", "Ones", "Constant", "Identity"} else {"seed": 5}
        kind = getattr(keras.initializers, name)
        draw = keras.ops.convert_to_numpy(kind(**settings, **seeded)(shape)).astype(np.float64)
        statistics = [draw.mean(), draw.std(), draw.min(), draw.max()]
        found["initializers"].append([name, settings, shape, [float(s) for s in statistics]])
    found["regularizers"] = []
    for name, settings in REGULARIZERS:
        variable = keras.Variable(weight)
        penalty = getattr(keras.regularizers, name)(**settings)(variable.value)
        penalty.backward()
        gradient = variable.value.grad.numpy()
        found["regularizers"].append([name, settings, float(penalty.detach()), gradient.tolist()])
    found["constraints"] = []
    for name, settings in CONSTRAINTS:
        projected = getattr(keras.constraints, name)(**settings)(keras.ops.convert_to_tensor(weight))
        found["constraints"].append([name, settings, keras.ops.convert_to_numpy(projected).tolist()])
    Path(__file__).with_name("weights.json").write_text(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
