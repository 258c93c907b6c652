"""Wishes to see more of a run are answered bit by bit, refused in a sentence, and change nothing of what is learned."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest

from engine.data.load import load
from engine.data.settings import DataSettings
from engine.graph.sequence import build_sequential
from engine.layers.activation import Activation
from engine.layers.conv2d import Conv2D
from engine.layers.dense import Dense
from engine.layers.embedding import Embedding
from engine.layers.flatten import Flatten
from engine.layers.gru import GRU
from engine.layers.input import Input
from engine.layers.target import Target
from engine.tensor.spec import Array
from engine.training.control import Control
from engine.training.picturing import Picturing
from engine.training.predictions.answers import answers_of_data
from engine.training.predictions.rolling import course
from engine.training.reports import Ended, Pictured, Probe
from engine.training.session import Session
from engine.training.trainer import Trainer
from engine.training.watching import rolling
from engine.training.watching.ascent import DONE, PICTURES, VALUES, Ascend
from engine.training.watching.beside import Beside
from engine.training.watching.chart import PLACES, Chart
from engine.training.watching.rolling import Roll
from engine.training.watching.units import (
    BEST_ROWS,
    BEST_VALUES,
    COUNT,
    DEVIATION,
    FLAT,
    GREATEST,
    LEAST,
    MEAN,
    ZEROS,
    Units,
)
from engine.training.watching.wish import Wish, Work
from engine.training.watching.writing import BEGINNING, TOKENS, Write, drawn
from tests.engine.training.networks import session, settings, two_layer


def answers(run: Session, *wishes: Wish) -> list[Pictured]:
    """All that there is to say to wishes for the weights of now."""
    control = Control(wishes={w.name: w for w in wishes}, watch_validation=False)
    picturing = Picturing(control, time.perf_counter, lambda: True)
    reports = [*picturing.take(run, full=True), *picturing.finish(run)]
    picturing.close()
    return [r for r in reports if isinstance(r, Pictured)]


def pictures() -> Session:
    graph = build_sequential(
        [Input(), Conv2D(filters=4, activation="relu"), Flatten(), Dense(units=10), Target()]
    )
    return session(graph, load(DataSettings(dataset="digits")))


def melodies() -> Session:
    data = load(DataSettings(dataset="melodies", options={"length": 8}))
    tokens = len(data.features["x"].class_names)
    layers = (
        Embedding(input_dim=tokens, output_dim=4),
        GRU(units=6, return_sequences=True),
        Dense(units=tokens),
    )
    return session(build_sequential([Input(), *layers, Target()]), data)


def test_units_are_counted_as_all_their_outputs_say() -> None:
    run = session(two_layer())
    (last,) = answers(run, Units("u", "n2", rows=40))
    rows = run.bundle.validation[:40]
    outputs = run.predict("probe", {"x": run.bundle.inputs["x"][rows.start : rows.stop]}, (("n2", "output"),))
    values = outputs["n2/output"]
    found = last.outputs
    assert int(found[COUNT]) == 40
    np.testing.assert_allclose(found[LEAST], values.min(axis=0), rtol=1e-5)
    np.testing.assert_allclose(found[GREATEST], values.max(axis=0), rtol=1e-5)
    np.testing.assert_allclose(found[MEAN], values.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(found[DEVIATION], values.std(axis=0), atol=1e-6)
    np.testing.assert_allclose(found[FLAT], (np.abs(values) > 0.98).mean(axis=0), atol=1e-6)
    np.testing.assert_array_equal(found[BEST_ROWS][:, 0], rows.start + values.argmax(axis=0))
    assert (np.diff(found[BEST_VALUES]) <= 0).all()
    run.close()


def forecasts() -> Session:
    data = load(DataSettings(dataset="airline", options={"relative": "ratio"}))
    return session(build_sequential([Input(), GRU(units=3), Dense(units=1), Target()]), data)


def test_a_forecast_goes_on_from_itself_and_is_told_when_it_is_whole() -> None:
    run = forecasts()
    rows, answer = run.bundle.validation, answers_of_data(run.bundle.spec)[0]
    found = answers(run, Roll("r", rows.start, rows.stop, answer))
    assert len(found) == 1
    values = found[0].outputs[rolling.VALUES]
    assert values.shape == (len(rows),)
    start = course(run.bundle, answer, rows.start, rows.stop)
    assert start is not None
    one = run.predict_rows(rows)["y0"]
    assert values[0] == pytest.approx(start.one_step(run.bundle, answer, one)[0], abs=1e-4)
    run.close()


def test_a_forecast_of_no_series_is_refused_in_a_sentence() -> None:
    run = pictures()
    (last,) = answers(run, Roll("r", 0, 20, answers_of_data(run.bundle.spec)[0]))
    assert "windows of one column" in last.sentence
    run.close()


def test_a_dead_unit_is_known() -> None:
    run = session(two_layer(Activation(activation="relu")))
    place = run.layout["n2/bias"]
    params = run.memory.read(place[0])
    params[place[1]] = -1e9  # tanh gives -1, and ReLU 0, whatever comes
    run.memory.write(place[0], params)
    (last,) = answers(run, Units("u", "n3"))
    assert last.outputs[ZEROS][0] == 1.0
    assert last.outputs[GREATEST][0] == 0.0
    assert last.outputs[GREATEST][1:].max() > 0.0
    run.close()


def test_what_excites_a_unit_excites_it_more_and_more() -> None:
    run = pictures()
    found = answers(run, Ascend("a", "n2", units=(0, 2), steps=20))
    first, last = found[0].outputs, found[-1].outputs
    assert int(last[DONE]) == 20
    assert last[PICTURES].shape == (2, 8, 8, 1)
    assert (last[VALUES] > first[VALUES]).all()
    run.close()


@pytest.mark.parametrize("method", ["components", "neighbours"])
def test_a_map_has_a_place_for_each_example(method: str) -> None:
    run = pictures()
    wish = Chart("m", "n4", rows=60, method="neighbours" if method == "neighbours" else "components")
    last = answers(run, wish)[-1].outputs[PLACES]
    assert last.shape == (60, 2)
    assert np.isfinite(last).all()
    assert last.std(axis=0).min() > 0.0
    run.close()


def test_a_text_is_written_on_from_its_beginning_and_is_the_same_each_time() -> None:
    run = melodies()
    wish = Write("w", beginning=(3, 4, 5), length=20, temperature=1.0, seed=1)
    first, again = (answers(run, wish)[-1].outputs for _ in range(2))
    assert first[TOKENS][:3].tolist() == [3, 4, 5]
    assert int(first[BEGINNING]) == 3
    assert len(first[TOKENS]) == 23
    np.testing.assert_array_equal(first[TOKENS], again[TOKENS])
    other = answers(run, Write("w", beginning=(3, 4, 5), length=20, temperature=1.0, seed=2))[-1]
    assert not np.array_equal(first[TOKENS], other.outputs[TOKENS])
    run.close()


def test_temperature_0_takes_what_is_most_probable_and_1_draws_by_the_probabilities() -> None:
    p = np.array([0.1, 0.6, 0.3])
    draw = np.random.default_rng(0)
    assert {drawn(p, 0.0, draw) for _ in range(20)} == {1}
    counts = np.bincount([drawn(p, 1.0, draw) for _ in range(4000)], minlength=3) / 4000
    np.testing.assert_allclose(counts, p, atol=0.03)
    assert drawn(np.array([np.nan, np.nan]), 1.0, draw) == 0


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Units("w", "gone"), "no longer part"),
        (Chart("w", "gone"), "no longer part"),
        (Ascend("w", "n2"), "no pictures"),
        (Write("w"), "no sequence"),
    ],
)
def test_what_can_not_be_shown_is_said_once_in_a_sentence(wish: Wish, words: str) -> None:
    run = session(two_layer())
    (only,) = answers(run, wish)
    assert words in only.sentence
    assert not only.outputs
    run.close()


@dataclass(frozen=True)
class _Faulty(Wish):
    """Fails in a way that nobody foresaw."""

    def begin(self) -> Work:
        """Fails later."""
        return _Failing()


class _Failing(Work):
    def advance(self, beside: Beside) -> Mapping[str, Array] | None:
        raise ZeroDivisionError("a fault")

    @property
    def restless(self) -> bool:
        return True

    def renew(self) -> None:
        pass


def _run(control: Control) -> tuple[list[object], dict[str, Array]]:
    run = session(two_layer(), training=settings(epochs=30))
    reports: list[object] = list(Trainer(run, control).run())
    assert isinstance(reports[-1], Ended)
    assert reports[-1].reason == "done"
    states = run.states()
    run.close()
    return reports, states


def test_everything_that_is_watched_changes_no_bit_of_what_is_learned_and_no_fault_ends_it() -> None:
    wishes = (Units("u", "n2"), Chart("m", "n2"), Chart("n", "n2", method="neighbours"), _Faulty("f"))
    broken = Probe("broken", {"x": np.ones((3, 7), np.float32)})
    control = Control(wishes={w.name: w for w in wishes}, probes={"broken": broken})
    reports, watched = _run(control)
    seen = {r.probe: r.sentence for r in reports if isinstance(r, Pictured) and r.sentence}
    assert "ZeroDivisionError" in seen["f"]
    assert "broken" in seen
    _, alone = _run(Control(watch_validation=False))
    for name, state in alone.items():
        np.testing.assert_array_equal(state, watched[name])


def test_nothing_is_shown_that_nobody_watches() -> None:
    reports, _ = _run(Control(watch_validation=False))
    assert not [r for r in reports if isinstance(r, Pictured)]


def test_another_version_of_a_probe_is_answered_although_nothing_was_learned() -> None:
    run = session(two_layer())
    control = Control(watch_validation=False)
    picturing = Picturing(control, time.perf_counter, lambda: True)
    for version in (1, 2):
        control.probes["own"] = Probe("own", {"x": np.full((1, 2), version, np.float32)}, version=version)
        (answer,) = picturing.take(run, full=True)
        assert isinstance(answer, Pictured)
        assert answer.version == version
    assert not list(picturing.take(run, full=True))
    run.close()
