"""What is inferred of a network, which problem is found where, and how long looking takes."""

from __future__ import annotations

import time
import tracemalloc
from itertools import pairwise

import pytest

from engine.graph.diagnostics import Diagnostic, Severity
from engine.graph.document import Edge, ModelGraph, Node, UnknownLayer
from engine.graph.edits import AddNode, Connect, Disconnect, RemoveNode, SetSettings, SetShares
from engine.graph.facts import build_facts
from engine.graph.features import FeatureSpec
from engine.graph.inference import Inference, infer
from engine.graph.sequence import build_sequential
from engine.layers.base import Declaration, Layer, LayerBuilder
from engine.layers.conv2d import Conv2D
from engine.layers.dense import Dense
from engine.layers.flatten import Flatten
from engine.layers.input import Input
from engine.layers.registry import layers
from engine.layers.relu import ReLU
from engine.layers.softmax import Softmax
from engine.layers.target import Target
from engine.ops.op import Tensor
from engine.tensor.spec import DType, TensorSpec

PICTURES = {
    "x": FeatureSpec((28, 28, 1), DType.UINT8, scale=1 / 255),
    "y": FeatureSpec((), DType.INT32, classes=10),
}
NUMBERS = {"x": FeatureSpec((4,)), "y": FeatureSpec((1,), title="price")}
TWO_CLASSES = {"x": FeatureSpec((4,)), "y": FeatureSpec((), DType.INT32, classes=2)}


def mnist(units: int = 10) -> ModelGraph:
    return build_sequential(
        [Input(), Flatten(), Dense(units=128, activation="relu"), Dense(units=units), Target()]
    )


def rules(inference: Inference) -> list[str]:
    return [d.rule for d in inference.diagnostics]


def only(inference: Inference) -> Diagnostic:
    assert len(inference.diagnostics) == 1, inference.diagnostics
    return inference.diagnostics[0]


def test_a_sound_network_has_shapes_costs_and_no_problems() -> None:
    found = infer(mnist(), PICTURES)
    assert found.diagnostics == ()
    assert found.ok
    assert found.specs["n1", "output"] == TensorSpec((28, 28, 1))  # uint8 arrives as float32
    assert found.specs["n2", "output"].shape == (784,)
    assert found.nodes["n5"].inputs == (TensorSpec((10,)),)
    assert found.parameters == found.trainable == 784 * 128 + 128 + 128 * 10 + 10
    assert found.multiply_adds == 784 * 128 + 128 * 10
    assert found.activations == 784 + 784 + 128 + 10


def test_statistics_are_parameters_that_are_not_trained() -> None:
    kind = layers()["BatchNormalization"]
    graph = build_sequential([Input(), kind(), Dense(units=1), Target()])
    node = infer(graph, NUMBERS).nodes["n2"]
    assert (node.parameters, node.trainable) == (16, 8)


@pytest.mark.parametrize(
    ("features", "units", "wanted"), [(PICTURES, 7, 10), (TWO_CLASSES, 2, 1), (NUMBERS, 3, 1)]
)
def test_a_wrong_width_before_the_target_has_a_remedy_that_works(
    features: dict[str, FeatureSpec], units: int, wanted: int
) -> None:
    graph = build_sequential([Input(), Flatten(), Dense(units=units), ReLU(), Target()])
    problem = only(infer(graph, features))
    assert (problem.rule, problem.node, problem.severity) == ("target", "n5", Severity.ERROR)
    assert f"received {units}" in problem.sentence
    assert problem.remedy is not None
    assert problem.remedy.label == f"Set units of dense to {wanted}"
    undo = problem.remedy.edit.apply(graph)
    assert infer(graph, features).ok
    undo.apply(graph)
    assert not infer(graph, features).ok


def test_the_sentence_names_scores_and_classes() -> None:
    problem = only(infer(mnist(7), PICTURES))
    assert problem.sentence == (
        "The target needs 10 scores per example for 10 classes, received 7. Change the last layer."
    )


def test_no_remedy_where_another_layer_hangs_on_the_last_one() -> None:
    graph = mnist(7)
    other = graph.new_node(Target())
    AddNode(other).apply(graph)
    Connect(Edge("n4", "output", other.id, "input")).apply(graph)
    assert [d.remedy for d in infer(graph, PICTURES).diagnostics] == [None, None]


def test_pictures_that_reach_the_target_unflattened_are_told_apart() -> None:
    problem = only(infer(build_sequential([Input(), Dense(units=10), Target()]), PICTURES))
    assert "received 28 × 28 × 10" in problem.sentence
    assert "Flatten" in problem.sentence


def test_softmax_before_the_loss_is_fine() -> None:
    graph = build_sequential([Input(), Flatten(), Dense(units=10), Softmax(), Target()])
    assert infer(graph, PICTURES).ok


def test_a_loss_for_other_targets_is_named() -> None:
    graph = build_sequential([Input(), Dense(units=1), Target(loss="sparse_categorical_crossentropy")])
    assert "binary_crossentropy" in only(infer(graph, NUMBERS)).sentence


def test_an_empty_canvas_and_missing_ends() -> None:
    assert rules(infer(ModelGraph(), PICTURES)) == ["empty"]
    lonely = infer(build_sequential([Dense()]), PICTURES)
    assert rules(lonely) == ["no-input", "no-target", "missing-input"]
    assert lonely.diagnostics[2].severity is Severity.WARNING  # nothing depends on it yet
    assert rules(infer(build_sequential([Input(), Flatten()]), PICTURES)) == ["no-target", "dangling-output"]


def test_a_cut_wire_is_an_error_at_the_end_and_a_warning_at_the_start() -> None:
    graph = mnist()
    Disconnect(Edge("n3", "output", "n4", "input")).apply(graph)
    found = infer(graph, PICTURES)
    assert [(d.rule, d.severity, d.node, d.port) for d in found.diagnostics] == [
        ("missing-input", Severity.ERROR, "n4", "input"),
        ("dangling-output", Severity.WARNING, "n3", "output"),
    ]


def test_a_layer_that_does_not_fit_is_the_only_one_blamed() -> None:
    graph = build_sequential([Input(), Flatten(), Conv2D(), ReLU(), Flatten(), Dense(units=10), Target()])
    problem = only(infer(graph, PICTURES))
    assert (problem.rule, problem.node) == ("shape", "n3")
    assert "Conv2D" in problem.sentence


def test_unknown_features_are_named_and_the_free_one_is_proposed() -> None:
    graph = build_sequential([Input(feature="pixels"), Flatten(), Dense(units=10), Target()])
    problem = only(infer(graph, PICTURES))
    assert (problem.rule, problem.node) == ("unknown-feature", "n1")
    assert problem.remedy is not None
    problem.remedy.edit.apply(graph)
    assert infer(graph, PICTURES).ok
    SetSettings("n4", Target(target="label")).apply(graph)
    assert "no feature named label" in only(infer(graph, PICTURES)).sentence
    assert rules(infer(graph, {})) == ["unknown-feature"]


def test_unknown_layers_and_circles_of_files_are_errors() -> None:
    nodes = [
        Node("a", Dense(), "a"),
        Node("b", Dense(), "b"),
        Node("u", UnknownLayer("Warp", {}, "This version has no layer Warp."), "u"),
        Node("i", Input(), "i"),
        Node("t", Target(), "t"),
    ]
    pairs = [("a", "b"), ("b", "a"), ("i", "u"), ("u", "t")]
    found = infer(ModelGraph(nodes, [Edge(s, "output", t, "input") for s, t in pairs]), PICTURES)
    assert [(d.rule, d.node) for d in found.diagnostics] == [
        ("cycle", "a"),
        ("cycle", "b"),
        ("unknown-layer", "u"),
    ]
    assert found.cyclic == ("a", "b")


def test_shared_weights_of_unlike_shapes_are_an_error_with_a_remedy() -> None:
    graph = mnist()
    SetShares("n4", "n3").apply(graph)
    problem = next(d for d in infer(graph, PICTURES).diagnostics if d.rule == "sharing")
    assert problem.node == "n4"
    assert problem.remedy is not None
    problem.remedy.edit.apply(graph)
    assert "sharing" not in rules(infer(graph, PICTURES))


def test_shared_weights_count_once() -> None:
    graph = build_sequential([Input(), Dense(units=4), Dense(units=4), Dense(units=1), Target()])
    apart = infer(graph, NUMBERS).parameters
    SetShares("n3", "n2").apply(graph)
    found = infer(graph, NUMBERS)
    assert found.ok
    assert found.parameters == apart - 20
    assert found.nodes["n3"].parameters == 0


def test_a_network_beyond_all_memory_is_a_problem_not_an_allocation() -> None:
    graph = build_sequential(
        [Input(), Dense(units=1_000_000), Dense(units=1_000_000), Dense(units=1), Target()]
    )
    tracemalloc.start()
    try:
        found = infer(graph, NUMBERS)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert rules(found) == ["too-large", "too-large"]
    assert [d.node for d in found.diagnostics] == ["", "n3"]
    assert peak < 10_000_000


def test_a_fault_in_a_layer_is_a_sentence() -> None:
    class Faulty(Layer):
        """A layer with a fault of ours; not in a module of the package, so nothing finds it."""

        declaration = Declaration(Dense.declaration.category, "Fails")

        def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
            raise ZeroDivisionError

    assert "Faulty" in build_facts(Faulty(), (TensorSpec((4,)),), {}).error


@pytest.mark.parametrize("kind", layers().values(), ids=lambda kind: kind.title())
def test_every_layer_can_be_remembered_and_infers_its_samples(kind: type[Layer]) -> None:
    for sample in kind.declaration.samples:
        layer = kind.model_validate(sample.settings)
        hash(layer)
        dtype = DType.STRING if sample.texts else DType.INT32 if sample.integers else DType.FLOAT32
        inputs = tuple(TensorSpec(shape[1:], dtype) for shape in sample.inputs)
        facts = build_facts(layer, inputs, NUMBERS)
        assert facts.error == ""
        assert len(facts.outputs) == len(layer.output_ports())


def test_looking_again_after_one_edit_of_300_nodes_is_quick() -> None:
    hidden = [Dense(units=20 + k % 30) for k in range(296)]
    graph = build_sequential([Input(), Flatten(), *hidden, Dense(units=10), Target()])
    infer(graph, PICTURES)
    times = []
    for k in range(10):
        SetSettings("n150", Dense(units=100 + k)).apply(graph)
        start = time.process_time()
        found = infer(graph, PICTURES)
        times.append(time.process_time() - start)
        assert found.ok
    assert min(times) < 0.03  # 0.005 measured; the best of ten, because the machine does other things, too


def test_what_is_brought_back_is_known_as_it_was() -> None:
    graph = mnist()
    first = infer(graph, PICTURES)
    back = RemoveNode("n3").apply(graph)
    cut = infer(graph, PICTURES, first)
    assert not {"n3", "n4", "n5"} & set(cut.nodes)
    back.apply(graph)
    again = infer(graph, PICTURES, cut)
    assert again == first
    assert all(again.nodes[i] is first.nodes[i] for i in graph.nodes)


def test_what_is_brought_back_is_looked_at_anew_where_something_else_arrives() -> None:
    graph = mnist()
    found = infer(graph, PICTURES)
    layer = graph.nodes["n3"].layer
    assert isinstance(layer, Dense)
    rewire = Disconnect(graph.edges_into("n4")[0]).apply(graph)
    found = infer(graph, PICTURES, found)
    SetSettings("n3", layer.model_copy(update={"units": 7})).apply(graph)
    found = infer(graph, PICTURES, found)
    rewire.apply(graph)
    found = infer(graph, PICTURES, found)
    assert found == infer(graph, PICTURES)
    assert found.nodes["n4"].parameters == 7 * 10 + 10


def test_nothing_that_was_known_with_other_data_comes_back() -> None:
    graph = mnist()
    found = infer(graph, PICTURES)
    back = RemoveNode("n3").apply(graph)
    found = infer(graph, PICTURES, found)
    found = infer(graph, NUMBERS, found)
    assert not found.earlier
    back.apply(graph)
    assert infer(graph, NUMBERS, found) == infer(graph, NUMBERS)


def test_nodes_of_a_sequence_stand_apart() -> None:
    places = [n.position for n in mnist().nodes.values()]
    assert all(b[0] - a[0] >= 150 + 90 for a, b in pairwise(places))


def test_deleting_everything_never_raises() -> None:
    graph = mnist()
    for node in list(graph.nodes):
        RemoveNode(node).apply(graph)
        infer(graph, PICTURES)
        infer(graph, {})
    assert rules(infer(graph, PICTURES)) == ["empty"]


def test_metrics_and_class_weights_for_other_targets_are_named() -> None:
    graph = build_sequential([Input(), Dense(units=1), Target(metrics=["sparse_categorical_accuracy"])])
    assert "'sparse_categorical_accuracy' is for other targets" in only(infer(graph, NUMBERS)).sentence
    graph = build_sequential([Input(), Dense(units=1), Target(class_weight="balanced")])
    assert "Class weights are for targets that are classes" in only(infer(graph, NUMBERS)).sentence
    graph = build_sequential([Input(), Flatten(), Dense(units=10), Target(class_weight=(1.0,) * 11)])
    assert "each of 10 classes, received 11" in only(infer(graph, PICTURES)).sentence


def test_any_point_fits_a_loss_of_distances() -> None:
    assert infer(build_sequential([Input(), Flatten(), Dense(units=7), Target(loss="triplet")]), PICTURES).ok
