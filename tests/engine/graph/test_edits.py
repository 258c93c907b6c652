"""Every edit changes what it says, says so in one signal, is taken back by its inverse, and refuses the impossible."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from engine.graph import edits
from engine.graph.document import TAGS, Edge, ModelGraph, Node, UnknownLayer
from engine.graph.edits import (
    AddNode,
    Compound,
    Connect,
    Disconnect,
    EditError,
    GraphEdit,
    MoveNodes,
    RemoveNode,
    RenameNode,
    ReplaceNodes,
    SetBypass,
    SetMute,
    SetSection,
    SetSettings,
    SetShares,
    SetTag,
    SetWires,
)
from engine.graph.sequence import build_sequential
from engine.layers.base import Layer
from engine.layers.concatenate import Concatenate
from engine.layers.dense import Dense
from engine.layers.flatten import Flatten
from engine.layers.input import Input
from engine.layers.target import Target


class Section(BaseModel):
    value: int = 0


@pytest.fixture
def graph() -> ModelGraph:
    """Input -> Flatten -> Dense -> Dense -> Target: n1 .. n5; n6 waits for wires."""
    made = build_sequential(
        [Input(), Flatten(), Dense(units=8), Dense(units=10), Target()], {"data": Section(value=1)}
    )
    added(made, Concatenate())
    return made


def added(graph: ModelGraph, layer: Layer) -> Node:
    node = graph.new_node(layer)
    AddNode(node).apply(graph)
    return node


class Log:
    """The signals of a graph, as text."""

    def __init__(self, graph: ModelGraph) -> None:
        self.lines: list[str] = []
        self.graph = graph
        graph.node_added.connect(self.on_node_added)
        graph.node_removed.connect(self.on_node_removed)
        graph.node_changed.connect(self.on_node_changed)
        graph.nodes_moved.connect(self.on_nodes_moved)
        graph.edge_added.connect(self.on_edge_added)
        graph.edge_removed.connect(self.on_edge_removed)
        graph.section_changed.connect(self.on_section_changed)

    def on_node_added(self, node: Node) -> None:
        self.lines.append(f"+{node.id}")

    def on_node_removed(self, node: Node) -> None:
        self.lines.append(f"-{node.id}")

    def on_node_changed(self, node: Node) -> None:
        self.lines.append(f"!{node.id}")

    def on_nodes_moved(self, ids: tuple[str, ...]) -> None:
        self.lines.append(f"moved {' '.join(ids)}")

    def on_edge_added(self, edge: Edge) -> None:
        self.lines.append(f"+{edge.source}-{edge.target}")

    def on_edge_removed(self, edge: Edge) -> None:
        self.lines.append(f"-{edge.source}-{edge.target}")

    def on_section_changed(self, key: str) -> None:
        self.lines.append(f"section {key}")


EDITS: tuple[tuple[GraphEdit, list[str]], ...] = (
    (AddNode(Node("new", Dense(), "dense_9")), ["+new"]),
    (RemoveNode("n3"), ["-n3-n4", "-n2-n3", "-n3"]),
    (Disconnect(Edge("n3", "output", "n4", "input")), ["-n3-n4"]),
    (SetSettings("n3", Dense(units=3)), ["!n3"]),
    (MoveNodes({"n1": (5.0, 6.0), "n2": (7.0, 8.0)}), ["moved n1 n2"]),
    (RenameNode("n3", "hidden"), ["!n3"]),
    (SetShares("n4", "n3"), ["!n4"]),
    (Connect(Edge("n3", "output", "n6", "inputs")), ["+n3-n6"]),
    (SetBypass(("n3", "n4"), True), ["!n3", "!n4"]),
    (SetMute(("n3",), True), ["!n3"]),
    (SetTag(("n3", "n5"), TAGS[-1]), ["!n3", "!n5"]),
    (SetWires((Edge("n1", "output", "n2", "input"),)), ["-n4-n5", "-n3-n4", "-n2-n3"]),
    (ReplaceNodes((Node("n4", Dense(units=10), "last"),), "Another"), ["!n4"]),
    (SetSection("data", Section(value=7)), ["section data"]),
    (SetSection("training", Section(value=8)), ["section training"]),
    (Compound((RenameNode("n3", "hidden"), RemoveNode("n5")), "two"), ["!n3", "-n4-n5", "-n5"]),
)


def test_no_kind_of_edit_is_left_out() -> None:
    kinds = {kind for kind in GraphEdit.__subclasses__() if kind.__module__ == edits.__name__}
    assert {kind for kind in kinds if not kind.__name__.startswith("_")} == {type(edit) for edit, _ in EDITS}


@pytest.mark.parametrize(("edit", "signals"), EDITS, ids=lambda v: type(v).__name__)
def test_edit_is_signalled_and_undone_and_redone(
    graph: ModelGraph, edit: GraphEdit, signals: list[str]
) -> None:
    log = Log(graph)
    start = graph.snapshot()
    undo = edit.apply(graph)
    assert log.lines == signals
    assert edit.label
    end = graph.snapshot()
    assert end != start
    redo = undo.apply(graph)
    assert graph.snapshot() == start
    redo.apply(graph)
    assert graph.snapshot() == end


def impossible() -> Iterator[GraphEdit]:
    yield AddNode(Node("n1", Dense(), "other"))
    yield AddNode(Node("new", Dense(), "dense"))
    yield AddNode(Node("new", Dense(), "other", shares="nobody"))
    yield AddNode(Node("new", Dense(), "other", shares="n2"))
    yield RemoveNode("nobody")
    yield Connect(Edge("n3", "output", "n4", "input"))
    yield Connect(Edge("n4", "output", "n3", "input"))
    yield Connect(Edge("n3", "output", "n3", "input"))
    yield Connect(Edge("n3", "output", "n4", "output"))
    yield Connect(Edge("n3", "input", "n4", "input"))
    yield Connect(Edge("n3", "output", "nobody", "input"))
    yield Disconnect(Edge("n1", "output", "n4", "input"))
    yield SetSettings("nobody", Dense())
    yield SetSettings("n3", Target())  # it has no output, and a wire starts there
    yield MoveNodes({"n1": (1.0, 1.0), "nobody": (0.0, 0.0)})
    yield MoveNodes({"n1": (float("nan"), 0.0)})
    yield RenameNode("n3", "dense_1")
    yield RenameNode("n3", "")
    yield RenameNode("n3", " spaces ")
    yield RenameNode("n3", "two\nlines")
    yield RenameNode("n3", "long" * 40)
    yield SetShares("n3", "n3")
    yield SetShares("n3", "n2")
    yield Compound((RenameNode("n3", "hidden"), RemoveNode("n4"), RemoveNode("nobody")), "rolls back")


@pytest.mark.parametrize("edit", tuple(impossible()), ids=lambda edit: type(edit).__name__)
def test_impossible_edit_says_why_and_changes_nothing(graph: ModelGraph, edit: GraphEdit) -> None:
    start = graph.snapshot()
    with pytest.raises(EditError) as caught:
        edit.apply(graph)
    assert str(caught.value).endswith(".")
    assert graph.snapshot() == start


def test_removed_wires_of_a_variadic_port_return_in_their_order() -> None:
    graph = ModelGraph()
    a, b, c, joined = (added(graph, layer) for layer in (Input(), Dense(), Dense(), Concatenate()))
    for source in (a, b, a, c):
        Connect(Edge.between(source, joined)).apply(graph)
    before = [e.source for e in graph.edges_into(joined.id)]
    undo = RemoveNode(a.id).apply(graph)
    assert [e.source for e in graph.edges_into(joined.id)] == [b.id, c.id]
    undo.apply(graph)
    assert [e.source for e in graph.edges_into(joined.id)] == before == [a.id, b.id, a.id, c.id]


def test_the_second_of_two_equal_wires_is_undone_not_the_first() -> None:
    graph = ModelGraph()
    a, b, joined = (added(graph, layer) for layer in (Input(), Input(), Concatenate()))
    Connect(Edge.between(a, joined)).apply(graph)
    Connect(Edge.between(b, joined)).apply(graph)
    Connect(Edge.between(a, joined)).apply(graph).apply(graph)
    assert [e.source for e in graph.edges] == [a.id, b.id]


def test_settings_of_shared_weights_change_together(graph: ModelGraph) -> None:
    SetShares("n4", "n3").apply(graph)
    assert graph.nodes["n4"].layer == Dense(units=8)
    SetSettings("n4", Dense(units=5)).apply(graph)
    assert graph.nodes["n3"].layer == graph.nodes["n4"].layer == Dense(units=5)
    assert graph.nodes["n4"].weights == "n3"


def test_an_heir_owns_the_weights_when_their_owner_is_deleted(graph: ModelGraph) -> None:
    extra = graph.new_node(Dense(units=8))
    AddNode(extra).apply(graph)
    SetShares("n4", "n3").apply(graph)
    SetShares(extra.id, "n4").apply(graph)  # ends at the owner
    before = graph.snapshot()
    undo = RemoveNode("n3").apply(graph)
    assert graph.nodes["n4"].shares is None
    assert graph.nodes[extra.id].shares == "n4"
    undo.apply(graph)
    assert graph.snapshot() == before


def test_a_wire_of_an_unknown_layer_can_be_cut_and_put_back() -> None:
    unknown = Node("u", UnknownLayer("Future", {"a": 1}), "future")
    edge = Edge("u", "out", "t", "input")
    graph = ModelGraph([unknown, Node("t", Target(), "target")], [edge])
    before = graph.snapshot()
    Disconnect(edge).apply(graph).apply(graph)
    RemoveNode("u").apply(graph).apply(graph)
    assert graph.snapshot() == before


def test_ids_are_not_used_again_and_names_are_free(graph: ModelGraph) -> None:
    node = graph.new_node(Dense())
    assert (node.id, node.name) == ("n7", "dense_2")
    AddNode(node).apply(graph)
    RemoveNode(node.id).apply(graph)
    assert graph.new_node(Dense()).id == "n8"
    assert graph.copy().new_node(Dense()).id == "n9"
