"""Any sequence of edits: undo all gives the start, redo all the end, and saving and loading changes nothing."""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pydantic import BaseModel

from engine.data.settings import DataSettings
from engine.formats.project import Project, load_project, save_project
from engine.formats.sections import SECTIONS
from engine.graph.clipboard import copy, paste, read
from engine.graph.document import Edge, Node, UnknownLayer, input_ports, output_ports
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
    SetBypass,
    SetSection,
    SetSettings,
    SetShares,
    SetTag,
)
from engine.graph.features import FeatureSpec
from engine.graph.inference import Inference, infer
from engine.graph.sequence import build_sequential
from engine.graph.serialize import graph_from_json, graph_to_json
from engine.graph.structure import topological_order
from engine.layers.base import Layer
from engine.layers.concatenate import Concatenate
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.input import Input
from engine.layers.target import Target
from engine.optimizers.adam import Adam
from engine.training.settings import TrainingSettings

FEATURES = {"x": FeatureSpec((4,)), "y": FeatureSpec((1,))}
LAYERS: st.SearchStrategy[Layer] = st.one_of(
    st.builds(Dense, units=st.integers(1, 9), activation=st.sampled_from(["relu", "tanh"])),
    st.builds(Dropout, rate=st.floats(0, 0.5)),
    st.sampled_from([Input(), Concatenate(), Target()]),
)
COORDINATES = st.floats(-1e4, 1e4)
PICK = st.integers(0, 10**6)  # modulo the number of things there are
SECTION = st.one_of(
    st.builds(DataSettings, dataset=st.sampled_from(["spiral", "xor"]), seed=st.integers(0, 9)),
    st.builds(
        TrainingSettings,
        optimizer=st.builds(Adam, learning_rate=st.floats(1e-5, 1.0)),
        epochs=st.integers(1, 9),
    ),
)


Snapshot = tuple[tuple[Node, ...], tuple[Edge, ...], dict[str, BaseModel]]


class History(RuleBasedStateMachine):
    """A document with an undo stack such as the window has."""

    @initialize(filled=st.booleans())
    def begin(self, filled: bool) -> None:
        chain = [
            Input(),
            Dense(units=3),
            Dense(units=3),
            Dense(units=3),
            Concatenate(),
            Dense(units=1),
            Target(),
        ]
        layers = chain if filled else []
        self.graph = build_sequential(layers)
        if filled:
            SetShares("n4", "n3").apply(self.graph)
        self.known: Inference | None = None
        self.known_before: Inference | None = None
        self.undos: list[tuple[GraphEdit, Snapshot]] = []  # with the state that it must lead to
        self.redos: list[tuple[GraphEdit, Snapshot]] = []

    def push(self, edit: GraphEdit) -> None:
        before = self.graph.snapshot()
        try:
            self.undos.append((edit.apply(self.graph), before))
        except EditError:
            assert self.graph.snapshot() == before
        else:
            self.redos.clear()

    def step(self, done: list[tuple[GraphEdit, Snapshot]], undone: list[tuple[GraphEdit, Snapshot]]) -> None:
        before = self.graph.snapshot()
        edit, wanted = done.pop()
        undone.append((edit.apply(self.graph), before))
        assert self.graph.snapshot() == wanted

    def pick(self, number: int) -> str:
        ids = list(self.graph.nodes)
        return ids[number % len(ids)] if ids else "nobody"

    def wire(self, a: int, b: int) -> Edge:
        source, target = self.graph.nodes.get(self.pick(a)), self.graph.nodes.get(self.pick(b))
        starts = output_ports(source.layer) if source else ()
        ends = input_ports(target.layer) if target else ()
        return Edge(
            source.id if source else "nobody",
            starts[0].name if starts else "none",
            target.id if target else "nobody",
            ends[0].name if ends else "none",
        )

    @rule(layer=LAYERS, x=COORDINATES, y=COORDINATES)
    def add(self, layer: Layer, x: float, y: float) -> None:
        self.push(AddNode(self.graph.new_node(layer, (x, y))))

    @rule(node=PICK)
    def remove(self, node: int) -> None:
        self.push(RemoveNode(self.pick(node)))

    @rule(a=PICK, b=PICK)
    def connect(self, a: int, b: int) -> None:
        self.push(Connect(self.wire(a, b)))

    @rule(number=PICK)
    def disconnect(self, number: int) -> None:
        edges = self.graph.edges
        self.push(Disconnect(edges[number % len(edges)] if edges else self.wire(number, number + 1)))

    @rule(node=PICK, layer=LAYERS)
    def set_layer(self, node: int, layer: Layer) -> None:
        self.push(SetSettings(self.pick(node), layer))

    @rule(node=PICK, x=COORDINATES)
    def move(self, node: int, x: float) -> None:
        self.push(MoveNodes({self.pick(node): (x, -x)}))

    @rule(node=PICK, name=st.text(max_size=6))
    def rename(self, node: int, name: str) -> None:
        self.push(RenameNode(self.pick(node), name))

    def pick_of(self, kind: type[Layer], number: int) -> str:
        ids = [n.id for n in self.graph.nodes.values() if isinstance(n.layer, kind)]
        return ids[number % len(ids)] if ids else "nobody"

    @rule(node=PICK, owner=PICK)
    def share(self, node: int, owner: int) -> None:
        self.push(SetShares(self.pick_of(Dense, node), self.pick_of(Dense, owner)))

    @rule(node=PICK)
    def share_no_more(self, node: int) -> None:
        self.push(SetShares(self.pick(node), None))

    @rule(a=st.integers(0, 2), b=PICK)
    def connect_to_merge(self, a: int, b: int) -> None:
        self.push(Connect(Edge(self.pick(a), "output", self.pick_of(Concatenate, b), "inputs")))

    @rule(node=PICK, other=PICK, bypassed=st.booleans())
    def bypass(self, node: int, other: int, bypassed: bool) -> None:
        self.push(SetBypass((self.pick(node), self.pick(other)), bypassed))

    @rule(node=PICK, tag=st.sampled_from(["", "red", "blue", "no colour"]))
    def mark(self, node: int, tag: str) -> None:
        self.push(SetTag((self.pick(node),), tag))

    @precondition(lambda self: any(n.shares for n in self.graph.nodes.values()))
    @rule(number=PICK)
    def remove_an_owner(self, number: int) -> None:
        owners = [n.shares for n in self.graph.nodes.values() if n.shares]
        self.push(RemoveNode(owners[number % len(owners)]))

    @rule(value=SECTION)
    def set_section(self, value: DataSettings | TrainingSettings) -> None:
        self.push(SetSection("data" if isinstance(value, DataSettings) else "training", value))

    @rule(a=PICK, b=PICK)
    def insert_between(self, a: int, b: int) -> None:
        node = self.graph.new_node(Dense(units=2))
        into, out = (
            Edge(self.pick(a), "output", node.id, "input"),
            Edge(node.id, "output", self.pick(b), "input"),
        )
        self.push(Compound((AddNode(node), Connect(into), Connect(out)), "insert"))

    @precondition(lambda self: self.graph.nodes)
    @rule(a=PICK, b=PICK)
    def duplicate(self, a: int, b: int) -> None:
        edit, _ = paste(self.graph, read(copy(self.graph, {self.pick(a), self.pick(b)})))
        self.push(edit)

    @precondition(lambda self: self.undos)
    @rule()
    def undo(self) -> None:
        self.step(self.undos, self.redos)

    @precondition(lambda self: self.redos)
    @rule()
    def redo(self) -> None:
        self.step(self.redos, self.undos)

    @invariant()
    def is_sound(self) -> None:
        if not hasattr(self, "graph"):
            return
        nodes = self.graph.nodes
        assert len({n.name for n in nodes.values()}) == len(nodes)
        assert all(e.source in nodes and e.target in nodes for e in self.graph.edges)
        assert topological_order(self.graph)[1] == []
        self.looks_again_at_what_changed()

    def looks_again_at_what_changed(self) -> None:
        """What is found from an earlier look, one edit ago or several, is what is found from nothing."""
        whole = infer(self.graph, FEATURES)
        for known in (self.known, self.known_before):
            again = infer(self.graph, FEATURES, known)
            assert again == whole
            assert list(again.nodes) == list(whole.nodes)
        if len(self.undos) % 3 == 0:
            self.known_before = self.known
        self.known = whole
        for node in self.graph.nodes:
            into = tuple(e for e in self.graph.edges if e.target == node)
            assert self.graph.edges_into(node) == into
            assert self.graph.edges_from(node) == tuple(e for e in self.graph.edges if e.source == node)

    def teardown(self) -> None:
        if not hasattr(self, "graph"):
            return
        end = self.graph.snapshot()
        count = len(self.undos)
        while self.undos:
            self.step(self.undos, self.redos)
        for _ in range(count):
            self.step(self.redos, self.undos)
        assert self.graph.snapshot() == end
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "project.loom"
            save_project(path, Project(self.graph))
            loaded = load_project(path)
        assert loaded.warnings == ()
        assert loaded.graph == self.graph


History.TestCase.settings = settings(
    max_examples=100,
    stateful_step_count=40,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestHistory = History.TestCase

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(layer=st.sampled_from(["Dense", "Input", "Nonsense", ""]), values=JSON, name=st.text(max_size=12))
@settings(max_examples=200, deadline=None, database=None)
def test_any_json_is_a_document_or_a_sentence(layer: str, values: Any, name: str) -> None:
    settings_of = values if isinstance(values, dict) else {"units": values}
    nodes = [
        {"id": "a", "type": layer, "settings": settings_of, "name": name, "position": [0, 1]},
        {"id": "b", "type": "Target", "settings": {}, "name": name, "position": [0, 1], "shares": "a"},
    ]
    for data in (
        values,
        {"nodes": values},
        {"nodes": nodes, "edges": [["a", "output", "b", "input"]], "sections": settings_of},
    ):
        try:
            graph, _ = graph_from_json(data, SECTIONS)
        except ValueError:
            continue
        infer(graph, FEATURES)
        again, _ = graph_from_json(json.loads(json.dumps(graph_to_json(graph))), SECTIONS)
        assert again == graph


def test_an_unknown_layer_keeps_its_settings() -> None:
    data = {"nodes": [{"id": "a", "type": "Warp", "settings": {"deep": [1, {"x": None}]}, "name": "warp"}]}
    graph, warnings = graph_from_json(data, SECTIONS)
    layer = graph.nodes["a"].layer
    assert isinstance(layer, UnknownLayer)
    assert layer.settings == {"deep": [1, {"x": None}]}
    assert "Warp" in warnings[0]
    assert graph_to_json(graph)["nodes"][0]["settings"] == data["nodes"][0]["settings"]
    endless = {"nodes": [{"id": "a", "type": "Warp", "settings": {"deep": math.inf}, "name": "warp"}]}
    assert graph_to_json(graph_from_json(endless, SECTIONS)[0])["nodes"][0]["settings"] == {"deep": math.inf}
    assert graph_to_json(graph)["nodes"][0]["type"] == "Warp"


def test_a_setting_out_of_bounds_makes_an_unknown_layer_that_says_why() -> None:
    graph, _ = graph_from_json(
        {"nodes": [{"id": "a", "type": "Dense", "settings": {"units": 10**9}}]}, SECTIONS
    )
    layer = graph.nodes["a"].layer
    assert isinstance(layer, UnknownLayer)
    assert "Units" in layer.reason
    assert "1000000000" in layer.reason
    assert infer(graph, FEATURES).at("a")[0].rule == "unknown-layer"
