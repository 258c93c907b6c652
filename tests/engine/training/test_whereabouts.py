"""Weights keep what they learned when their layers go into groups, are edited there, and come out again."""

from __future__ import annotations

from engine.graph.document import ModelGraph
from engine.graph.edits import AddNode, MoveNodes, SetSettings
from engine.graph.grouping import dissolve, group
from engine.graph.inside import Inside, unfold
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.group import Group
from engine.tensor.spec import Array
from engine.training.changes import Attic, renewed
from engine.training.identity import identity
from engine.training.session import Session
from engine.training.whereabouts import new_names
from tests.engine.training.networks import settings, with_everything
from tests.engine.training.test_changes import first_slot, point, slots, trained, weights


def grouped(graph: ModelGraph) -> tuple[ModelGraph, str]:
    graph = graph.copy()
    dense = [n.id for n in graph.nodes.values() if isinstance(n.layer, Dense)]
    edit, made = group(graph, dense[:1])
    edit.apply(graph)
    return graph, made


def follow(s: Session, graph: ModelGraph) -> Session:
    return renewed(s, graph, settings(), point(s), Attic())


def values(found: dict[str, Array]) -> list[bytes]:
    return sorted(array.tobytes() for array in found.values())


def test_a_group_is_made_changed_inside_and_dissolved_with_all_that_was_learned() -> None:
    s = trained(with_everything())
    slot, before, memory = first_slot(s), values(weights(s)), values(slots(s, first_slot(s)))
    graph, made = grouped(s.graph)
    s = follow(s, graph)
    assert values(weights(s)) == before
    assert values(slots(s, slot)) == memory
    assert any(name.startswith(f"{made}/") for name in weights(s))
    layer = graph.nodes[made].layer
    assert isinstance(layer, Group)
    inner = unfold(layer, made)
    Inside(made, AddNode(inner.new_node(Dropout()))).apply(graph)
    s = follow(s, graph)
    assert values(weights(s)) == before
    dissolve(graph, made)[0].apply(graph)
    s = follow(s, graph)
    assert values(weights(s)) == before
    assert values(slots(s, slot)) == memory
    s.close()


def test_where_a_layer_lies_inside_changes_no_program() -> None:
    graph, made = grouped(with_everything())
    layer = graph.nodes[made].layer
    assert isinstance(layer, Group)
    before = identity(*graph.snapshot()[:2])
    part = next(i for i in unfold(layer, made).nodes if ":" not in i)
    Inside(made, MoveNodes({part: (500.0, 25.0)})).apply(graph)
    assert identity(*graph.snapshot()[:2]) == before
    Inside(made, SetSettings(part, Dense(units=3))).apply(graph)
    assert identity(*graph.snapshot()[:2]) != before


def test_names_are_found_by_their_ends_where_that_is_certain() -> None:
    assert new_names(["n2/weight"], ["n9/n2/weight"]) == {"n2/weight": "n9/n2/weight"}
    assert new_names(["n9/n2/weight"], ["n8/n2/weight"]) == {"n9/n2/weight": "n8/n2/weight"}
    assert new_names(["n5/conv/weight"], ["conv/weight"]) == {"n5/conv/weight": "conv/weight"}
    assert new_names(["n2/forward/weight"], ["n8/n7/forward/weight"]) == {}
    assert new_names(["n2/weight"], ["n8/n2/weight", "n9/n2/weight"]) == {}
    assert new_names(["n2/weight"], ["n2/weight"]) == {}
