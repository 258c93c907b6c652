"""A loss that is no longer a number is traced to the data, the weight, the layer or the gradient that broke first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.data.bundle import DataBundle
from engine.data.load import load
from engine.graph.document import ModelGraph
from engine.graph.sequence import build_sequential
from engine.layers.dense import Dense
from engine.layers.exponential import Exponential
from engine.layers.input import Input
from engine.layers.target import Target
from engine.optimizers.sgd import SGD
from engine.training.control import Control
from engine.training.reports import Ended
from engine.training.session import Session
from engine.training.trainer import Trainer
from tests.engine.training.networks import XOR, session, settings, two_layer

LINE = XOR.model_copy(update={"dataset": "line", "options": {}})


def ended(s: Session) -> Ended:
    end = list(Trainer(s, Control(watch_validation=False)).run())[-1]
    assert isinstance(end, Ended)
    assert end.reason == "diverged"
    return end


def node_named(graph: ModelGraph, name: str) -> str:
    return next(n.id for n in graph.nodes.values() if n.name == name)


def with_nan(bundle: DataBundle, row: int) -> DataBundle:
    (name, array), *_ = bundle.inputs.items()
    broken = array.copy()
    broken[row, 1] = np.nan
    return replace(bundle, inputs={name: broken})


def test_data_that_is_no_number_is_named_with_its_row() -> None:
    end = ended(session(bundle=with_nan(load(XOR), 17)))
    assert end.step <= 5  # within the first epoch
    assert "the data has NaN (not a number) in x, row 17. Fill in or remove" in end.sentence


def test_a_layer_that_overflows_is_named() -> None:
    graph = build_sequential([Input(), Dense(units=4), Exponential(), Dense(units=1), Target()])
    s = session(graph, load(LINE), settings(optimizer=SGD(learning_rate=100.0), epochs=40))
    end = ended(s)
    assert "exponential gave infinity at step " in end.sentence
    assert "learning rate ten times smaller" in end.sentence
    assert end.node == node_named(graph, "exponential")


def test_a_loss_that_overflows_is_named() -> None:
    graph = build_sequential([Input(), Dense(units=1), Target(loss="mean_squared_error")])
    end = ended(session(graph, load(LINE), settings(optimizer=SGD(learning_rate=100.0), epochs=50)))
    assert "the loss of target became infinity at step " in end.sentence
    assert end.node == node_named(graph, "target")


def test_weights_that_are_no_numbers_from_the_start_are_named() -> None:
    states = session().states()
    states["params"][3] = np.nan
    graph = two_layer()
    end = ended(session(graph, states=states))
    assert "dense has NaN (not a number) in its " in end.sentence
    assert "before step 1. Train from fresh weights." in end.sentence
    assert end.node == node_named(graph, "dense")


def test_an_optimizer_whose_step_breaks_the_weights_is_found_out() -> None:
    states = session(two_layer(), training=settings(epochs=3)).states()
    states["slot/velocity"][:] = -1.0  # the root in Adam's step has no value
    end = ended(session(two_layer(), training=settings(epochs=3), states=states))
    assert "before step 2. Try a learning rate ten times smaller" in end.sentence


@pytest.mark.parametrize("snapshot_after", [0.0, 1e9])
def test_the_search_starts_from_the_last_snapshot(
    snapshot_after: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.training.course.SNAPSHOT_INTERVAL", snapshot_after)
    graph = build_sequential([Input(), Dense(units=1), Target(loss="mean_squared_error")])
    training = settings(optimizer=SGD(learning_rate=1.3), epochs=500)
    s = session(graph, load(LINE), training)
    end = ended(s)
    assert "target became infinity at step " in end.sentence
    assert s.step == end.step
