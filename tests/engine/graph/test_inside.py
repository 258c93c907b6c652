"""An open group: what is edited inside is an edit of the one document, at any depth, and comes back by its inverse."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.graph.boundary import GroupInput, GroupOutput
from engine.graph.document import Edge, ModelGraph
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
    SetSettings,
    SetTag,
)
from engine.graph.facts import build_facts, layer_facts, single_facts
from engine.graph.features import FeatureSpec
from engine.graph.grouping import dissolve, group
from engine.graph.inference import infer
from engine.graph.inside import Inside, features_inside, fold, opened, port_node, sync, unfold
from engine.graph.links import groups_with
from engine.graph.sequence import build_sequential
from engine.graph.serialize import graph_from_json, graph_to_json
from engine.layers.dense import Dense
from engine.layers.exposed import Exposed
from engine.layers.group import Group
from engine.layers.input import Input
from engine.layers.registry import layers
from engine.layers.target import Target
from engine.layers.transformer_block import TransformerBlock
from engine.tensor.spec import TensorSpec

FEATURES = {"x": FeatureSpec((3,)), "y": FeatureSpec((1,))}


def chain(*units: int) -> tuple[ModelGraph, list[str]]:
    graph = build_sequential([Input(), *(Dense(units=n) for n in units), Dense(units=1), Target()])
    return graph, list(graph.nodes)[1:-1]


def grouped(*units: int) -> tuple[ModelGraph, str]:
    """A network whose Dense layers, but the last, are a group."""
    graph, ids = chain(*units)
    edit, made = group(graph, ids[:-1])
    edit.apply(graph)
    return graph, made


def held(graph: ModelGraph, node: str) -> Group:
    layer = graph.nodes[node].layer
    assert isinstance(layer, Group)
    return layer


def nested() -> tuple[ModelGraph, str, str]:
    """A group in a group, by the paths of their nodes."""
    graph, outer = grouped(4, 5, 6)
    inner = unfold(held(graph, outer), outer)
    edit, made = group(inner, [i for i in inner.nodes if ":" not in i][:2])
    Inside(outer, edit).apply(graph)
    return graph, outer, made


def test_the_inside_shows_parts_wires_and_ports() -> None:
    graph, node = grouped(4, 5)
    inner = unfold(held(graph, node), node)
    assert [n.name for n in inner.nodes.values()] == ["input", "dense", "dense_1", "output"]
    assert all(i.startswith(f"{node}/") for i in inner.nodes)
    assert fold(inner).model_copy(update={"places": ()}).parts == held(graph, node).content.parts
    found = infer(inner, features_inside(graph, infer(graph, FEATURES), node), part=True)
    assert not found.diagnostics
    assert [found.specs[e.source, e.source_port].shape for e in inner.edges] == [(3,), (4,), (5,)]


def test_an_edit_inside_is_one_of_the_document() -> None:
    graph, node = grouped(4, 5)
    before = graph.copy()
    first = next(i for i in unfold(held(graph, node), node).nodes if ":" not in i)
    undo = Inside(node, SetSettings(first, Dense(units=9))).apply(graph)
    assert infer(graph, FEATURES).parameters == 4 * 9 + 10 * 5 + 6
    redo = undo.apply(graph)
    assert graph == before
    redo.apply(graph)
    again, warnings = graph_from_json(graph_to_json(graph), {})
    assert not warnings
    assert again == graph


def test_a_refused_edit_changes_nothing() -> None:
    graph, node = grouped(4, 5)
    before = graph.copy()
    inner = unfold(held(graph, node), node)
    for layer, sentence in ((Input(), "stays outside"), (Target(), "stays outside")):
        with pytest.raises(EditError, match=sentence):
            Inside(node, AddNode(inner.new_node(layer))).apply(graph)
    with pytest.raises(EditError, match="no longer"):
        Inside("n77", SetTag((), "")).apply(graph)
    assert graph == before


def test_ports_are_renamed_added_and_removed_with_the_wires_outside() -> None:
    graph, node = grouped(4, 5)
    inlet = f"{node}/:in:input"
    Inside(node, RenameNode(inlet, "picture")).apply(graph)
    assert held(graph, node).content.inlets == ("picture",)
    assert [e.target_port for e in graph.edges_into(node)] == ["picture"]
    assert infer(graph, FEATURES).ok
    inner = unfold(held(graph, node), node)
    added = port_node(inner, inner.new_node(GroupOutput()))
    undo = Inside(node, AddNode(added)).apply(graph)
    assert [p.name for p in held(graph, node).output_ports()] == ["output", "output_1"]
    problem = next(d for d in infer(graph, FEATURES).at(node) if d.severity == "error")
    assert "Nothing leads to the output_1" in problem.sentence
    undo.apply(graph)
    Inside(node, RemoveNode(f"{node}/:in:picture")).apply(graph)
    assert not graph.edges_into(node)


def test_an_inlet_can_lead_straight_to_an_outlet() -> None:
    graph, node = grouped(4)
    inner = unfold(held(graph, node), node)
    cut = inner.edges_into(f"{node}/:out:output")[0]
    straight = Edge(f"{node}/:in:input", "output", f"{node}/:out:output", "input")
    Inside(node, Compound((Disconnect(cut), Connect(straight)), "Skip")).apply(graph)
    found = infer(graph, FEATURES)
    assert found.specs[node, "output"].shape == (3,)
    assert found.ok
    dissolve(graph, node)[0].apply(graph)
    assert infer(graph, FEATURES).ok


def test_a_problem_inside_says_where() -> None:
    graph, outer, inner = nested()
    part = next(i for i in unfold(held_inside(graph, outer, inner), inner).nodes if ":" not in i)
    edit: GraphEdit = SetSettings(part, layers()["Conv2D"]())
    Inside(outer, Inside(inner, edit)).apply(graph)
    problem = next(d for d in infer(graph, FEATURES).diagnostics if d.severity == "error")
    assert problem.place == part
    assert part.count("/") == 2


def held_inside(graph: ModelGraph, outer: str, inner: str) -> Group:
    return held(unfold(held(graph, outer), outer), inner)


def test_a_bypassed_part_passes_on() -> None:
    graph, node = grouped(4, 5)
    second = [i for i in unfold(held(graph, node), node).nodes if ":" not in i][1]
    Inside(node, SetBypass((second,), True)).apply(graph)
    assert infer(graph, FEATURES).specs[node, "output"].shape == (4,)


@pytest.mark.parametrize("units", [(4,), (4, 5, 6)])
def test_facts_of_a_group_are_those_of_building_it(units: tuple[int, ...]) -> None:
    graph, node = grouped(*units)
    for layer in (held(graph, node), held(graph, node).model_copy(update={"trainable": False})):
        inputs = (TensorSpec((3,)),)
        assert layer_facts(layer, inputs) == build_facts(layer, inputs, {})


def test_a_ready_block_becomes_a_group_by_the_first_edit_inside() -> None:
    features = {"x": FeatureSpec((5, 8)), "y": FeatureSpec((5, 8))}
    graph = build_sequential([Input(), TransformerBlock(num_heads=2, intermediate_dim=6), Target()])
    node = list(graph.nodes)[1]
    weights = infer(graph, features).nodes[node].weights
    with pytest.raises(EditError, match="connect its input first"):
        opened(graph, node, None)
    block, first = opened(graph, node, ((5, 8),))
    assert first is not None
    assert unfold(block, node).nodes[f"{node}/attention"].name == "attention"
    first.apply(graph)
    assert infer(graph, features).nodes[node].weights == weights
    assert opened(graph, node, None) == (held(graph, node), None)


# -- linked copies and shown settings ---------------------------------------------------------------------
def linked() -> tuple[ModelGraph, str, str]:
    graph, node = grouped(4, 5)
    first = held(graph, node).content.parts[0]
    shown = (Exposed(label="Units", targets=((first.id, "units"),)),)
    layer = held(graph, node).model_copy(update={"link": "a", "exposed": shown})
    SetSettings(node, layer).apply(graph)
    twin = graph.new_node(layer)
    AddNode(twin).apply(graph)
    return graph, node, twin.id


def test_linked_groups_change_together_and_keep_what_they_show() -> None:
    graph, node, twin = linked()
    key = next(iter(held(graph, node).shown_values()))
    SetSettings(twin, held(graph, twin).with_shown({key: 11})).apply(graph)
    before = graph.copy()
    second = [i for i in unfold(held(graph, node), node).nodes if ":" not in i][1]
    undo = Inside(node, SetSettings(second, Dense(units=7))).apply(graph)
    assert [getattr(p.layer, "units", 0) for p in held(graph, twin).content.parts] == [11, 7]
    assert [getattr(p.layer, "units", 0) for p in held(graph, node).content.parts] == [4, 7]
    assert groups_with(graph, "a") == 2
    undo.apply(graph)
    assert graph == before


def test_linked_groups_in_other_groups_change_along() -> None:
    graph, node, twin = linked()
    edit, outer = group(graph, [twin])
    edit.apply(graph)
    before = graph.copy()
    undo = Inside(node, RenameNode(f"{node}/:in:input", "x")).apply(graph)
    inner = held_inside(graph, outer, f"{outer}/{twin}")
    assert inner.content.inlets == ("x",)
    assert infer(graph, FEATURES).nodes[node].error == ""
    # and from the inside of the other one
    undo.apply(graph)
    assert graph == before
    path = f"{outer}/{twin}"
    Inside(outer, Inside(path, RenameNode(f"{path}/:out:output", "y"))).apply(graph)
    assert [o.name for o in held(graph, node).content.outlets] == ["y"]
    assert held(graph, outer).content.outlets[0].port == "y"


# -- any edits ------------------------------------------------------------------------------------------------
def any_edit(graph: ModelGraph, draw: Any) -> GraphEdit:
    """Some edit of a graph, of an open group or of the document."""
    parts = [i for i in graph.nodes if ":" not in i]
    kind = draw(
        st.sampled_from(["add", "remove", "move", "rename", "tag", "bypass", "cut", "units", "port", "group"])
    )
    some = draw(st.sampled_from(parts)) if parts else ""
    if kind == "port" and graph.prefix:
        return AddNode(port_node(graph, graph.new_node(draw(st.sampled_from([GroupInput(), GroupOutput()])))))
    if kind == "cut" and graph.edges:
        return Disconnect(draw(st.sampled_from(graph.edges)))
    if kind == "add" or not some or kind in ("port", "cut"):
        return AddNode(graph.new_node(layers()["ReLU"](), (5.0, 5.0)))
    made: dict[str, GraphEdit] = {
        "remove": RemoveNode(draw(st.sampled_from(list(graph.nodes)))),
        "move": MoveNodes({draw(st.sampled_from(list(graph.nodes))): (50.0, 75.0)}),
        "rename": RenameNode(draw(st.sampled_from(list(graph.nodes))), "other"),
        "tag": SetTag((some,), "red"),
        "bypass": SetBypass((some,), True),
        "units": SetSettings(some, Dense(units=draw(st.integers(1, 9)))),
    }
    return group(graph, [some])[0] if kind == "group" else made[kind]


@settings(max_examples=40)
@given(st.data())
def test_any_edits_at_any_depth_come_back(data: st.DataObject) -> None:
    graph, outer, inner = nested()
    before = graph.copy()
    shown = unfold(held(graph, outer), outer)
    inverses: list[GraphEdit] = []
    for _ in range(data.draw(st.integers(1, 6))):
        if outer not in graph.nodes:
            break
        level = data.draw(st.integers(0, 2))
        deep = level == 2 and inner in shown.nodes and isinstance(shown.nodes[inner].layer, Group)
        try:
            if level == 0:
                edit = any_edit(graph, data.draw)
            elif deep:
                below = unfold(held(shown, inner), inner)
                edit = Inside(outer, Inside(inner, any_edit(below, data.draw)))
            else:
                edit = Inside(outer, any_edit(shown, data.draw))
            inverses.append(edit.apply(graph))
        except EditError:
            continue
        infer(graph, FEATURES)
        if isinstance(graph.nodes.get(outer) and graph.nodes[outer].layer, Group):
            target = unfold(held(graph, outer), outer)
            sync(shown, target)
            assert dict(shown.nodes) == dict(target.nodes)
            assert shown.edges == target.edges
        else:
            break
    for inverse in reversed(inverses):
        inverse.apply(graph)
    assert graph == before


def test_an_edit_inside_looks_at_what_it_changes_and_at_nothing_else() -> None:
    graph, node = grouped(*(4 for _ in range(40)))
    before = infer(graph, FEATURES)
    looked = single_facts.cache_info().misses
    parts = [i for i in unfold(held(graph, node), node).nodes if ":" not in i]
    Inside(node, SetSettings(parts[20], Dense(units=4, activation="mish"))).apply(graph)
    assert infer(graph, FEATURES, before).ok
    assert single_facts.cache_info().misses == looked + 1


def unknown_in(graph: ModelGraph, node: str) -> ModelGraph:
    """The graph as a version without a layer's kind opens it."""
    data = graph_to_json(graph)
    record = next(r for r in data["nodes"] if r["id"] == node)
    record["type"] = "Strange"
    return graph_from_json(data, {})[0]


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ((), "Choose the layers that should be one, without circles"),
        (("n2", "gone"), "Choose the layers that should be one, without circles"),
        (("n1", "n2"), "input is where the network meets its data"),
        (("n3", "n4"), "dense_1 is a layer this version does not know"),
    ],
)
def test_what_can_be_no_group(chosen: tuple[str, ...], sentence: str) -> None:
    graph = unknown_in(build_sequential([Input(), Dense(), Dense(), Dense(), Target()]), "n3")
    with pytest.raises(EditError, match=sentence):
        group(graph, chosen)


def test_only_a_group_is_taken_apart_or_opened() -> None:
    graph = build_sequential([Input(), Dense(), Target()])
    with pytest.raises(EditError, match="Only a group can be dissolved; choose one"):
        dissolve(graph, "n2")
    with pytest.raises(EditError, match="This group is no longer on the canvas"):
        Inside("n2", SetTag(("n1",), "")).apply(graph)
