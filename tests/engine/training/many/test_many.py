"""Variants side by side: what can be varied, each learns what it would learn alone, all of them are told of."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data.load import load
from engine.devices.registry import open_device
from engine.graph.document import ModelGraph
from engine.layers.dense import Dense
from engine.training.many.knobs import Knob, RangeError, Variation, knobs_of, values_of, variations, varied
from engine.training.many.looks import SIDE
from engine.training.many.reports import ManyEnded, ManyProgress, ManyStarted, ManyTaken
from engine.training.many.run import Many
from engine.training.session import Session
from engine.training.sweep import Variant
from tests.engine.training.networks import XOR, settings, two_layer


def _knob(key: str, graph: ModelGraph | None = None) -> Knob:
    return next(k for k in knobs_of(graph or two_layer(), settings()) if k.key == key)


def _variants(*chosen: tuple[str, tuple[float | int | str, ...]]) -> tuple[list[Variation], list[Variant]]:
    graph, training = two_layer(), settings(epochs=4)
    found = variations(graph, training, [(_knob(key, graph), values) for key, values in chosen])
    return found, [Variant(*pair) for pair in varied(graph, training, found)]


def test_a_network_says_what_can_be_varied() -> None:
    keys = {k.key for k in knobs_of(two_layer(), settings())}
    assert keys == {"learning_rate", "seed", "optimizer", "batch_size", "activation", "width", "penalty"}
    line = ModelGraph()
    assert {k.key for k in knobs_of(line, settings())} == {"learning_rate", "seed", "optimizer", "batch_size"}


def test_values_lie_as_people_would_choose_them() -> None:
    assert values_of(_knob("learning_rate"), 0.001, 0.1, 3) == (0.001, 0.01, 0.1)
    assert values_of(_knob("seed"), 0, 3, 4) == (0, 1, 2, 3)
    assert values_of(_knob("width"), 2, 16, 4) == (2, 4, 8, 16)
    assert values_of(_knob("seed"), 0, 1, 5) == (0, 1)


@pytest.mark.parametrize(
    ("low", "high", "count", "reason"),
    [
        (0.1, 0.01, 3, "goes up"),
        (0.0, 0.1, 3, "begins above 0"),
        (float("nan"), 0.1, 3, "from a number"),
        (0.1, 1.0, 0, "at least one"),
    ],
)
def test_a_bad_range_gets_a_sentence(low: float, high: float, count: int, reason: str) -> None:
    with pytest.raises(RangeError, match=reason):
        values_of(_knob("learning_rate"), low, high, count)


def test_what_settings_do_not_allow_gets_a_sentence() -> None:
    graph, training = two_layer(), settings()
    rate, width = _knob("learning_rate"), _knob("width")
    for chosen, reason in (
        ([(rate, (1000.0,))], "Learning rate can't be 1000"),
        ([(width, (0,))], "Width of hidden layers can't be 0"),
        ([(rate, (0.1,)), (rate, (0.2,))], "the same one"),
        ([(_knob("seed"), tuple(range(65)))], "At most 64"),
        ([], "at least one"),
    ):
        with pytest.raises(RangeError, match=reason):
            variations(graph, training, chosen)


def test_the_layer_that_answers_keeps_its_width_and_activation() -> None:
    found, variants = _variants(("width", (2, 16)), ("activation", ("relu", "tanh")))
    layers = [[n.layer for n in v.graph.nodes.values() if isinstance(n.layer, Dense)] for v in variants]
    assert [(a.units, a.activation) for a, _ in layers] == [
        (2, "relu"),
        (2, "tanh"),
        (16, "relu"),
        (16, "tanh"),
    ]
    assert {(b.units, b.activation) for _, b in layers} == {(1, "linear")}
    assert found[1].words == "2 · tanh"


def test_variants_of_training_alone_share_one_network() -> None:
    _, variants = _variants(("learning_rate", (0.001, 0.01)), ("seed", (0, 1)))
    assert len({id(v.graph) for v in variants}) == 1
    assert [(v.settings.optimizer.learning_rate, v.settings.seed) for v in variants] == [
        (0.001, 0),
        (0.001, 1),
        (0.01, 0),
        (0.01, 1),
    ]


def test_each_variant_learns_what_it_would_learn_alone_and_can_go_on() -> None:
    _, variants = _variants(("learning_rate", (0.001, 0.03)), ("width", (4, 8)), ("seed", (1, 2)))
    bundle, device = load(XOR), open_device("cpu")
    asked = [5]
    reports = list(Many(variants, bundle, device, wanted=lambda: [asked.pop()] if asked else []).run())
    assert isinstance(reports[0], ManyStarted)
    assert (reports[0].variants, reports[0].side) == (8, SIDE)
    assert reports[-1] == ManyEnded("done", reports[0].steps, reports[-1].seconds)  # type: ignore[union-attr]  # the last one
    last = [r for r in reports if isinstance(r, ManyProgress)][-1]
    assert last.planes is not None
    assert last.planes.shape == (8, 2, SIDE, SIDE)
    assert last.validation.shape == last.losses.shape == (8,)
    (taken,) = [r for r in reports if isinstance(r, ManyTaken)]
    variant = variants[taken.variant]
    alone = Session(variant.graph, bundle, variant.settings, device)
    alone.advance(taken.snapshot.step)
    for name, state in alone.states().items():
        if name in taken.snapshot.states:
            np.testing.assert_array_equal(state, taken.snapshot.states[name])
    on = Session(variant.graph, bundle, variant.settings, device, taken.snapshot.states, taken.snapshot.step)
    on.advance(5)
    alone.advance(5)
    np.testing.assert_array_equal(on.states()["params"], alone.states()["params"])
    on.close()
    alone.close()


def test_the_figures_of_validation_are_those_of_a_session() -> None:
    _, variants = _variants(("seed", (3, 4)))
    bundle, device = load(XOR), open_device("cpu")
    many = Many(variants, bundle, device)
    reports = [r for r in many.run() if isinstance(r, ManyProgress)]
    for number, variant in enumerate(variants):
        alone = Session(variant.graph, bundle, variant.settings, device)
        alone.advance(reports[-1].step)
        figures = alone.evaluate(bundle.validation)
        assert reports[-1].validation[number] == pytest.approx(figures["loss"], rel=1e-5)
        assert reports[-1].metrics[number] == pytest.approx(figures["accuracy"])
        alone.close()


def test_a_variant_that_breaks_breaks_no_other() -> None:
    _, variants = _variants(("learning_rate", (0.01, 100.0)))
    reports = [r for r in Many(variants, load(XOR), open_device("cpu")).run() if isinstance(r, ManyProgress)]
    assert np.isfinite(reports[-1].losses[0])


def test_stopping_stops() -> None:
    _, variants = _variants(("seed", (3, 4)))
    stopped: list[bool] = []
    many = Many(variants, load(XOR), open_device("cpu"), go_on=lambda: not stopped)
    stopped.append(True)  # before that, nothing would be prepared
    end = list(many.run())[-1]
    assert isinstance(end, ManyEnded)
    assert (end.reason, end.step) == ("stopped", 0)
