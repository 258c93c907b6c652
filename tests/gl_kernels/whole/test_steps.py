"""Whole steps in one shader against the cpu device: every kind of optimizer, loss and layer that fits."""

from __future__ import annotations

import numpy as np
import pytest

from engine.compiler.model import GRADS
from engine.data.bundle import DataBundle
from engine.graph.document import ModelGraph
from engine.objectives.registry import losses
from engine.optimizers.base import OPTIMIZERS, Optimizer
from engine.training.settings import TrainingSettings
from gl_kernels.device import GlDevice
from tests.gl_kernels.whole.running import classes, layer, network, numbers, train_cpu, train_whole

STEPS = 50


def check(gl: GlDevice, graph: ModelGraph, data: DataBundle, settings: TrainingSettings, tolerance: float = 2e-3) -> None:
    expected = train_cpu(graph, data, settings, STEPS)
    received = train_whole(gl, graph, data, settings, [1, STEPS - 20, 19])
    for name, array in expected.states.items():
        if name in (GRADS, "report"):
            continue
        scale = max(1e-2, float(np.abs(array).max()))
        np.testing.assert_allclose(received.states[name] / scale, array / scale, atol=tolerance, err_msg=name)


def settings_of(optimizer: Optimizer, **more: object) -> TrainingSettings:
    return TrainingSettings(optimizer=optimizer, batch_size=12, **more)


@pytest.mark.parametrize("name", sorted(OPTIMIZERS.members))
def test_every_optimizer(gl: GlDevice, name: str) -> None:
    optimizer = OPTIMIZERS.members[name]()
    check(gl, network(layer("Dense", units=3, activation="tanh"), layer("Dense", units=1)), numbers(2), settings_of(optimizer))
