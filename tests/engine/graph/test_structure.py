"""Order, circles and reach, and the reasons for which a wire is refused."""

from __future__ import annotations

from engine.graph.document import Edge, ModelGraph, Node
from engine.graph.features import FeatureSpec
from engine.graph.inference import can_connect, infer
from engine.graph.sequence import build_sequential
from engine.graph.structure import leads_to, needed_nodes, topological_order
from engine.layers.add import Add
from engine.layers.conv2d import Conv2D
from engine.layers.dense import Dense
from engine.layers.flatten import Flatten
from engine.layers.input import Input
from engine.layers.target import Target
from engine.tensor.spec import DType

FEATURES = {"x": FeatureSpec((6, 6, 1), DType.UINT8), "y": FeatureSpec((), DType.INT32, classes=3)}


def test_order_respects_wires_and_names_those_on_a_circle() -> None:
    nodes = [Node(i, Dense(), i) for i in "abcdef"]
    pairs = [("b", "a"), ("c", "b"), ("d", "e"), ("e", "d"), ("e", "f")]
    graph = ModelGraph(nodes, [Edge(s, "output", t, "input") for s, t in pairs])
    assert topological_order(graph) == (["c", "b", "a"], ["d", "e"])


def test_only_what_leads_to_a_target_is_needed() -> None:
    graph = build_sequential([Input(), Flatten(), Dense(), Target()])
    loose = graph.new_node(Dense())
    graph.insert_node(loose)
    assert needed_nodes(graph) == {"n1", "n2", "n3", "n4"}
    assert leads_to(graph, ["n2"]) == {"n1", "n2"}


def test_reasons_of_refusal_are_particular() -> None:
    graph = build_sequential([Input(), Flatten(), Dense(units=3), Target()])
    add, conv = graph.new_node(Add()), graph.new_node(Conv2D())
    graph.insert_node(add)
    graph.insert_node(conv)
    node = graph.nodes
    found = infer(graph, FEATURES)

    def reason(source: str, target: str) -> str:
        return can_connect(graph, Edge.between(node[source], node[target]), found) or ""

    assert "connected already" in reason("n2", "n3")
    assert "takes one wire" in reason("n1", "n3")
    assert "can't feed itself" in reason(add.id, add.id)
    assert "takes one wire" in reason(add.id, "n2")
    assert can_connect(graph, Edge("n3", "output", "n2", "output"), found) is not None
    assert "Conv2D" in reason("n2", conv.id)  # pictures are wanted, a list of numbers comes
    assert reason("n1", conv.id) == ""
    graph.take_edge(Edge.between(node["n1"], node["n2"]))
    assert "circle" in reason("n3", "n2")


def test_a_second_wire_into_a_merge_is_judged_by_shape() -> None:
    graph = build_sequential([Input(), Flatten(), Dense(units=3), Add()])
    dense = graph.new_node(Dense(units=4))
    graph.insert_node(dense)
    graph.insert_edge(Edge.between(graph.nodes["n2"], dense))
    found = infer(graph, FEATURES)
    unlike = Edge.between(dense, graph.nodes["n4"])
    assert "received" in (can_connect(graph, unlike, found) or "")
    assert can_connect(graph, unlike) is None  # the structure alone allows it
    assert can_connect(graph, Edge.between(graph.nodes["n3"], graph.nodes["n4"]), found) is None
