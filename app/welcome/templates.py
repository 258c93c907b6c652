"""Templates: networks for common tasks, each on a small stand-in for the data of one's own that will replace it."""

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from engine.data.settings import DataSettings
from engine.formats.example import Example, adam, chain, dense
from engine.graph.document import Edge, ModelGraph, Node
from engine.graph.edits import AddNode, Connect
from engine.graph.sequence import grid
from engine.layers.add import Add
from engine.layers.base import Layer
from engine.layers.batch_normalization import BatchNormalization
from engine.layers.conv2d import Conv2D
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.flatten import Flatten
from engine.layers.global_average_pooling2d import GlobalAveragePooling2D
from engine.layers.gru import GRU
from engine.layers.input import Input
from engine.layers.max_pooling2d import MaxPooling2D
from engine.layers.relu import ReLU
from engine.layers.target import Target


def _residual() -> ModelGraph:
    """Two convolutions with a way around them, twice: what deep networks for pictures are made of."""
    graph = ModelGraph()
    add = _Drawing(graph)
    x = add(Conv2D(filters=16, kernel_size=(3, 3), padding="same"), add(Input()))
    for block in range(2):
        add.line = block
        way = add(ReLU(), add(BatchNormalization(), x))
        way = add(Conv2D(filters=16, kernel_size=(3, 3), padding="same", activation="relu"), way)
        way = add(Conv2D(filters=16, kernel_size=(3, 3), padding="same"), way)
        x = add(Add(), x, way)
    x = add(Dense(units=10), add(GlobalAveragePooling2D(), add(ReLU(), x)))
    add(Target(), x)
    return graph


class _Drawing:
    """Puts layers behind others, each in the column after its inputs on the `line` that is written now."""

    def __init__(self, graph: ModelGraph) -> None:
        self._graph = graph
        self._places: dict[str, tuple[int, int]] = {}
        self.line = 0

    def __call__(self, layer: Layer, *inputs: Node) -> Node:
        here = (place for place in (self._places[node.id] for node in inputs) if place[0] == self.line)
        column = 1 + max((column for _, column in here), default=-1)
        node = self._graph.new_node(layer, grid(column, 2.0 * self.line))
        AddNode(node, len(self._graph.nodes)).apply(self._graph)
        for source in inputs:
            Connect(Edge.between(source, node)).apply(self._graph)
        self._places[node.id] = (self.line, column)
        return node


def _template(
    name: str, title: str, summary: str, network: Callable[[], ModelGraph], dataset: str, epochs: int
) -> Example:
    return Example(name, title, summary, network, DataSettings(dataset=dataset), adam(0.003, 32, epochs))


_TEMPLATES: Final = (
    _template(
        "classify-table",
        "Tell classes in a table apart",
        "Rows of numbers in, one class of several out. Flowers stand in for your table.",
        chain(
            Dense(units=64, activation="relu"), Dropout(rate=0.2), *dense(32, activation="relu", outputs=3)
        ),
        "iris",
        60,
    ),
    _template(
        "predict-number",
        "Predict a number from a table",
        "Rows of numbers in, one number out. House prices stand in for your table.",
        chain(*dense(64, 32, activation="relu")),
        "boston",
        80,
    ),
    _template(
        "classify-pictures",
        "Tell pictures apart",
        "Small filters look at a picture, a class comes out. Digits stand in for your pictures.",
        chain(
            Conv2D(filters=32, kernel_size=(3, 3), padding="same", activation="relu"),
            MaxPooling2D(),
            Conv2D(filters=64, kernel_size=(3, 3), padding="same", activation="relu"),
            MaxPooling2D(),
            Flatten(),
            Dropout(rate=0.3),
            *dense(64, activation="relu", outputs=10),
        ),
        "digits",
        20,
    ),
    _template(
        "residual-pictures",
        "Tell pictures apart, with ways around",
        "Residual blocks, of which deep networks are made. Digits stand in for your pictures.",
        _residual,
        "digits",
        20,
    ),
    _template(
        "forecast",
        "Forecast a series",
        "The last values in, the next one out. Sunspots stand in for your series.",
        chain(GRU(units=32), Dense(units=1)),
        "sunspots",
        40,
    ),
)


@cache
def templates() -> Mapping[str, Example]:
    """All templates by name, in the order they are shown; title and summary in English."""
    return MappingProxyType({template.name: template for template in _TEMPLATES})
