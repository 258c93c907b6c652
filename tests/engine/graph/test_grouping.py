"""Grouping layers and dissolving the group changes what a network looks like and nothing of what it computes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.compiler.lower import lower
from engine.graph.diagnostics import Severity
from engine.graph.document import Edge, ModelGraph, Node
from engine.graph.edits import AddNode, Connect, EditError, SetShares
from engine.graph.features import FeatureSpec
from engine.graph.grouping import dissolve, group
from engine.graph.inference import infer
from engine.graph.sequence import build_sequential
from engine.graph.serialize import graph_from_json, graph_to_json
from engine.layers.base import Layer
from engine.layers.concatenate import Concatenate
from engine.layers.dense import Dense
from engine.layers.group import Group
from engine.layers.input import Input
from engine.layers.registry import layers
from engine.layers.target import Target
from engine.layers.transformer_block import TransformerBlock
from engine.program.builder import ProgramBuilder
from engine.tensor.spec import Array, TensorSpec
from tests.engine.training.networks import session

FEATURES = {"x": FeatureSpec((3,)), "y": FeatureSpec((1,))}


def network() -> tuple[ModelGraph, dict[str, str]]:
    """Two branches that are joined: a -> b, a -> c, [b, c, a] -> d."""
    graph = ModelGraph()
    ids: dict[str, str] = {}

    def add(name: str, layer: Layer, *sources: str) -> None:
        node = graph.new_node(layer, (250.0 * len(ids), 0.0))
        AddNode(node).apply(graph)
        ids[name] = node.id
        for source in sources:
            Connect(Edge.between(graph.nodes[ids[source]], node)).apply(graph)

    add("in", Input())
    add("a", Dense(units=4), "in")
    add("b", Dense(units=2, activation="tanh"), "a")
    add("c", Dense(units=3, activation="relu"), "a")
    add("d", Concatenate(), "b", "c", "a")
    add("e", Dense(units=1), "d")
    add("y", Target(), "e")
    return graph, ids


def output_of(graph: ModelGraph) -> Array:
    """What the network gives for fixed numbers and weights that depend on the weight's own name only."""
    builder = ProgramBuilder("try")
    feature = builder.feed("x", TensorSpec((5, 3)))
    forward = lower(graph, builder, {"x": feature}, training=False)
    (output,) = forward.targets.values()
    known = {feature.id: np.linspace(-1.0, 1.0, 15).reshape(5, 3)}
    for name, handle in forward.handles.items():
        size = int(np.prod(handle.shape))
        shift = len(handle.shape) + size
        known[handle.id] = np.sin(np.arange(size) + shift).reshape(handle.shape)
        assert name.count("/") >= 1
    program = builder.finish()
    known.update(program.constants)
    for node in program.nodes:
        if all(i in known for i in node.inputs) and node.outputs[0] not in known:
            outputs: list[Array] = [np.empty(program.values[i].spec.shape) for i in node.outputs]
            node.op.compute([known[i] for i in node.inputs], outputs, node.attrs)
            known.update(zip(node.outputs, outputs, strict=True))
    return known[output.id]


def between(chosen: set[str]) -> list[tuple[str, str]]:
    """For each layer that is not chosen, those before it and those behind it."""
    around = {"a": ("", "bcde"), "b": ("a", "de"), "c": ("a", "de"), "d": ("abc", "e"), "e": ("abcd", "")}
    return [around[name] for name in around if name not in chosen]


@given(st.sets(st.sampled_from(["a", "b", "c", "d", "e"]), min_size=1))
def test_a_group_computes_the_same(chosen: set[str]) -> None:
    graph, ids = network()
    before, expected = graph.copy(), output_of(graph)
    if any(set(before_it) & chosen and set(behind_it) & chosen for before_it, behind_it in between(chosen)):
        with pytest.raises(EditError, match="lies between"):
            group(graph, [ids[c] for c in chosen])
        return
    edit, group_id = group(graph, [ids[c] for c in chosen])
    undo = edit.apply(graph)
    assert len(graph.nodes) == 8 - len(chosen)
    np.testing.assert_allclose(output_of(graph), expected, rtol=1e-12)
    assert infer(graph, FEATURES).parameters == infer(before, FEATURES).parameters

    again, warnings = graph_from_json(graph_to_json(graph), {})
    assert not warnings
    assert again == graph

    back, inner = dissolve(graph, group_id)
    redo = back.apply(graph)
    assert len(inner) == len(chosen)
    assert {n.name for n in graph.nodes.values()} == {n.name for n in before.nodes.values()}
    np.testing.assert_allclose(output_of(graph), expected, rtol=1e-12)
    redo.apply(graph)
    undo.apply(graph)
    assert graph == before


def test_what_lies_between_must_come_along() -> None:
    graph, ids = network()
    with pytest.raises(EditError, match="lies between the chosen layers"):
        group(graph, [ids["a"], ids["d"]])


@pytest.mark.parametrize("name", ["in", "y"])
def test_the_data_stays_outside(name: str) -> None:
    graph, ids = network()
    with pytest.raises(EditError, match="meets its data"):
        group(graph, [ids[name], ids["a"]])


def test_a_group_used_twice_shares_all_its_weights() -> None:
    graph, ids = network()
    edit, first = group(graph, [ids["b"]])
    edit.apply(graph)
    twin = graph.new_node(graph.nodes[first].layer)
    AddNode(twin).apply(graph)
    Connect(Edge(ids["a"], "output", twin.id, "input")).apply(graph)
    Connect(Edge(twin.id, "output", ids["d"], "inputs")).apply(graph)
    own = infer(graph, FEATURES).parameters
    SetShares(twin.id, first).apply(graph)
    assert infer(graph, FEATURES).parameters == own - 10
    assert infer(graph, FEATURES).ok
    with pytest.raises(EditError, match="shares its weights with another group"):
        dissolve(graph, first)


def test_groups_within_groups_train() -> None:
    graph = build_sequential(
        [Input(), Dense(units=6, activation="tanh"), Dense(units=5), Dense(units=1), Target()]
    )
    _, a, b, c, _ = graph.nodes
    edit, inner = group(graph, [a, b], "inner")
    edit.apply(graph)
    edit, outer = group(graph, [inner, c], "outer")
    edit.apply(graph)
    assert graph.nodes[outer].layer.subtitle() == "outer · 2 layers"
    made = session(graph)
    made.advance(100)
    first = made.report()["loss"]
    made.advance(400)
    assert made.report()["loss"] < first
    assert f"{outer}/{inner}/{a}/weight" in made.weights()
    made.close()


def test_a_frozen_group_does_not_learn() -> None:
    graph = build_sequential([Input(), Dense(units=6, activation="tanh"), Dense(units=1), Target()])
    edit, group_id = group(graph, [list(graph.nodes)[1]])
    edit.apply(graph)
    layer = graph.nodes[group_id].layer
    assert isinstance(layer, Group)
    frozen = Node(group_id, layer.model_copy(update={"trainable": False}), "group")
    graph.replace_node(frozen)
    made = session(graph)
    before = made.weights()
    made.advance(20)
    after = made.weights()
    made.close()
    for name in before:
        assert (name.startswith(group_id)) == np.array_equal(before[name], after[name])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"wires": [["a", "output", "nobody", "input"]]}, "not there"),
        ({"wires": [["a", "output", "a", "input"]]}, "order of its wires"),
        ({"parts": [{"id": "a", "layer": "Input"}], "wires": [], "outlets": []}, "no Input and no Target"),
        ({"inlets": ["x", "x"]}, "Two ports of a group have one name"),
        ({"parts": [{"id": "a", "layer": "Dense"}, {"id": "a", "layer": "Dense"}]}, "have one id"),
        ({"parts": [{"id": "a", "layer": "Nonsense"}]}, "no layer named 'Nonsense'"),
        ({"parts": [{"id": "../a", "layer": "Dense"}]}, "should match pattern"),
    ],
)
def test_broken_contents_are_kept_as_unknown(change: dict[str, object], sentence: str) -> None:
    content = {
        "parts": [{"id": "a", "layer": "Dense"}],
        "wires": [["", "input", "a", "input"]],
        "inlets": ["input"],
    }
    record = {
        "nodes": [{"id": "n1", "name": "g", "type": "Group", "settings": {"content": {**content, **change}}}]
    }
    graph, warnings = graph_from_json(record, {})
    assert not isinstance(graph.nodes["n1"].layer, Layer)
    assert sentence in warnings[0]


def test_an_empty_group_says_so() -> None:
    graph = build_sequential([Input(), Target()])
    graph.insert_node(graph.new_node(layers()["Group"]()))
    assert any("needs layers inside" in d.sentence for d in infer(graph, FEATURES).diagnostics)


def test_a_ready_block_is_taken_apart_into_its_layers() -> None:
    features = {"x": FeatureSpec((5, 8)), "y": FeatureSpec((5, 8))}
    block = TransformerBlock(num_heads=2, intermediate_dim=6, normalize_first=True, dropout=0.1)
    graph = build_sequential([Input(), block, Target()])
    node_id = list(graph.nodes)[1]
    whole = infer(graph, features)
    with pytest.raises(EditError, match="connect its input first"):
        dissolve(graph, node_id)
    edit, inner = dissolve(graph, node_id, ((5, 8),))
    undo = edit.apply(graph)
    assert [graph.nodes[i].name for i in inner][:2] == ["attention_norm", "attention"]
    apart = infer(graph, features)
    assert apart.parameters == whole.parameters
    assert apart.specs[inner[-1], "output"].shape == (5, 8)
    assert not [d for d in apart.diagnostics if d.severity is Severity.ERROR]
    undo.apply(graph)
    assert infer(graph, features).parameters == whole.parameters
