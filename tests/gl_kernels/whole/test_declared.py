"""Whatever is declared, layer or loss: fused or refused with a reason; if fused, the same as on cpu and unfused."""

from __future__ import annotations

import numpy as np
import pytest

from engine.compiler.model import GRADS
from engine.data.bundle import DataBundle
from engine.devices.registry import open_device
from engine.graph.document import ModelGraph, input_ports, output_ports
from engine.layers.registry import layers
from engine.objectives.loss import LOSSES
from engine.optimizers.sgd import SGD
from engine.training.session import Session
from engine.training.settings import TrainingSettings
from gl_kernels.device import GlDevice
from gl_kernels.whole.fused import UnfitError
from tests.gl_kernels.whole.running import (
    Trained,
    classes,
    layer,
    network,
    numbers,
    train_cpu,
    train_loops,
    train_unfused,
    train_whole,
)

STEPS = 4
SETTINGS = TrainingSettings(optimizer=SGD(learning_rate=0.01, momentum=0.9), batch_size=12)
DATA = (
    classes(6),
    classes(6, 3),
    classes(7, 8, 2),
    classes(3, 4, 5, 2),
    numbers(6, outputs=3),
    classes(6, count=2),
)


def trainable(graph: ModelGraph, data: DataBundle) -> bool:
    """Whether such a network can be trained at all, and has something to learn."""
    cpu = open_device("cpu")
    try:
        session = Session(graph, data, SETTINGS, cpu)
        learns = session.parameters > 0
        session.close()
        return learns
    except ValueError:
        return False
    finally:
        cpu.close()


def compare(received: Trained, expected: Trained) -> None:
    for name, array in expected.states.items():
        if name != GRADS:
            scale = max(1.0, float(np.abs(array).max()))
            np.testing.assert_allclose(received.states[name] / scale, array / scale, atol=1e-4, err_msg=name)


def check(gl: GlDevice, graph: ModelGraph, data: DataBundle) -> None:
    try:
        received = train_loops(gl, graph, data, SETTINGS, [STEPS])
    except UnfitError as refused:
        pytest.skip(str(refused))  # which says why
    compare(received, train_cpu(graph, data, SETTINGS, STEPS))
    compare(received, train_unfused(gl, graph, data, SETTINGS, STEPS))
    compare(train_whole(gl, graph, data, SETTINGS, [STEPS]), received)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(layers()))
def test_layers(gl: GlDevice, name: str) -> None:
    try:
        one = layer(name)
    except ValueError:
        pytest.skip("It needs settings.")
    if not input_ports(one) or not output_ports(one):
        pytest.skip("It begins or ends a network.")
    end = (layer("Flatten"), layer("Dense", units=3))
    fitting = ((network(one, *end), data) for data in DATA[:4])
    found = next(((graph, data) for graph, data in fitting if trainable(graph, data)), None)
    if found is None:
        pytest.skip("It is no layer of a plain network.")
    check(gl, *found)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(LOSSES.members) - {"auto"}))
def test_losses(gl: GlDevice, name: str) -> None:
    ends = ({"units": 3, "activation": "softmax"}, {"units": 3}, {"units": 1, "activation": "sigmoid"})
    fitting = ((network(layer("Dense", **end), loss=name), DATA[k]) for end in ends for k in (0, 4, 5))
    found = next(((graph, data) for graph, data in fitting if trainable(graph, data)), None)
    if found is None:
        pytest.skip("It needs data of another kind.")
    check(gl, *found)
