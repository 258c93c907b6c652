"""Where the arrow keys lead, on graphs without a canvas."""

import pytest

from app.canvas.navigate import Direction, first_node, neighbour
from engine.graph.document import Edge, ModelGraph
from engine.graph.edits import AddNode, Connect
from engine.layers.concatenate import Concatenate
from engine.layers.dense import Dense
from engine.layers.input import Input

Places = dict[str, tuple[float, float]]
RIGHT, LEFT, UP, DOWN = Direction.RIGHT, Direction.LEFT, Direction.UP, Direction.DOWN
ACROSS: Places = {"in": (0, 100), "top": (300, 0), "near": (300, 120), "end": (600, 40), "alone": (310, 900)}


def _graph(places: Places) -> tuple[ModelGraph, dict[str, str]]:
    """`in` leads to `top` and `near`, both to `end`; `alone` has no wires."""
    graph, ids = ModelGraph(), dict[str, str]()
    layers = {"in": Input(), "top": Dense(), "near": Dense(), "end": Concatenate(), "alone": Dense()}
    for name, place in places.items():
        node = graph.new_node(layers[name], place)
        AddNode(node).apply(graph)
        ids[name] = node.id
    for source, target in (("in", "top"), ("in", "near"), ("top", "end"), ("near", "end")):
        Connect(Edge.between(graph.nodes[ids[source]], graph.nodes[ids[target]])).apply(graph)
    return graph, ids


@pytest.mark.parametrize(
    ("start", "direction", "end"),
    [
        ("in", RIGHT, "near"),  # of two wires the one that leads least up or down
        ("end", LEFT, "top"),
        ("top", LEFT, "in"),
        ("top", DOWN, "near"),  # across wires to the nearest that way
        ("near", UP, "top"),
        ("near", DOWN, "alone"),
        ("in", LEFT, None),  # the rim
        ("end", RIGHT, None),
        ("alone", UP, "near"),
        ("alone", DOWN, None),
        ("alone", RIGHT, None),  # nothing lies within 45 degrees
    ],
)
def test_arrows_follow_wires_and_cross_them(start: str, direction: Direction, end: str | None) -> None:
    graph, ids = _graph(ACROSS)
    assert neighbour(graph, ids[start], direction) == (ids[end] if end else None)


def test_the_first_is_the_leftmost_and_of_those_the_topmost() -> None:
    graph, ids = _graph({**ACROSS, "alone": (0, 90)})
    assert first_node(graph) == ids["alone"]
    graph, ids = _graph(ACROSS)
    assert first_node(graph) == ids["in"]
    assert first_node(ModelGraph()) is None
