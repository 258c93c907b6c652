"""The timeline of a run: what is kept, what it takes, and that going back is exact to the bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from engine.data.load import load
from engine.data.settings import DataSettings
from engine.graph.document import ModelGraph
from engine.optimizers.adam import Adam
from engine.tensor.spec import Array
from engine.training.control import Control
from engine.training.moments import (
    Branched,
    EventKind,
    Happened,
    Look,
    Moment,
    Remembered,
    Request,
    Rewind,
    Shown,
    Travel,
)
from engine.training.reports import Ended, Noticed, Pictured, Probe, Progress, Report, Snapshot
from engine.training.session import Session
from engine.training.settings import TrainingSettings
from engine.training.timeline import Timeline
from engine.training.trainer import Trainer
from tests.engine.training.networks import session, settings, two_layer, with_everything

LARGE = 50_000_000
LAYOUT = {"n1/weight": ("params", 0, (10,))}


def place(step: int) -> Callable[[int, int], Moment]:
    return lambda number, line: Moment(number, line, step, step / 10)


def states(step: int, size: int = 100) -> dict[str, Array]:
    return {"params": np.full(size, step, np.float32)}


def filled(steps: range, budget: int) -> Timeline:
    timeline = Timeline(budget)
    for step in steps:
        timeline.add(place(step), states(step), LAYOUT, float(step))
    return timeline


# -- what is kept --------------------------------------------------------------------------------------


def test_a_thousand_steps_stay_within_the_budget() -> None:
    timeline = Timeline(20 * 400)
    for step in range(1001):
        timeline.add(place(step), states(step), LAYOUT, float(step))
        assert timeline.nbytes <= timeline.budget
    assert len(timeline.moments) == 20
    for moment in timeline.moments:
        kept = timeline.get(moment.id)
        assert kept is not None
        assert (kept.states["params"] == moment.step).all()


def test_moments_are_dense_near_now_and_sparse_far_back() -> None:
    steps = [m.step for m in filled(range(1001), 20 * 400).moments]
    assert (steps[0], steps[-1]) == (0, 1000)
    gaps = np.diff(steps)
    assert gaps[-1] <= 5
    assert gaps[:3].mean() > 10 * gaps[-3:].mean()
    ages = 1000 - np.array(steps[1:-1])
    assert (gaps[1:] <= ages + 5).all()  # nothing is farther from its neighbour than it is old


def test_the_distance_between_moments_is_that_of_the_steps_of_all_lines() -> None:
    timeline = filled(range(0, 101, 50), 10_000)
    timeline.branch(timeline.kept[1])
    timeline.add(place(60), states(60), LAYOUT, 101.0)
    assert [k.at for k in timeline.kept] == [0, 50, 100, 110]


def test_a_moment_larger_than_the_budget_is_not_kept_and_that_is_said_once() -> None:
    timeline = Timeline(100)
    assert not timeline.add(place(0), states(0), LAYOUT, 0.0)
    assert not timeline.wants(5, 5.0)
    news = timeline.news(0.0, force=True)
    assert news is not None
    assert "time machine" in news.sentence
    assert timeline.news(9.0, force=True) is None


def test_nothing_is_kept_without_a_budget() -> None:
    assert not Timeline(0).wants(5, 5.0)


def test_a_smaller_budget_thins_out_what_is_there() -> None:
    timeline = filled(range(100), 50 * 400)
    timeline.resize(10 * 400)
    assert len(timeline.moments) == 10
    assert timeline.nbytes <= 4000


def test_what_does_not_change_is_kept_once() -> None:
    timeline = Timeline(LARGE)
    for step in range(5):
        frozen = np.ones(1000, np.float32)
        timeline.add(place(step), {**states(step), "frozen": frozen}, LAYOUT, float(step))
    assert timeline.nbytes == 5 * 400 + 4000


def test_keeping_takes_its_share_of_the_time_at_most() -> None:
    timeline = Timeline(LARGE)
    timeline.add(place(1000), states(0), LAYOUT, 100.0, cost=0.02)
    assert not timeline.wants(1500, 101.9)
    assert timeline.wants(1500, 102.1)


def test_news_say_what_came_and_what_went() -> None:
    timeline = Timeline(3 * 400)
    known: dict[int, Moment] = {}
    for step in range(50):
        timeline.add(place(step), states(step), LAYOUT, float(step))
        if news := timeline.news(float(step)):
            known |= {m.id: m for m in news.added}
            for gone in news.dropped:
                known.pop(gone, None)
    assert tuple(known.values()) == timeline.moments


# -- going back ----------------------------------------------------------------------------------------


class Clock:
    """Time that passes only when asked for."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.01
        return self.now


class Run:
    """A run of which moments are kept, and to which things are said between its reports."""

    def __init__(self, s: Session, timeline: int = LARGE, probe: Probe | None = None) -> None:
        self.control = Control(probes={probe.name: probe} if probe else {}, watch_validation=probe is None)
        self.trainer = Trainer(s, self.control, Clock(), Timeline(timeline))
        self.reports: list[Report] = []
        self.moments: dict[int, Moment] = {}

    @property
    def session(self) -> Session:
        return self.trainer.session

    def go(self, *requests: Request, until: int = 10**9) -> list[Report]:
        """Ask for something and run up to a step, or to the end; the reports meanwhile."""
        self.control.requests.extend(requests)
        self.control.stopped = False
        self.control.poll = lambda control, _timeout: setattr(
            control, "stopped", self.session.step >= until and not control.requests
        )
        return self._take(self.trainer.run())

    def ask(self, *requests: Request) -> list[Report]:
        """Ask for something of a run that has ended."""
        self.control.stopped = False
        self.control.poll = lambda _control, _timeout: None
        self.control.requests.extend(requests)
        return self._take(self.trainer.answer())

    def _take(self, reports: Iterator[Report]) -> list[Report]:
        found = list(reports)
        self.reports += found
        for report in found:
            if isinstance(report, Remembered):
                self.moments |= {m.id: m for m in report.added}
                for gone in report.dropped:
                    self.moments.pop(gone, None)
        return found

    def moment(self, step: int, line: int = 0) -> Moment:
        return next(m for m in self.moments.values() if (m.step, m.line) == (step, line))

    def last_moment(self) -> Moment:
        return max(self.moments.values(), key=lambda m: (m.line, m.step))


def of(reports: list[Report], kind: type) -> list[Report]:
    return [r for r in reports if isinstance(r, kind)]


def final(graph: ModelGraph, training: TrainingSettings, device: str) -> dict[str, Array]:
    s = session(graph, training=training, device=device)
    list(Trainer(s, Control(), Clock()).run())
    found = s.states()
    s.close()
    return found


def assert_same(one: dict[str, Array], other: dict[str, Array]) -> None:
    assert one.keys() == other.keys()
    for name, array in one.items():
        assert array.tobytes() == other[name].tobytes(), name


@pytest.mark.parametrize("device", ["cpu", "gl"])
def test_going_on_from_a_moment_is_exact(device: str) -> None:
    training = settings(epochs=8, schedule={"name": "ReduceLROnPlateau", "patience": 1, "factor": 0.5})
    run = Run(session(with_everything(), training=training, device=device))
    run.go(until=7)
    early = run.moment(run.session.step)
    assert 7 <= early.step < 40
    run.go()
    end = run.session.states()
    reports = run.go(Travel(early.id))
    branched = of(reports, Branched)[0]
    assert isinstance(branched, Branched)
    assert (branched.line, branched.parent, branched.step) == (1, 0, early.step)
    assert_same(run.session.states(), end)
    assert isinstance(reports[-1], Ended)
    assert {m.line for m in run.moments.values()} == {0, 1}
    if device == "cpu":
        assert_same(end, final(with_everything(), training, device))
    run.session.close()


def test_keeping_moments_changes_no_bit() -> None:
    run = Run(session(with_everything()), probe=Probe("p", {"x": np.zeros((4, 2), np.float32)}))
    run.go(until=20)
    run.go(Look(run.moment(20).id), until=30)
    run.go(Look(None))
    assert_same(run.session.states(), final(with_everything(), settings(), "cpu"))


def test_a_moment_is_shown_with_its_own_weights_while_the_run_goes_on() -> None:
    probe = Probe("p", {"x": np.array([[0.3, -0.2]], np.float32)})
    run = Run(session(with_everything()), probe=probe)
    run.go(until=7)
    early = run.moment(run.session.step)
    run.go(until=15)
    plain = session(with_everything())
    plain.advance(early.step)
    expected = plain.predict("p", probe.inputs)["y0"]
    reports = run.go(Look(early.id), until=30)
    pictures = [r for r in reports if isinstance(r, Pictured)]
    assert [p.step for p in pictures] == [early.step]
    assert pictures[0].outputs["y0"].tobytes() == expected.tobytes()
    assert run.session.step >= 30
    (shown,) = of(reports, Shown)
    assert isinstance(shown, Shown)
    assert shown.moment == early
    back = run.ask(Look(None))
    assert [r.step for r in back if isinstance(r, Pictured)] == [run.session.step]


def test_rewinding_gives_the_very_same_weights_and_waits() -> None:
    run = Run(session(with_everything()))
    first = run.session.states()
    run.go(until=20)
    run.ask(Rewind())
    assert run.session.step == 0
    assert_same(run.session.states(), first)
    assert run.control.paused
    assert run.trainer.goes_on
    assert [r.kind for r in run.reports if isinstance(r, Happened)] == [EventKind.REWOUND]
    run.control.paused = False
    run.go()
    assert_same(run.session.states(), final(with_everything(), settings(), "cpu"))


def test_what_if_with_another_learning_rate() -> None:
    run = Run(session())
    run.go(until=20)
    start = run.moment(20)
    other = settings(optimizer=Adam(learning_rate=0.1))
    reports = run.go(Travel(start.id, other))
    happened = [r for r in reports if isinstance(r, Happened)]
    assert [h.kind for h in happened] == [EventKind.BRANCHED, EventKind.RATE]
    assert happened[1].detail == "0.01 → 0.1"
    steps = [r for r in reports if isinstance(r, Progress)]
    assert steps[-1].learning_rate == pytest.approx(0.1)
    by_hand = session()
    by_hand.advance(20)
    from_there = session(training=other, states=by_hand.states(), step=20)
    from_there.advance(30)
    assert_same(run.session.states(), from_there.states())


def test_a_moment_of_another_network_is_refused_in_words() -> None:
    run = Run(session())
    run.go(until=10)
    moment = run.moment(10)
    kept = run.trainer.past.timeline.get(moment.id)
    assert kept is not None
    object.__setattr__(kept, "layout", {})
    (shown,) = of(run.ask(Look(moment.id)), Shown)
    assert isinstance(shown, Shown)
    assert "another network" in shown.sentence
    (noticed,) = run.ask(Travel(moment.id))
    assert isinstance(noticed, Noticed)
    assert not run.trainer.goes_on
    (shown,) = of(run.ask(Look(999)), Shown)
    assert isinstance(shown, Shown)
    assert "no longer kept" in shown.sentence


def _rows(report: Report) -> int:
    assert isinstance(report, Pictured)
    return len(report.outputs["y0"])


def test_a_moment_is_seen_on_some_rows_before_it_is_on_all_of_them() -> None:
    data = load(DataSettings(dataset="xor", options={"samples": 8000}))
    run = Run(session(bundle=data))
    run.go(until=20)
    reports = run.ask(Look(run.last_moment().id))
    assert [type(r) for r in reports] == [Pictured, Shown, Pictured]
    assert _rows(reports[0]) < _rows(reports[2]) == len(data.validation)
    last = reports[2]
    assert isinstance(last, Pictured)
    np.testing.assert_allclose(last.outputs["y0"], run.session.predict_rows(data.validation)["y0"], atol=1e-6)


def test_who_drags_on_does_not_wait_for_all_rows() -> None:
    run = Run(session(bundle=load(DataSettings(dataset="xor", options={"samples": 8000}))))
    run.go(until=20)
    first, second = run.moment(0), run.last_moment()
    run.control.stopped = False
    run.control.poll = lambda _control, _timeout: None
    run.control.requests.append(Look(first.id))
    reports: list[Report] = []
    for report in run.trainer.answer():
        reports.append(report)
        if isinstance(report, Shown) and report.moment == first:
            run.control.requests.append(Look(second.id))
    assert [type(r) for r in reports] == [Pictured, Shown, Pictured, Shown, Pictured]
    rows = [_rows(r) for r in of(reports, Pictured)]
    assert rows[0] == rows[1] < rows[2] == len(run.session.bundle.validation)


def test_a_run_that_is_cut_off_anywhere_goes_on_from_its_snapshot() -> None:
    run = Run(session(with_everything()))
    run.control.snapshot = True
    run.go(until=17)
    snapshot = [r for r in run.reports if isinstance(r, Snapshot)][-1]
    going_on = session(with_everything(), states=dict(snapshot.states), step=snapshot.step)
    list(Trainer(going_on, Control(), Clock(), Timeline(LARGE)).run())
    assert_same(going_on.states(), final(with_everything(), settings(), "cpu"))


def test_pausing_is_an_event_once() -> None:
    s = session(two_layer())
    control, seen = Control(), list[Report]()
    trainer = Trainer(s, control, Clock(), Timeline(LARGE))
    polls = 0

    def poll(control: Control, _timeout: float) -> None:
        nonlocal polls
        polls += 1
        control.paused = 3 <= polls < 9
        control.stopped = polls > 12

    control.poll = poll
    seen = list(trainer.run())
    assert [h.kind for h in seen if isinstance(h, Happened)] == [EventKind.PAUSED]
