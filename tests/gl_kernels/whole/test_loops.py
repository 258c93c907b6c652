"""Whole steps written as loops: convolution, pooling, recurrence, embedding and the rest, against cpu and unfused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.compiler.model import GRADS
from engine.data.bundle import DataBundle
from engine.devices.registry import open_device
from engine.optimizers.adam import Adam
from engine.optimizers.base import OPTIMIZERS, Optimizer
from engine.optimizers.sgd import SGD
from engine.training.session import Session
from engine.training.settings import TrainingSettings
from gl_kernels.device import GlDevice
from gl_kernels.whole.fused import Bounds
from gl_kernels.whole.looped import generate_loops
from gl_kernels.whole.prepare import prepare
from tests.gl_kernels.whole.running import (
    classes,
    layer,
    network,
    numbers,
    train_cpu,
    train_loops,
    train_unfused,
    words,
)

STEPS = 12
SLOW = SGD(learning_rate=0.01, momentum=0.9)
DENSE = layer("Dense", units=3)

PICTURES: dict[str, tuple[Any, ...]] = {
    "same": (layer("Conv2D", filters=5, kernel_size=3, padding="same", activation="relu"),),
    "strides": (layer("Conv2D", filters=4, kernel_size=3, strides=2),),
    "same and strides": (layer("Conv2D", filters=3, kernel_size=2, strides=2, padding="same"),),
    "two in a row": (
        layer("Conv2D", filters=4, kernel_size=3, activation="tanh"),
        layer("Conv2D", filters=6, kernel_size=2),
    ),
    "dilated": (
        layer("Conv2D", filters=2, kernel_size=1),
        layer("Conv2D", filters=3, kernel_size=2, dilation_rate=2),
    ),
    "depthwise": (
        layer("Conv2D", filters=4, kernel_size=2),
        layer("DepthwiseConv2D", kernel_size=3, padding="same"),
    ),
    "separable": (layer("SeparableConv2D", filters=4, kernel_size=3),),
    "transposed": (
        layer("Conv2D", filters=3, kernel_size=3, strides=2),
        layer("Conv2DTranspose", filters=2, kernel_size=3, strides=2),
    ),
    "max": (layer("Conv2D", filters=4, kernel_size=3), layer("MaxPooling2D", pool_size=2)),
    "max over each other": (
        layer("Conv2D", filters=2, kernel_size=2),
        layer("MaxPooling2D", pool_size=3, strides=2, padding="same"),
    ),
    "average": (layer("Conv2D", filters=4, kernel_size=3), layer("AveragePooling2D", pool_size=2)),
    "average over each other": (
        layer("Conv2D", filters=2, kernel_size=2),
        layer("AveragePooling2D", pool_size=3, strides=2, padding="same"),
    ),
    "global": (layer("Conv2D", filters=4, kernel_size=3), layer("GlobalAveragePooling2D")),
    "global maximum": (layer("Conv2D", filters=4, kernel_size=3), layer("GlobalMaxPooling2D")),
    "normalized": (
        layer("Conv2D", filters=4, kernel_size=3),
        layer("BatchNormalization"),
        layer("ReLU"),
        layer("MaxPooling2D", pool_size=2),
    ),
    "dropped": (layer("Conv2D", filters=4, kernel_size=3), layer("SpatialDropout2D", rate=0.3)),
    "padded and cropped": (
        layer("ZeroPadding2D", padding=1),
        layer("Conv2D", filters=3, kernel_size=3),
        layer("Cropping2D", cropping=1),
    ),
    "grown": (layer("Conv2D", filters=2, kernel_size=3), layer("UpSampling2D", size=2)),
}
LINES: dict[str, tuple[Any, ...]] = {
    "conv": (layer("Conv1D", filters=4, kernel_size=3), layer("MaxPooling1D", pool_size=2)),
    "causal": (layer("Conv1D", filters=4, kernel_size=3, padding="causal"), layer("GlobalMaxPooling1D")),
    "simple": (layer("SimpleRNN", units=5),),
    "lstm": (layer("LSTM", units=4),),
    "all steps": (layer("LSTM", units=3, return_sequences=True), layer("GlobalAveragePooling1D")),
    "gru": (layer("GRU", units=5),),
    "gru before": (layer("GRU", units=3, reset_after=False),),
    "from the end": (layer("GRU", units=3, go_backwards=True),),
    "both ways": (layer("Bidirectional", layer=layer("LSTM", units=3)),),
    "stacked": (layer("LSTM", units=3, return_sequences=True), layer("SimpleRNN", units=4)),
    "normalized": (layer("LayerNormalization"), layer("LSTM", units=4, activation="relu")),
    "attention": (layer("Dense", units=4), layer("MultiHeadAttention", num_heads=2, key_dim=2)),
}
WORDS: dict[str, tuple[Any, ...]] = {
    "embedded": (layer("Embedding", input_dim=9, output_dim=4), layer("GlobalAveragePooling1D")),
    "embedded and read": (layer("Embedding", input_dim=9, output_dim=3), layer("LSTM", units=4)),
    "masked": (layer("Embedding", input_dim=9, output_dim=3, mask_zero=True), layer("GRU", units=4)),
}


def settings_of(optimizer: Optimizer, batch: int = 12) -> TrainingSettings:
    return TrainingSettings(optimizer=optimizer, batch_size=batch)


def check(
    gl: GlDevice,
    between: tuple[Any, ...],
    data: DataBundle,
    settings: TrainingSettings,
    tolerance: float = 1e-4,
) -> None:
    """The same states as on the cpu device, and the same bits in other portions."""
    graph = network(*between)
    expected = train_cpu(graph, data, settings, STEPS)
    received = train_loops(gl, graph, data, settings, [1, STEPS - 1])
    for name, array in expected.states.items():
        if name != GRADS:
            scale = max(1.0, float(np.abs(array).max()))
            np.testing.assert_allclose(
                received.states[name] / scale, array / scale, atol=tolerance, err_msg=name
            )
    again = train_loops(gl, graph, data, settings, [STEPS])
    for name, array in received.states.items():
        np.testing.assert_array_equal(again.states[name], array)


@pytest.mark.parametrize("name", PICTURES)
def test_pictures(gl: GlDevice, name: str) -> None:
    between = (*PICTURES[name], layer("Flatten"), DENSE)
    check(gl, between, classes(7, 8, 2), settings_of(SLOW))


@pytest.mark.parametrize("name", LINES)
def test_lines(gl: GlDevice, name: str) -> None:
    between = (*LINES[name], layer("Flatten"), DENSE)
    check(gl, between, classes(6, 3), settings_of(SLOW))


@pytest.mark.parametrize("name", WORDS)
def test_words(gl: GlDevice, name: str) -> None:
    check(gl, (*WORDS[name], DENSE), words(5, 9), settings_of(SLOW))


@pytest.mark.parametrize("name", sorted(OPTIMIZERS.members))
def test_every_optimizer(gl: GlDevice, name: str) -> None:
    between = (layer("Dense", units=11, activation="tanh"), layer("Dense", units=1))
    tolerance = 1e-2 if name in ("Lamb", "Muon") else 1e-4  # which follow the direction of tiny numbers
    check(gl, between, numbers(5), settings_of(OPTIMIZERS.members[name]()), tolerance)


@pytest.mark.parametrize("widths", [(50, 50), (33, 1), (7, 64)])
@pytest.mark.parametrize("batch", [40, 7])
def test_wider_networks(gl: GlDevice, widths: tuple[int, ...], batch: int) -> None:
    between = (*(layer("Dense", units=n, activation="relu") for n in widths), layer("Dense", units=1))
    check(gl, between, numbers(13), settings_of(Adam(), batch))


def test_the_same_as_without_fusing(gl: GlDevice) -> None:
    graph, data = network(layer("LSTM", units=4), layer("Dropout", rate=0.2), DENSE), classes(6, 3)
    received = train_loops(gl, graph, data, settings_of(SLOW), [STEPS])
    expected = train_unfused(gl, graph, data, settings_of(SLOW), STEPS)
    for name, array in expected.states.items():
        np.testing.assert_allclose(received.states[name], array, atol=1e-4, err_msg=name)


@pytest.mark.parametrize(("lanes", "shared"), [(32, 0), (256, 32768)])
def test_what_other_drivers_get(gl: GlDevice, lanes: int, shared: int) -> None:
    """Other drivers read buffers, or shared memory, and need barriers."""
    data, settings = classes(5, 5, 2), settings_of(SLOW)
    between = (layer("Conv2D", filters=4, kernel_size=2), layer("BatchNormalization"), layer("Flatten"))
    graph, bounds = network(*between, DENSE), Bounds(32, shared, loop_lanes=lanes)
    cpu = open_device("cpu")
    session = Session(graph, data, settings, cpu)
    written = generate_loops(prepare(session.program), bounds)
    session.close()
    cpu.close()
    assert bool(written.shared_bytes) == bool(shared)
    expected = train_cpu(graph, data, settings, 2)
    received = train_loops(gl, graph, data, settings, [2], bounds)
    for name, array in expected.states.items():
        np.testing.assert_allclose(received.states[name], array, atol=1e-4, err_msg=name)


def test_states_in_shared_memory(gl: GlDevice) -> None:
    graph = network(layer("Dense", units=9, activation="relu"), layer("Dense", units=3))
    data, settings, bounds = classes(5), settings_of(Adam()), Bounds(32, 32768, 0, loop_lanes=64)
    expected = train_cpu(graph, data, settings, STEPS)
    received = train_loops(gl, graph, data, settings, [1, STEPS - 1], bounds)
    for name, array in expected.states.items():
        np.testing.assert_allclose(received.states[name], array, atol=1e-4, err_msg=name)
