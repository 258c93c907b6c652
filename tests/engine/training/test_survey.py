"""A run is asked for a plane of its weights while it trains, tells its way on it, and learns what it would have learned."""

from __future__ import annotations

import numpy as np

from engine.compiler.lower import PARAMS
from engine.training.control import Control
from engine.training.moments import Look, Shown
from engine.training.reports import Ended
from engine.training.surface.records import Located, PlaneKind, Survey, Surveyed
from engine.training.timeline import MEGABYTE, Kept, Timeline
from engine.training.trainer import Trainer
from tests.engine.training.networks import session, settings

EPOCHS = 60


def _run(
    wishes: list[Survey], after: int = 0
) -> tuple[list[object], dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]]:
    """The reports of a run that is asked once `after` steps are done, and the weights it ends with."""
    run = session(training=settings(epochs=EPOCHS))

    def poll(control: Control, _timeout: float) -> None:
        if run.step >= after and wishes:
            control.requests.append(wishes.pop(0))

    ticks = iter(range(10_000_000))
    trainer = Trainer(run, Control(poll=poll), lambda: 0.05 * next(ticks), Timeline(16 * MEGABYTE))
    reports: list[object] = list(trainer.run())
    assert isinstance(reports[-1], Ended)
    states = run.states()
    run.close()
    return reports, states


def test_the_way_of_a_run_is_told_on_its_main_directions() -> None:
    reports, asked = _run([Survey(3, PlaneKind.PATH)], after=50)
    (found,) = (r for r in reports if isinstance(r, Surveyed))
    assert (found.number, found.sentence) == (3, "")
    assert found.plane is not None
    steps = [step for step, _, _ in found.path]
    assert steps == sorted(set(steps))
    assert steps[0] == 0
    assert len(steps) >= 3
    np.testing.assert_array_equal(found.states[PARAMS], found.plane.center)
    located = [r for r in reports if isinstance(r, Located)]
    assert located
    assert all(r.number == 3 and r.place[0] > steps[-1] for r in located)
    _, alone = _run([])
    for name, array in alone.items():
        np.testing.assert_array_equal(asked[name], array)


def test_a_moment_that_is_looked_at_is_told_on_the_plane() -> None:
    run = session(training=settings(epochs=EPOCHS))
    asked: list[object] = []
    reports: list[object] = []

    def poll(control: Control, _timeout: float) -> None:
        kept = trainer.past.timeline.kept
        if run.step < 40 or len(kept) < 3:
            return
        if not asked:
            control.paused = True
            control.requests += [Survey(3, PlaneKind.RANDOM), Look(kept[0].moment.id)]
            asked.append(kept[0])
        elif len(asked) == 1 and any(isinstance(r, Shown) for r in reports):
            control.requests.append(Survey(4, PlaneKind.RANDOM, seed=2))
            asked.append(None)
        elif any(isinstance(r, Surveyed) and r.number == 4 for r in reports):
            control.stopped = True

    ticks = iter(range(10_000_000))
    control = Control(poll=poll)
    trainer = Trainer(run, control, lambda: 0.05 * next(ticks), Timeline(16 * MEGABYTE))
    for report in trainer.run():
        reports.append(report)
    first, second = (r for r in reports if isinstance(r, Surveyed))
    (looked,) = (r for r in reports if isinstance(r, Located) and r.looked)
    kept = asked[0]
    assert isinstance(kept, Kept)
    assert first.plane is not None
    assert second.plane is not None
    assert looked.place == (kept.moment.step, *first.plane.project(kept.states[PARAMS]))
    assert first.looked is None
    assert second.looked == (kept.moment.step, *second.plane.project(kept.states[PARAMS]))
    run.close()


def test_what_is_not_looked_at_any_more_is_not_told() -> None:
    reports, _ = _run([Survey(1, PlaneKind.RANDOM), Survey(2, None)])
    assert [r.number for r in reports if isinstance(r, Surveyed)] == [1, 2]
    assert all(r.place[0] < 20 for r in reports if isinstance(r, Located))


def test_what_cannot_be_is_said_in_a_sentence() -> None:
    reports, _ = _run([Survey(1, PlaneKind.EXACT)])
    (found,) = (r for r in reports if isinstance(r, Surveyed))
    assert found.plane is None
    assert "two trained numbers" in found.sentence
    assert PARAMS in found.states
