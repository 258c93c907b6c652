"""Sums that machine code makes together with what is added up, and gradients that come about by them."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from engine.compiler.model import GRADS
from engine.devices.cpu.device import CpuDevice
from engine.devices.cpu.native import blas, geometry
from engine.layers.average_pooling2d import AveragePooling2D
from engine.layers.batch_normalization import BatchNormalization
from engine.layers.conv2d import Conv2D
from engine.layers.dense import Dense
from engine.layers.flatten import Flatten
from engine.layers.tanh import Tanh
from engine.models import Input, Sequential
from engine.models.arrays import bundle
from engine.ops.conv import conv, conv_input_grad
from engine.ops.elementwise import relu, square
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.ops.registry import ops
from engine.program.builder import ProgramBuilder
from engine.program.interpret import interpret
from engine.program.program import Program, Storage
from engine.tensor.spec import Array, TensorSpec
from engine.training.session import Session
from engine.training.settings import TrainingSettings
from tests.engine.devices.test_cpu import assert_equal_to_interpreter

pytestmark = pytest.mark.skipif(blas.find_blas() is None, reason="NumPy's BLAS cannot be called from outside")


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geometry, "SHARED_ELEMENTS", 60)
    monkeypatch.setattr(geometry, "TASK_ELEMENTS", 50)


def leading(x: Tensor, *, keepdims: bool = False) -> Tensor:
    return sum_(x, axes=tuple(range(x.spec.rank - 1)), keepdims=keepdims)


def given(program: Program, seed: int = 1) -> dict[tuple[Storage, str], Array]:
    rng = np.random.default_rng(seed)
    feeds = program.named(Storage.FEED).values()
    return {(Storage.FEED, v.name): rng.normal(size=v.spec.shape).astype(np.float32) for v in feeds}


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("columns", [2, 15, 16, 33, 64])
@pytest.mark.parametrize("lead", [(9,), (4, 5), (3, 2, 7), (2, 3, 2, 4)])
def test_sums_of_a_chain(lead: tuple[int, ...], columns: int) -> None:
    b = ProgramBuilder("chain")
    x, scale = b.feed("x", TensorSpec((*lead, columns))), b.feed("scale", TensorSpec((columns,)))
    per_row = b.feed("row", TensorSpec((lead[0], *[1] * len(lead))))
    centred = x * scale - per_row
    squares = square(centred)  # needed for nothing but its sum
    b.output("sum", leading(centred))
    b.output("squares", leading(squares, keepdims=True))
    b.output("rectified", relu(centred))
    assert_equal_to_interpreter(b.finish(), given(b.finish()))


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("groups", [1, 2, 6])  # the last one is depthwise
@pytest.mark.parametrize("epilogue", ["none", "some", "only the sum"])
def test_sums_of_a_convolution(groups: int, epilogue: str) -> None:
    b = ProgramBuilder("convolution")
    x, w = b.feed("x", TensorSpec((5, 9, 8, 6))), b.feed("w", TensorSpec((3, 3, 6 // groups, 18)))
    found = conv(x, w, strides=(1, 1), padding=((1, 1), (0, 1)), dilation=(1, 1), groups=groups)
    if epilogue != "none":
        found = relu(found + b.feed("bias", TensorSpec((18,))))
    b.output("sum", leading(found))
    if epilogue != "only the sum":
        b.output("all", found)
    assert_equal_to_interpreter(b.finish(), given(b.finish()))


@pytest.mark.usefixtures("small_pieces")
def test_sums_of_the_gradient_of_a_picture() -> None:
    b = ProgramBuilder("gradient")
    g, w = b.feed("g", TensorSpec((4, 7, 7, 16))), b.feed("w", TensorSpec((3, 3, 16, 16)))
    attrs = {"strides": (1, 1), "padding": ((1, 1), (1, 1)), "dilation": (1, 1), "groups": 1}
    found = conv_input_grad(g, w, input_shape=(4, 7, 7, 16), **attrs)
    mask = b.feed("mask", TensorSpec((4, 7, 7, 16)))
    scaled = ops()["relu_grad"](mask, found) * 3.0
    b.output("sum", leading(scaled, keepdims=True))
    b.output("products", leading(scaled * mask))
    b.output("scaled", scaled)
    assert_equal_to_interpreter(b.finish(), given(b.finish()))


def test_gradients_through_batch_norms_are_exact() -> None:
    """Against float64. Nothing here has a kink: where a number just above 0 is one just below, gradients may differ."""
    x = np.random.default_rng(2).normal(size=(32, 16, 16, 3)).astype(np.float32)
    y = np.random.default_rng(3).integers(0, 10, 32)
    parts = [
        (Conv2D(filters=32, kernel_size=(3, 3), padding="same"), BatchNormalization(), Tanh()) for _ in "abc"
    ]
    layers = [layer for part in parts for layer in part]
    model = Sequential([Input((16, 16, 3)), *layers, AveragePooling2D(), Flatten(), Dense(units=10)])
    model.compile(optimizer={"name": "SGD", "learning_rate": 0.1}, loss="sparse_categorical_crossentropy")
    settings = TrainingSettings(batch_size=32, optimizer=model.training.optimizer, seed=1)
    found = {}
    for native in (True, False):
        device = CpuDevice(native=native)
        session = Session(model.graph, bundle({"x": x}, {"y": y}, {}, 0), settings, device)
        feeds = {name: array[0] for name, array in session.feeds(1).items()}
        named = session.program.named
        data = {name: session.memory.read(name) for name in named(Storage.DATA)}
        states = {name: session.memory.read(name) for name in named(Storage.STATE)}
        exact = {n: a.astype(np.float64) if a.dtype == np.float32 else a for n, a in states.items()}
        expected = interpret(session.program, feeds, data, exact, np.float64)[1][GRADS]
        session.advance(1)
        found[native] = np.abs(session.memory.read(GRADS) - expected).max() / np.abs(expected).max()
        session.close()
        device.close()
    assert found[True] < 3e-6
    assert found[False] < 3e-6
