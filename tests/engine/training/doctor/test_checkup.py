"""Checkups measure what they say, on both devices, and leave the run as it was."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data.load import load
from engine.graph.sequence import build_sequential
from engine.layers.dense import Dense
from engine.layers.input import Input
from engine.layers.target import Target
from engine.optimizers.adam import Adam
from engine.optimizers.sgd import SGD
from engine.tensor.spec import Array
from engine.training.doctor.checkup import Checkup, Checkups, WeightSigns
from engine.training.doctor.vitals import Vitals
from engine.training.session import Session
from tests.engine.training.networks import XOR, session, settings, two_layer, with_everything

GRAPH = build_sequential(
    [Input(), Dense(units=8, activation="relu"), Dense(units=6, activation="tanh"), Dense(units=1), Target()]
)
FIRST, SECOND, LAST = "n2", "n3", "n4"


def _checked(run: Session) -> Checkup:
    checkups = Checkups(run)
    found = checkups.next_step()
    checkups.close()
    return found


def _put(run: Session, **weights: Array) -> Session:
    """The session with other weights, by `node__weight`."""
    arena = run.memory.read("params")
    for name, place in run.compiler.weights().items():
        value = weights.get(name.replace("/", "__"))
        if value is not None:
            at = place.member
            arena[at.offset : at.offset + at.spec.size] = np.broadcast_to(value, at.spec.shape).reshape(-1)
    run.memory.write("params", arena)
    return run


@pytest.mark.parametrize("device", ["cpu", "gl"])
def test_sizes_and_dead_units_are_those_of_the_batch(device: str) -> None:
    biases = np.where(np.arange(8) < 3, -1e3, 0.5).astype(np.float32)
    run = _put(session(GRAPH, device=device), **{f"{FIRST}__bias": biases})
    rows = run.order.batches(0, 1)[0]
    weights = run.weights()
    x = load(XOR).inputs["x"][rows]
    hidden = np.maximum(x @ weights[f"{FIRST}/weight"] + weights[f"{FIRST}/bias"], 0)
    bent = np.tanh(hidden @ weights[f"{SECOND}/weight"] + weights[f"{SECOND}/bias"])
    seen = _checked(run)
    first, second = seen.outputs[FIRST, "output"], seen.outputs[SECOND, "output"]
    assert first.dead == 3 == np.sum(~hidden.any(axis=0))
    assert first.size == pytest.approx(float(np.sqrt(np.mean(hidden**2))), rel=1e-5)
    assert second.flat == pytest.approx(float(np.mean(np.abs(bent) > 0.98)), abs=1e-6)
    assert seen.weights[f"{FIRST}/weight"].update > 0
    assert not seen.weights[f"{FIRST}/bias"].matrix
    run.close()


@pytest.mark.parametrize("device", ["cpu", "gl"])
def test_a_run_with_checkups_is_the_same_to_the_bit(device: str) -> None:
    plain, checked = (session(with_everything(), device=device) for _ in range(2))
    checkups = Checkups(checked)
    plain.advance(12)
    checked.advance(5)
    checkups.next_step()
    checked.advance(3)
    checkups.next_step()
    checked.advance(2)
    assert checked.step == plain.step
    for name, state in plain.states().items():
        np.testing.assert_array_equal(state, checked.states()[name])
    assert plain.report() == checked.report()
    for each in (plain, checked):
        each.close()


def test_a_staged_run_is_checked_on_its_own_rows() -> None:
    staged = Session(two_layer(), load(XOR), settings(), session().device, staged=True)
    resident = session()
    assert _checked(staged) == _checked(resident)
    staged.close()
    resident.close()


def _kinds(run: Session, advance: int = 25) -> dict[str, str]:
    """What is noticed, by kind: the node."""
    run.advance(advance)
    vitals, checkups = Vitals(run.compiler.graph, run.settings), Checkups(run)
    assert vitals.look_at(checkups.next_step()) == []  # once is not enough
    found = vitals.look_at(checkups.next_step())
    checkups.close()
    run.close()
    return {seen.kind: seen.node for seen in found}


def test_dead_units_are_blamed_on_their_layer() -> None:
    run = _put(session(GRAPH), **{f"{FIRST}__bias": np.full(8, -1e3, np.float32)})
    assert _kinds(run)["dead"] == FIRST


def test_saturated_units_are_blamed_on_their_layer() -> None:
    run = _put(session(GRAPH), **{f"{SECOND}__bias": np.full(6, 50.0, np.float32)})
    assert _kinds(run)["saturated"] == SECOND


def test_vanished_gradients_are_blamed_on_the_layer_they_do_not_reach() -> None:
    deep = [Dense(units=8, activation="sigmoid") for _ in range(9)]
    run = session(build_sequential([Input(), *deep, Dense(units=1), Target()]))
    assert _kinds(run)["vanishing"] == "n2"


def test_steps_that_are_far_too_large_are_named() -> None:

    run = session(GRAPH, training=settings(optimizer=Adam(learning_rate=5.0)))
    assert "large-steps" in _kinds(run)


def test_steps_that_are_far_too_small_are_named() -> None:

    assert "small-steps" in _kinds(session(GRAPH, training=settings(optimizer=SGD(learning_rate=1e-9))))


def test_a_network_that_learns_well_is_left_alone() -> None:
    assert _kinds(session(), 100) == {}


def test_gradients_that_explode_are_named_with_a_way_to_clip_them() -> None:
    vitals = Vitals(GRAPH, settings())
    calm = {f"{FIRST}/weight": WeightSigns(1.0, 0.01, 1e-3), f"{LAST}/weight": WeightSigns(1.0, 0.01, 1e-3)}
    for step in range(5):
        assert vitals.look_at(Checkup(step, {}, calm)) == []
    wild = {**calm, f"{LAST}/weight": WeightSigns(1.0, 1e4, 1e-3)}
    vitals.look_at(Checkup(5, {}, wild))
    found = {seen.kind: seen for seen in vitals.look_at(Checkup(6, {}, wild))}
    assert found["exploding"].node == LAST
    assert found["exploding"].remedies[0].label == "Clip the gradients"
