"""The bundled examples: small declarations of a network, its data and its training, made into documents on request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from engine.data.settings import DataSettings
from engine.formats.sections import DATA, TRAINING
from engine.graph.document import Edge, ModelGraph
from engine.graph.edits import AddNode, Connect, SetSection
from engine.graph.sequence import build_sequential, grid
from engine.layers.activations import ActivationName
from engine.layers.base import Layer
from engine.layers.concatenate import Concatenate
from engine.layers.conv2d import Conv2D
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.flatten import Flatten
from engine.layers.input import Input
from engine.layers.max_pooling2d import MaxPooling2D
from engine.layers.multiply import Multiply
from engine.layers.target import Target
from engine.optimizers.adam import Adam
from engine.training.settings import TrainingSettings


@dataclass(frozen=True)
class Example:
    """A ready project.

    Attributes:
        name: what the command line calls it; never changes.
        title: for people.
        summary: one sentence on what there is to see or learn.
        network: makes the graph, without sections.
        data, training: the sections.
    """

    name: str
    title: str
    summary: str
    network: Callable[[], ModelGraph]
    data: DataSettings
    training: TrainingSettings

    def graph(self) -> ModelGraph:
        """A new document; each call makes an independent one."""
        graph = self.network()
        for key, value in ((DATA, self.data), (TRAINING, self.training)):
            SetSection(key, value).apply(graph)
        return graph


def _chain(*hidden: Layer) -> Callable[[], ModelGraph]:
    return lambda: build_sequential([Input(), *hidden, Target()])


def _dense(*units: int, activation: ActivationName, outputs: int = 1) -> tuple[Layer, ...]:
    return (*(Dense(units=n, activation=activation) for n in units), Dense(units=outputs))


def _training(rate: float, batch: int, epochs: int, *, keep_best: bool = False) -> TrainingSettings:
    return TrainingSettings(
        optimizer=Adam(learning_rate=rate), batch_size=batch, epochs=epochs, keep_best=keep_best
    )


def _parabola() -> ModelGraph:
    """The input and its square side by side, and one unit on both: its weights are the coefficients."""
    graph = ModelGraph()
    layers = (Input(), Multiply(), Concatenate(), Dense(units=1), Target())
    x, square, both, unit, target = (
        graph.new_node(layer, grid(column, 0.0 if column == 1 else 1.0))
        for column, layer in enumerate(layers)
    )
    for number, node in enumerate((x, square, both, unit, target)):
        AddNode(node, number).apply(graph)
    wires = [(x, square), (x, square), (square, both), (x, both), (both, unit), (unit, target)]
    for source, end in wires:
        Connect(Edge.between(source, end)).apply(graph)
    return graph


_EXAMPLES = (
    Example(
        "circle",
        "Circle",
        "A disc inside a ring: three hidden units draw three lines, and together they enclose it.",
        _chain(*_dense(4, activation="tanh")),
        DataSettings(dataset="circle"),
        _training(0.03, 32, 200),
    ),
    Example(
        "xor",
        "XOR",
        "The puzzle that no single straight line solves; a small hidden layer does.",
        _chain(*_dense(8, 8, activation="tanh")),
        DataSettings(dataset="xor"),
        _training(0.01, 32, 200),
    ),
    Example(
        "gauss",
        "Two clouds",
        "Two overlapping clouds of points: one unit finds the line between them, more would not help.",
        _chain(*_dense(activation="linear")),
        DataSettings(dataset="gauss"),
        _training(0.03, 32, 20),
    ),
    Example(
        "spiral",
        "Spiral",
        "Two arms wound around each other: watch two hidden layers bend the border between them.",
        _chain(*_dense(24, 16, activation="tanh")),
        DataSettings(dataset="spiral"),
        _training(0.01, 32, 600, keep_best=True),
    ),
    Example(
        "line",
        "Line",
        "The smallest network there is: one weight and one bias find slope and intercept.",
        _chain(Dense(units=1)),
        DataSettings(dataset="line", normalize=False),
        _training(0.03, 32, 60),
    ),
    Example(
        "quadratic",
        "Quadratic",
        "Recovers a, b and c of a parabola: given x and x · x, the weights of one unit are the coefficients.",
        _parabola,
        DataSettings(dataset="quadratic", normalize=False),
        _training(0.03, 32, 150),
    ),
    Example(
        "boston",
        "Boston house prices",
        "Twelve facts about a district, one price: two hidden layers beat a straight-line fit.",
        _chain(*_dense(64, 32, activation="relu")),
        DataSettings(dataset="boston"),
        _training(0.003, 16, 80, keep_best=True),
    ),
    Example(
        "iris",
        "Iris",
        "Three species of flowers from four lengths; the classic first classification.",
        _chain(*_dense(16, activation="relu", outputs=3)),
        DataSettings(dataset="iris"),
        _training(0.01, 16, 60),
    ),
    Example(
        "digits",
        "Digits, 8 × 8",
        "Handwritten digits of 64 pixels: learned in a second, with the mistakes shown beside the truth.",
        _chain(Flatten(), *_dense(64, activation="relu", outputs=10)),
        DataSettings(dataset="digits"),
        _training(0.003, 32, 30),
    ),
    Example(
        "mnist-mlp",
        "MNIST, dense",
        "70,000 handwritten digits and one hidden layer of 128 units: 97 of 100 right after three rounds.",
        _chain(Flatten(), *_dense(128, activation="relu", outputs=10)),
        DataSettings(dataset="mnist"),
        _training(0.001, 64, 3),
    ),
    Example(
        "mnist-cnn",
        "MNIST, convolutional",
        "The same digits seen through small sliding filters: fewer than 2 of 100 wrong.",
        _chain(
            Conv2D(filters=32, kernel_size=(3, 3), activation="relu"),
            Conv2D(filters=64, kernel_size=(3, 3), activation="relu"),
            MaxPooling2D(),
            Flatten(),
            *_dense(128, activation="relu", outputs=10),
        ),
        DataSettings(dataset="mnist"),
        _training(0.001, 64, 3),
    ),
    Example(
        "fashion-cnn",
        "Fashion, convolutional",
        "Shirts, shoes and bags: harder than digits, because a coat and a pullover look alike.",
        _chain(
            Conv2D(filters=32, kernel_size=(3, 3), activation="relu"),
            MaxPooling2D(),
            Conv2D(filters=64, kernel_size=(3, 3), activation="relu"),
            MaxPooling2D(),
            Flatten(),
            Dropout(rate=0.3),
            *_dense(128, activation="relu", outputs=10),
        ),
        DataSettings(dataset="fashion"),
        _training(0.001, 64, 6),
    ),
)


@cache
def examples() -> Mapping[str, Example]:
    """All examples by name, in the order they are listed."""
    return MappingProxyType({example.name: example for example in _EXAMPLES})
