"""What can't be shown is said in a sentence, once, and the run learns on as if nobody had asked."""

from __future__ import annotations

import time

import numpy as np
import pytest

from engine.compiler.lower import PARAMS
from engine.graph.document import ModelGraph
from engine.graph.sequence import build_sequential
from engine.layers.dense import Dense
from engine.layers.input import Input
from engine.layers.target import Target
from engine.training.control import Control
from engine.training.inside.example import example_of
from engine.training.inside.records import Inside, InsideSeen
from engine.training.moments import Change, Look, Shown
from engine.training.past import Past
from engine.training.picturing import Picturing
from engine.training.predictions.answers import answers_of_data
from engine.training.reports import Ended, Pictured, Probe, Report
from engine.training.session import Session
from engine.training.surface.records import PlaneKind, Survey
from engine.training.surface.survey import Surveyor
from engine.training.timeline import MEGABYTE, Timeline
from engine.training.trainer import Trainer
from engine.training.watching.ascent import Ascend
from engine.training.watching.chart import Chart
from engine.training.watching.rolling import Roll
from engine.training.watching.units import Units
from engine.training.watching.wish import Wish
from engine.training.watching.writing import Write
from tests.engine.training.networks import session, settings, two_layer

GONE = "n99"  # a layer that was deleted


def _sentences(run: Session, control: Control) -> dict[str, str]:
    picturing = Picturing(control, time.perf_counter, lambda: True)
    reports = [*picturing.take(run, full=True), *picturing.finish(run)]
    assert not [*picturing.take(run, full=True)]  # it is said once
    picturing.close()
    return {r.probe: r.sentence for r in reports if isinstance(r, Pictured)}


@pytest.mark.parametrize(
    "wish",
    [
        Units("w", GONE),
        Ascend("w", GONE, units=(0,)),
        Chart("w", GONE),
        Write("w"),
        Write("w", feature="gone"),
    ],
    ids=lambda wish: type(wish).__name__,
)
def test_a_wish_that_nothing_can_answer_gets_a_sentence(wish: Wish) -> None:
    run = session(two_layer())
    (sentence,) = _sentences(run, Control(wishes={"w": wish}, watch_validation=False)).values()
    _is_plain(sentence)
    run.close()


def test_a_forecast_of_what_is_no_series_gets_a_sentence() -> None:
    run = session(two_layer())
    wish = Roll("w", 0, 5, answers_of_data(run.bundle.spec)[0])
    (sentence,) = _sentences(run, Control(wishes={"w": wish}, watch_validation=False)).values()
    _is_plain(sentence)
    run.close()


@pytest.mark.parametrize("tap", [(GONE, "output"), ("n2", "gone")])
def test_a_tap_on_what_was_deleted_gets_a_sentence(tap: tuple[str, str]) -> None:
    run = session(two_layer())
    probe = Probe("p", example_of(run.bundle, 0), taps=(tap,))
    (sentence,) = _sentences(run, Control(probes={"p": probe}, watch_validation=False)).values()
    _is_plain(sentence)
    assert tap[0] in sentence
    run.close()


def _is_plain(sentence: str) -> None:
    assert sentence.endswith(".")
    for word in ("Error", "Traceback", "can't be shown for the data and network of now"):
        assert word not in sentence


def test_a_run_with_wishes_that_nothing_can_answer_ends_as_one_without() -> None:
    weights = []
    for asked in (False, True):
        run = session(two_layer(), training=settings(epochs=3))
        control = Control()
        if asked:
            example = example_of(run.bundle, 0)
            control.wishes = {"u": Units("u", GONE), "m": Chart("m", GONE)}
            control.probes = {"p": Probe("p", example, taps=((GONE, "output"),))}
            control.insides = {"i": Inside("i", (GONE,), example, large=True)}
        reports: list[Report] = list(Trainer(run, control).run())
        last = reports[-1]
        assert isinstance(last, Ended)
        assert last.reason == "done"
        if asked:
            seen = [r for r in reports if isinstance(r, InsideSeen)]
            assert seen
            assert not any(r.layers for r in seen)
        weights.append(run.memory.read(PARAMS))
        run.close()
    np.testing.assert_array_equal(weights[0], weights[1])


@pytest.mark.parametrize("kind", [PlaneKind.RANDOM, PlaneKind.PATH])
def test_broken_weights_have_no_surface_and_a_sentence(kind: PlaneKind) -> None:
    run = session(two_layer())
    run.memory.write(PARAMS, np.full_like(run.memory.read(PARAMS), np.nan))
    found = Surveyor(time.perf_counter).find(Survey(1, kind), run, Past(Timeline(0), time.perf_counter))
    assert found.plane is None
    _is_plain(found.sentence)
    run.close()


def test_a_moment_before_the_network_was_changed_is_refused_and_training_goes_on() -> None:
    run = session(two_layer(), training=settings(epochs=40))
    reports: list[Report] = []
    asked: list[str] = []
    other = build_sequential([Input(), Dense(units=5), Dense(units=1), Target()])

    def poll(control: Control, _timeout: float) -> None:
        kept = trainer.past.timeline.kept
        if len(kept) >= 2 and not asked:
            asked.append("change")
            control.requests.append(_change(other))
        elif asked == ["change"] and trainer.session is not run:
            asked.append("look")
            control.requests.append(Look(kept[0].moment.id))

    ticks = iter(range(10_000_000))
    trainer = Trainer(run, Control(poll=poll), lambda: 0.05 * next(ticks), Timeline(16 * MEGABYTE))
    reports += trainer.run()
    (shown,) = (r for r in reports if isinstance(r, Shown))
    assert shown.moment is None
    assert "belongs to another network" in shown.sentence
    assert isinstance(reports[-1], Ended)
    assert reports[-1].reason == "done"
    trainer.session.close()


def _change(graph: ModelGraph) -> Change:
    nodes, edges, _ = graph.snapshot()
    return Change(1, nodes, edges, settings(epochs=40))
