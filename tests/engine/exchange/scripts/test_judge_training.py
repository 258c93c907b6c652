"""PyTorch takes the same step as we do: with every loss, with optimizers, penalties, rules, weights of classes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import layers
from engine.data.bundle import Feature
from engine.exchange.meaning import Meaning
from engine.exchange.outgoing import Outgoing, outgoing
from engine.exchange.torch.options import TorchOptions
from engine.exchange.torch.writing import module_of, write_torch, write_weights
from engine.graph.features import FeatureSpec
from engine.models import Input, Model
from engine.objectives.loss import BINARY, MULTICLASS
from engine.objectives.registry import losses
from engine.tensor.spec import Array, DType
from tests.engine.exchange.torch.drawn import shaken
from tests.judges import ask, judge_python

JUDGE = Path(__file__).parents[3] / "golden" / "judge_torch_step.py"
ROWS = 12
EXACT = {"name": "SGD", "learning_rate": 0.05}

pytestmark = [pytest.mark.judge, pytest.mark.timeout(900)]


def out_of(model: Model, title: str, y: Array) -> Outgoing:
    features = {
        n: FeatureSpec(s.spec.shape, s.spec.dtype)
        for n, s in zip(model.input_names, model.inputs, strict=True)
    }
    graph = model.graph
    graph.put_section("training", model.training)
    if y.dtype == np.int32:
        names = tuple(map(str, range(max(2, int(y.max()) + 1))))
        about = Feature("y", "category", y.shape[1:], DType.INT32, class_names=names)
    else:
        about = Feature("y", "numeric", y.shape[1:])
    return outgoing(graph, features, model.weights, meaning=Meaning(title, {"y": about}))


def put(folder: Path, name: str, model: Model, y: Array, optimizer: Any, loss: Any, **settings: Any) -> None:
    """Export before a step, take it here, and keep what came of it."""
    shaken(model)
    model.compile(optimizer=optimizer, loss=loss)
    shape = model.inputs[0].spec.shape
    x = np.random.default_rng(5).uniform(0.1, 1.0, (ROWS, *shape)).astype(np.float32)
    write_torch(out_of(model, name, y), folder / f"{name}.py", TorchOptions())
    np.savez(folder / f"{name}.npz", x=x, y=y, rows=np.array([ROWS, ROWS]))
    model.fit(x, y, epochs=1, batch_size=ROWS, verbose=False, **settings)
    write_weights(folder / f"{name}.after.safetensors", module_of(out_of(model, name, y), name).state)


def dense(units: int, activation: str = "linear") -> Model:
    x = Input((4,), name="x")
    y = layers.Dense(units=5, activation="tanh")(x)
    return Model(x, layers.Dense(units=units, activation=activation)(y))


def answers(kind: str, columns: int = 2) -> Array:
    generator = np.random.default_rng(9)
    if kind == MULTICLASS:
        return generator.integers(0, 3, ROWS).astype(np.int32)
    if kind == BINARY:
        return generator.integers(0, 2, ROWS).astype(np.int32)
    return generator.uniform(0.1, 0.9, (ROWS, columns)).astype(np.float32)


def every_loss() -> Iterator[tuple[str, Model, Array]]:
    for name, kind in losses().items():
        if not kind.tasks or name == "auto":
            continue
        task = MULTICLASS if MULTICLASS in kind.tasks else kind.tasks[0]
        units = 3 if task == MULTICLASS else 1 if task == BINARY else 2
        yield name, dense(units, "softplus" if task not in (MULTICLASS, BINARY) else "linear"), answers(task)


def picture() -> Model:
    x = Input((6, 6, 2), name="x")
    y = layers.Conv2D(filters=3, padding="same", activation="relu")(x)
    y = layers.BatchNormalization()(y)
    y = layers.MaxPooling2D()(y)
    return Model(x, layers.Dense(units=3, activation="softmax")(layers.Flatten()(y)))


def sequence() -> Model:
    x = Input((5, 3), name="x")
    return Model(
        x, layers.Dense(units=3)(layers.GRU(units=3)(layers.LSTM(units=4, return_sequences=True)(x)))
    )


def ruled() -> Model:
    x = Input((4,), name="x")
    y = layers.Dense(
        units=5,
        kernel_regularizer={"name": "L1L2", "l1": 0.01, "l2": 0.02},
        kernel_constraint={"name": "MaxNorm", "max_value": 0.5},
        bias_regularizer="L2",
        activity_regularizer="L2",
    )(x)
    y = layers.LayerNormalization(learning_rate_factor=3.0)(y)
    y = layers.Dense(units=4, trainable=False)(y)
    return Model(x, layers.Dense(units=3, activation="softmax", kernel_regularizer="L2")(y))


OTHERS: dict[str, tuple[Callable[[], Model], Any, dict[str, Any]]] = {
    "momentum": (lambda: dense(3), {"name": "SGD", "momentum": 0.9, "nesterov": True}, {}),
    "adam": (lambda: dense(3), "Adam", {}),
    "adam_clipped": (lambda: dense(3), {"name": "Adam", "global_clipnorm": 0.1}, {}),
    "adamw": (lambda: dense(3), {"name": "AdamW", "weight_decay": 0.1}, {}),
    "sgd_decayed": (lambda: dense(3), {**EXACT, "weight_decay": 0.1}, {}),
    "sgd_clip_value": (lambda: dense(3), {**EXACT, "clipvalue": 0.01}, {}),
    "sgd_clip_each": (lambda: dense(3), {**EXACT, "clipnorm": 0.05}, {}),
    "rmsprop": (lambda: dense(3), "RMSprop", {}),
    "adagrad": (lambda: dense(3), "Adagrad", {}),
    "adadelta": (lambda: dense(3), {"name": "Adadelta", "learning_rate": 1.0}, {}),
    "adamax": (lambda: dense(3), "Adamax", {}),
    "rmsprop_centered": (lambda: dense(3), {"name": "RMSprop", "centered": True, "momentum": 0.5}, {}),
    "lion": (lambda: dense(3), "Lion", {}),
    "lamb": (lambda: dense(3), "Lamb", {}),
    "ftrl": (lambda: dense(3), "Ftrl", {}),
    "schedule_free": (lambda: dense(3), "ScheduleFreeAdamW", {}),
    "nadam": (lambda: dense(3), "Nadam", {}),
    "softmax_end": (lambda: dense(3, "softmax"), EXACT, {}),
    "pictures": (picture, EXACT, {}),
    "sequences": (sequence, EXACT, {}),
    "ruled": (ruled, EXACT, {}),
}


def test_one_step_with_every_loss_leads_to_the_same_weights(tmp_path: Path) -> None:
    judge_python()
    for name, model, y in every_loss():
        put(tmp_path, name, model, y, EXACT, name)
    assert wrong(tmp_path, 1e-4) == {}


def test_one_step_of_optimizers_and_networks_leads_to_the_same_weights(tmp_path: Path) -> None:
    judge_python()
    for name, (make, optimizer, settings) in OTHERS.items():
        put(
            tmp_path,
            name,
            make(),
            answers(MULTICLASS),
            optimizer,
            "sparse_categorical_crossentropy",
            **settings,
        )
    assert wrong(tmp_path, 2e-3) == {}


def wrong(folder: Path, most: float) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ask(judge_python(), JUDGE, folder))
    assert found
    return {name: value for name, value in found.items() if isinstance(value, str) or not value <= most}


def test_two_processes_train_together(tmp_path: Path) -> None:
    python = judge_python()
    put(tmp_path, "net", dense(3, "softmax"), answers(MULTICLASS), EXACT, "sparse_categorical_crossentropy")
    program = (
        "import subprocess, sys; "
        "sys.exit(subprocess.call([sys.executable, '-m', 'torch.distributed.run', '--standalone', '--nproc_per_node', '2', "
        "'train_net.py', '--epochs', '2']))"
    )
    said = ask(python, program, cwd=tmp_path)
    assert "epoch 2/2" in said
    assert (tmp_path / "net.trained.safetensors").is_file()


def test_a_script_stands_on_files_of_any_name(tmp_path: Path) -> None:
    python = judge_python()
    put(tmp_path, "my net-1", dense(3), answers(MULTICLASS), EXACT, "sparse_categorical_crossentropy")
    said = ask(
        python,
        "import runpy, sys; sys.argv = ['x', '--epochs', '1']; "
        "runpy.run_path('train_my net-1.py', run_name='__main__')",
        cwd=tmp_path,
    )
    assert "epoch 1/1" in said
    shutil.rmtree(tmp_path)
