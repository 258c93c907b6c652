"""Advice on networks that can be trained: what is found, that its remedy helps, and what is left alone."""

from collections.abc import Mapping

import pytest
from pydantic import BaseModel

from engine import layers as la
from engine.data.load import describe
from engine.data.settings import DataSettings
from engine.formats.examples import examples
from engine.graph.diagnostics import Diagnostic, Severity
from engine.graph.document import Edge, ModelGraph
from engine.graph.edits import AddNode, Connect
from engine.graph.features import FeatureSpec
from engine.graph.inference import infer
from engine.graph.sequence import build_sequential
from engine.layers.base import Layer
from engine.objectives.crossentropy import Linked
from engine.objectives.registry import losses
from engine.optimizers.adam import Adam
from engine.training.features import feature_specs
from engine.training.settings import TrainingSettings


def opened(
    data: str, *hidden: Layer, target: Layer | None = None, **sections: BaseModel
) -> tuple[ModelGraph, Mapping[str, FeatureSpec]]:
    settings = DataSettings(dataset=data)
    graph = build_sequential((la.Input(), *hidden, target or la.Target()), {"data": settings, **sections})
    return graph, feature_specs(describe(settings))


def only(graph: ModelGraph, features: Mapping[str, FeatureSpec]) -> Diagnostic:
    (found,) = infer(graph, features).diagnostics
    return found


def mended(graph: ModelGraph, features: Mapping[str, FeatureSpec]) -> ModelGraph:
    """The graph after the one remedy; that it can be taken back and leaves nothing to say is checked here."""
    found, before = only(graph, features), (list(graph.nodes.values()), graph.edges, dict(graph.sections))
    assert found.remedy is not None
    undo = found.remedy.edit.apply(graph)
    assert infer(graph, features).diagnostics == ()
    after = graph.copy()
    undo.apply(graph)
    assert (list(graph.nodes.values()), graph.edges, dict(graph.sections)) == before
    return after


def dense(*activations: str, last: int) -> list[Layer]:
    return [*(la.Dense(units=8, activation=a) for a in activations), la.Dense(units=last)]


@pytest.mark.parametrize("name", sorted(examples()))
def test_examples_get_no_warning(name: str) -> None:
    graph = examples()[name].graph()
    data = graph.sections["data"]
    assert isinstance(data, DataSettings)
    found = infer(graph, feature_specs(describe(data))).diagnostics
    assert [d.sentence for d in found if d.severity is not Severity.INFO] == []


def test_most_parameters_behind_unrolled_pictures() -> None:
    convolutions = (la.Conv2D(filters=32, activation="relu"), la.Conv2D(filters=64, activation="relu"))
    graph, features = opened("mnist", *convolutions, la.Flatten(), la.Dense(units=128), la.Dense(units=10))
    assert only(graph, features).rule == "most-parameters"
    assert infer(mended(graph, features), features).parameters < 30_000
    assert infer(*opened("mnist", la.Flatten(), la.Dense(units=2000), la.Dense(units=10))).diagnostics == ()


def test_pooling_is_offered_where_it_saves_most_of_the_parameters() -> None:
    to_two_by_two = (la.Conv2D(filters=512, kernel_size=1), la.MaxPooling2D(pool_size=14))
    graph, features = opened("mnist", *to_two_by_two, la.Flatten(), la.Dense(units=1024), la.Dense(units=10))
    assert infer(graph, features).parameters > 2_000_000
    assert infer(graph, features).diagnostics == ()


@pytest.mark.parametrize("flat", ["sigmoid", "tanh"])
def test_flat_activations_in_a_row(flat: str) -> None:
    graph, features = opened("spiral", *dense(*[flat] * 6, last=1))
    found = only(graph, features)
    assert found.rule == "saturating"
    assert found.node == list(graph.nodes)[5]
    mended(graph, features)
    for other in ("relu", "gelu", "leaky_relu"):
        assert infer(*opened("spiral", *dense(flat, flat, other, flat, flat, flat, last=1))).diagnostics == ()


def test_normalization_and_short_cuts_help_deep_networks() -> None:
    graph, features = opened("spiral", *dense(*["relu"] * 11, last=1))
    assert only(graph, features).rule == "deep"
    mended(graph, features)
    normalized = [*dense(*["relu"] * 5, last=8), la.LayerNormalization(), *dense(*["relu"] * 5, last=1)]
    assert infer(*opened("spiral", *normalized)).diagnostics == ()


def test_a_soft_max_of_a_soft_max() -> None:
    twice = [*dense("relu", last=3)[:-1], la.Dense(units=3, activation="softmax"), la.Softmax()]
    graph, features = opened("iris", *twice)
    assert only(graph, features).rule == "link-twice"
    assert len(mended(graph, features).nodes) == 4
    assert infer(*opened("iris", *twice[:-1])).diagnostics == ()


def test_a_loss_that_takes_probabilities_for_scores() -> None:
    kind = next(
        k
        for k in losses().values()
        if issubclass(k, Linked) and k.link == "softmax" and "multiclass" in k.tasks
    )
    layers = [la.Dense(units=3, activation="softmax")]
    graph, features = opened("iris", *layers, target=la.Target(loss=kind(from_logits=True)))
    assert only(graph, features).rule == "link-twice"
    mended(graph, features)


@pytest.mark.parametrize(
    ("data", "units", "activation"), [("iris", 3, "relu"), ("boston", 1, "sigmoid"), ("iris", 3, "tanh")]
)
def test_ends_that_cannot_take_every_value(data: str, units: int, activation: str) -> None:
    graph, features = opened(data, la.Dense(units=units, activation=activation))
    assert only(graph, features).rule == "bounded-end"
    mended(graph, features)
    graph, features = opened(data, la.Dense(units=units), la.Activation(activation=activation))
    assert only(graph, features).rule == "bounded-end"


def test_a_picture_may_end_in_what_keeps_to_its_values() -> None:
    drawn = la.Conv2D(filters=1, kernel_size=1, activation="sigmoid")
    graph, features = opened("digits", drawn, target=la.Target(target="x"))
    assert infer(graph, features).diagnostics == ()


@pytest.mark.parametrize(("size", "found"), [(5, []), (6, ["window"])])
def test_a_window_is_too_large_as_soon_as_one_weight_sees_padding_only(size: int, found: list[str]) -> None:
    three_by_three = la.MaxPooling2D(pool_size=9)
    window = la.Conv2D(filters=4, kernel_size=size, padding="same")
    seen = infer(*opened("mnist", three_by_three, window, la.Flatten(), la.Dense(units=10)))
    assert [d.rule for d in seen.diagnostics] == found


def test_a_window_that_sees_padding_only() -> None:
    small = (la.MaxPooling2D(pool_size=7), la.MaxPooling2D(pool_size=4))
    wide = la.Conv2D(filters=4, kernel_size=3, padding="same")
    graph, features = opened("mnist", *small, wide, la.Flatten(), la.Dense(units=10))
    assert only(graph, features).rule == "window"
    seen = la.Conv2D(filters=4, kernel_size=3, padding="same")
    assert infer(*opened("mnist", small[0], seen, la.Flatten(), la.Dense(units=10))).diagnostics == ()


def test_settings_out_of_the_usual() -> None:
    graph, features = opened("boston", la.Dense(units=8), la.Dropout(rate=0.95), la.Dense(units=1))
    assert only(graph, features).rule == "unusual"
    mended(graph, features)
    training = TrainingSettings(optimizer=Adam(learning_rate=5.0))
    graph, features = opened("boston", la.Dense(units=1), training=training)
    assert only(graph, features).node == ""
    after = mended(graph, features).sections["training"]
    assert isinstance(after, TrainingSettings)
    assert after.optimizer.learning_rate == 0.1


def test_what_no_target_needs_gets_no_advice() -> None:
    graph, features = opened("iris", la.Dense(units=3))
    for layer in dense(*["tanh"] * 6, last=1):
        graph.insert_node(graph.new_node(layer))
    assert {d.rule for d in infer(graph, features).diagnostics} == {"missing-input"}


def test_nothing_is_advised_while_something_is_wrong() -> None:
    graph, features = opened("iris", *dense(*["tanh"] * 6, last=7))
    assert {d.rule for d in infer(graph, features).diagnostics} == {"target"}


def test_a_window_that_is_too_large_is_made_smaller() -> None:
    graph, features = opened(
        "mnist", la.Conv2D(filters=4, kernel_size=(57, 57), padding="same"), la.Flatten(), la.Dense(units=10)
    )
    found = next(d for d in infer(graph, features).diagnostics if d.rule == "window")
    assert found.remedy is not None
    found.remedy.edit.apply(graph)
    layer = graph.nodes[found.node].layer
    assert isinstance(layer, la.Conv2D)
    assert layer.kernel_size == (27, 27)
    assert not any(d.rule == "window" for d in infer(graph, features).diagnostics)


def test_places_that_see_only_a_little_are_pooled_before() -> None:
    seeing_little = [
        la.Conv2D(filters=8, kernel_size=(3, 3), padding="same"),
        la.GlobalAveragePooling2D(),
        la.Dense(units=10),
    ]
    graph, features = opened("mnist", *seeing_little)
    found = next(d for d in infer(graph, features).diagnostics if d.rule == "reach")
    assert "3 of 28 rows" in found.sentence
    assert found.remedy is not None
    found.remedy.edit.apply(graph)
    assert not any(d.rule == "reach" for d in infer(graph, features).diagnostics)
    seeing_more = [la.Conv2D(filters=8, kernel_size=(5, 5), padding="same"), *seeing_little[1:]]
    assert not any(d.rule == "reach" for d in infer(*opened("mnist", *seeing_more)).diagnostics)


def test_a_layer_with_most_parameters_is_made_narrower_where_what_follows_goes_on() -> None:
    wide = [la.Flatten(), la.Dense(units=64), la.Dense(units=4096), la.Dense(units=4096), la.Dense(units=10)]
    graph, features = opened("mnist", *wide)
    found = next(d for d in infer(graph, features).diagnostics if d.rule == "most-parameters")
    before = infer(graph, features)
    assert found.remedy is not None
    found.remedy.edit.apply(graph)
    after = infer(graph, features)
    assert after.ok
    assert 2 * after.parameters < before.parameters


def test_what_leads_nowhere_is_deleted_with_what_leads_only_to_it() -> None:
    graph, features = opened("mnist", la.Flatten(), la.Dense(units=10))
    flat = list(graph.nodes)[1]
    side = [graph.new_node(la.Dense(units=4)), graph.new_node(la.ReLU())]
    before = flat
    for node in side:
        AddNode(node).apply(graph)
        Connect(Edge(before, "output", node.id, "input")).apply(graph)
        before = node.id
    found = only(graph, features)
    assert (found.rule, found.node) == ("dangling-output", before)
    assert mended(graph, features).nodes.keys().isdisjoint(node.id for node in side)
