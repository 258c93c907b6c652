"""The bundled examples: small declarations of a network, its data and its training, made into documents on request."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from engine import layers
from engine.data.settings import DataSettings
from engine.formats.example import Example, adam, chain, chain_of, dense
from engine.formats.sequence_examples import SEQUENCE_EXAMPLES
from engine.graph.document import Edge, ModelGraph
from engine.graph.edits import AddNode, Connect
from engine.graph.sequence import grid
from engine.layers.dense import Dense
from engine.layers.input import Input
from engine.layers.target import Target


def _parabola() -> ModelGraph:
    """The input and its square side by side, and one unit on both: its weights are the coefficients."""
    graph = ModelGraph()
    parts = (Input(), layers.Multiply(), layers.Concatenate(), Dense(units=1), Target())
    x, square, both, unit, target = (
        graph.new_node(layer, grid(column, 0.0 if column == 1 else 1.0)) for column, layer in enumerate(parts)
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
        chain(*dense(4, activation="tanh")),
        DataSettings(dataset="circle"),
        adam(0.03, 32, 200),
    ),
    Example(
        "xor",
        "XOR",
        "The puzzle that no single straight line solves; a small hidden layer does.",
        chain(*dense(8, 8, activation="tanh")),
        DataSettings(dataset="xor"),
        adam(0.01, 32, 200),
    ),
    Example(
        "gauss",
        "Two clouds",
        "Two overlapping clouds of points: one unit finds the line between them, more would not help.",
        chain(*dense(activation="linear")),
        DataSettings(dataset="gauss"),
        adam(0.03, 32, 20),
    ),
    Example(
        "spiral",
        "Spiral",
        "Two arms wound around each other: watch two hidden layers bend the border between them.",
        chain(*dense(24, 16, activation="tanh")),
        DataSettings(dataset="spiral"),
        adam(0.01, 32, 600, keep_best=True),
    ),
    Example(
        "moons",
        "Moons",
        "Two half circles that reach into each other: a border with two bends parts them.",
        chain(*dense(8, 8, activation="tanh")),
        DataSettings(dataset="moons"),
        adam(0.01, 32, 40),
    ),
    Example(
        "checkerboard",
        "Checkerboard",
        "XOR sixteen times over: watch a wide network find one square after the other.",
        chain(*dense(32, 32, activation="tanh")),
        DataSettings(dataset="checkerboard", options={"samples": 2_000, "noise": 0.02}),
        adam(0.01, 32, 200, keep_best=True),
    ),
    Example(
        "line",
        "Line",
        "The smallest network there is: one weight and one bias find slope and intercept.",
        chain(Dense(units=1)),
        DataSettings(dataset="line", normalize=False),
        adam(0.03, 32, 60),
    ),
    Example(
        "quadratic",
        "Quadratic",
        "Recovers a, b and c of a parabola: given x and x · x, the weights of one unit are the coefficients.",
        _parabola,
        DataSettings(dataset="quadratic", normalize=False),
        adam(0.03, 32, 150),
    ),
    Example(
        "boston",
        "Boston house prices",
        "Twelve facts about a district, one price: two hidden layers beat a straight-line fit.",
        chain(*dense(64, 32, activation="relu")),
        DataSettings(dataset="boston"),
        adam(0.003, 16, 80, keep_best=True),
    ),
    Example(
        "iris",
        "Iris",
        "Three species of flowers from four lengths; the classic first classification.",
        chain(*dense(16, activation="relu", outputs=3)),
        DataSettings(dataset="iris"),
        adam(0.01, 16, 60),
    ),
    Example(
        "penguins",
        "Penguins",
        "Three species told apart by bill, flipper, mass and sex; the island, which would give it away, is left out.",
        chain(*dense(16, activation="relu", outputs=3)),
        DataSettings(dataset="penguins", options={"island": False}),
        adam(0.01, 16, 30),
    ),
    Example(
        "mpg",
        "Auto MPG",
        "How far an old car goes on a gallon: two hidden layers beat a straight-line fit here, too.",
        chain(*dense(32, 16, activation="relu")),
        DataSettings(dataset="mpg"),
        adam(0.003, 16, 80, keep_best=True),
    ),
    Example(
        "digits",
        "Digits, 8 × 8",
        "Handwritten digits of 64 pixels: learned in a second, with the mistakes shown beside the truth.",
        chain_of(lambda: (layers.Flatten(), *dense(64, activation="relu", outputs=10))),
        DataSettings(dataset="digits"),
        adam(0.003, 32, 30),
    ),
    Example(
        "mnist-mlp",
        "MNIST, dense",
        "70,000 handwritten digits and one hidden layer of 128 units: 97 of 100 right after three rounds.",
        chain_of(lambda: (layers.Flatten(), *dense(128, activation="relu", outputs=10))),
        DataSettings(dataset="mnist"),
        adam(0.001, 64, 3),
    ),
    Example(
        "mnist-cnn",
        "MNIST, convolutional",
        "The same digits seen through small sliding filters: fewer than 2 of 100 wrong.",
        chain_of(
            lambda: (
                layers.Conv2D(filters=32, kernel_size=(3, 3), activation="relu"),
                layers.Conv2D(filters=64, kernel_size=(3, 3), activation="relu"),
                layers.MaxPooling2D(),
                layers.Flatten(),
                *dense(128, activation="relu", outputs=10),
            )
        ),
        DataSettings(dataset="mnist"),
        adam(0.001, 64, 3),
    ),
    Example(
        "fashion-cnn",
        "Fashion, convolutional",
        "Shirts, shoes and bags: harder than digits, because a coat and a pullover look alike.",
        chain_of(
            lambda: (
                layers.Conv2D(filters=32, kernel_size=(3, 3), activation="relu"),
                layers.MaxPooling2D(),
                layers.Conv2D(filters=64, kernel_size=(3, 3), activation="relu"),
                layers.MaxPooling2D(),
                layers.Flatten(),
                layers.Dropout(rate=0.3),
                *dense(128, activation="relu", outputs=10),
            )
        ),
        DataSettings(dataset="fashion"),
        adam(0.001, 64, 6),
    ),
    *SEQUENCE_EXAMPLES,
)


@cache
def examples() -> Mapping[str, Example]:
    """All examples by name, in the order they are listed."""
    return MappingProxyType({example.name: example for example in _EXAMPLES})
