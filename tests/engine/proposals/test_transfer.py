"""A trained network as the beginning of another: what is cut, what is frozen, what stays as it was."""

from __future__ import annotations

import numpy as np
import pytest

from engine import layers
from engine.compiler.model import ModelCompiler
from engine.data.bundle import DataBundle
from engine.data.load import describe, load
from engine.data.settings import DataSettings
from engine.graph.document import ModelGraph
from engine.graph.edits import EditError
from engine.graph.features import FeatureSpec
from engine.graph.inference import infer
from engine.models import Input, Model, Sequential
from engine.models.arrays import bundle as arrays_as_data
from engine.models.fitting import fitted
from engine.proposals.transfer import fine_tuning, freezing, starting_point
from engine.tensor.spec import DType
from engine.training.features import feature_specs
from engine.training.named import NamedStates
from engine.training.objectives import objectives_of
from engine.training.settings import TrainingSettings
from engine.training.states import named_states, partial_snapshot, snapshot_of

PICTURE = {"x": FeatureSpec((8, 8, 1)), "y": FeatureSpec((), DType.INT32, 10)}


def pretrained() -> Model:
    return Sequential(
        [
            Input((8, 8, 1), name="x"),
            layers.Conv2D(filters=4, kernel_size=(3, 3), activation="relu"),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(units=16, activation="relu"),
            layers.Dropout(rate=0.2),
            layers.Dense(units=5, activation="softmax"),
        ]
    )


def titles(graph: ModelGraph) -> list[str]:
    """Of the layers along the wires."""
    (source,) = (n for n in graph.nodes.values() if n.layer.title() == "Input")
    found, node = [], source.id
    while True:
        found.append(graph.nodes[node].layer.title())
        after = graph.edges_from(node)
        if not after:
            return found
        (edge,) = after
        node = edge.target


def named(graph: ModelGraph, title: str) -> str:
    return next(n.id for n in graph.nodes.values() if n.layer.title() == title)


def frozen(graph: ModelGraph) -> list[str]:
    return [n.layer.title() for n in graph.nodes.values() if getattr(n.layer, "freezes", False)]


def test_the_last_layer_with_weights_gives_way_to_one_for_the_data() -> None:
    graph = pretrained().graph
    before = graph.snapshot()
    start = starting_point(graph, infer(graph, PICTURE), PICTURE)
    back = start.edit.apply(graph)
    assert titles(graph) == [
        "Input", "Conv2D", "BatchNormalization", "Flatten", "Dense", "Dropout", "Dense", "Target",
    ]  # fmt: skip
    assert frozen(graph) == ["Conv2D", "BatchNormalization", "Dense"]
    assert (start.frozen, start.answers) == (3, 10)
    assert infer(graph, PICTURE).ok
    back.apply(graph)
    assert graph.snapshot() == before


def test_a_head_behind_a_chosen_layer_pools_pictures() -> None:
    graph = pretrained().graph
    start = starting_point(graph, infer(graph, PICTURE), PICTURE, named(graph, "BatchNormalization"))
    start.edit.apply(graph)
    assert titles(graph) == [
        "Input", "Conv2D", "BatchNormalization", "GlobalAveragePooling2D", "Dense", "Target",
    ]  # fmt: skip
    assert infer(graph, PICTURE).ok


def test_a_branch_that_leads_nowhere_any_more_is_cut_too() -> None:
    x = Input((6,), name="x")
    left = layers.Dense(units=5)(x)
    right = layers.Dense(units=5)(x)
    y = layers.Dense(units=3)(layers.Add()(left, right))
    graph = Model(x, y).graph
    features = {"x": FeatureSpec((6,)), "y": FeatureSpec((1,))}
    source = graph.edges_into(named(graph, "Add"))[0].source
    start = starting_point(graph, infer(graph, features), features, source)
    start.edit.apply(graph)
    assert titles(graph) == ["Input", "Dense", "Dense", "Target"]
    assert start.answers == 1


def test_two_classes_have_one_score_and_numbers_as_many_as_there_are() -> None:
    for answer, units in ((FeatureSpec((), DType.INT32, 2), 1), (FeatureSpec((3,)), 3)):
        graph = pretrained().graph
        features = {"x": PICTURE["x"], "y": answer}
        assert starting_point(graph, infer(graph, features), features).answers == units


@pytest.mark.parametrize(
    ("features", "sentence"),
    [
        ({"x": PICTURE["x"]}, "Choose data first"),
        ({"x": PICTURE["x"], "y": FeatureSpec((8, 8), DType.INT32, 3)}, "by hand"),
    ],
)
def test_what_gives_no_head_is_a_sentence(features: dict[str, FeatureSpec], sentence: str) -> None:
    graph = pretrained().graph
    with pytest.raises(EditError, match=sentence):
        starting_point(graph, infer(graph, features), features)


def test_freezing_goes_back_to_the_beginning_and_no_further() -> None:
    graph = pretrained().graph
    edits = freezing(graph, infer(graph, PICTURE), [named(graph, "Flatten")])
    for edit in edits:
        edit.apply(graph)
    assert frozen(graph) == ["Conv2D", "BatchNormalization"]
    assert freezing(graph, infer(graph, PICTURE), [named(graph, "Flatten")]) == []


def test_fine_tuning_lets_all_learn_but_normalizations() -> None:
    graph = pretrained().graph
    starting_point(graph, infer(graph, PICTURE), PICTURE).edit.apply(graph)
    training = TrainingSettings()
    fine_tuning(graph, infer(graph, PICTURE), training, "training").apply(graph)
    assert frozen(graph) == ["BatchNormalization"]
    settings = graph.sections["training"]
    assert isinstance(settings, TrainingSettings)
    assert settings.optimizer.learning_rate == pytest.approx(training.optimizer.learning_rate / 10)


def test_fine_tuning_needs_something_frozen() -> None:
    graph = pretrained().graph
    with pytest.raises(EditError, match="all of them learn already"):
        fine_tuning(graph, infer(graph, PICTURE), TrainingSettings(), "training")


def test_what_fits_is_a_beginning_and_the_rest_starts_anew() -> None:
    settings = DataSettings(dataset="iris")
    spec = describe(settings)
    model = Sequential([Input((4,), name="x"), layers.Dense(units=6), layers.Dense(units=9)])
    graph = model.graph
    features = feature_specs(spec)
    starting_point(graph, infer(graph, features), features).edit.apply(graph)
    states = NamedStates(model.weights)
    assert snapshot_of(graph, spec, states) is None
    found = partial_snapshot(graph, spec, states, seed=3)
    assert found is not None
    snapshot, taken, total = found
    assert (taken, total, snapshot.step) == (2, 4, 0)
    weights = named_states(graph, spec, snapshot).weights
    kept = [name for name in weights if name in model.weights]
    assert len(kept) == 2
    assert all((weights[name] == model.weights[name]).all() for name in kept)
    compiler = ModelCompiler(graph, features, objectives_of(graph, spec))
    fresh = compiler.fresh_weights(3)
    assert all(np.array_equal(weights[n], fresh[n]) for n in weights if n not in kept)
    assert partial_snapshot(graph, spec, NamedStates({"n99/weight": np.zeros(3, np.float32)}), 0) is None


def digits(low: bool, rows: int) -> DataBundle:
    """Digits below 5 or from 5 on, the last third for validation."""
    bundle = load(DataSettings(dataset="digits"))
    x, y = bundle.inputs["x"] / np.float32(16), bundle.targets["y"]
    chosen = np.flatnonzero((y < 5) == low)[:rows]
    return arrays_as_data({"x": x[chosen]}, {"y": (y[chosen] % 5).astype(np.int32)}, {}, rows // 3)


def test_the_new_head_learns_and_what_is_frozen_stays_to_the_last_bit() -> None:
    """Digits below 5 teach shapes; those from 5 on are then told apart by a new head alone."""
    model = pretrained()
    settings = TrainingSettings(device="cpu", epochs=4, batch_size=32, seed=0)
    _, learned = fitted(model.graph, digits(True, 150), settings, NamedStates(), verbose=False)
    data, longer = digits(False, 90), settings.model_copy(update={"epochs": 12, "batch_size": 16})
    graph, features = model.graph, feature_specs(data.spec)
    starting_point(graph, infer(graph, features), features).edit.apply(graph)
    found = partial_snapshot(graph, data.spec, learned, 1)
    assert found is not None
    begun = named_states(graph, data.spec, found[0])
    history, after = fitted(graph, data, longer, begun, verbose=False)
    losses = history.history["loss"]
    assert losses[-1] < losses[0]
    changed = [n for n in after.weights if not np.array_equal(after.weights[n], begun.weights[n])]
    assert {n.partition("/")[0] for n in changed} == {graph.edges_into(named(graph, "Target"))[0].source}
