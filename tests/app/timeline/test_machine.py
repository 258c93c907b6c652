"""What the window knows of a run's past: lines and the moments on the way to each, one question at a time."""

from typing import Any

from PySide6.QtCore import QObject, Signal

from app.timeline.machine import History, Line, TimeMachine
from app.timeline.words import event_text, line_text
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
from engine.training.settings import TrainingSettings


class Training(QObject):
    """Takes questions instead of a worker."""

    answered = Signal(object)
    forgotten = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Request] = []
        self.continues = False

    def ask(self, request: Request) -> bool:
        self.asked.append(request)
        return True


def moments(*places: tuple[int, int]) -> tuple[Moment, ...]:
    return tuple(Moment(number, line, step, step / 10) for number, (line, step) in enumerate(places))


def machine_with(*places: tuple[int, int]) -> tuple[TimeMachine, Any, tuple[Moment, ...]]:
    training: Any = Training()
    machine = TimeMachine(training)
    known = moments(*places)
    training.answered.emit(Remembered(known, (), 100, 1000))
    return machine, training, known


def test_a_line_is_what_led_to_it_and_its_own_moments() -> None:
    history = History(
        {m.id: m for m in moments((0, 0), (0, 10), (0, 20), (1, 10), (1, 15), (2, 12), (3, 0), (3, 5))},
        {0: Line(0), 1: Line(1, 0, 10), 2: Line(2, 1, 12), 3: Line(3, 3, 0)},
        [Happened(EventKind.PAUSED, 0, 5, 0.5), Happened(EventKind.RATE, 0, 18, 1.8)],
    )
    steps = {line: [(m.line, m.step) for m in history.path(line)] for line in history.lines}
    assert steps[0] == [(0, 0), (0, 10), (0, 20)]
    assert steps[1] == [(0, 0), (1, 10), (1, 15)]
    assert steps[2] == [(0, 0), (1, 10), (2, 12)]
    assert steps[3] == [(3, 0), (3, 5)]
    assert [e.step for e in history.happened(2)] == [5]
    assert [line_text(history, history.lines[n]) for n in range(4)] == [
        "First run",
        "Run 2, from step 10",
        "Run 3, from step 12",
        "Now",
    ]


def test_of_many_wishes_the_newest_is_asked_for_next() -> None:
    machine, training, known = machine_with((0, 0), (0, 10), (0, 20))
    seen: list[object] = []
    machine.looked.connect(seen.append)
    for moment in known:
        machine.look(moment)
    assert training.asked == [Look(0)]
    assert machine.wanted == known[2]
    training.answered.emit(Shown(known[0]))
    assert training.asked == [Look(0), Look(2)]
    training.answered.emit(Shown(known[2]))
    assert machine.moment == known[2]
    assert seen == [known[0], known[2]]
    machine.look_now()
    assert training.asked[-1] == Look(None)
    training.answered.emit(Shown(None))
    assert machine.moment is None


def test_what_cannot_be_shown_is_said_and_the_present_stays() -> None:
    machine, training, known = machine_with((0, 0))
    said: list[str] = []
    machine.refused.connect(said.append)
    machine.look(known[0])
    training.answered.emit(Shown(None, sentence="That moment is no longer kept."))
    assert said == ["That moment is no longer kept."]
    assert machine.moment is None


def test_a_branch_ends_looking_and_is_a_line() -> None:
    machine, training, known = machine_with((0, 0), (0, 10))
    machine.look(known[1])
    training.answered.emit(Shown(known[1]))
    settings = TrainingSettings()
    machine.travel(known[1], settings)
    assert training.asked[-1] == Travel(1, settings)
    training.answered.emit(Branched(1, 0, 10, 1.0, settings))
    assert machine.moment is None
    assert machine.history.lines[1] == Line(1, 0, 10, 1.0)
    assert machine.rewind()
    assert training.asked[-1] == Rewind()


def test_a_run_that_is_gone_has_no_past() -> None:
    machine, training, known = machine_with((0, 0))
    machine.look(known[0])
    training.answered.emit(Shown(known[0]))
    training.forgotten.emit()
    assert machine.is_empty
    assert machine.moment is None
    assert not machine.rewind()


def test_events_are_told_in_words() -> None:
    assert (
        event_text(Happened(EventKind.RATE, 0, 1204, 2.0, "0.1 → 0.01"))
        == "Step 1,204: Learning rate 0.1 → 0.01"
    )
    assert event_text(Happened(EventKind.FROZEN, 0, 5, 0.1, "dense")) == "Step 5: dense frozen"
    assert event_text(Happened(EventKind.NETWORK, 0, 5, 0.1)) == "Step 5: Network changed"


def test_what_happened_stays_where_the_run_goes_on_elsewhere_and_goes_with_the_run() -> None:
    machine, training, (first, *_) = machine_with((0, 0), (0, 10))
    training.answered.emit(Branched(1, 0, 10, 1.0, TrainingSettings()))
    training.answered.emit(Happened(EventKind.RATE, 1, 12, 1.2, "0.1"))
    machine.recall([Happened(EventKind.SETTING, 3, 2, 0.2, "before")])
    machine.look(first)
    training.answered.emit(Shown(first))
    training.answered.emit(Happened(EventKind.CONTINUED, 1, 20, 2.0, "4"))
    assert machine.moment is None  # the pictures are those of now again
    training.continues = True
    training.forgotten.emit()
    told = [(e.kind, e.line) for e in machine.history.happened(0)]
    assert told == [(EventKind.SETTING, 0), (EventKind.RATE, 0), (EventKind.CONTINUED, 0)]
    assert event_text(machine.history.events[-1]) == "Step 20: Trained on, to epoch 4"
    assert machine.is_empty
    training.continues = False
    training.forgotten.emit()
    assert not machine.history.events
