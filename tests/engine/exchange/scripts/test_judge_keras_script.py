"""Keras runs the scripts that were written for it: every layer that it has, whole networks, and a training."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine import layers
from engine.exchange.formats import read_network
from engine.exchange.scripts.keras_training import write_script
from engine.formats.errors import FormatError
from engine.models import Input, Model
from engine.optimizers.base import OPTIMIZERS
from engine.tensor.spec import Array
from tests.engine.exchange.torch.drawn import arrays, out_of, samples, shaken
from tests.engine.exchange.torch.test_judge_torch import networks
from tests.judges import ask, judge_python

JUDGE = Path(__file__).parents[3] / "golden" / "judge_keras_script.py"
FEWEST = 200  # samples of layers that Keras has

pytestmark = [pytest.mark.judge, pytest.mark.timeout(900)]


def put(model: Model, folder: Path, name: str) -> bool:
    """Whether Keras can hold it."""
    model = shaken(model)
    try:
        write_script(out_of(model, name), folder / f"{name}_keras.py")
    except FormatError:
        return False
    inputs = arrays(model)
    kept = {f"x{k}": a for k, a in enumerate(inputs)}
    np.savez(folder / f"{name}.arrays.npz", allow_pickle=False, **kept)
    return True


def test_every_layer_that_keras_has_is_built_the_same_by_the_script(tmp_path: Path) -> None:
    python = judge_python()
    count = sum(put(model, tmp_path, name) for name, _, model in samples())
    assert json.loads(ask(python, JUDGE, tmp_path)) == {}
    assert count >= FEWEST


def test_whole_networks_are_built_the_same_by_the_script(tmp_path: Path) -> None:
    python = judge_python()
    count = sum(put(model, tmp_path, name) for name, model in networks())
    assert json.loads(ask(python, JUDGE, tmp_path)) == {}
    assert count >= 7


def test_the_script_trains(tmp_path: Path) -> None:
    python = judge_python()
    x = Input((4,), name="x")
    model = Model(x, layers.Dense(units=3, activation="softmax")(layers.Dense(units=6)(x)))
    model.compile(loss="sparse_categorical_crossentropy", optimizer="AdamW", metrics=["accuracy"])
    write_script(out_of(shaken(model), "net"), tmp_path / "net_keras.py")
    generator = np.random.default_rng(0)
    values = generator.normal(size=(30, 4)).astype(np.float32)
    np.savez(tmp_path / "net.npz", x=values, y=generator.integers(0, 3, 30).astype(np.int32))
    program = (
        "import os, runpy, sys; os.environ.setdefault('KERAS_BACKEND', 'torch'); sys.argv = ['x', '--epochs', '2']; "
        "runpy.run_path('net_keras.py', run_name='__main__')"
    )
    assert "Epoch 2/2" in ask(python, program, cwd=tmp_path)
    assert (tmp_path / "net.trained.keras").is_file()


STEPS: dict[str, dict[str, object]] = {
    "SGD": {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
    "Adam": {"learning_rate": 0.01, "amsgrad": True},
    "AdamW": {"learning_rate": 0.01, "weight_decay": 0.1},
    "RMSprop": {"learning_rate": 0.01, "centered": True},
    "Nadam": {"learning_rate": 0.01},
    "Adagrad": {"learning_rate": 0.1},
    "Adadelta": {"learning_rate": 1.0},
    "Adamax": {"learning_rate": 0.01},
    "Ftrl": {"learning_rate": 0.1},
    "Lion": {"learning_rate": 0.01},
}
ONE_EPOCH_EACH = """
import os, runpy, sys
os.environ.setdefault("KERAS_BACKEND", "torch")
for path in sys.argv[1:]:
    sys.argv = [path, "--epochs", "1"]
    runpy.run_path(path, run_name="__main__")
"""


def test_one_step_of_the_script_leads_to_the_same_weights(tmp_path: Path) -> None:
    python = judge_python()
    generator = np.random.default_rng(0)
    data = {"x": generator.normal(size=(24, 4)), "y": generator.integers(0, 3, 24)}
    data = {name: a.astype(np.int32 if a.dtype.kind == "i" else np.float32) for name, a in data.items()}
    expected: dict[str, list[Array]] = {}
    for name, settings in STEPS.items():
        x = Input((4,), name="x")
        end = layers.Dense(units=3, kernel_regularizer="l2")(layers.Dense(units=6, activation="tanh")(x))
        model = Model(x, end)
        model.compile(loss="sparse_categorical_crossentropy", optimizer=OPTIMIZERS(name, **settings))
        model = shaken(model)
        out = out_of(model, name)
        training = out.training.model_copy(update={"batch_size": 24})
        write_script(replace(out, training=training), tmp_path / f"{name}_keras.py")
        np.savez(tmp_path / f"{name}.npz", allow_pickle=False, rows=np.array([24, 24]), **data)
        model.fit(data["x"], data["y"], epochs=1, batch_size=24, verbose=False)
        expected[name] = list(model.weights.values())
    scripts = [str(tmp_path / f"{name}_keras.py") for name in STEPS]
    ask(python, ONE_EPOCH_EACH, *scripts, cwd=tmp_path)
    wrong = {}
    for name, ours in expected.items():
        theirs = read_network(tmp_path / f"{name}.trained.keras").weights.values()
        far = max(float(np.abs(a - b).max()) for a, b in zip(ours, theirs, strict=True))
        if far > 1e-4:
            wrong[name] = far
    assert not wrong
