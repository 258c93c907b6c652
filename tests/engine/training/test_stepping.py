"""Step mode takes the very steps of training, and tells the truth about them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from engine.compiler.lower import PARAMS
from engine.compiler.model import GRADS
from engine.devices.registry import open_device
from engine.graph.document import ModelGraph
from engine.training.session import Session
from engine.training.stepping import Stepper, gist_of
from tests.engine.training.networks import (
    branched,
    session,
    settings,
    two_layer,
    two_of_each,
    with_everything,
)


def _stepper(run: Session) -> Stepper:
    return Stepper(run.graph, run.bundle, run.settings, open_device("cpu"), run.states(), run.step)


@pytest.mark.parametrize("network", [two_layer, with_everything])
def test_steps_are_those_of_training_to_the_bit(network: Callable[[], ModelGraph]) -> None:
    graph = network()
    run = session(graph)
    run.advance(5)
    stepper = _stepper(run)
    for _ in range(3):
        stepper.next()
    run.advance(3)
    assert stepper.taken == 3
    found, wanted = stepper.states(), run.states()
    assert found.keys() == wanted.keys()
    for name, array in wanted.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)
    stepper.close()
    run.close()


def test_a_step_is_told_truly() -> None:
    run = session(training=settings(batch_size=16))
    stepper = _stepper(run)
    told = stepper.next()
    before = run.states()[PARAMS]
    run.advance(1)
    after, gradients, report = run.states()[PARAMS], run.memory.read(GRADS), run.report()
    assert told.step == 0
    assert list(told.rows) == list(run.order.batches(0, 1)[0])
    assert told.loss == pytest.approx(report["loss"], rel=1e-6)
    assert told.learning_rate == run.pace.rate(0)
    assert list(told.nodes) == ["n1", "n2", "n3"]
    weight = told.nodes["n2"].weights["weight"]
    _, offset, shape = run.layout["n2/weight"]
    place = offset + int(np.ravel_multi_index(weight.index, shape))
    assert (weight.before, weight.after) == (before[place], after[place])
    assert weight.slope == gradients[place]
    moved = (after - before)[offset : offset + math.prod(shape)]
    assert abs(weight.after - weight.before) == np.abs(moved).max()
    unit = told.nodes["n2"].outputs["output"]
    assert unit.shape == (8,)
    assert len(unit.first) == 4
    assert -1.0 <= unit.low <= unit.mean <= unit.high <= 1.0
    assert told.nodes["n3"].slopes["output"].size > 0.0
    stepper.close()
    run.close()


def test_several_inputs_and_targets_are_stepped_through() -> None:
    graph, bundle = branched(), two_of_each()
    stepper = Stepper(graph, bundle, settings(), open_device("cpu"))
    told = stepper.next()
    sharing = [n for n in graph.nodes.values() if n.shares]
    assert told.nodes[sharing[0].id].weights.keys() == {"weight", "bias"}
    assert math.isfinite(told.loss)
    stepper.close()


def test_a_gist_counts_what_is_no_number() -> None:
    gist = gist_of(np.array([[1.0, np.nan], [3.0, np.inf]], np.float32))
    assert (gist.broken, gist.low, gist.high, gist.mean) == (2, 1.0, 3.0, 2.0)
    assert gist.shape == (2,)
    nothing = gist_of(np.full((2, 2), np.nan, np.float32))
    assert nothing.broken == 4
