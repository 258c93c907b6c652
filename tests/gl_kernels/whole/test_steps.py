"""Whole steps in one shader against the cpu device: every optimizer and loss, dropout, batch normalization, penalties."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.compiler.model import GRADS, REPORT
from engine.data.bundle import DataBundle
from engine.graph.document import ModelGraph
from engine.optimizers.adam import Adam
from engine.optimizers.base import OPTIMIZERS, Optimizer
from engine.optimizers.sgd import SGD
from engine.training.settings import TrainingSettings
from gl_kernels.device import GlDevice
from tests.gl_kernels.whole.running import classes, layer, network, numbers, train_cpu, train_whole

STEPS = 50
ON_NUMBERS = {  # losses, each with another optimizer
    "huber": "RMSprop",
    "log_cosh": "Ftrl",
    "poisson": "Adadelta",
    "cosine_similarity": "ScheduleFreeAdamW",
    "mean_squared_logarithmic_error": "Adagrad",
}
ON_CLASSES = {
    "categorical_crossentropy": "AdamW",
    "categorical_focal_crossentropy": "Lion",
    "dice": "Nadam",
    "categorical_hinge": "SGD",
}


def settings_of(optimizer: Optimizer) -> TrainingSettings:
    return TrainingSettings(optimizer=optimizer, batch_size=12)


def check(
    gl: GlDevice, graph: ModelGraph, data: DataBundle, settings: TrainingSettings, tolerance: float = 1e-3
) -> None:
    """The same states as on the cpu device; the report adds up over portions."""
    expected = train_cpu(graph, data, settings, STEPS)
    received = train_whole(gl, graph, data, settings, [1, STEPS - 20, 19])
    assert np.isclose(received.states[REPORT][0], STEPS * settings.batch_size)
    for name, array in expected.states.items():
        if name not in (GRADS, REPORT):
            scale = max(1e-2, float(np.abs(array).max()))
            np.testing.assert_allclose(
                received.states[name] / scale, array / scale, atol=tolerance, err_msg=name
            )


@pytest.mark.parametrize("name", sorted(OPTIMIZERS.members))
def test_every_optimizer(gl: GlDevice, name: str) -> None:
    graph = network(layer("Dense", units=2, activation="tanh"), layer("Dense", units=1))
    tolerance = 1e-2 if name in ("Lamb", "Muon") else 1e-3  # which follow the direction of tiny numbers
    check(gl, graph, numbers(2), settings_of(OPTIMIZERS.members[name]()), tolerance)


@pytest.mark.parametrize(
    "optimizer",
    [
        SGD(momentum=0.9, nesterov=True, clipnorm=0.1),
        Adam(amsgrad=True, weight_decay=0.01, global_clipnorm=0.1),
        SGD(clipvalue=0.01, use_ema=True, gradient_accumulation_steps=2),
    ],
    ids=["clipnorm", "global_clipnorm", "accumulation"],
)
def test_settings_of_optimizers(gl: GlDevice, optimizer: Optimizer) -> None:
    graph = network(layer("Dense", units=2, activation="relu"), layer("Dense", units=1))
    check(gl, graph, numbers(2), settings_of(optimizer))


@pytest.mark.parametrize("name", ON_NUMBERS)
def test_losses_on_numbers(gl: GlDevice, name: str) -> None:
    check(
        gl,
        network(layer("Dense", units=2, activation="sigmoid"), loss=name),
        numbers(2, outputs=2),
        settings_of(OPTIMIZERS.members[ON_NUMBERS[name]]()),
    )


@pytest.mark.parametrize("name", ON_CLASSES)
def test_losses_on_classes(gl: GlDevice, name: str) -> None:
    graph, optimizer = network(layer("Dense", units=3), loss=name), OPTIMIZERS.members[ON_CLASSES[name]]()
    check(gl, graph, classes(2), settings_of(optimizer))


NETWORKS: dict[str, tuple[Any, ...]] = {
    "binary": (layer("Dense", units=3, activation="gelu"), layer("Dense", units=1)),
    "normalized": (
        layer("Dense", units=3),
        layer("BatchNormalization"),
        layer("ReLU"),
        layer("Dense", units=1),
    ),
    "dropped": (
        layer("Dense", units=5, activation="relu"),
        layer("Dropout", rate=0.3),
        layer("Dense", units=1),
    ),
    "normalized rows": (layer("Dense", units=3), layer("LayerNormalization"), layer("Dense", units=1)),
    "noisy": (layer("GaussianNoise", stddev=0.2), layer("Dense", units=1)),
}


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_layers(gl: GlDevice, name: str) -> None:
    check(gl, network(*NETWORKS[name]), classes(2, count=2), settings_of(Adam(learning_rate=0.01)), 3e-3)


def test_an_arena_larger_than_the_registers(gl: GlDevice) -> None:
    graph = network(
        layer("Dense", units=9, activation="relu"), layer("Dense", units=8), layer("Dense", units=1)
    )
    check(gl, graph, numbers(5), settings_of(Adam()))


@pytest.mark.parametrize("seed", range(3))
def test_random_networks(gl: GlDevice, seed: int) -> None:
    rng = np.random.default_rng(seed)
    activations = ["tanh", "relu", "sigmoid", "elu", "silu", "softplus", "leaky_relu"]
    between = [
        layer(
            "Dense",
            units=int(rng.integers(1, 6)),
            activation=str(rng.choice(activations)),
            use_bias=bool(rng.integers(2)),
        )
        for _ in range(int(rng.integers(1, 4)))
    ]
    classes_of = int(rng.integers(2, 5))
    settings = TrainingSettings(optimizer=SGD(momentum=0.9), batch_size=int(rng.integers(2, 20)))
    outputs = layer("Dense", units=1 if classes_of == 2 else classes_of)
    data = classes(int(rng.integers(1, 5)), count=classes_of)
    check(gl, network(*between, outputs), data, settings)


def test_the_same_bits_in_any_portions(gl: GlDevice) -> None:
    graph, data = network(layer("Dense", units=2, activation="tanh"), layer("Dense", units=1)), numbers(2)
    whole = train_whole(gl, graph, data, settings_of(Adam()), [30])
    parts = train_whole(gl, graph, data, settings_of(Adam()), [1, 7, 22])
    for name, array in whole.states.items():
        np.testing.assert_array_equal(parts.states[name], array)
