"""Layers are looked into while a trainer runs: often enough, not too often, and never after a stop."""

from __future__ import annotations

import numpy as np

from engine.tensor.spec import Array
from engine.training.control import Control
from engine.training.inside.records import Inside, InsideSeen
from engine.training.reports import Ended
from engine.training.session import Session
from engine.training.trainer import Trainer
from tests.engine.training.networks import session, settings, two_layer

ONE = {"x": np.ones((1, 2), np.float32)}


def _run(control: Control, **changes: object) -> tuple[list[InsideSeen], dict[str, Array], Session]:
    run = session(two_layer(), training=settings(epochs=60, **changes))
    reports = list(Trainer(run, control).run())
    assert isinstance(reports[-1], Ended)
    seen = [r for r in reports if isinstance(r, InsideSeen)]
    states = run.states()
    run.close()
    return seen, states, run


def test_what_is_looked_into_is_reported_and_moves() -> None:
    wish = Inside("panel", ("n2",), ONE, every_s=0.0)
    control = Control(insides={wish.name: wish})
    run = session(two_layer(), training=settings(epochs=1_000_000))  # stopped as soon as enough is seen
    seen: list[InsideSeen] = []
    for report in Trainer(run, control).run():
        if isinstance(report, InsideSeen):
            seen.append(report)
        control.stopped = len(seen) >= 2
    run.close()
    assert len(seen) >= 2
    assert seen[0].step < seen[-1].step
    first, last = (s.layers["n2"].outputs["output"].values for s in (seen[0], seen[-1]))
    assert not np.array_equal(first, last)


def test_looking_changes_nothing_of_what_is_learned() -> None:
    wish = Inside("panel", ("n2", "n3"), ONE, every_s=0.0)
    _, watched, _ = _run(Control(insides={wish.name: wish}))
    _, alone, _ = _run(Control())
    for name, state in alone.items():
        np.testing.assert_array_equal(state, watched[name])


def test_nothing_is_looked_into_that_nobody_asked_for() -> None:
    seen, _, _ = _run(Control())
    assert seen == []
