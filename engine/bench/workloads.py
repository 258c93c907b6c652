"""The workloads: networks and raw operations that other libraries are measured on, too, in the same sizes.

The data is random with a fixed seed, eight batches of it, and is the same that the other libraries get.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast

import numpy as np

from engine.layers.add import Add
from engine.layers.base import Layer
from engine.layers.batch_normalization import BatchNormalization
from engine.layers.conv2d import Conv2D
from engine.layers.dense import Dense
from engine.layers.flatten import Flatten
from engine.layers.global_average_pooling2d import GlobalAveragePooling2D
from engine.layers.lstm import LSTM
from engine.layers.max_pooling2d import MaxPooling2D
from engine.layers.relu import ReLU
from engine.models import Input, Model, Sequential, Symbol
from engine.ops.elementwise import relu
from engine.ops.matmul import matmul
from engine.ops.op import Tensor
from engine.program.builder import ProgramBuilder
from engine.program.program import Program
from engine.tensor.spec import Array, Shape, TensorSpec

SEED = 1234
BATCHES = 8
ELEMENTS = 1 << 24
GEMM_SIZES = (1024, 2048)


@dataclass(frozen=True)
class Network:
    """A network with what it is trained for.

    Attributes:
        batch: examples a step.
        shape: of one example.
        targets: makes the targets of a batch.
        draw: makes the network for an input.
    """

    summary: str
    batch: int
    shape: Shape
    targets: Callable[[np.random.Generator, int], Array]
    draw: Callable[[], Model]
    loss: str
    optimizer: Mapping[str, Any]

    def data(self) -> tuple[Array, Array]:
        """Eight batches of examples and targets, one after the other."""
        generator = np.random.default_rng(SEED)
        pairs = [(self._examples(generator), self.targets(generator, self.batch)) for _ in range(BATCHES)]
        return np.concatenate([x for x, _ in pairs]), np.concatenate([y for _, y in pairs])

    def model(self) -> Model:
        """The network, ready to be trained."""
        model = self.draw()
        model.compile(optimizer=dict(self.optimizer), loss=self.loss)
        return model

    def _examples(self, generator: np.random.Generator) -> Array:
        if len(self.shape) == 2:
            return _letters(generator, self.batch, *self.shape)
        return generator.standard_normal((self.batch, *self.shape)).astype(np.float32)


@dataclass(frozen=True)
class Raw:
    """An operation on its own.

    Attributes:
        size: what the row is called by.
        program: reads the states that `states` gives, outputs `result` and counts its steps in the state `count`.
        figure: name of the figure that is derived from the rate, and how much of it one step is.
    """

    summary: str
    size: int
    program: Callable[[int], Program]
    operands: Callable[[int], dict[str, Array]]
    figure: tuple[str, float]

    def states(self) -> dict[str, Array]:
        """What the program starts from."""
        return {**self.operands(self.size), "count": np.zeros((), np.float32)}


def _letters(generator: np.random.Generator, batch: int, length: int, letters: int) -> Array:
    """Random sequences (batch, length, letters), one 1 a step."""
    drawn = generator.integers(0, letters, (batch, length))
    return np.asarray(drawn[..., None] == np.arange(letters), np.float32)


def _classes(count: int) -> Callable[[np.random.Generator, int], Array]:
    return lambda generator, batch: generator.integers(0, count, batch)


def _yes_or_no(generator: np.random.Generator, batch: int) -> Array:
    return generator.integers(0, 2, (batch, 1))


def _numbers(generator: np.random.Generator, batch: int) -> Array:
    return generator.standard_normal((batch, 1)).astype(np.float32)


def _perceptron(inputs: int, hidden: tuple[int, ...], outputs: int, activation: Any) -> Model:
    inner = [Dense(units=units, activation=activation) for units in hidden]
    return Sequential([Input((inputs,)), *inner, Dense(units=outputs)])


def _pictures() -> Model:
    return Sequential(
        [
            Input((28, 28, 1)),
            Conv2D(filters=32, kernel_size=(3, 3), activation="relu"),
            Conv2D(filters=64, kernel_size=(3, 3), activation="relu"),
            MaxPooling2D(),
            Flatten(),
            Dense(units=128, activation="relu"),
            Dense(units=10),
        ]
    )


def _residual() -> Model:
    start = Input((32, 32, 3))
    value = _then(start, *_normalized(32), ReLU())
    for _ in range(2):
        branch = _then(value, *_normalized(32), ReLU(), *_normalized(32))
        value = _then(cast(Symbol, Add()(value, branch)), ReLU())
    value = _then(value, MaxPooling2D(), *_normalized(64), ReLU())
    return Model(start, _then(value, GlobalAveragePooling2D(), Dense(units=10)))


def _normalized(filters: int) -> tuple[Layer, ...]:
    return Conv2D(filters=filters, kernel_size=(3, 3), padding="same"), BatchNormalization()


def _then(value: Symbol, *layers: Layer) -> Symbol:
    for layer in layers:
        value = cast(Symbol, layer(value))
    return value


def _reader() -> Model:
    return Sequential([Input((40, 64)), LSTM(units=128), Dense(units=64)])


def _product(size: int) -> Program:
    builder = ProgramBuilder("product")
    spec = TensorSpec((size, size))
    return _counting(builder, matmul(builder.state("a", spec), builder.state("b", spec)))


def _counting(builder: ProgramBuilder, result: Tensor) -> Program:
    """The program of that result; who reads its small counter has waited for the device."""
    steps = builder.state("count", TensorSpec(()))
    builder.update(steps, steps + 1.0)
    builder.output("result", result)
    return builder.finish()


def _matrices(size: int) -> dict[str, Array]:
    generator = np.random.default_rng(SEED)
    return {name: generator.random((size, size), np.float32) for name in ("a", "b")}


def _chain(size: int) -> Program:
    builder = ProgramBuilder("chain")
    spec = TensorSpec((size,))
    x, y = builder.state("x", spec), builder.state("y", spec)
    return _counting(builder, relu(x * 1.5 + y) * 0.5)


def _vectors(size: int) -> dict[str, Array]:
    generator = np.random.default_rng(SEED)
    return {name: generator.random(size, np.float32) for name in ("x", "y")}


_ADAM = MappingProxyType({"name": "Adam", "learning_rate": 1e-3})
_SGD = MappingProxyType({"name": "SGD", "learning_rate": 0.01})
_MOMENTUM = MappingProxyType({"name": "SGD", "learning_rate": 0.01, "momentum": 0.9})
_RMSPROP = MappingProxyType({"name": "RMSprop", "learning_rate": 1e-3})
_CLASSES = "sparse_categorical_crossentropy"

NETWORKS: Mapping[str, Network] = MappingProxyType(
    {
        "W1": Network(
            "perceptron 2-8-8-1, tanh",
            32,
            (2,),
            _yes_or_no,
            lambda: _perceptron(2, (8, 8), 1, "tanh"),
            "binary_crossentropy",
            _ADAM,
        ),
        "W2": Network(
            "perceptron 13-50-50-1, ReLU",
            40,
            (13,),
            _numbers,
            lambda: _perceptron(13, (50, 50), 1, "relu"),
            "mean_squared_error",
            _SGD,
        ),
        "W3": Network(
            "perceptron 784-512-512-10, ReLU",
            128,
            (784,),
            _classes(10),
            lambda: _perceptron(784, (512, 512), 10, "relu"),
            _CLASSES,
            _ADAM,
        ),
        "W4": Network(
            "two convolutions on 28 × 28", 128, (28, 28, 1), _classes(10), _pictures, _CLASSES, _ADAM
        ),
        "W5": Network(
            "two residual blocks on 32 × 32", 64, (32, 32, 3), _classes(10), _residual, _CLASSES, _MOMENTUM
        ),
        "W6": Network(
            "LSTM 128 over 40 steps of 64", 64, (40, 64), _classes(64), _reader, _CLASSES, _RMSPROP
        ),
    }
)

RAW: Mapping[str, tuple[Raw, ...]] = MappingProxyType(
    {
        "W7": tuple(
            Raw(f"product of {n} × {n}", n, _product, _matrices, ("gflops", 2e-9 * n**3)) for n in GEMM_SIZES
        ),
        # the least traffic that is possible: x and y are read, the result is written
        "W8": (
            Raw("relu(x · 1.5 + y) · 0.5", ELEMENTS, _chain, _vectors, ("gb_per_s", 3 * 4e-9 * ELEMENTS)),
        ),
    }
)
NAMES = (*NETWORKS, *RAW)
