"""Bypassed nodes: what arrives at them is passed on, and nothing behind the document knows of them."""

import pytest

from engine.compiler.model import ModelCompiler
from engine.data.load import load
from engine.data.settings import DataSettings
from engine.graph.document import Edge, ModelGraph
from engine.graph.edits import AddNode, Connect, EditError, SetBypass, SetMute, SetSettings, SetShares
from engine.graph.effective import Muted, effective, passed_on
from engine.graph.features import FeatureSpec
from engine.graph.grouping import group
from engine.graph.inference import infer
from engine.graph.sequence import build_sequential
from engine.graph.serialize import graph_from_json, graph_to_json
from engine.layers.dense import Dense
from engine.layers.group import Group
from engine.layers.input import Input
from engine.layers.registry import layers
from engine.layers.target import Target
from engine.training.choose import CPU, DevicePool
from engine.training.features import feature_specs
from engine.training.objectives import objectives_of
from engine.training.session import Session
from engine.training.settings import TrainingSettings

FEATURES = {"x": FeatureSpec((4,)), "y": FeatureSpec((1,))}


def chain(*names: str) -> ModelGraph:
    return build_sequential([layers()[name]() for name in names])


def wires(graph: ModelGraph) -> list[tuple[str, str]]:
    return [(e.source, e.target) for e in graph.edges]


def bypass(graph: ModelGraph, *nodes: str) -> None:
    SetBypass(nodes, True).apply(graph)


def test_without_bypassed_nodes_it_is_the_graph_itself() -> None:
    graph = chain("Input", "Dense", "Target")
    assert effective(graph) is graph
    assert passed_on(graph) == {}


def test_what_arrives_is_passed_on_along_several() -> None:
    graph = chain("Input", "Dense", "Dropout", "ReLU", "Target")
    bypass(graph, "n3", "n4")
    assert wires(effective(graph)) == [("n1", "n2"), ("n2", "n5")]
    assert passed_on(graph) == {("n3", "output"): ("n2", "output"), ("n4", "output"): ("n2", "output")}
    assert list(graph.nodes) == ["n1", "n2", "n3", "n4", "n5"]
    assert effective(graph).new_node(layers()["ReLU"]()).id == "n6"


def test_a_layer_that_joins_passes_its_first_input_on() -> None:
    graph = chain("Input", "Dense", "ReLU", "Dense", "Target")
    add = graph.new_node(layers()["Add"]())
    AddNode(add).apply(graph)
    for source in ("n4", "n2"):
        Connect(Edge(source, "output", add.id, "inputs")).apply(graph)
    out = graph.new_node(layers()["ReLU"]())
    AddNode(out).apply(graph)
    Connect(Edge(add.id, "output", out.id, "input")).apply(graph)
    bypass(graph, add.id)
    assert ("n4", out.id) in wires(effective(graph))
    assert ("n2", out.id) not in wires(effective(graph))


def test_where_nothing_arrives_the_wire_is_gone_and_that_is_said() -> None:
    graph = chain("Input", "Dense", "Target")
    loose, end = graph.new_node(layers()["ReLU"]()), graph.new_node(layers()["Dense"]())
    AddNode(loose).apply(graph)
    AddNode(end).apply(graph)
    Connect(Edge.between(loose, end)).apply(graph)
    bypass(graph, loose.id)
    assert (loose.id, end.id) not in wires(effective(graph))
    found = infer(graph, FEATURES)
    assert [d.rule for d in found.at(end.id)] == ["missing-input"]
    assert found.at(loose.id) == ()


def test_inference_counts_without_them_and_knows_what_flows_through() -> None:
    graph = chain("Input", "Dense", "Dense", "Target")
    before = infer(graph, FEATURES)
    bypass(graph, "n3")
    after = infer(graph, FEATURES, before)
    assert after == infer(graph, FEATURES)
    assert "n3" not in after.nodes
    assert after.parameters < before.parameters
    assert after.specs["n3", "output"] == after.specs["n2", "output"]
    SetBypass(("n3",), False).apply(graph)
    assert infer(graph, FEATURES, after) == before


def test_a_remedy_that_leads_past_a_bypassed_node_is_not_offered() -> None:
    graph = chain("Input", *["Dense"] * 12, "Target")
    for bypassed in ((), tuple(f"n{k}" for k in range(3, 13, 2))):
        bypass(graph, *bypassed)
        remedies = [d.remedy for d in infer(graph, FEATURES).diagnostics if d.remedy is not None]
        assert remedies
        for remedy in remedies:
            remedy.edit.apply(graph.copy())  # raises, where it is for another graph


def test_the_first_that_shares_weights_owns_them() -> None:
    graph = chain("Input", "Dense", "Dense", "Dense", "Target")
    for node in ("n3", "n4"):
        SetShares(node, "n2").apply(graph)
    bypass(graph, "n2")
    seen = effective(graph)
    assert (seen.nodes["n3"].shares, seen.nodes["n4"].shares) == (None, "n3")


def test_the_compiler_sees_the_graph_without_them() -> None:
    bundle = load(DataSettings(dataset="spiral"))
    graph = chain("Input", "Dense", "Dropout", "Dense", "Target")

    def weights() -> set[str]:
        objectives = objectives_of(graph, bundle.spec)
        return set(ModelCompiler(graph, feature_specs(bundle.spec), objectives).weights())

    assert weights() == {f"{node}/{name}" for node in ("n2", "n4") for name in ("weight", "bias")}
    bypass(graph, "n2", "n3")
    assert weights() == {"n4/weight", "n4/bias"}


def test_what_meets_the_data_is_not_bypassed() -> None:
    graph = chain("Input", "Dense", "Target")
    before = graph.snapshot()
    for node in ("n1", "n3"):
        with pytest.raises(EditError, match="meets its data"):
            SetBypass(("n2", node), True).apply(graph)
    assert graph.snapshot() == before


@pytest.mark.parametrize("leave_out", [SetBypass, SetMute])
def test_what_becomes_a_layer_that_meets_the_data_is_left_out_no_longer(
    leave_out: type[SetBypass] | type[SetMute],
) -> None:
    graph = ModelGraph()
    AddNode(graph.new_node(Dense())).apply(graph)
    leave_out(("n1",), True).apply(graph)
    before = graph.snapshot()
    inverse = SetSettings("n1", Target()).apply(graph)
    assert (graph.nodes["n1"].bypassed, graph.nodes["n1"].muted) == (False, False)
    assert graph_from_json(graph_to_json(graph), {}) == (graph, [])
    inverse.apply(graph)
    assert graph.snapshot() == before


def test_a_bypassed_node_is_bypassed_in_a_group_too() -> None:
    graph = chain("Input", "Dense", "ReLU", "Target")
    bypass(graph, "n3")
    edit, made = group(graph, {"n2", "n3"})
    edit.apply(graph)
    layer = graph.nodes[made].layer
    assert isinstance(layer, Group)
    assert [part.bypassed for part in layer.content.parts] == [False, True]


def test_files_of_before_have_none_and_nonsense_is_mended() -> None:
    graph = chain("Input", "Dense", "Target")
    written = graph_to_json(graph)
    assert all("bypassed" not in node and "tag" not in node for node in written["nodes"])
    written["nodes"][0] |= {"bypassed": True}
    written["nodes"][1] |= {"bypassed": True, "tag": "a colour to come"}
    read, warnings = graph_from_json(written, {})
    assert [n.bypassed for n in read.nodes.values()] == [False, True, False]
    assert [n.tag for n in read.nodes.values()] == ["", "", ""]
    assert len(warnings) == 1
    assert "input" in warnings[0]
    assert graph_from_json(graph_to_json(read), {}) == (read, [])


def mute(graph: ModelGraph, *nodes: str) -> None:
    SetMute(nodes, True).apply(graph)


def test_a_muted_layer_gives_zeros_of_its_shape_and_keeps_its_weights() -> None:
    graph = chain("Input", "Dense", "Dense", "Target")
    before = infer(graph, FEATURES)
    mute(graph, "n2")
    after = infer(graph, FEATURES, before)
    assert after.nodes["n2"].outputs == before.nodes["n2"].outputs
    assert after.parameters == before.parameters
    assert isinstance(effective(graph).nodes["n2"].layer, Muted)
    assert not isinstance(graph.nodes["n2"].layer, Muted)
    SetMute(["n2"], False).apply(graph)
    assert effective(graph) is graph
    assert infer(graph, FEATURES, after) == before


def test_a_muted_branch_leaves_the_rest_of_the_network_as_it_was() -> None:
    graph = chain("Input", "Dense", "Target")
    add, side = graph.new_node(layers()["Add"]()), graph.new_node(Dense(units=1))
    for node in (side, add):
        AddNode(node).apply(graph)
    for edge in (("n1", "output", side.id, "input"), (side.id, "output", add.id, "inputs")):
        Connect(Edge(*edge)).apply(graph)
    mute(graph, side.id)
    assert wires(effective(graph)) == wires(graph)


def test_training_with_a_muted_layer_changes_no_weight_of_it() -> None:
    data = DataSettings(dataset="spiral")
    bundle = load(data)
    graph = build_sequential([Input(), Dense(units=4, activation="tanh"), Dense(units=1), Target()])
    mute(graph, "n2")
    session = Session(graph, bundle, TrainingSettings(), DevicePool().get(CPU))
    start = session.weights()
    session.advance(8)
    end = session.weights()
    assert (start["n2/weight"] == end["n2/weight"]).all()
    assert (start["n3/bias"] != end["n3/bias"]).any()


def test_where_data_enters_or_is_compared_nothing_can_be_muted() -> None:
    graph = chain("Input", "Dense", "Target")
    for node in ("n1", "n3"):
        with pytest.raises(EditError, match="gives zeros"):
            mute(graph, node)


def test_muting_ends_bypassing_and_the_other_way_round_and_both_are_taken_back() -> None:
    graph = chain("Input", "Dense", "Target")
    before = graph.snapshot()
    one = SetMute(["n2"], True).apply(graph)
    muted = graph.snapshot()
    two = SetBypass(["n2"], True).apply(graph)
    assert (graph.nodes["n2"].bypassed, graph.nodes["n2"].muted) == (True, False)
    two.apply(graph)
    assert graph.snapshot() == muted
    one.apply(graph)
    assert graph.snapshot() == before


def test_files_and_groups_keep_what_is_muted() -> None:
    graph = chain("Input", "Dense", "Dense", "Target")
    mute(graph, "n3")
    read, warnings = graph_from_json(graph_to_json(graph), {})
    assert not warnings
    assert read.nodes["n3"].muted
    assert "muted" not in graph_to_json(graph)["nodes"][1]
    data = graph_to_json(graph)
    data["nodes"][0]["muted"] = True
    read, warnings = graph_from_json(data, {})
    assert not read.nodes["n1"].muted
    assert len(warnings) == 1
    edit, made = group(graph, ["n2", "n3"])
    before = infer(graph, FEATURES)
    edit.apply(graph)
    layer = graph.nodes[made].layer
    assert isinstance(layer, Group)
    assert [part.muted for part in layer.content.parts] == [False, True]
    assert infer(graph, FEATURES).parameters == before.parameters
