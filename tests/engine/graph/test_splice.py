"""Layers put into wires and taken out again: nothing is left dangling, and the way back is exact."""

import pytest

from engine.graph.document import Edge, ModelGraph, Node
from engine.graph.edits import AddNode, Compound, Connect, EditError, RemoveNode
from engine.graph.splice import heal, healed_wires, into_wire, put_behind, take_out, with_room
from engine.layers.registry import layers

STEP = 250.0


def make(graph: ModelGraph, name: str, x: float, y: float = 0.0) -> Node:
    node = graph.new_node(layers()[name](), (x, y))
    AddNode(node).apply(graph)
    return node


@pytest.fixture
def graph() -> ModelGraph:
    """Data that goes to two layers, which are added up: n1 -> (n2, n3) -> n4."""
    graph = ModelGraph()
    nodes = [make(graph, *place) for place in (("Input", 0.0), ("ReLU", 250.0), ("ReLU", 250.0, 150.0))]
    nodes.append(make(graph, "Add", 500.0))
    for source, target in ((0, 1), (0, 2), (1, 3), (2, 3)):
        Connect(Edge.between(nodes[source], nodes[target])).apply(graph)
    return graph


def wires(graph: ModelGraph) -> list[tuple[str, str]]:
    return [(edge.source, edge.target) for edge in graph.edges]


def test_all_wires_of_a_port_leave_the_new_layer(graph: ModelGraph) -> None:
    before = graph.snapshot()
    node = graph.new_node(layers()["RandomFlip"]())
    back = put_behind(graph, node, "n1", "output", STEP).apply(graph)
    assert sorted(wires(graph)) == [
        ("n1", node.id),
        ("n2", "n4"),
        ("n3", "n4"),
        (node.id, "n2"),
        (node.id, "n3"),
    ]
    assert graph.nodes[node.id].position == (STEP, 0.0)
    assert graph.nodes["n2"].position == (2 * STEP, 0.0), "what follows makes room"
    assert graph.nodes["n4"].position == (3 * STEP, 0.0)
    back.apply(graph)
    assert graph.snapshot() == before


def test_where_there_is_room_nothing_moves(graph: ModelGraph) -> None:
    wide = make(graph, "Input", 0.0, 600.0)
    far = make(graph, "ReLU", 2 * STEP, 600.0)
    Connect(Edge.between(wide, far)).apply(graph)
    node = graph.new_node(layers()["RandomFlip"]())
    put_behind(graph, node, wide.id, "output", STEP).apply(graph)
    assert graph.nodes[far.id].position == (2 * STEP, 600.0)


def test_taking_out_heals_the_wires_in_their_order_and_closes_the_gap(graph: ModelGraph) -> None:
    before = graph.snapshot()
    node = graph.new_node(layers()["RandomFlip"]())
    put_behind(graph, node, "n1", "output", STEP).apply(graph)
    with_it = graph.snapshot()
    back = take_out(graph, node.id, STEP).apply(graph)
    assert graph.snapshot() == before
    back.apply(graph)
    assert graph.snapshot() == with_it


def test_taking_out_moves_nothing_over_what_stands_before(graph: ModelGraph) -> None:
    flip = graph.new_node(layers()["RandomFlip"]())
    put_behind(graph, flip, "n3", "output", 600.0).apply(graph)
    near = graph.nodes["n4"].position[0]
    take_out(graph, flip.id, 10 * STEP).apply(graph)
    assert graph.nodes["n4"].position[0] == near
    assert ("n3", "n4") in wires(graph)


def test_a_layer_with_two_wires_is_not_taken_out(graph: ModelGraph) -> None:
    with pytest.raises(EditError, match="one wire at its input"):
        take_out(graph, "n4", STEP)


def test_into_one_wire(graph: ModelGraph) -> None:
    node = make(graph, "RandomFlip", 100.0)
    for edit in into_wire(graph, node, graph.edges[0]):
        edit.apply(graph)
    assert wires(graph) == [(node.id, "n2"), ("n1", "n3"), ("n2", "n4"), ("n3", "n4"), ("n1", node.id)]


def test_a_layer_in_a_wire_finds_room_and_what_follows_moves(graph: ModelGraph) -> None:
    before = graph.snapshot()
    node = make(graph, "RandomFlip", 150.0)
    dropped = graph.snapshot()
    back = Compound(with_room(graph, node, graph.edges[0], 200.0), "insert").apply(graph)
    assert graph.nodes[node.id].position == (200.0, 0.0)
    assert graph.nodes["n2"].position == (400.0, 0.0)
    assert graph.nodes["n4"].position == (650.0, 0.0), "all that follows keeps its distance"
    assert graph.nodes["n3"].position == (250.0, 150.0), "another branch stays"
    back.apply(graph)
    assert graph.snapshot() == dropped
    RemoveNode(node.id).apply(graph)
    assert graph.snapshot() == before


def test_a_layer_in_a_long_wire_moves_nothing(graph: ModelGraph) -> None:
    far = make(graph, "ReLU", 4 * STEP)
    Connect(Edge.between(graph.nodes["n4"], far)).apply(graph)
    node = make(graph, "RandomFlip", 750.0)
    Compound(with_room(graph, node, graph.edges[-1], 200.0), "insert").apply(graph)
    assert graph.nodes[node.id].position == (750.0, 0.0)
    assert graph.nodes[far.id].position == (4 * STEP, 0.0)


def test_healing_leaves_the_layer_without_wires(graph: ModelGraph) -> None:
    before = graph.snapshot()
    assert healed_wires(graph, "n2") == [Edge("n1", "output", "n4", "inputs")]
    back = Compound(heal(graph, "n2"), "take out").apply(graph)
    assert wires(graph) == [("n1", "n3"), ("n1", "n4"), ("n3", "n4")]
    assert "n2" in graph.nodes
    back.apply(graph)
    assert graph.snapshot() == before
    Compound(heal(graph, "n4"), "take out").apply(graph)  # nothing follows: its wires are cut
    assert wires(graph) == [("n1", "n2"), ("n1", "n3")]
    Compound(heal(graph, "n1"), "take out").apply(graph)  # nothing stands before it
    assert wires(graph) == []


def test_what_joins_several_is_not_healed(graph: ModelGraph) -> None:
    end = make(graph, "ReLU", 750.0)
    Connect(Edge.between(graph.nodes["n4"], end)).apply(graph)
    with pytest.raises(EditError, match="has 2"):
        heal(graph, "n4")
    assert healed_wires(graph, "n4") == []
